// The plivo provider, loaded as the server loads it, against a mock held to Plivo's own Go package;
// webhooks are signed so that Plivo's own npm package takes them, and the XML is compared with what
// that package writes.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';
import { Response } from 'plivo/dist/utils/plivoxml.js';
import { unchecked } from '../../mocks/lib/openapi.mjs';
import { plivoAccepts, signPlivo, startPlivo } from '../../mocks/plivo.mjs';
import { Driver } from '../lib/driver.mjs';
import { playBadDays } from '../lib/garbage.mjs';

const from = '+12125550100', to = '+12125550101';
const digits = (number) => number.slice(1);
const slot = 'telephony';
const webhookUrl = 'https://comms.example.test/webhooks/a/call-status?ref=r1';

async function stage(t, more = {}) {
  const mock = await startPlivo();
  const driver = await Driver.start({ allow: [mock.url], providers: { telephony: { use: 'plivo', config: {
    auth_id: mock.account.authId, auth_token: mock.account.authToken, base_url: mock.url, ...more } } } });
  t.after(async () => {
    await driver.stop();
    await mock.stop();
  });
  return { mock, driver };
}

/** A form as Plivo would post it, accepted by its own validator. */
function webhook(fields, url = webhookUrl) {
  const body = new URLSearchParams(fields).toString();
  const headers = signPlivo(url, body);
  assert.ok(plivoAccepts(url, body, headers));
  return { url, body, headers };
}

test('sends SMS and MMS and finds them by id', async (t) => {
  const { mock, driver } = await stage(t, { currency: 'EUR' });
  const sent = await driver.do({ slot, op: 'send', from, to, text: 'Grüße 😀', statusUrl: webhookUrl, clientReference: randomUUID() });
  const stored = [...mock.messages.values()][0];
  assert.equal(sent.vendorId, stored.uuid);
  assert.deepEqual([stored.from, stored.to, stored.text, stored.type, stored.url], [digits(from), digits(to), 'Grüße 😀', 'sms', webhookUrl]);
  Object.assign(stored, { state: 'delivered', price: '0.00650', error: '000' });
  const found = await driver.do({ slot, op: 'find', vendorId: stored.uuid });
  assert.deepEqual([found.status, found.costMicros, found.currency], ['delivered', 6500, 'EUR']);
  await driver.do({ slot, op: 'send', from, to, text: '', mediaUrls: ['https://comms.example.test/a.png'] });
  assert.deepEqual(mock.done('POST Message/')[1].media, ['https://comms.example.test/a.png']);
  assert.equal((await driver.ask({ slot, op: 'find', from, to, text: 'Grüße 😀' })).error.code, 'unsupported');
  assert.equal((await driver.ask({ slot, op: 'find', vendorId: randomUUID() })).error.code, 'not_found');
  assert.deepEqual(mock.refusals, []);
});

test('tells what was wrong without telling the number', async (t) => {
  const { mock, driver } = await stage(t);
  const refused = await driver.ask({ slot, op: 'send', from, to: '+12', text: 'x' });
  assert.equal(refused.error.code, 'rejected');
  assert.match(refused.error.message, /is not a valid phone number/);
  assert.ok(!JSON.stringify(refused).includes('15005550001'));
  // One message must not become several: Plivo splits recipients at this sign.
  assert.equal((await driver.ask({ slot, op: 'send', from, to: `${to}<12125550102`, text: 'x' })).error.code, 'invalid_argument');
  assert.equal((await driver.ask({ slot, op: 'make_call', from, to: `${to}<12125550102`, answerUrl: webhookUrl })).error.code, 'invalid_argument');
  assert.equal(mock.messages.size + mock.calls.size, 0);
});

test('makes, finds, transfers and ends a call', async (t) => {
  const { mock, driver } = await stage(t);
  const call = { slot, op: 'make_call', from, to, answerUrl: 'https://comms.example.test/a', statusUrl: webhookUrl, ringMs: 20_500, longestMs: 60_000, detectMachine: true };
  const made = await driver.do(call);
  const stored = [...mock.calls.values()][0];
  assert.equal(made.vendorId, stored.uuid);
  const { fields } = stored;
  assert.deepEqual([fields.answer_url, fields.hangup_url, fields.ring_url, fields.machine_detection_url], [call.answerUrl, webhookUrl, webhookUrl, webhookUrl]);
  assert.deepEqual([fields.ring_timeout, fields.time_limit, fields.machine_detection], [21, 60, 'true']);
  assert.equal((await driver.do({ slot, op: 'find_call', vendorId: made.vendorId })).status, 'ringing');
  await driver.do({ slot, op: 'transfer_call', vendorId: made.vendorId, answerUrl: 'https://comms.example.test/b' });
  assert.deepEqual(mock.done('POST Call/{call_uuid}/')[0].update, { legs: 'aleg', aleg_method: 'POST', aleg_url: 'https://comms.example.test/b' });
  await driver.do({ slot, op: 'end_call', vendorId: made.vendorId });
  assert.equal(stored.place, 'over');
  await driver.do({ slot, op: 'end_call', vendorId: made.vendorId });
  assert.equal((await driver.ask({ slot, op: 'transfer_call', vendorId: made.vendorId, answerUrl: 'https://comms.example.test/b' })).error.code, 'not_found');
  Object.assign(stored, { answered: true, duration: 12, price: '0.01200' });
  const over = await driver.do({ slot, op: 'find_call', vendorId: made.vendorId });
  assert.deepEqual([over.status, over.costMicros, over.currency, over.durationMs], ['completed', 12_000, 'USD', 12_000]);
  for (const [cause, status] of [[3000, 'no-answer'], [3010, 'busy'], [1000, 'canceled'], [2000, 'failed']]) {
    Object.assign(stored, { answered: false, cause });
    assert.equal((await driver.do({ slot, op: 'find_call', vendorId: made.vendorId })).status, status);
  }
  await driver.do(call);
  const waiting = [...mock.calls.values()][1];
  waiting.place = 'queued';
  await driver.do({ slot, op: 'end_call', vendorId: waiting.uuid });
  assert.equal(mock.done('DELETE Request/{request_uuid}/').length, 1);
  assert.equal((await driver.ask({ slot, op: 'find_call', vendorId: randomUUID() })).error.code, 'not_found');
  assert.equal((await driver.ask({ slot, op: 'find_call', from, to, notBefore: 1, notAfter: 2 })).error.code, 'unsupported');
  assert.equal((await driver.ask({ ...call, record: true })).error.code, 'unsupported');
  assert.deepEqual(mock.refusals, []);
});

test('gives the instructions of a transfer to a number when Plivo asks for them', async (t) => {
  const { mock, driver } = await stage(t);
  const { vendorId } = await driver.do({ slot, op: 'make_call', from, to, answerUrl: 'https://comms.example.test/a' });
  await driver.do({ slot, op: 'transfer_call', vendorId, to: '+12125550102', from, announce: 'One moment & wait', statusUrl: webhookUrl });
  assert.equal((await driver.ask({ slot, op: 'transfer_call', vendorId, to: '+12125550102', from, statusUrl: webhookUrl, calleeUrl: 'https://comms.example.test/c' })).error.code, 'unsupported');
  const { aleg_url: url } = mock.done('POST Call/{call_uuid}/')[0].update;
  assert.ok(url.startsWith(webhookUrl));
  assert.ok(!url.includes('12125550102'));
  const asks = webhook({ CallUUID: vendorId, RequestUUID: vendorId, Direction: 'outbound', CallStatus: 'in-progress', Event: 'Redirect', From: digits(from), To: digits(to) }, url);
  assert.equal((await driver.webhook(slot, 'verify_webhook', asks)).error, undefined);
  assert.deepEqual((await driver.webhook(slot, 'parse_webhook', asks)).events, []);
  const reply = await driver.webhook(slot, 'webhook_reply', asks);
  assert.match(reply.contentType, /^text\/xml/);
  const expected = new Response();
  expected.addSpeak('One moment & wait');
  expected.addDial({ callerId: digits(from), action: `${webhookUrl}&transfer=over`, method: 'POST', redirect: 'false', callbackUrl: webhookUrl, callbackMethod: 'POST' }).addNumber('12125550102');
  assert.equal(withoutProlog(reply.body), expected.toXML());
  // Instructions of somebody else's, under Plivo's signature of other instructions.
  const forged = { ...asks, url: asks.url.replace(/.$/, (c) => (c === 'A' ? 'B' : 'A')) };
  assert.equal((await driver.webhook(slot, 'verify_webhook', forged)).error.code, 'permission_denied');

  const news = async (fields, at = webhookUrl) => (await driver.webhook(slot, 'parse_webhook', webhook({ CallUUID: vendorId, From: digits(from), To: digits(to), ...fields }, at))).events;
  const [answered] = await news({ DialAction: 'answer', DialBLegUUID: 'leg', DialBLegFrom: digits(from), DialBLegTo: '12125550102' });
  assert.deepEqual([answered.vendorId, answered.status, answered.to, answered.clientReference], ['leg', 'in-progress', '+12125550102', 'r1']);
  const [ended] = await news({ DialAction: 'hangup', DialBLegUUID: 'leg', DialBLegDuration: '30', DialBLegTotalCost: '0.00500', DialBLegHangupCauseCode: '4000' });
  assert.deepEqual([ended.status, ended.costMicros], ['completed', 5000]);
  assert.deepEqual(await news({ DialAction: 'connected', DialBLegUUID: 'leg' }), []);
  const [over] = await news({ DialStatus: 'completed', DialBLegUUID: 'leg', CallStatus: 'in-progress' }, `${webhookUrl}&transfer=over`);
  assert.equal(over.eventId, ended.eventId);
  const [nobody] = await news({ DialStatus: 'no-answer', DialBLegUUID: '', CallStatus: 'in-progress' }, `${webhookUrl}&transfer=over`);
  assert.equal(nobody.status, 'no-answer');
  assert.notEqual(nobody.vendorId, vendorId);
  const long = await driver.ask({ slot, op: 'transfer_call', vendorId, to, from, announce: 'x'.repeat(4000), statusUrl: webhookUrl });
  assert.equal(long.error.code, 'invalid_argument');
  assert.equal((await driver.ask({ slot, op: 'transfer_call', vendorId, to, from })).error.code, 'invalid_argument');
});

const withoutProlog = (xml) => xml.replace(/^<\?xml[^>]*\?>/, '');

test('says every verb in the XML that Plivo itself writes', async (t) => {
  const { driver } = await stage(t);
  const say = (verbs) => driver.ask({ slot, op: 'render', verbs });
  const at = (name) => `https://comms.example.test/${name}?a=1&b=2`;
  const { body, contentType } = await say([
    { verb: 'say', text: 'a < b & c', voice: 'Polly.Amy', language: 'en-GB' }, { verb: 'say', text: 'x', voice: 'alice' }, { verb: 'play', url: at('p') },
    { verb: 'gather', text: 'Press', url: at('g'), maxDigits: 1, finishKey: '#', timeoutMs: 7500, language: 'en-US', speech: true },
    { verb: 'dial', number: to, from, url: at('d'), timeoutMs: 20_000 },
    { verb: 'record', url: at('r'), maxLengthMs: 60_000, timeoutMs: 5000, finishKey: '*', beep: true, transcribe: true },
    { verb: 'stream', url: 'wss://comms.example.test/w', params: { agent: 'a1', call: 'c2' } }, { verb: 'pause', timeoutMs: 1 },
    { verb: 'redirect', url: at('x') }, { verb: 'reject', text: 'busy' }, { verb: 'hang_up' }]);
  assert.equal(contentType, 'text/xml');
  const expected = new Response();
  expected.addSpeak('a < b & c', { voice: 'Polly.Amy', language: 'en-GB' });
  expected.addSpeak('x');
  expected.addPlay(at('p'));
  expected.addGetInput({ inputType: 'dtmf speech', action: at('g'), method: 'POST', numDigits: '1', finishOnKey: '#', executionTimeout: '8', language: 'en-US' }).addSpeak('Press', { language: 'en-US' });
  expected.addDial({ callerId: digits(from), action: at('d'), method: 'POST', timeout: '20' }).addNumber(digits(to));
  expected.addRecord({ action: at('r'), method: 'POST', maxLength: '60', timeout: '5', finishOnKey: '*', playBeep: 'true', transcriptionType: 'auto', transcriptionUrl: at('r') });
  expected.addStream('wss://comms.example.test/w', { bidirectional: 'true', keepCallAlive: 'true', contentType: 'audio/x-mulaw;rate=8000', extraHeaders: 'agent=a1,call=c2' });
  expected.addWait({ length: '1' });
  expected.addRedirect(at('x'), { method: 'POST' });
  expected.addHangup({ reason: 'busy' });
  expected.addHangup();
  assert.equal(withoutProlog(body), expected.toXML());
  for (const bad of [{ verb: 'play' }, { verb: 'gather', text: 'x' }, { verb: 'dial' }]) assert.equal((await say([bad])).error?.code, 'invalid_argument', bad.verb);
  for (const agent of ['a-1', 'a'.repeat(600)]) assert.equal((await say([{ verb: 'stream', url: 'wss://comms.example.test/w', params: { agent } }])).error?.code, 'unsupported');
  assert.ok((await say([{ verb: 'say', text: 'a"b\u0001' }])).body.includes('>a&quot;b<'));
});

test('buys, routes and gives back a number', async (t) => {
  const { mock, driver } = await stage(t);
  const bought = await driver.do({ slot, op: 'buy_number', country: 'US', areaCode: '212', sms: true, voice: true, clientReference: randomUUID() });
  const number = [...mock.numbers.values()][0];
  assert.deepEqual([bought.number, bought.vendorId], [`+${number.number}`, number.number]);
  const search = mock.journal.find((e) => e.operation?.endsWith('GET /v1/Account/{auth_id}/PhoneNumber/'));
  assert.deepEqual(search.query, { country_iso: 'US', pattern: '212', services: 'voice,sms', limit: '1' });
  // Another one, whose application has a name that begins alike.
  mock.applications.set('1', { app_id: '1', app_name: `commsd-${number.number}-old` });
  const routes = { slot, op: 'configure_number', ...bought, smsUrl: 'https://comms.example.test/sms', voiceUrl: 'https://comms.example.test/voice', callStatusUrl: 'https://comms.example.test/status' };
  await driver.do(routes);
  await driver.do({ ...routes, smsUrl: 'https://comms.example.test/sms2' });
  assert.equal(mock.applications.size, 2);
  const { app_name: name, message_url: messageUrl, answer_url: answerUrl, hangup_url: hangupUrl } = mock.applications.get(number.application);
  assert.deepEqual([name, messageUrl, answerUrl, hangupUrl], [`commsd-${number.number}`, 'https://comms.example.test/sms2', 'https://comms.example.test/voice', 'https://comms.example.test/status']);
  await driver.do({ slot, op: 'release_number', ...bought });
  await driver.do({ slot, op: 'release_number', ...bought });
  assert.deepEqual([mock.numbers.size, [...mock.applications.keys()]], [0, ['1']]);
  assert.equal((await driver.ask({ slot, op: 'buy_number', country: 'US', areaCode: '999' })).error.code, 'not_found');
  mock.state.orderState = 'pending';
  assert.equal((await driver.ask({ slot, op: 'buy_number', country: 'US', clientReference: randomUUID() })).error.code, 'ambiguous');
  assert.deepEqual(mock.refusals, []);
});

test('a bad day at the vendor', async (t) => {
  const { mock, driver } = await stage(t);
  const secrets = [mock.account.authToken];
  const path = `/v1/Account/${mock.account.authId}`;
  await playBadDays(t, { driver, mock, secrets, command: { slot, op: 'send', from, to, text: 'x' }, match: new RegExp(`POST ${path}/Message/`), count: () => mock.messages.size });
  await playBadDays(t, { driver, mock, secrets, command: { slot, op: 'make_call', from, to, answerUrl: webhookUrl }, match: new RegExp(`POST ${path}/Call/`), count: () => mock.calls.size });
  await playBadDays(t, { driver, mock, secrets, command: { slot, op: 'buy_number', country: 'US', areaCode: '415' }, match: new RegExp(`POST ${path}/PhoneNumber/`), count: () => mock.numbers.size });
  mock.fault({ match: /POST/, status: 429, headers: { 'retry-after': '7' }, times: 20 });
  assert.equal((await driver.ask({ slot, op: 'send', from, to, text: 'x', limitMs: 2000 })).error.code, 'rate_limited');
  mock.clearFaults();
});

test('believes only what the vendor signed', async (t) => {
  const { driver } = await stage(t);
  const verify = (request) => driver.webhook(slot, 'verify_webhook', request);
  const parse = async (fields, url) => {
    const request = webhook(fields, url);
    assert.equal((await verify(request)).error, undefined);
    return (await driver.webhook(slot, 'parse_webhook', request)).events[0];
  };
  const plain = 'https://comms.example.test/webhooks/a/sms';
  const ends = { From: digits(from), To: digits(to) };

  const uuid = randomUUID();
  const arrived = await parse({ MessageUUID: uuid, ...ends, Type: 'mms', Text: 'Hi + 😀', Media0: 'https://media.plivo.com/a.png', Media1: 'https://media.plivo.com/b.png', Units: '1' }, plain);
  assert.deepEqual([arrived.kind, arrived.vendorId, arrived.text, arrived.from, arrived.to, arrived.media.length], ['message_received', uuid, 'Hi + 😀', from, to, 2]);
  const failed = await parse({ MessageUUID: uuid, ...ends, Status: 'undelivered', ErrorCode: '200', TotalAmount: '0.00650', Units: '1' });
  assert.deepEqual([failed.kind, failed.status, failed.errorCode, failed.costMicros, failed.currency, failed.clientReference], ['message_status', 'undelivered', '200', 6500, 'USD', 'r1']);
  assert.equal((await parse({ MessageUUID: uuid, ...ends, Status: 'delivered', ErrorCode: '000' })).errorCode, '');

  const call = { CallUUID: randomUUID(), ...ends };
  const rings = await parse({ ...call, Direction: 'inbound', CallStatus: 'ringing', Event: 'StartApp' }, plain);
  assert.deepEqual([rings.kind, rings.vendorId, rings.status], ['call_received', call.CallUUID, 'ringing']);
  const over = await parse({ ...call, Direction: 'inbound', CallStatus: 'completed', Event: 'Hangup', Duration: '45', TotalCost: '0.00850', HangupCauseCode: '4000', HangupCauseName: 'Normal Hangup' }, plain);
  assert.deepEqual([over.kind, over.status, over.costMicros, over.errorCode], ['call_status', 'completed', 8500, '']);
  assert.ok(JSON.stringify(over.extra).includes('45000'));
  assert.deepEqual([(await parse({ ...call, Digits: '1', CallStatus: 'in-progress' })).kind, (await parse({ ...call, Digits: '1' })).text], ['digits_received', '1']);
  const [once, twice] = [await parse({ ...call, Digits: '1' }), await parse({ ...call, Digits: '1' })];
  assert.notEqual(once.eventId, twice.eventId);
  const recorded = await parse({ ...call, RecordUrl: 'https://media.plivo.com/r.mp3', RecordingID: 'rec', RecordingDurationMs: '5000', Digits: '*' });
  assert.deepEqual([recorded.kind, recorded.eventId, recorded.media[0].url], ['recording_ready', 'rec', 'https://media.plivo.com/r.mp3']);
  assert.equal((await parse({ call_uuid: call.CallUUID, recording_id: 'rec', transcription: 'Hello', duration: '5' })).text, 'Hello');
  const dialled = await parse({ ...call, Direction: 'inbound', CallStatus: 'in-progress', DialStatus: 'busy', DialBLegUUID: '' }, plain);
  assert.deepEqual([dialled.vendorId, dialled.status], [call.CallUUID, 'in-progress']);
  assert.ok(JSON.stringify(dialled.extra).includes('"busy"'));

  const good = webhook({ MessageUUID: uuid, ...ends, Text: 'Hi' });
  const flip = (text) => text.replace(/^./, (c) => (c === 'A' ? 'B' : 'A'));
  const with_ = (header, value) => ({ ...good, headers: { ...good.headers, [header]: value } });
  const signature = good.headers['x-plivo-signature-v3'];
  // While a token is replaced, and for a subaccount's number.
  assert.equal((await verify(with_('x-plivo-signature-v3', `${flip(signature)},${signature}`))).error, undefined);
  assert.equal((await verify({ ...good, headers: { ...good.headers, 'x-plivo-signature-v3': flip(signature), 'x-plivo-signature-ma-v3': signature } })).error, undefined);
  const query = { url: `${webhookUrl}&MessageUUID=${uuid}`, method: 'GET', body: '', headers: signPlivo(`${webhookUrl}&MessageUUID=${uuid}`, '') };
  assert.ok(plivoAccepts(query.url, '', query.headers, { method: 'GET' }));
  assert.equal((await verify(query)).error, undefined);
  const bad = {
    'a changed body': { ...good, body: good.body.replace('Hi', 'Ho') },
    'a field more': { ...good, body: `${good.body}&Media0=x` },
    'a changed signature': with_('x-plivo-signature-v3', flip(signature)),
    'an empty signature': with_('x-plivo-signature-v3', ''),
    'another nonce': with_('x-plivo-signature-v3-nonce', flip(good.headers['x-plivo-signature-v3-nonce'])),
    'no nonce': with_('x-plivo-signature-v3-nonce', ''),
    'another path': { ...good, url: good.url.replace('/a/', '/b/') },
    'another query': { ...good, url: good.url.replace('r1', 'r2') },
    'another host': { ...good, url: good.url.replace('comms.', 'comm.') },
    'another token': { ...good, headers: signPlivo(good.url, good.body, { token: 'another0token0of0forty0characters0000000' }) },
    'no signature': { ...good, headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    'a body that is not signed': { ...good, headers: { ...signPlivo(good.url, ''), 'content-type': 'application/json' }, body: '{"MessageUUID":"x"}' },
    'a body under GET': { ...good, method: 'GET' },
  };
  for (const [what, request] of Object.entries(bad)) assert.equal((await verify(request)).error?.code, 'permission_denied', what);
  for (const nonsense of [{}, { From: '1' }, { CallUUID: 'x' }, { MessageUUID: 'x' }, { transcription: 'x' }]) {
    assert.ok((await driver.webhook(slot, 'parse_webhook', webhook(nonsense))).error, JSON.stringify(nonsense));
  }
  assert.equal((await driver.webhook(slot, 'webhook_reply', good)).body, '<Response/>');
});

test('goes by the id of the request where Plivo has another one for the call', async (t) => {
  const { mock, driver } = await stage(t);
  const { vendorId } = await driver.do({ slot, op: 'make_call', from, to, answerUrl: webhookUrl });
  const call = mock.calls.get(vendorId);
  mock.calls.delete(vendorId);
  mock.calls.set('other', Object.assign(call, { uuid: 'other' }));
  const request = webhook({ CallUUID: 'other', RequestUUID: vendorId, Direction: 'outbound', CallStatus: 'in-progress', From: digits(from), To: digits(to) });
  const [event] = (await driver.webhook(slot, 'parse_webhook', request)).events;
  assert.deepEqual([event.vendorId, event.status], [vendorId, 'in-progress']);
  assert.equal((await driver.do({ slot, op: 'find_call', vendorId })).vendorId, vendorId);
  await driver.do({ slot, op: 'end_call', vendorId });
  assert.equal(call.place, 'over');
});

test('refuses settings that cannot work', async (t) => {
  const mock = await startPlivo();
  t.after(() => mock.stop());
  const config = { auth_id: mock.account.authId, auth_token: mock.account.authToken, base_url: mock.url };
  const open = async (more) => {
    const driver = await Driver.start({ allow: [mock.url], mayFail: true, providers: { telephony: { use: 'plivo', config: { ...config, ...more } } } });
    t.after(() => driver.stop());
    return driver;
  };
  const wrong = await open({ auth_token: 'wrong0plivo0token0of0forty0characters000' });
  const refused = await wrong.ask({ slot, op: 'send', from, to, text: 'x' });
  assert.equal(refused.error.code, 'unauthenticated');
  assert.ok(!JSON.stringify([wrong.state, refused]).includes('wrong0plivo'));
  for (const more of [{ auth_id: 'nonsense' }, { auth_token: '' }, { currency: 'dollars' }, { base_url: 'nonsense' }]) {
    const driver = await open(more);
    assert.ok(JSON.stringify(driver.state).includes(Object.keys(more)[0]), JSON.stringify(driver.state));
  }
});

test.after(() => {
  if (unchecked.requests > 0) console.log(`# spec-checks-not-run ${unchecked.requests}`);
});
