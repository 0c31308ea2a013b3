// The ses provider, loaded as the server loads it, against a mock held to AWS's own model, signer
// and validator of SNS messages; what it sent and what it read is compared with mailparser.
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import test from 'node:test';
import { simpleParser } from 'mailparser';
import { unchecked } from '../../mocks/lib/openapi.mjs';
import { startS3 } from '../../mocks/s3.mjs';
import { published, received, sesAccount, startSes } from '../../mocks/ses.mjs';
import { startSns } from '../../mocks/sns.mjs';
import { Driver } from '../lib/driver.mjs';
import { playBadDays } from '../lib/garbage.mjs';

const mail = { slot: 'email', op: 'send', from: 'Agent <agent@example.com>', to: 'someone@example.org', subject: 'Grüße', text: 'Grüße 😀', clientReference: 'att_1' };
const secrets = [sesAccount.secretAccessKey, sesAccount.accessKeyId];

async function stage(t, { config = {}, providers = {}, allow = [], account, mayFail = false } = {}) {
  const mock = await startSes({ account });
  const sns = await startSns();
  const { accessKeyId, secretAccessKey, region } = mock.account;
  const driver = await Driver.start({ mayFail, allow: [mock.url, sns.origin, ...allow], providers: { ...providers, email: { use: 'ses', config: {
    access_key_id: accessKeyId, secret_access_key: secretAccessKey, region, base_url: mock.url, sns_url: sns.origin, topic_arns: sns.topic, configuration_set: 'commsd', ...config } } } });
  t.after(async () => {
    await driver.stop();
    await sns.stop();
    await mock.stop();
  });
  const verify = async (request) => (await driver.webhook('email', 'verify_webhook', request)).error?.code;
  const parse = async (request) => driver.webhook('email', 'parse_webhook', request);
  const fetchInbound = (vendorId) => driver.ask({ slot: 'email', op: 'fetch_inbound', vendorId });
  /** As the server takes a webhook: what it stored of it, undefined for nothing. */
  const take = async (request) => {
    assert.equal(await verify(request), undefined);
    const { events, error } = await parse(request);
    assert.equal(error, undefined);
    if (!events[0]?.needsFetch) return events[0];
    const fetched = await fetchInbound(events[0].vendorId);
    assert.equal(fetched.error, undefined, JSON.stringify(fetched.error));
    return fetched.event;
  };
  return { mock, sns, driver, verify, parse, fetchInbound, take };
}

test('sends what was written, with files, tags and headers', async (t) => {
  const { mock, driver } = await stage(t);
  const bytes = randomBytes(50_000);
  const unsubscribe = '<https://comms.example.test/u/token>';
  const receipt = await driver.do({ ...mail, html: '<p>Grüße</p>', replyTo: 'office@example.com', headers: { 'List-Unsubscribe': unsubscribe, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click', 'In-Reply-To': '<first@example.org>' },
    attachments: [{ filename: 'Übersicht.pdf', contentType: 'application/pdf', bytesBase64: bytes.toString('base64') }] });
  const [sent] = mock.sent();
  assert.equal(receipt.vendorId, sent.id);
  assert.equal(receipt.status, 'sent');
  assert.equal(sent.request.ConfigurationSetName, 'commsd');
  assert.deepEqual(sent.request.EmailTags, [{ Name: 'commsd_attempt', Value: 'att_1' }]);
  assert.deepEqual(sent.request.Destination, { ToAddresses: [mail.to] });
  const read = await mock.mailOf(sent);
  assert.equal(read.subject, mail.subject);
  assert.equal(read.text.trimEnd(), mail.text);
  assert.equal(read.html, '<p>Grüße</p>');
  assert.equal(read.from.value[0].name, 'Agent');
  assert.equal(read.replyTo.value[0].address, 'office@example.com');
  assert.equal(read.inReplyTo, '<first@example.org>');
  assert.match(sent.mail.toString(), /List-Unsubscribe: <https:\/\/comms\.example\.test\/u\/token>\r\n/);
  assert.match(sent.mail.toString(), /List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n/);
  assert.ok(read.attachments[0].content.equals(bytes));
  assert.equal(read.attachments[0].filename, 'Übersicht.pdf');
  await driver.do({ ...mail, clientReference: 'not a tag!' });
  assert.equal(mock.sent()[1].request.EmailTags, undefined);
  assert.deepEqual(mock.refusals, []);
});

test('temporary credentials sign their token', async (t) => {
  const { mock, driver } = await stage(t, { config: { session_token: 'mock-session-token/with+signs==' } });
  await driver.do(mail);
  assert.equal(mock.sent().length, 1);
  assert.deepEqual(mock.refusals, []);
});

test('a bad day at the vendor', async (t) => {
  const { mock, driver } = await stage(t);
  await playBadDays(t, { driver, mock, command: mail, match: /POST \/v2\/email\/outbound/, count: () => mock.sent().length, secrets });
  assert.ok(mock.sent().length > 5);
});

test('what AWS refuses, by its own names', async (t) => {
  const { mock, driver } = await stage(t);
  const unverified = (await driver.ask({ ...mail, to: 'someone@unverified.example' })).error;
  assert.deepEqual([unverified.code, unverified.vendorCode], ['rejected', 'MessageRejected']);
  assert.match(unverified.remedy, /verify the sender/);
  assert.ok(!JSON.stringify(unverified).includes('someone@'), 'shows no address');
  const cases = [
    [400, 'MailFromDomainNotVerifiedException', 'rejected', /MAIL FROM/], [400, 'AccountSuspendedException', 'permission_denied', /stopped/],
    [400, 'SendingPausedException', 'permission_denied', /paused/], [429, 'TooManyRequestsException', 'rate_limited', /quota/], [400, 'ThrottlingException', 'rate_limited', /again/],
    [400, 'LimitExceededException', 'rejected', /quota/], [404, 'NotFoundException', 'not_found', /configuration_set/], [400, 'BadRequestException', 'rejected', /addresses/],
    [413, '', 'rejected', /smaller/], [403, 'AccessDeniedException', 'permission_denied', /IAM/], [403, 'UnrecognizedClientException', 'unauthenticated', /access_key_id/],
    [403, 'ExpiredTokenException', 'unauthenticated', /new ones/], [403, 'InvalidSignatureException', 'unauthenticated', /clock/],
  ];
  for (const [status, type, code, remedy] of cases) {
    mock.fault({ match: /outbound/, status, times: 4, headers: type ? { 'x-amzn-errortype': `${type}:http://internal.amazon.com/` } : {}, body: { message: 'No someone@example.org, +14155550100' } });
    const { error } = await driver.ask({ ...mail, limitMs: 1500 });
    mock.clearFaults();
    assert.equal(error.code, code, type);
    if (type) assert.equal(error.vendorCode, type);
    assert.match(error.remedy, remedy, type);
    assert.ok(!/someone@|4155550100/.test(JSON.stringify(error)), type);
  }
  mock.fault({ match: /outbound/, status: 400, body: { __type: 'com.amazonaws.sesv2#MessageRejected', message: 'no' } });
  assert.equal((await driver.ask(mail)).error.vendorCode, 'MessageRejected');
  assert.equal(mock.sent().length, 0);
});

test('wrong keys are no health', async (t) => {
  const wrong = await stage(t, { config: { secret_access_key: 'another-secret-entirely' }, mayFail: true });
  const { error } = await wrong.driver.ask({ slot: 'email', op: 'check' });
  assert.equal(error.code, 'unauthenticated');
  assert.ok(!JSON.stringify(error).includes('another-secret'));
  assert.match(wrong.mock.refusals[0].why[0], /SignatureDoesNotMatch/);
  const { mock, driver } = await stage(t);
  mock.fault({ match: /account/, status: 403, headers: { 'x-amzn-errortype': 'AccessDeniedException' }, body: { message: 'not authorized to perform: ses:GetAccount' } });
  assert.deepEqual(await driver.ask({ slot: 'email', op: 'check' }), {}, 'a key that may only send');
  mock.state.account = { SendingEnabled: false, ProductionAccessEnabled: true, EnforcementStatus: 'SHUTDOWN' };
  const paused = (await driver.ask({ slot: 'email', op: 'check' })).error;
  assert.deepEqual([paused.code, paused.vendorCode], ['permission_denied', 'SHUTDOWN']);
});

test('input that is no message is refused before anyone is called', async (t) => {
  const { mock, driver } = await stage(t);
  for (const bad of [{ to: 'nobody' }, { to: '' }, { to: 'a@b.example\r\nBcc: x@y.example' }, { from: 'no address' }, { subject: 'a\nBcc: x@y.example' }]) {
    assert.equal((await driver.ask({ ...mail, ...bad })).error?.code, 'invalid_argument', JSON.stringify(bad));
  }
  assert.equal((await driver.ask({ ...mail, to: 'jürgen@example.org' })).error.code, 'rejected');
  assert.ok(!mock.journal.some((e) => /outbound/.test(e.path)));
});

test('verifies domains', async (t) => {
  const { mock, driver } = await stage(t);
  const ask = (domain) => driver.do({ slot: 'email', op: 'verify_domain', domain });
  const first = await ask('example.com');
  const { tokens } = mock.identities.get('example.com');
  assert.equal(first.status, 'pending');
  assert.deepEqual(first.records, tokens.map((token) => ({ type: 'CNAME', name: `${token}._domainkey.example.com`, value: `${token}.dkim.amazonses.com` })));
  mock.identities.get('example.com').status = 'SUCCESS';
  assert.deepEqual(await ask('example.com'), { ...first, status: 'verified' });
  mock.identities.get('example.com').status = 'FAILED';
  assert.equal((await ask('example.com')).status, 'failed');
  await ask('müller.example'); // the path is encoded twice where it is signed
  await ask('müller.example');
  assert.equal(mock.identities.size, 2);
  mock.fault({ match: /identities/, status: 400, headers: { 'x-amzn-errortype': 'LimitExceededException' }, body: { message: 'no more' } });
  assert.equal((await driver.ask({ slot: 'email', op: 'verify_domain', domain: 'one-more.example' })).error.code, 'rejected');
  assert.deepEqual(mock.refusals, []);
});

test('fetches the certificate once, and believes only what SNS signed', async (t) => {
  for (const version of ['1', '2']) {
    const { sns, verify, parse, fetchInbound, take } = await stage(t);
    const good = await sns.publish(published('Delivery', 'id-1', { delivery: { timestamp: '2026-11-26T09:00:02.000Z', recipients: ['someone@example.org'] } }), { version });
    const event = await take(good);
    assert.deepEqual([event.kind, event.status, event.vendorId, event.clientReference], ['message_status', 'delivered', 'id-1', 'att_1']);
    assert.equal(event.occurredAt, Date.parse('2026-11-26T09:00:02.000Z'));
    assert.equal(new Map(event.extra).get('message_id'), '<id-1@eu-west-1.amazonses.com>');
    const again = await sns.publish(published('Send', 'id-2', { send: {} }), { version });
    assert.equal((await parse(again)).events[0].status, 'sent', 'without a fetch');
    assert.equal(sns.requests.length, 1);

    const message = JSON.parse(good.body);
    const { privateKey: other } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const changed = (members) => sns.request({ ...message, ...members });
    const flip = (text) => text.slice(0, 9) + (text[9] === 'A' ? 'B' : 'A') + text.slice(10);
    const bad = {
      'a changed message': changed({ Message: message.Message.replace('someone', 'nobody') }),
      'a changed subject': changed({ Subject: 'Another' }),
      'another time': changed({ Timestamp: new Date(Date.now() - 1000).toISOString() }),
      'another id': changed({ MessageId: randomUUID() }),
      'a flipped signature': changed({ Signature: flip(message.Signature) }),
      'no signature': changed({ Signature: undefined }),
      'a signature that is no base64': changed({ Signature: '***' }),
      'the other version': changed({ SignatureVersion: version === '1' ? '2' : '1' }),
      'a third version': changed({ SignatureVersion: '3' }),
      'another key': sns.request(await sns.sign('Notification', { key: other, version, Message: message.Message })),
      'another topic': sns.request(await sns.sign('Notification', { version, Message: message.Message, TopicArn: 'arn:aws:sns:us-east-1:999999999999:theirs' })),
      'a certificate of elsewhere': changed({ SigningCertURL: 'https://sns.us-east-1.amazonaws.com.evil.example/SimpleNotificationService-0.pem' }),
      'a certificate by a query': changed({ SigningCertURL: `${sns.origin}/?x=.pem` }),
      'a certificate in another folder': changed({ SigningCertURL: `${sns.origin}/a/b.pem` }),
      'a message of last week': sns.request(await sns.sign('Notification', { version, Message: message.Message, Timestamp: new Date(Date.now() - 7 * 86_400_000).toISOString() })),
      'no JSON': { ...good, body: '{"Type":"Notification"' },
      'a list': { ...good, body: '[]' },
      'nothing': { ...good, body: '' },
    };
    for (const [what, request] of Object.entries(bad)) {
      assert.equal(await verify(request), 'permission_denied', what);
      assert.ok((await parse(request)).error, what);
      assert.ok((await fetchInbound(request.body)).error, what);
    }
    assert.equal(sns.requests.length, 1, 'nobody was asked for anything');
  }
});

test('before the certificate is there nothing is used unproven', async (t) => {
  const { sns, verify, parse, fetchInbound } = await stage(t);
  const message = await sns.sign('Notification', { Message: JSON.stringify(published('Delivery', 'id-1', { delivery: {} })) });
  const forged = sns.request({ ...message, Message: message.Message.replace('id-1', 'id-2') });
  assert.equal(await verify(forged), undefined);
  const { events } = await parse(forged);
  assert.deepEqual([events.length, events[0].needsFetch, events[0].status], [1, true, '']);
  const { error, event } = await fetchInbound(events[0].vendorId);
  assert.equal(error.code, 'permission_denied');
  assert.equal(event, undefined);
  assert.equal(await verify(forged), 'permission_denied', 'now it is known');
});

test('a certificate that is none is not kept', async (t) => {
  const { sns, take, parse, fetchInbound } = await stage(t);
  const good = await sns.publish(published('Delivery', 'id-1', { delivery: {} }));
  const { pem } = sns.state;
  for (const [status, bad] of [[200, '<html>502</html>'], [200, ''], [200, `${pem}${'x'.repeat(20_000)}`], [200, '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'], [500, pem], [302, pem]]) {
    Object.assign(sns.state, { status, pem: bad });
    const { events } = await parse(good);
    assert.equal((await fetchInbound(events[0].vendorId)).error?.code, status === 302 ? 'rejected' : 'unavailable', bad.slice(0, 40));
  }
  Object.assign(sns.state, { status: 200, pem });
  assert.equal((await take(good)).status, 'delivered');
});

test('confirms the subscription of our topic, and of no other', async (t) => {
  const { sns, take, verify, fetchInbound } = await stage(t);
  const message = await sns.sign('SubscriptionConfirmation');
  assert.equal(await take(sns.request(message)), undefined);
  assert.deepEqual(sns.confirmed, [{ Action: 'ConfirmSubscription', TopicArn: sns.topic, Token: message.Token }]);
  const theirs = sns.request(await sns.sign('SubscriptionConfirmation', { TopicArn: 'arn:aws:sns:us-east-1:999999999999:theirs' }));
  assert.equal(await verify(theirs), 'permission_denied');
  assert.ok((await fetchInbound(theirs.body)).error);
  const forged = sns.request({ ...message, Token: 'stolen' });
  assert.ok((await fetchInbound(forged.body)).error);
  assert.equal(sns.confirmed.length, 1);
  sns.state.confirmation = '<ErrorResponse><Error><Code>NotFound</Code></Error></ErrorResponse>';
  assert.ok((await fetchInbound(sns.request(await sns.sign('SubscriptionConfirmation')).body)).error, 'SNS refuses');
  sns.state.confirmation = null;
  assert.equal(await take(sns.request(await sns.sign('UnsubscribeConfirmation'))), undefined);
  const none = await stage(t, { config: { topic_arns: undefined } });
  assert.equal(await none.verify(none.sns.request(await none.sns.sign('Notification', { Message: '{}' }))), 'permission_denied', 'without topics nothing is believed');
});

test('what became of a mail', async (t) => {
  const { sns, take } = await stage(t);
  const at = '2026-11-26T09:00:05.000Z';
  const bounce = (bounceType, bounceSubType) => ({ bounce: { bounceType, bounceSubType, timestamp: at, bouncedRecipients: [{ emailAddress: 'someone@example.org', action: 'failed', status: '5.1.1', diagnosticCode: 'smtp; 550 5.1.1 <someone@example.org> unknown' }] } });
  const cases = [
    ['Send', { send: {} }, 'sent', ''], ['Delivery', { delivery: { timestamp: at } }, 'delivered', ''],
    ['Bounce', bounce('Permanent', 'NoEmail'), 'bounced', 'Permanent/NoEmail'], ['Bounce', bounce('Transient', 'MailboxFull'), 'undelivered', 'Transient/MailboxFull'],
    ['Complaint', { complaint: { timestamp: at, complaintFeedbackType: 'abuse', complainedRecipients: [{ emailAddress: 'someone@example.org' }] } }, 'complained', 'abuse'],
    ['Reject', { reject: { reason: 'Bad content' } }, 'failed', ''], ['Rendering Failure', { failure: { templateName: 'x', errorMessage: 'no' } }, 'failed', 'x'],
    ['Open', { open: { timestamp: at } }, 'read', ''], ['Click', { click: { timestamp: at } }, 'read', ''],
  ];
  for (const [type, detail, status, code] of cases) {
    const event = await take(await sns.publish(published(type, 'id-1', detail)));
    assert.deepEqual([event.status, event.errorCode, event.vendorId, event.clientReference], [status, code, 'id-1', 'att_1'], type);
    assert.ok(!JSON.stringify(event).includes('someone@'), type);
  }
  const { eventType, ...feedback } = published('Bounce', 'id-1', bounce('Permanent', 'General')); // of an identity, without a configuration set
  assert.equal((await take(await sns.publish({ ...feedback, notificationType: eventType }))).status, 'bounced');
  for (const silent of [published('DeliveryDelay', 'id-1', { deliveryDelay: {} }), published('Subscription', 'id-1'), { eventType: 7 }, {}]) {
    assert.equal(await take(await sns.publish(silent)), undefined);
  }
  for (const Message of ['Successfully validated SNS topic for Amazon SES event publishing.', '', '[1', '"x"']) {
    assert.equal(await take(sns.request(await sns.sign('Notification', { Message }))), undefined, Message);
  }
});

/** A mail as strangers write it; mailparser is asked what it says. */
const letter = (boundary = 'b1') => [
  'Received: from mx.example.org by inbound-smtp.eu-west-1.amazonaws.com', 'From: =?ISO-8859-1?Q?J=FCrgen_M=FCller?= <jm@example.org>', 'To: Agent <agent@example.com>,', ' other@example.net', 'Cc: =?utf-8?B?w4TDtg==?= <cc@example.org>',
  'Subject: =?utf-8?Q?Gr=C3=BC?= =?utf-8?Q?=C3=9Fe?= aus K=?iso-8859-1?Q?=F6?=', 'Message-ID: <m1@example.org>', 'In-Reply-To: <id-1@eu-west-1.amazonses.com>', 'References: <a@example.com>', ' <id-1@eu-west-1.amazonses.com>', 'MIME-Version: 1.0',
  `Content-Type: multipart/mixed; boundary="${boundary}"`, '', 'preamble', `--${boundary}`, 'Content-Type: multipart/alternative; boundary=inner', '', '--inner', 'Content-Type: text/plain; charset=koi8-r', 'Content-Transfer-Encoding: base64', '', Buffer.from([0xf0, 0xd2, 0xc9, 0xd7, 0xc5, 0xd4]).toString('base64'),
  '--inner', 'Content-Type: text/html; charset="windows-1252"', 'Content-Transfer-Encoding: quoted-printable', '', '<p>50 =80 soft=', ' break</p>', '--inner--', `--${boundary}`,
  "Content-Type: application/pdf; name*0*=UTF-8''%C3%9Cber; name*1*=sicht; name*2=.pdf", 'Content-Disposition: attachment', 'Content-Transfer-Encoding: base64', '', 'JVBERi0x', 'LjQK', `--${boundary}`,
  'Content-Type: image/png', 'Content-ID: <logo@example.org>', 'Content-Disposition: inline; filename="=?utf-8?B?w6QucG5n?="', 'Content-Transfer-Encoding: base64', '', 'iVBORw==', `--${boundary}--`, 'epilogue', ''].join('\r\n');

async function sameAsMailparser(event, raw) {
  const read = await simpleParser(raw);
  const extra = new Map(event.extra);
  assert.equal(event.subject, read.subject);
  assert.equal(event.from, read.from.value[0].address);
  assert.equal(event.text.trim(), read.text.trim());
  assert.equal(event.html.trim(), read.html.trim());
  assert.equal(extra.get('message_id'), read.messageId);
  assert.equal(extra.get('in_reply_to'), read.inReplyTo);
  assert.equal(extra.get('references'), [read.references].flat().join(' '));
  assert.deepEqual(event.media.map((m) => [m.filename, m.contentType, m.size]), read.attachments.map((a) => [a.filename, a.contentType, a.size]));
}

test('mail that comes in with its notification', async (t) => {
  const { sns, take } = await stage(t);
  const raw = letter();
  for (const encoding of ['UTF-8', 'BASE64']) {
    const content = encoding === 'BASE64' ? Buffer.from(raw).toString('base64') : raw;
    const event = await take(await sns.publish(received({ action: { type: 'SNS', topicArn: sns.topic, encoding }, content, recipients: ['agent@example.com', 'hidden@example.com'] })));
    assert.equal(event.kind, 'message_received');
    assert.equal(event.to, 'agent@example.com');
    assert.equal(event.text.trim(), 'Привет');
    assert.equal(event.html.trim(), '<p>50 € soft break</p>');
    await sameAsMailparser(event, raw);
    const extra = new Map(event.extra);
    assert.equal(extra.get('recipients'), 'agent@example.com, hidden@example.com');
    assert.equal(extra.get('to_all'), 'Agent <agent@example.com>, other@example.net', 'names nobody who is hidden');
    assert.deepEqual(['spam', 'virus', 'spf', 'dkim', 'dmarc'].map((v) => extra.get(`${v}_verdict`)), Array(5).fill('PASS'));
  }
  const infected = await take(await sns.publish(received({ action: { type: 'SNS', encoding: 'UTF-8' }, content: raw, verdicts: { virus: 'FAIL' } })));
  assert.deepEqual(infected.media, [], 'no file of an infected mail');
  assert.equal(infected.text.trim(), 'Привет');
  const odd = ['', 'no header', '\r\n\r\n', 'Content-Type: multipart/mixed; boundary=x\r\n\r\n--x', `Content-Type: multipart/mixed; boundary=x\r\n\r\n${'--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n'.repeat(500)}`,
    `Subject: ${'=?utf-8?B?'.repeat(2000)}\r\n\r\nx`, 'Subject: =?utf-7?Q?+AGE-?=\r\nContent-Transfer-Encoding: base64\r\n\r\n====', `${'X: y\r\n'.repeat(20_000)}\r\nbody`, 'From: <>\r\nTo:\r\n\r\n\u0000\u0000'];
  for (const content of odd) {
    const event = await take(await sns.publish(received({ action: { type: 'SNS', encoding: 'UTF-8' }, content })));
    assert.equal(event.kind, 'message_received', content.slice(0, 60));
    assert.equal(event.to, 'agent@example.com');
    assert.ok(event.from.length > 0, 'the envelope says who');
  }
});

test('mail that lies in a bucket', async (t) => {
  const s3 = await startS3();
  t.after(() => s3.stop());
  const account = { accessKeyId: s3.account.accessKeyId, secretAccessKey: s3.account.secretAccessKey, region: 'us-east-1' };
  const storage = { use: 's3', config: { bucket: s3.account.bucket, access_key_id: account.accessKeyId, secret_access_key: account.secretAccessKey, endpoint: s3.url } };
  const { sns, driver, take, parse, fetchInbound } = await stage(t, { account, config: { s3_url: s3.url }, allow: [s3.url], providers: { storage } });
  const raw = letter();
  await driver.do({ slot: 'storage', op: 'put', key: 'in box/é+1', contentType: 'message/rfc822', bytesBase64: Buffer.from(raw).toString('base64') });
  const note = (objectKey) => sns.publish(received({ action: { type: 'S3', bucketName: s3.account.bucket, objectKey } }));
  const event = await take(await note('in box/é+1'));
  await sameAsMailparser(event, raw);
  const file = await driver.do({ slot: 'email', op: 'fetch_media', mediaUrl: event.media[0].url });
  assert.equal(Buffer.from(file.bytesBase64, 'base64').toString(), '%PDF-1.4\n');
  assert.equal(file.contentType, 'application/pdf');
  for (const bad of [`${event.media[0].url}9`, event.media[0].url.split('#')[0], 'https://evil.example/media/x#0', `${s3.url}evil.example/x#0`, `${event.media[0].url.split('#')[0]}#x`]) {
    assert.ok((await driver.ask({ slot: 'email', op: 'fetch_media', mediaUrl: bad })).error, bad);
  }
  const gone = await fetchInbound((await parse(await note('gone'))).events[0].vendorId);
  assert.deepEqual([gone.error.code, gone.error.vendorCode], ['not_found', 'NoSuchKey']);
  assert.deepEqual(s3.refusals, []);
  if (unchecked.requests > 0) console.log(`# spec-checks-not-run ${unchecked.requests} (no ../shared/vendor-lab: ses)`);
});
