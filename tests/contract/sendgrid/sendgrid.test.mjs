// The sendgrid provider, loaded as the server loads it, against a mock held to SendGrid's own
// document. Webhooks are signed, and what SendGrid's npm package would not accept is not sent; its
// client drives the same mock, so that it judges the provider rightly.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';
import { Client } from '@sendgrid/client';
import { MailService } from '@sendgrid/mail';
import { unchecked } from '../../mocks/lib/openapi.mjs';
import { startSendgrid } from '../../mocks/sendgrid.mjs';
import { Driver } from '../lib/driver.mjs';
import { playBadDays } from '../lib/garbage.mjs';

const mail = { slot: 'email', op: 'send', from: 'Agent <agent@example.com>', to: 'someone@example.org', subject: 'Hello', text: 'Grüße 😀' };
const hook = 'https://comms.example.test/webhooks/a/email';
const basic = (password, user = 'commsd') => ({ authorization: 'Basic ' + Buffer.from(`${user}:${password}`).toString('base64') });

async function stage(t, more = {}) {
  const mock = await startSendgrid();
  const driver = await Driver.start({ allow: [mock.url], providers: { email: { use: 'sendgrid', config: {
    api_key: mock.account.apiKey, webhook_public_key: mock.publicKeys.events, inbound_public_key: mock.publicKeys.mail, base_url: mock.url, ...more } } } });
  t.after(async () => {
    await driver.stop();
    await mock.stop();
    if (unchecked.requests > 0) console.log(`# spec-checks-not-run ${unchecked.requests} (no ../shared/vendor-lab: sendgrid)`);
  });
  return { mock, driver };
}
const json = (headers) => ({ 'content-type': 'application/json', ...headers });

test('sends whole: attachments, headers and our reference', async (t) => {
  const { mock, driver } = await stage(t);
  const clientReference = `att_${randomUUID()}`;
  const headers = { 'Message-ID': '<1@example.com>', 'In-Reply-To': '<0@example.com>', References: '<0@example.com>', 'List-Unsubscribe': '<https://example.com/u>', 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' };
  const sent = await driver.do({ ...mail, html: '<p>Hi</p>', replyTo: 'Replies <r@example.com>', clientReference, headers: { ...headers, 'X-Town': 'Zürich' }, attachments: [
    { filename: 'a.txt', contentType: 'text/plain; charset=utf-8', bytesBase64: Buffer.from('attached').toString('base64') }, { filename: 'b', contentType: '', bytesBase64: 'AAE=' }] });
  const { id: _id, at: _at, statuses: _statuses, ...m } = mock.messages.get(sent.vendorId);
  assert.deepEqual(m, {
    personalizations: [{ to: [{ email: 'someone@example.org' }], custom_args: { commsd_attempt: clientReference } }],
    from: { email: 'agent@example.com', name: 'Agent' }, reply_to: { email: 'r@example.com', name: 'Replies' }, subject: 'Hello',
    content: [{ type: 'text/plain', value: mail.text }, { type: 'text/html', value: '<p>Hi</p>' }],
    headers: { ...headers, 'X-Town': '=?UTF-8?B?WsO8cmljaA==?=' },
    attachments: [{ content: Buffer.from('attached').toString('base64'), filename: 'a.txt', type: 'text/plain', disposition: 'attachment' }, { content: 'AAE=', filename: 'b', type: 'application/octet-stream', disposition: 'attachment' }],
  });
  assert.equal(sent.status, 'queued');
  assert.deepEqual((await driver.do({ ...mail, text: '', html: '<p>Hi</p>' })) && mock.sent().map((e) => e.body), [mail.text, '<p>Hi</p>']);
  assert.deepEqual(mock.refusals, []);
  assert.deepEqual(await driver.do({ slot: 'email', op: 'describe' }), { name: 'sendgrid', sandbox: false, idempotencyKey: false, lookUp: true, media: false });
});

test('finds what was lost, by our reference and by the vendor\'s id', async (t) => {
  const { mock, driver } = await stage(t);
  const clientReference = `att_${randomUUID()}`;
  await driver.do({ ...mail, clientReference: 'att_before' });
  mock.fault({ match: /POST \/v3\/mail/, drop: 'after' });
  assert.equal((await driver.ask({ ...mail, clientReference })).error.code, 'ambiguous');
  const find = (what) => driver.ask({ slot: 'email', op: 'find', ...what });
  const found = await find({ clientReference });
  assert.deepEqual([found.vendorId, found.status], [mock.sent()[1].id, 'sent']);
  mock.messages.get(found.vendorId).statuses = ['not_delivered'];
  assert.equal((await find({ vendorId: found.vendorId })).status, 'undelivered');
  mock.messages.get(found.vendorId).statuses = ['delivered'];
  assert.equal((await find({ vendorId: found.vendorId })).status, 'delivered');
  assert.equal((await find({ clientReference: 'att_other' })).error.code, 'not_found');
  assert.equal((await find({ vendorId: 'AAAAAAAAAAAAAAAAAAAAAA' })).error.code, 'not_found');
  for (const what of [{}, { clientReference: '"; DROP' }, { vendorId: "a'b" }]) assert.equal((await find(what)).error.code, 'unsupported', JSON.stringify(what));
  assert.deepEqual(mock.refusals, []);
  mock.state.unfiltered = true;
  assert.notEqual((await find({ clientReference: 'att_other' })).error.code, 'not_found', 'what others sent says nothing of ours');
  mock.state.activity = false;
  const { error } = await find({ clientReference });
  assert.equal(error.code, 'unsupported');
  assert.match(error.remedy, /additional email activity history/);
  assert.equal(mock.sent().length, 2);
});

test('says in plain words why SendGrid refused', async (t) => {
  const { mock, driver } = await stage(t);
  const unverified = (await driver.ask({ ...mail, from: 'a@unverified.example' })).error;
  assert.deepEqual([unverified.code, unverified.vendorCode], ['permission_denied', 'from']);
  assert.match(unverified.remedy, /verify the sender's domain/);
  assert.equal((await driver.ask({ ...mail, to: 'nobody' })).error.code, 'invalid_argument');
  const empty = (await driver.ask({ ...mail, attachments: [{ filename: 'a', contentType: 'text/plain', bytesBase64: '' }] })).error;
  assert.deepEqual([empty.code, /empty files/.test(empty.message)], ['rejected', true]);
  const large = (await driver.ask({ ...mail, attachments: [{ filename: 'a', contentType: 'text/plain', bytesBase64: Buffer.alloc(23 * 1024 * 1024).toString('base64') }] })).error;
  assert.deepEqual([large.code, /30 MB/.test(large.message)], ['rejected', true]);
  assert.deepEqual(mock.journal.filter((e) => e.operation === 'POST /v3/mail/send').length, 1, 'the others were asked of nobody');
  const errors = (message, field = null) => ({ errors: [{ message, field, help: null }] });
  for (const [fault, code, vendorCode, remedy] of [
    [{ status: 400, body: errors('Does not contain a valid address: someone@example.org.', 'personalizations.0.to.0.email') }, 'rejected', 'personalizations.0.to.0.email', /addresses/],
    [{ status: 401, body: errors('The provided authorization grant is invalid, expired, or revoked') }, 'unauthenticated', '401', /api_key/],
    [{ status: 401, body: errors('Maximum credits exceeded') }, 'permission_denied', '401', /larger plan/],
    [{ status: 403, body: errors('access forbidden') }, 'permission_denied', '403', /Mail Send/],
    [{ status: 413, body: Buffer.from('<html>'), headers: { 'content-type': 'text/html' } }, 'rejected', '413', /30 MB/],
    [{ status: 429, body: errors('too many requests'), headers: { 'x-ratelimit-reset': String(Math.floor(Date.now() / 1000) + 30) } }, 'rate_limited', '429', /by itself/],
  ]) {
    mock.fault({ match: /POST \/v3\/mail/, ...fault, times: 10 });
    const { error } = await driver.ask({ ...mail, limitMs: 5000 });
    mock.clearFaults();
    assert.deepEqual([error.code, error.vendorCode], [code, vendorCode], JSON.stringify(error));
    assert.match(error.remedy, remedy);
    assert.ok(!JSON.stringify(error).includes(mail.to), 'repeats no address');
  }
  assert.equal(mock.sent().length, 0);
});

test('a bad day at the vendor', async (t) => {
  const { mock, driver } = await stage(t);
  await playBadDays(t, { driver, mock, command: { ...mail, clientReference: 'att_bad' }, match: /POST \/v3\/mail/,
    count: () => mock.sent().length, secrets: Object.values(mock.account) });
});

test('wrong credentials, and a key that may not send', async (t) => {
  const { mock, driver } = await stage(t);
  assert.deepEqual(await driver.ask({ slot: 'email', op: 'check' }), {});
  mock.state.scopes = ['whitelabel.read'];
  assert.match(JSON.stringify(await driver.ask({ slot: 'email', op: 'check' })), /may not send/);
  const key = 'SG.a-key-that-nobody-knows';
  const other = await Driver.start({ mayFail: true, allow: [mock.url], providers: { email: { use: 'sendgrid', config: { api_key: key, base_url: mock.url } } } });
  t.after(() => other.stop());
  const sick = await other.ask({ slot: 'email', op: 'check' });
  assert.match(JSON.stringify(sick), /api_key/);
  const refused = await other.ask(mail);
  assert.deepEqual([refused.error.code, refused.error.vendorCode], ['unauthenticated', '401']);
  assert.equal(mock.sent().length, 0);
  assert.ok(!JSON.stringify([other.state, other.errors, sick, refused]).includes(key));
});

test('verifies domains, and says which records are missing', async (t) => {
  const { mock, driver } = await stage(t);
  const domain = 'mail.example.com';
  const verify = () => driver.do({ slot: 'email', op: 'verify_domain', domain });
  mock.domains.push({ id: 1, domain: `other.${domain}`, subdomain: 'em1', valid: true }); // the search finds it, too
  const before = await verify();
  assert.equal(before.status, 'pending');
  assert.deepEqual(before.records, [{ type: 'CNAME', name: `em1001.${domain}`, value: 'u7.wl.sendgrid.net' }, { type: 'CNAME', name: `s1._domainkey.${domain}`, value: 's1.domainkey.u7.wl.sendgrid.net' }, { type: 'CNAME', name: `s2._domainkey.${domain}`, value: 's2.domainkey.u7.wl.sendgrid.net' }]);
  mock.publishDns(domain);
  assert.equal((await verify()).status, 'verified');
  assert.deepEqual(await verify(), await verify());
  assert.equal(mock.journal.filter((e) => e.operation === 'POST /v3/whitelabel/domains').length, 1);
  for (let i = 0; i < 60; ++i) mock.domains.unshift({ id: 100 + i, domain: `${i}.second.example`, subdomain: 'em2', valid: false });
  mock.domains.push({ id: 2, domain: 'second.example', subdomain: 'em3', valid: false }, { id: 3, domain: 'second.example', subdomain: 'em4', valid: true });
  const second = await driver.do({ slot: 'email', op: 'verify_domain', domain: 'second.example' });
  assert.deepEqual([second.status, second.records[0].name], ['verified', 'em4.second.example'], 'behind a page, and the valid one of two');
  assert.deepEqual(mock.refusals, []);
});

test('believes events by their signature only', async (t) => {
  const { mock, driver } = await stage(t);
  const { vendorId } = await driver.do(mail);
  const body = mock.batchOf([mock.eventOf(vendorId, 'delivered'), mock.eventOf(vendorId, 'open')]);
  const verify = async (headers, text = body) => (await driver.webhook('email', 'verify_webhook', { url: hook, body: text, headers: json(headers) })).error?.code;
  const good = mock.signed(body);
  const [signature, timestamp] = Object.keys(good);
  assert.equal(await verify(good), undefined);
  assert.equal(await verify({ [signature.toLowerCase()]: good[signature], [timestamp.toUpperCase()]: good[timestamp] }), undefined, 'names in any case');
  assert.equal(await verify({ ...good, 'content-type': 'application/json; charset=utf-8' }), undefined);
  const flip = (text, at) => text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1);
  for (let i = 0; i < body.length; i += 37) assert.equal(await verify(good, flip(body, i)), 'permission_denied', `bit of byte ${i}`);
  for (let i = 0; i < good[signature].length; i += 7) assert.equal(await verify({ ...good, [signature]: flip(good[signature], i) }), 'permission_denied', `bit of the signature's ${i}`);
  for (let i = 0; i < good[timestamp].length; ++i) assert.equal(await verify({ ...good, [timestamp]: flip(good[timestamp], i) }), 'permission_denied', `bit of the time's ${i}`);
  assert.equal(await verify(good, body.trimEnd()), 'permission_denied', 'without the line break at its end');
  assert.equal(await verify(mock.signed(body, mock.newKeys())), 'permission_denied', 'by another key');
  assert.equal(await verify(mock.signed(body, mock.pairs.mail)), 'permission_denied', 'by the key of mail');
  const now = Math.floor(Date.now() / 1000);
  for (const [seconds, code] of [[now - 200, undefined], [now + 200, undefined], [now - 400, 'permission_denied'], [now + 400, 'permission_denied'], [0, 'permission_denied']]) {
    assert.equal(await verify(mock.signed(body, mock.pairs.events, seconds)), code, `${seconds - now} s`);
  }
  for (const headers of [{}, { [signature]: good[signature] }, { [timestamp]: good[timestamp] }, { ...good, [signature]: '' }, { ...good, [signature]: '%%%' }, { ...good, [timestamp]: '' }, { ...good, [timestamp]: `${good[timestamp]} ` }, { ...good, [timestamp]: '-1' },
    { ...good, [timestamp]: '9'.repeat(30) }, basic(mock.account.inboundPassword)]) {
    assert.equal(await verify(headers), 'permission_denied', JSON.stringify(headers));
  }
  const patient = await stage(t, { webhook_max_age_s: 3600 });
  assert.equal((await patient.driver.webhook('email', 'verify_webhook', { url: hook, body, headers: json(patient.mock.signed(body, patient.mock.pairs.events, now - 3000)) })).error, undefined);
  const deaf = await stage(t, { webhook_public_key: undefined });
  assert.equal((await deaf.driver.webhook('email', 'verify_webhook', { url: hook, body, headers: json(good) })).error.code, 'permission_denied', 'nothing is believed without a key');
});

test('believes mail by its signature, or by the password where nothing is signed', async (t) => {
  const { mock, driver } = await stage(t, { inbound_password: 'mock-sendgrid-inbound-password' });
  const password = mock.account.inboundPassword;
  const body = mock.inboundOf({ from: 'g@example.org', to: 'a@example.com', subject: 's', text: 't', files: [{ filename: 'x', contentType: 'application/octet-stream', bytes: Buffer.from([0, 255, 128]) }] });
  const ask = (to, headers, bytes = body) => to.webhook('email', 'verify_webhook', { url: hook, body: bytes, headers: { ...mock.formType, ...headers } });
  const verify = async (headers, bytes) => (await ask(driver, headers, bytes)).error?.code;
  const good = mock.signed(body, mock.pairs.mail);
  assert.equal(await verify(good), undefined, 'bytes that are no text');
  const changed = Buffer.from(body);
  changed[changed.indexOf(255)] = 254;
  assert.equal(await verify(good, changed), 'permission_denied');
  assert.equal(await verify(mock.signed(body, mock.pairs.events)), 'permission_denied', 'by the key of events');
  assert.equal(await verify(basic(password)), 'permission_denied', 'a password is less than the signature that was set up');
  const unsigned = await stage(t, { inbound_public_key: undefined, inbound_password: password });
  for (const headers of [basic(password), basic(password, ''), basic(password, 'anybody'), { authorization: basic(password).authorization.replace('Basic', 'basic') }]) assert.equal((await ask(unsigned.driver, headers)).error, undefined, JSON.stringify(headers));
  for (const headers of [{}, basic(''), basic(`${password}x`), basic(password.slice(1)), { authorization: 'Basic %%%' }, { authorization: `Bearer ${password}` }, { authorization: 'Basic ' + Buffer.from(password).toString('base64') }, good]) {
    assert.equal((await ask(unsigned.driver, headers)).error.code, 'permission_denied', JSON.stringify(headers));
  }
  const deaf = await stage(t, { inbound_public_key: undefined });
  assert.equal((await ask(deaf.driver, basic(''))).error.code, 'permission_denied', 'nothing is believed without a password');
});

test('reads events', async (t) => {
  const { mock, driver } = await stage(t);
  const messageId = '<7@example.com>';
  const { vendorId } = await driver.do({ ...mail, clientReference: 'att_1', headers: { 'Message-ID': messageId } });
  const parse = async (...events) => (await driver.webhook('email', 'parse_webhook', { url: hook, body: mock.batchOf(events), headers: json({}) })).events;
  for (const [kind, status, errorCode, extra] of [['processed', 'sent', ''], ['deferred', 'sent', 'deferred'], ['delivered', 'delivered', ''], ['open', 'read', ''], ['click', 'read', ''],
    ['bounce', 'bounced', '5.1.1'], ['bounce', 'undelivered', '5.7.1', { type: 'blocked', status: '5.7.1' }], ['bounce', 'bounced', 'bounce', { status: undefined }], ['dropped', 'failed', 'Bounced Address'], ['dropped', 'failed', 'Unsubscribed Address', { reason: 'Unsubscribed Address' }],
    ['spamreport', 'complained', 'spamreport'], ['unsubscribe', 'read', 'unsubscribe'], ['group_unsubscribe', 'read', 'group_unsubscribe']]) {
    const event = mock.eventOf(vendorId, kind, extra);
    const [read, ...more] = await parse(event);
    assert.deepEqual(more, []);
    assert.deepEqual([read.kind, read.status, read.errorCode, read.vendorId, read.clientReference, read.eventId], ['message_status', status, errorCode, vendorId, 'att_1', event.sg_event_id], kind);
    assert.equal(Object.fromEntries(read.extra).message_id, messageId);
    assert.ok(Math.abs(read.occurredAt - Date.now()) < 60_000);
    assert.ok(!JSON.stringify(read).includes(mail.to), 'repeats no address');
  }
  for (const [kind, extra] of [['group_resubscribe'], ['account_status_change'], ['open', { sg_machine_open: true }], ['delivered', { event: 7 }], ['delivered', { event: undefined }]]) assert.deepEqual(await parse(mock.eventOf(vendorId, kind, extra)), [], kind);
  const many = Array.from({ length: 500 }, (_, i) => mock.eventOf(vendorId, i % 2 ? 'delivered' : 'open'));
  assert.deepEqual((await parse(...many)).map((e) => e.eventId), many.map((e) => e.sg_event_id));
  const nameless = mock.eventOf(vendorId, 'dropped', { sg_event_id: undefined });
  const [first, second] = await parse(nameless, { ...nameless, email: 'other@example.org' });
  assert.notEqual(first.eventId, second.eventId);
  assert.equal((await parse(nameless))[0].eventId, first.eventId, 'the same when it comes again');
  for (const timestamp of ['x', -1, 1e30, Number.MAX_SAFE_INTEGER]) assert.equal((await parse(mock.eventOf(vendorId, 'open', { timestamp })))[0].occurredAt, 0);
  assert.deepEqual((await driver.webhook('email', 'parse_webhook', { url: hook, body: '[[],null,"x",7,{}]', headers: json({}) })).events, []);
  for (const bad of ['', '{', '{}', '7', 'null', '"x"', '<html>', '[{"event":"open"}']) {
    assert.equal((await driver.webhook('email', 'parse_webhook', { url: hook, body: bad, headers: json({}) })).error?.code, 'invalid_argument', bad);
  }
});

test('reads mails, taken apart or whole, with their files', async (t) => {
  const { mock, driver } = await stage(t);
  const parse = (body) => driver.webhook('email', 'parse_webhook', { url: hook, body, headers: mock.formType });
  const bytes = Buffer.from([0, 1, 255, 13, 10, 45, 45, 13, 10]);
  const id = randomUUID();
  const about = { id, from: 'Gäste <guest@example.org>', to: 'Agent <agent@example.com>', cc: 'other@example.com', subject: 'Ünïcode 😀', text: Buffer.from([0x47, 0x72, 0xfc, 0xdf, 0x65]), html: '<b>Grüße</b>', charsets: { text: 'iso-8859-1' }, envelope: { to: ['agent@example.com'], from: 'bounces+7@example.org' },
    headers: { 'In-Reply-To': '<1@example.com>', References: '<0@example.com>\n <1@example.com>' },
    files: [{ filename: 'menü "1".pdf', contentType: 'application/pdf', bytes }, { filename: 'empty.txt', contentType: 'text/plain', bytes: '' }, { filename: 'logo.png', contentType: 'image/png', bytes: 'x', contentId: 'ii_1' }] };
  const taken = mock.inboundOf(about);
  const { events: [read, ...more] } = await parse(taken);
  assert.deepEqual(more, []);
  assert.deepEqual([read.kind, read.from, read.to, read.subject, read.text, read.html, read.needsFetch], ['message_received', 'guest@example.org', 'agent@example.com', 'Ünïcode 😀', 'Grüße', '<b>Grüße</b>', false]);
  assert.deepEqual(Object.fromEntries(read.extra), { message_id: `<${id}@mail.example.org>`, in_reply_to: '<1@example.com>', references: '<0@example.com> <1@example.com>', to_all: 'Agent <agent@example.com>', recipients: 'agent@example.com', cc: 'other@example.com', spf_verdict: 'pass', dkim_verdict: '{@example.org : pass}', spam_score: '0.1' });
  assert.deepEqual(read.media.map((m) => [m.filename, m.contentType, m.size, m.bytesBase64]), [['menü "1".pdf', 'application/pdf', bytes.length, bytes.toString('base64')], ['empty.txt', 'text/plain', 0, ''], ['logo.png', 'image/png', 1, 'eA==']]);
  assert.equal((await parse(taken)).events[0].eventId, read.eventId, 'the same when it comes again');
  assert.notEqual((await parse(mock.inboundOf({ ...about, id: randomUUID() }))).events[0].eventId, read.eventId);
  assert.notEqual((await parse(mock.inboundOf({ ...about, envelope: { to: ['b@example.com'], from: '' } }))).events[0].eventId, read.eventId, 'another recipient of the same mail');

  const raw = Buffer.concat([Buffer.from(['Received: by mx1.sendgrid.net', 'From: =?utf-8?Q?G=C3=A4ste?= <guest@example.org>', 'To: list@example.org', 'Subject: =?iso-8859-1?Q?Gr=FC=DFe?=', 'Message-ID: <raw@example.org>', 'Content-Type: multipart/mixed; boundary=b1', '', '--b1', 'Content-Type: text/plain; charset=iso-8859-1', '', ''].join('\r\n')), Buffer.from([0xfc]),
    Buffer.from(['', '--b1', 'Content-Type: application/pdf; name=m.pdf', 'Content-Transfer-Encoding: base64', '', bytes.toString('base64'), '--b1--', ''].join('\r\n'))]);
  const { events: [whole] } = await parse(mock.inboundOf({ from: 'guest@example.org', to: 'list@example.org', subject: 'x', raw, envelope: { to: ['agent@example.com'], from: '' } }));
  assert.deepEqual([whole.from, whole.to, whole.subject, whole.text.trim(), whole.media.map((m) => [m.filename, m.bytesBase64])], ['guest@example.org', 'agent@example.com', 'Grüße', 'ü', [['m.pdf', bytes.toString('base64')]]]);
  assert.deepEqual([Object.fromEntries(whole.extra).to_all, Object.fromEntries(whole.extra).recipients], ['list@example.org', 'agent@example.com']);

  const cut = taken.subarray(0, taken.length - 40);
  for (const [name, body] of [['nothing', ''], ['no form', 'x=y'], ['half a mail', cut], ['without its end', taken.subarray(0, taken.length - 5)], ['no mail', mock.formOf({ subject: 'x' })], ['an empty one', mock.formOf({ email: '', headers: '' })]]) {
    assert.equal((await parse(body)).error?.code, 'invalid_argument', name);
  }
  for (const type of ['multipart/form-data', 'multipart/form-data; boundary=', 'multipart/form-data; boundary=other', `multipart/form-data; boundary="${'x'.repeat(5000)}"`]) {
    assert.equal((await driver.webhook('email', 'parse_webhook', { url: hook, body: taken, headers: { 'content-type': type } })).error?.code, 'invalid_argument', type.slice(0, 60));
  }
  for (const [name, fields] of [['no charsets, no envelope', { headers: 'From: g@example.org\n', text: 'x' }], ['charsets that are none', { headers: 'From: g@example.org\n', charsets: '{', envelope: '[]', text: Buffer.from([0xff]) }], ['unknown charset', { headers: 'From: g@example.org\n', charsets: '{"text":"x-unknown"}', text: 'x' }]]) {
    assert.equal((await parse(mock.formOf(fields))).events?.[0].from, 'g@example.org', name);
  }
  assert.equal((await parse(mock.formOf({ headers: 'From: a@example.org, b@example.org\n', envelope: '{"from":"c@example.org","to":["d@example.com"]}' }))).events[0].from, 'c@example.org', 'who of several sent it, only the envelope says');
});

test('the vendor\'s client and the mock understand each other', async (t) => {
  const mock = await startSendgrid();
  t.after(() => mock.stop());
  const clientOf = (key) => {
    const made = new Client();
    made.setApiKey(key); // which leads it to the real address
    made.setDefaultRequest('baseUrl', `${mock.url}/`);
    return made;
  };
  const client = clientOf(mock.account.apiKey);
  const service = new MailService();
  service.setClient(client);
  const [sent] = await service.send({ from: 'A <a@example.com>', to: 'b@example.org', cc: ['c@example.org'], subject: 's', text: 't', html: '<p>t</p>', replyTo: 'r@example.com', customArgs: { commsd_attempt: 'att_9' }, headers: { 'Message-ID': '<1@example.com>' }, attachments: [{ content: 'AAE=', filename: 'x', type: 'image/png', disposition: 'inline', content_id: 'c1' }] });
  assert.equal(sent.statusCode, 202);
  assert.equal(mock.messages.get(sent.headers['x-message-id']).subject, 's');
  await assert.rejects(service.send({ from: 'a@unverified.example', to: 'b@example.org', subject: 's', text: 't' }), { code: 403 });
  const [scopes] = await client.request({ method: 'GET', url: '/v3/scopes' });
  assert.ok(scopes.body.scopes.includes('mail.send'));
  const [domain] = await client.request({ method: 'POST', url: '/v3/whitelabel/domains', body: { domain: 'x.example.com', automatic_security: true } });
  const [checked] = await client.request({ method: 'POST', url: `/v3/whitelabel/domains/${domain.body.id}/validate` });
  assert.equal(checked.body.valid, false);
  await assert.rejects(clientOf('SG.wrong').request({ method: 'GET', url: '/v3/scopes' }), { code: 401 });
});
