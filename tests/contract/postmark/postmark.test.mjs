// The postmark provider, loaded as the server loads it, against a mock held to Postmark's own
// documents; the vendor's npm package drives the same mock, so that it judges the provider rightly.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';
import { AccountClient, ServerClient } from 'postmark';
import { unchecked } from '../../mocks/lib/openapi.mjs';
import { startPostmark } from '../../mocks/postmark.mjs';
import { Driver } from '../lib/driver.mjs';
import { playBadDays } from '../lib/garbage.mjs';

const mail = { slot: 'email', op: 'send', from: 'Agent <agent@example.com>', to: 'someone@example.org', subject: 'Hello', text: 'Grüße 😀' };
const hook = 'https://comms.example.test/webhooks/a/email';
const basic = (password, user = 'commsd') => ({ authorization: 'Basic ' + Buffer.from(`${user}:${password}`).toString('base64') });

async function stage(t, more = {}) {
  const mock = await startPostmark();
  const driver = await Driver.start({ allow: [mock.url], providers: { email: { use: 'postmark', config: {
    server_token: mock.account.serverToken, account_token: mock.account.accountToken, webhook_password: mock.account.webhookPassword, base_url: mock.url, ...more } } } });
  t.after(async () => {
    await driver.stop();
    await mock.stop();
    if (unchecked.requests > 0) console.log(`# spec-checks-not-run ${unchecked.requests} (no ../shared/vendor-lab: postmark)`);
  });
  return { mock, driver };
}

test('sends whole: attachments, headers, stream and our reference', async (t) => {
  const { mock, driver } = await stage(t, { message_stream: 'news' });
  const clientReference = `att_${randomUUID()}`;
  const headers = { 'Message-ID': '<1@example.com>', 'In-Reply-To': '<0@example.com>', References: '<0@example.com>', 'List-Unsubscribe': '<https://example.com/u>', 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' };
  const sent = await driver.do({ ...mail, html: '<p>Hi</p>', replyTo: 'r@example.com', clientReference, headers, attachments: [
    { filename: 'a.txt', contentType: 'text/plain', bytesBase64: Buffer.from('attached').toString('base64') }, { filename: 'b', contentType: '', bytesBase64: 'AAE=' }] });
  const m = mock.messages.get(sent.vendorId);
  assert.deepEqual([m.From, m.To, m.Subject, m.TextBody, m.HtmlBody, m.ReplyTo, m.MessageStream], [mail.from, mail.to, mail.subject, mail.text, '<p>Hi</p>', 'r@example.com', 'news']);
  assert.deepEqual(m.Metadata, { commsd_attempt: clientReference });
  assert.deepEqual(mock.sent()[0].mailHeaders, { ...headers, 'X-PM-KeepID': 'true' });
  assert.deepEqual(m.Attachments, [{ Name: 'a.txt', Content: Buffer.from('attached').toString('base64'), ContentType: 'text/plain' }, { Name: 'b', Content: 'AAE=', ContentType: 'application/octet-stream' }]);
  assert.deepEqual(mock.refusals, []);
  assert.deepEqual(await driver.do({ slot: 'email', op: 'describe' }), { name: 'postmark', sandbox: false, idempotencyKey: false, lookUp: true, media: false });
});

test('finds what was lost, by our reference and by the vendor\'s id', async (t) => {
  const { mock, driver } = await stage(t);
  const clientReference = `att_${randomUUID()}`;
  mock.fault({ match: /POST \/email/, drop: 'after' });
  assert.equal((await driver.ask({ ...mail, clientReference })).error.code, 'ambiguous');
  const find = (what) => driver.ask({ slot: 'email', op: 'find', ...what });
  const found = await find({ clientReference });
  assert.equal(found.vendorId, mock.sent()[0].id);
  assert.equal(found.status, 'sent');
  assert.equal((await find({ clientReference: 'att_other' })).error.code, 'not_found');
  mock.messages.get(found.vendorId).events.push({ Recipient: mail.to, Type: 'Bounced', ReceivedAt: new Date().toISOString(), Details: {} });
  assert.equal((await find({ vendorId: found.vendorId })).status, 'undelivered');
  assert.equal((await find({ vendorId: randomUUID() })).error.code, 'not_found');
  mock.forgetFilters();
  const error = (await find({ clientReference: 'att_other' })).error;
  assert.notEqual(error.code, 'not_found', 'what others sent says nothing of ours');
  assert.equal(mock.sent().length, 1);
});

test('says in plain words why Postmark refused', async (t) => {
  const { mock, driver } = await stage(t);
  mock.deactivate('inactive@example.org');
  for (const [change, code, vendorCode, remedy] of [
    [{ to: 'inactive@example.org' }, 'rejected', '406', /reactivate/],
    [{ from: 'a@unverified.example' }, 'rejected', '400', /sender/],
    [{ to: 'nobody' }, 'rejected', '300', /address/],
    [{ attachments: [{ filename: 'a.exe', contentType: 'application/x-msdownload', bytesBase64: 'AAE=' }] }, 'rejected', '411', /another type/],
  ]) {
    const { error } = await driver.ask({ ...mail, ...change });
    assert.deepEqual([error.code, error.vendorCode], [code, vendorCode], JSON.stringify(error));
    assert.match(error.remedy, remedy);
  }
  for (const [fault, code, remedy] of [
    [{ status: 422, body: { ErrorCode: 405, Message: 'Not allowed to send.' } }, 'permission_denied', /credits/],
    [{ status: 422, body: { ErrorCode: 412, Message: 'Pending approval.' } }, 'permission_denied', /approval/],
    [{ status: 422, body: { ErrorCode: 1235, Message: 'No such stream.' } }, 'permission_denied', /message_stream/],
    [{ status: 200, body: { ErrorCode: 406, Message: 'Inactive.' } }, 'rejected', /reactivate/],
    [{ status: 401, body: { ErrorCode: 10, Message: 'No Account or Server API tokens were supplied' } }, 'unauthenticated', /token/],
    [{ status: 413, body: Buffer.from('<html>'), headers: { 'content-type': 'text/html' } }, 'rejected', /10 MB/],
    [{ status: 429, body: { ErrorCode: 429, Message: 'Rate limit exceeded.' }, headers: { 'retry-after': '7' } }, 'rate_limited', /by itself/],
  ]) {
    mock.fault({ match: /POST \/email/, ...fault, times: 10 });
    const { error } = await driver.ask({ ...mail, limitMs: 5000 });
    mock.clearFaults();
    assert.equal(error.code, code, JSON.stringify(error));
    assert.match(error.remedy, remedy);
  }
  assert.equal(mock.sent().length, 0);
});

test('a bad day at the vendor', async (t) => {
  const { mock, driver } = await stage(t);
  await playBadDays(t, { driver, mock, command: { ...mail, clientReference: 'att_bad' }, match: /POST \/email/,
    count: () => mock.sent().length, secrets: Object.values(mock.account) });
});

test('verifies domains, and says which records are missing', async (t) => {
  const { mock, driver } = await stage(t);
  const verify = () => driver.do({ slot: 'email', op: 'verify_domain', domain: 'mail.example.com' });
  const before = await verify();
  assert.equal(before.status, 'pending');
  assert.deepEqual(before.records, [{ type: 'TXT', name: '20261126._domainkey.mail.example.com', value: 'k=rsa; p=MOCK' }, { type: 'CNAME', name: 'pm-bounces.mail.example.com', value: 'pm.mtasv.net' }]);
  mock.publishDns('mail.example.com');
  assert.equal((await verify()).status, 'verified');
  assert.deepEqual(await verify(), await verify());
  assert.equal(mock.journal.filter((e) => e.operation === 'POST /domains').length, 1);
  assert.deepEqual(mock.refusals, []);
  const without = await stage(t, { account_token: undefined });
  const { error } = await without.driver.ask({ slot: 'email', op: 'verify_domain', domain: 'mail.example.com' });
  assert.equal(error.code, 'unauthenticated');
  assert.match(error.remedy, /account_token/);
});

test('believes only what carries the password', async (t) => {
  const { mock, driver } = await stage(t, { webhook_header: 'X-Commsd-Token' });
  const password = mock.account.webhookPassword;
  const verify = async (headers) => (await driver.webhook('email', 'verify_webhook', { url: hook, body: '{}', headers })).error?.code;
  for (const headers of [basic(password), basic(password, ''), basic(password, 'anybody'), { authorization: basic(password).authorization.replace('Basic', 'basic') }, { 'x-commsd-token': password }]) {
    assert.equal(await verify(headers), undefined, JSON.stringify(headers));
  }
  const bad = [{}, basic(''), basic(password + 'x'), basic(password.slice(1)), basic(password.replace('m', 'n')), { authorization: `Bearer ${password}` }, { authorization: 'Basic' }, { authorization: 'Basic ' }, { authorization: 'Basic %%%' },
    { authorization: 'Basic ' + Buffer.from(password).toString('base64') }, { 'x-commsd-token': '' }, { 'x-commsd-token': password + ' ' }, { 'x-other-token': password }];
  for (const headers of bad) assert.equal(await verify(headers), 'permission_denied', JSON.stringify(headers));
  const deaf = await stage(t, { webhook_password: undefined });
  assert.equal((await deaf.driver.webhook('email', 'verify_webhook', { url: hook, body: '{}', headers: basic('') })).error.code, 'permission_denied', 'nothing is believed without a password');
});

test('reads events', async (t) => {
  const { mock, driver } = await stage(t);
  const { vendorId } = await driver.do({ ...mail, clientReference: 'att_1' });
  const parse = async (event) => (await driver.webhook('email', 'parse_webhook', { url: hook, body: JSON.stringify(event), headers: basic(mock.account.webhookPassword) })).events;
  for (const [record, status, errorCode, extra] of [['Delivery', 'delivered', ''], ['Open', 'read', ''], ['Click', 'read', ''], ['Bounce', 'bounced', 'HardBounce'], ['Bounce', 'bounced', 'SoftBounce', { Type: 'SoftBounce', TypeCode: 4096 }],
    ['SpamComplaint', 'complained', 'SpamComplaint'], ['SubscriptionChange', '', 'ManualSuppression']]) {
    const event = mock.eventOf(vendorId, record, extra);
    const [read, ...more] = await parse(event);
    assert.deepEqual(more, []);
    assert.deepEqual([read.kind, read.status, read.errorCode, read.vendorId, read.clientReference], ['message_status', status, errorCode, vendorId, 'att_1'], record);
    assert.ok(Math.abs(read.occurredAt - Date.now()) < 60_000);
    assert.equal((await parse(event))[0].eventId, read.eventId);
    assert.ok(!JSON.stringify(read).includes(mail.to), 'repeats no address');
  }
  const ids = await Promise.all(['Delivery', 'Open', 'Click', 'Bounce', 'Bounce'].map(async (r) => (await parse(mock.eventOf(vendorId, r)))[0].eventId));
  assert.equal(new Set(ids).size, 5);
  for (const [record, extra] of [['Bounce', { Type: 'Transient' }], ['Bounce', { Type: 'AutoResponder' }], ['SubscriptionChange', { SuppressSending: false }], ['SubscriptionChange', { Origin: 'Customer' }], ['Delivery', { RecordType: 'SomethingNew' }]]) {
    assert.deepEqual(await parse(mock.eventOf(vendorId, record, extra)), [], JSON.stringify(extra));
  }
});

test('reads mails with their files', async (t) => {
  const { mock, driver } = await stage(t);
  const parse = (body) => driver.webhook('email', 'parse_webhook', { url: hook, body: typeof body === 'string' ? body : JSON.stringify(body), headers: basic(mock.account.webhookPassword) });
  const bytes = Buffer.from([0, 1, 255, 13, 10]);
  const whole = mock.inboundOf({ from: 'Gäste <guest@example.org>', to: 'Agent <agent@example.com>', cc: ['other@example.com'], subject: 'Ünïcode 😀', text: 'body', html: '<b>body</b>', headers: { 'in-reply-to': '<1@example.com>', References: '<0@example.com> <1@example.com>' },
    attachments: [{ filename: 'menu.pdf', contentType: 'application/pdf', bytes }, { filename: 'empty.txt', contentType: 'text/plain', bytes: Buffer.alloc(0) }] });
  const { events: [read, ...more] } = await parse(whole);
  assert.deepEqual(more, []);
  assert.deepEqual([read.kind, read.from, read.to, read.subject, read.text, read.html, read.needsFetch], ['message_received', 'guest@example.org', 'agent@example.com', 'Ünïcode 😀', 'body', '<b>body</b>', false]);
  assert.deepEqual([read.vendorId, read.eventId], [whole.MessageID, whole.MessageID]);
  assert.deepEqual(Object.fromEntries(read.extra), { message_id: `<${whole.MessageID}@mail.example.com>`, in_reply_to: '<1@example.com>', references: '<0@example.com> <1@example.com>', recipients: 'agent@example.com, agent@example.com, other@example.com', to_all: 'agent@example.com', cc: 'other@example.com' });
  assert.deepEqual(read.media.map((m) => [m.filename, m.contentType, m.size, m.bytesBase64]), [['menu.pdf', 'application/pdf', 5, bytes.toString('base64')], ['empty.txt', 'text/plain', 0, '']]);

  const to = async (mailTo, delivered) => {
    const { events: [mail] } = await parse(mock.inboundOf({ from: 'g@example.org', to: mailTo, delivered, subject: 's', text: 't' }));
    return [mail.to, Object.fromEntries(mail.extra).recipients];
  };
  assert.deepEqual(await to('list@example.org', 'agent@example.com'), ['agent@example.com', 'agent@example.com, list@example.org'], 'a hidden copy');
  assert.deepEqual(await to('agent@example.com', '0123456789abcdef@inbound.postmarkapp.com'), ['agent@example.com', 'agent@example.com'], 'forwarded to the stream');

  // Should it come once for each: every report names both, and tells the same of the mail.
  const both = { from: 'g@example.org', to: 'agent@example.com', cc: ['colleague@example.com'], subject: 's', text: 't', headers: { 'Message-ID': '<1@example.org>' } };
  const reports = [];
  for (const delivered of ['agent@example.com', 'colleague@example.com']) reports.push((await parse(mock.inboundOf({ ...both, delivered }))).events[0]);
  assert.notEqual(reports[0].eventId, reports[1].eventId);
  const same = ({ from, subject, text, html, media, extra }) => [from, subject, text, html, media, Object.fromEntries(extra).message_id, [...new Set(Object.fromEntries(extra).recipients.split(', '))].sort()];
  assert.deepEqual(same(reports[0]), same(reports[1]));
  assert.deepEqual(same(reports[0]).at(-1), ['agent@example.com', 'colleague@example.com']);

  for (const bad of ['', '{', '[]', '7', 'null', '"x"', '{}', '{"MessageID":7}', '<html>', JSON.stringify({ ...whole, MessageID: '' }), JSON.stringify({ ...whole, Attachments: [{ Name: 'x', Content: 'no base64!' }] })]) {
    const answer = await parse(bad);
    if (bad === '{"MessageID":7}') assert.equal(answer.events.length, 1);
    else assert.equal(answer.error?.code, 'invalid_argument', bad.slice(0, 50));
  }
});

test('the vendor\'s package and the mock understand each other', async (t) => {
  const mock = await startPostmark();
  t.after(() => mock.stop());
  const options = { useHttps: false, requestHost: mock.url.slice('http://'.length) };
  const server = new ServerClient(mock.account.serverToken, options);
  const sent = await server.sendEmail({ From: 'a@example.com', To: 'b@example.org', Subject: 's', TextBody: 't', MessageStream: 'outbound', Metadata: { commsd_attempt: 'att_9' }, Headers: [{ Name: 'X-PM-KeepID', Value: 'true' }] });
  assert.equal(sent.ErrorCode, 0);
  assert.equal((await server.getOutboundMessageDetails(sent.MessageID)).Metadata.commsd_attempt, 'att_9');
  const { Messages } = await server.getOutboundMessages({ count: 50, offset: 0, metadata_commsd_attempt: 'att_9' });
  assert.deepEqual(Messages.map((m) => m.MessageID), [sent.MessageID]);
  const domains = new AccountClient(mock.account.accountToken, options);
  const { ID } = await domains.createDomain({ Name: 'x.example.com', ReturnPathDomain: 'pm-bounces.x.example.com' });
  assert.equal((await domains.verifyDomainDKIM(ID)).DKIMVerified, false);
  await assert.rejects(new ServerClient('wrong', options).getServer(), { name: 'InvalidAPIKeyError', code: 10 });
});
