// The telnyx provider, loaded as the server loads it, against a mock held to Telnyx's own OpenAPI
// document; webhooks are signed so that Telnyx's own npm package takes them.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';
import nacl from 'tweetnacl';
import { unchecked } from '../../mocks/lib/openapi.mjs';
import { signTelnyx, startTelnyx, telnyxAccepts } from '../../mocks/telnyx.mjs';
import { Driver } from '../lib/driver.mjs';
import { playBadDays } from '../lib/garbage.mjs';

const from = '+12125550100', to = '+12125550101';
const slot = 'telephony';

async function stage(t, more = {}) {
  const mock = await startTelnyx();
  const driver = await Driver.start({ allow: [mock.url], providers: { telephony: { use: 'telnyx', config: {
    api_key: mock.account.apiKey, public_key: mock.account.publicKey, account_id: mock.account.accountId,
    texml_application_id: mock.account.applicationId, base_url: mock.url, ...more } } } });
  t.after(async () => {
    await driver.stop();
    await mock.stop();
  });
  return { mock, driver };
}

test('sends SMS and MMS and finds them by id', async (t) => {
  const { mock, driver } = await stage(t);
  const sent = await driver.do({ slot, op: 'send', from, to, text: 'Grüße 😀', statusUrl: 'https://comms.example.test/s?ref=1', clientReference: randomUUID() });
  assert.equal(mock.done('POST /messages')[0].body, 'Grüße 😀');
  const stored = [...mock.messages.values()][0];
  assert.equal(stored.webhook, 'https://comms.example.test/s?ref=1');
  assert.ok(JSON.stringify(sent).includes(stored.id));
  stored.status = 'delivered';
  stored.cost = { amount: '0.0040', currency: 'USD' };
  const found = await driver.do({ slot, op: 'find', vendorId: stored.id });
  assert.ok(JSON.stringify(found).includes('"delivered"'));
  assert.ok(JSON.stringify(found).includes('4000'));
  await driver.do({ slot, op: 'send', from, to, text: '', mediaUrls: ['https://comms.example.test/a.png'] });
  assert.deepEqual(mock.done('POST /messages')[1].media, ['https://comms.example.test/a.png']);
  assert.equal((await driver.ask({ slot, op: 'find', from, to, text: 'Grüße 😀' })).error.code, 'unsupported');
  assert.deepEqual(mock.refusals, []);
});

test('tells what was wrong without telling the number', async (t) => {
  const { driver } = await stage(t);
  const answer = await driver.ask({ slot, op: 'send', from, to: '12', text: 'x' });
  assert.equal(answer.error.code, 'rejected');
  assert.ok(JSON.stringify(answer).includes('40310'));
  assert.ok(!JSON.stringify(answer).includes('5005550001'));
});

test('makes, finds, transfers and ends a call', async (t) => {
  const { mock, driver } = await stage(t);
  const call = { slot, op: 'make_call', from, to, answerUrl: 'https://comms.example.test/a', statusUrl: 'https://comms.example.test/s?ref=1', ringMs: 200_000, longestMs: 1000, detectMachine: true, record: true };
  await driver.do(call);
  const made = [...mock.calls.values()][0];
  assert.equal(made.fields.Timeout, 120);
  assert.equal(made.fields.TimeLimit, 30);
  assert.equal(made.fields.MachineDetection, 'Enable');
  const found = await driver.do({ slot, op: 'find_call', from, to, notBefore: Date.now() - 60_000, notAfter: Date.now() + 60_000 });
  assert.ok(JSON.stringify(found).includes(made.sid));
  await driver.do({ slot, op: 'transfer_call', vendorId: made.sid, to: '+12125550102', from, announce: 'One moment & wait' });
  assert.match(mock.done('POST /texml/Accounts/{account_sid}/Calls/{call_sid}')[0].update.Texml, /<Say>One moment &amp; wait<\/Say><Dial callerId="\+12125550100"><Number>\+12125550102<\/Number><\/Dial>/);
  await driver.do({ slot, op: 'transfer_call', vendorId: made.sid, to: '+12125550102', from, calleeUrl: 'https://comms.example.test/c?ref=1&x' });
  assert.match(mock.done('POST /texml/Accounts/{account_sid}/Calls/{call_sid}')[1].update.Texml, /<Number url="https:\/\/comms\.example\.test\/c\?ref=1&amp;x" method="POST">\+12125550102<\/Number>/);
  await driver.do({ slot, op: 'end_call', vendorId: made.sid });
  assert.equal(made.status, 'completed');
  await driver.do({ slot, op: 'end_call', vendorId: made.sid });
  assert.equal((await driver.ask({ slot, op: 'transfer_call', vendorId: made.sid, answerUrl: 'https://comms.example.test/b' })).error.code, 'not_found');
  // The answer that its document describes names no call: it has to be looked for.
  mock.state.callIds = false;
  assert.equal((await driver.ask(call)).error.code, 'ambiguous');
  assert.equal(mock.calls.size, 2);
  assert.deepEqual(mock.refusals, []);
});

test('says every verb in TeXML', async (t) => {
  const { driver } = await stage(t);
  const say = (verbs) => driver.ask({ slot, op: 'render', verbs });
  const { body, contentType } = await say([
    { verb: 'say', text: 'a < b & "c"', language: 'en-US' }, { verb: 'play', url: 'https://comms.example.test/a.mp3' },
    { verb: 'gather', text: 'Press', url: 'https://comms.example.test/g', maxDigits: 1, timeoutMs: 2500, speech: true },
    { verb: 'dial', number: to, from, url: 'https://comms.example.test/d', timeoutMs: 20_000 },
    { verb: 'dial', number: to, calleeUrl: 'https://comms.example.test/c' },
    { verb: 'record', url: 'https://comms.example.test/r', maxLengthMs: 60_000, beep: true },
    { verb: 'stream', url: 'wss://comms.example.test/w', params: { agent: 'a1' } }, { verb: 'pause', timeoutMs: 1 },
    { verb: 'redirect', url: 'https://comms.example.test/x' }, { verb: 'reject', text: 'busy' }, { verb: 'hang_up' }]);
  assert.equal(contentType, 'text/xml');
  for (const part of ['<Say language="en-US">a &lt; b &amp; &quot;c&quot;</Say>', '<Play>https://comms.example.test/a.mp3</Play>',
    '<Gather input="dtmf speech" action="https://comms.example.test/g" method="POST" numDigits="1" timeout="3"><Say>Press</Say></Gather>',
    '<Number>+12125550101</Number>', '<Dial><Number url="https://comms.example.test/c" method="POST">+12125550101</Number></Dial>', 'maxLength="60" playBeep="true"', '<Parameter name="agent" value="a1"/>', '<Pause length="1"/>',
    '<Redirect method="POST">https://comms.example.test/x</Redirect>', '<Reject reason="busy"/>', '<Hangup/></Response>']) {
    assert.ok(body.includes(part), part);
  }
  assert.ok((await say([{ verb: 'play' }])).error);
});

test('buys, routes, finds and gives back a number', async (t) => {
  const { mock, driver } = await stage(t);
  const clientReference = randomUUID();
  const bought = await driver.do({ slot, op: 'buy_number', country: 'US', areaCode: '212', sms: true, voice: true, clientReference });
  const number = [...mock.numbers.values()][0];
  assert.deepEqual([bought.number, bought.vendorId], [number.number, number.id]);
  assert.deepEqual(await driver.do({ slot, op: 'find_number', clientReference }), bought);
  assert.equal((await driver.ask({ slot, op: 'find_number', clientReference: randomUUID() })).error.code, 'not_found');
  const routes = { slot, op: 'configure_number', ...bought, smsUrl: 'https://comms.example.test/sms', voiceUrl: 'https://comms.example.test/voice', callStatusUrl: 'https://comms.example.test/status' };
  await driver.do(routes);
  await driver.do({ ...routes, smsUrl: 'https://comms.example.test/sms2' });
  assert.deepEqual([mock.profiles.size, mock.applications.size], [1, 1]);
  assert.equal(mock.profiles.get(number.profile).webhook_url, 'https://comms.example.test/sms2');
  assert.equal(mock.applications.get(number.connection).voice_url, 'https://comms.example.test/voice');
  await driver.do({ slot, op: 'release_number', ...bought });
  await driver.do({ slot, op: 'release_number', ...bought });
  assert.equal(mock.numbers.size, 0);
  assert.equal((await driver.ask({ slot, op: 'buy_number', country: 'US', areaCode: '999' })).error.code, 'not_found');
  mock.state.orderFails = true;
  assert.equal((await driver.ask({ slot, op: 'buy_number', country: 'US', clientReference: randomUUID() })).error.code, 'rejected');
  assert.deepEqual(mock.refusals, []);
});

test('a bad day at the vendor', async (t) => {
  const { mock, driver } = await stage(t);
  const secrets = [mock.account.apiKey];
  await playBadDays(t, { driver, mock, secrets, command: { slot, op: 'send', from, to, text: 'x' }, match: /POST \/v2\/messages/, count: () => mock.done('POST /messages').length });
  await playBadDays(t, { driver, mock, secrets, command: { slot, op: 'make_call', from, to, answerUrl: 'https://comms.example.test/a' }, match: /POST \/v2\/texml/, count: () => mock.calls.size });
  mock.fault({ match: /POST/, status: 429, headers: { 'retry-after': '7' }, times: 20 });
  const limited = await driver.ask({ slot, op: 'send', from, to, text: 'x', limitMs: 2000 });
  assert.equal(limited.error.code, 'rate_limited');
  mock.clearFaults();
});

test('believes only what the vendor signed', async (t) => {
  const { driver } = await stage(t);
  const url = 'https://comms.example.test/webhooks/a/sms?ref=r1';
  const payload = { id: randomUUID(), record_type: 'message', direction: 'inbound', type: 'MMS', from: { phone_number: from }, to: [{ phone_number: to, status: 'webhook_delivered' }], text: 'Hi 😀', parts: 1,
    media: [{ url: 'https://media.telnyx.com/a.png', content_type: 'image/png', size: 7 }], errors: [], cost: null };
  const event = (type, data) => JSON.stringify({ data: { record_type: 'event', event_type: type, id: randomUUID(), occurred_at: '2026-11-26T06:00:00.250+00:00', payload: data }, meta: { attempt: 1, delivered_to: url } });
  const webhook = (body, options) => ({ url, body, headers: { 'content-type': 'application/json', ...signTelnyx(body, options) } });
  const body = event('message.received', payload);
  const good = webhook(body);
  const verify = (request) => driver.webhook(slot, 'verify_webhook', request);
  assert.ok(telnyxAccepts(body, good.headers));
  assert.equal((await verify(good)).error, undefined);
  const { events } = await driver.webhook(slot, 'parse_webhook', good);
  const text = JSON.stringify(events[0]);
  for (const part of ['Hi 😀', from, to, 'https://media.telnyx.com/a.png', payload.id]) assert.ok(text.includes(part), part);

  const done = event('message.finalized', { ...payload, to: [{ phone_number: to, status: 'delivery_failed' }], cost: { amount: '0.0040', currency: 'USD' }, errors: [{ code: '40001', title: 'Not routable' }] });
  const [status] = (await driver.webhook(slot, 'parse_webhook', webhook(done))).events;
  assert.equal(status.status, 'undelivered');
  for (const part of ['40001', '4000', 'r1']) assert.ok(JSON.stringify(status).includes(part), part);

  const form = (fields) => { const text = new URLSearchParams(fields).toString(); return { ...webhook(text), headers: { 'content-type': 'application/x-www-form-urlencoded', ...signTelnyx(text) } }; };
  const base = { AccountSid: 'a', CallSid: 'v3:x', CallSidLegacy: 'v3:x', From: from, To: to };
  const call = async (fields, more = {}) => {
    const request = { ...form({ ...base, ...fields }), ...more };
    assert.equal((await verify(request)).error, undefined);
    return (await driver.webhook(slot, 'parse_webhook', request)).events[0];
  };
  const arrives = await call({ CallStatus: 'ringing', Direction: 'inbound' }, { url: 'https://comms.example.test/webhooks/a/voice' });
  const answered = await call({ CallStatus: 'in-progress', CallbackSource: 'call-progress-events', SequenceNumber: '2', Timestamp: '2026-11-26T06:00:00Z' });
  const ended = await call({ CallStatus: 'completed', CallbackSource: 'call-progress-events', SequenceNumber: '3', CallDuration: '45' });
  assert.notEqual(arrives.kind, answered.kind);
  assert.deepEqual([answered.status, ended.status], ['in-progress', 'completed']);
  assert.ok(JSON.stringify(ended).includes('45000'));
  assert.ok(JSON.stringify(await call({ Digits: '1' })).includes('"1"'));
  assert.ok(JSON.stringify(await call({ RecordingSid: 'r', RecordingUrl: 'https://s3.amazonaws.com/r.mp3', RecordingStatus: 'completed', RecordingDuration: '5' })).includes('r.mp3'));

  // What it asks at callee_url when the one who was dialled answers.
  const asks = { ...form({ ...base, CallStatus: 'in-progress', Direction: 'outbound' }), url: 'https://comms.example.test/webhooks/a/callee-voice?ref=r1&provider=telnyx' };
  assert.equal((await verify(asks)).error, undefined);

  const stranger = nacl.sign.keyPair();
  const flipped = Buffer.from(good.headers['telnyx-signature-ed25519'], 'base64');
  flipped[5] ^= 1;
  const now = Math.floor(Date.now() / 1000);
  const bad = {
    'a changed body': { ...good, body: body.replace('Hi', 'Ho') },
    'a changed signature': { ...good, headers: { ...good.headers, 'telnyx-signature-ed25519': flipped.toString('base64') } },
    'another time': { ...good, headers: { ...good.headers, 'telnyx-timestamp': String(now - 1) } },
    'a time that is none': { ...good, headers: { ...good.headers, 'telnyx-timestamp': `${good.headers['telnyx-timestamp']} ` } },
    'another key': webhook(body, { secretKey: stranger.secretKey }),
    'ten minutes ago': webhook(body, { seconds: now - 600 }),
    'ten minutes ahead': webhook(body, { seconds: now + 600 }),
    'no signature': { ...good, headers: {} },
    'a changed question': { ...asks, body: `${asks.body}&Digits=1` },
    'no body': { ...good, method: 'GET', body: '', headers: signTelnyx('') },
  };
  for (const [what, request] of Object.entries(bad)) assert.equal((await verify(request)).error?.code, 'permission_denied', what);
  for (const nonsense of ['{', '{"data":null}', '{"data":{"event_type":"message.received","id":"e"}}', 'From=1', ' ']) {
    assert.ok((await driver.webhook(slot, 'parse_webhook', webhook(nonsense))).error, nonsense);
  }
  assert.deepEqual((await driver.webhook(slot, 'parse_webhook', webhook(event('call.speak.ended', {})))).events, []);
});

test('refuses settings that cannot work', async (t) => {
  const mock = await startTelnyx();
  t.after(() => mock.stop());
  const config = { api_key: mock.account.apiKey, public_key: mock.account.publicKey, base_url: mock.url };
  const open = async (more) => {
    const driver = await Driver.start({ allow: [mock.url], mayFail: true, providers: { telephony: { use: 'telnyx', config: { ...config, ...more } } } });
    t.after(() => driver.stop());
    return driver;
  };
  const wrong = await open({ api_key: 'KEYwrong0123456789abcdef' });
  const refused = await wrong.ask({ slot, op: 'send', from, to, text: 'x' });
  assert.equal(refused.error.code, 'unauthenticated');
  assert.ok(refused.error.remedy.includes('api_key'));
  assert.ok(!JSON.stringify(refused).includes('KEYwrong'));
  const bare = await open({});
  assert.equal((await bare.ask({ slot, op: 'make_call', from, to, answerUrl: 'https://comms.example.test/a' })).error.code, 'invalid_argument');
  if (unchecked.requests > 0) console.log(`# spec-checks-not-run ${unchecked.requests} (no ../shared/vendor-lab: telnyx)`);
});
