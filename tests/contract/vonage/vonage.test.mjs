// The vonage provider, loaded as the server loads it, against a mock held to Vonage's own OpenAPI
// documents; the signatures of webhooks are ones that Vonage's own package verifies.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';
import { unchecked } from '../../mocks/lib/openapi.mjs';
import { signedParameters, signedWebhook, startVonage } from '../../mocks/vonage.mjs';
import { Driver } from '../lib/driver.mjs';
import { playBadDays } from '../lib/garbage.mjs';

const from = '+14155550142', to = '+14155550199';
const sms = { slot: 'telephony', op: 'send', from, to, text: 'Grüße 😀 & <b>' };
const call = { slot: 'telephony', op: 'make_call', from, to, answerUrl: 'https://comms.example.test/webhooks/a/outbound-voice?ref=att_1', statusUrl: 'https://comms.example.test/webhooks/a/call-status?ref=att_1' };
const secretsOf = (account) => [account.apiSecret, account.signatureSecret, account.privateKey.split('\n')[1]];

async function stage(t, more = {}) {
  const mock = await startVonage();
  const config = { api_key: mock.account.apiKey, api_secret: mock.account.apiSecret, application_id: mock.account.applicationId,
    private_key: mock.account.privateKey, signature_secret: mock.account.signatureSecret, base_url: mock.url, ...more };
  const driver = await Driver.start({ plugins: process.env.COMMSD_PLUGINS, allow: [mock.url], providers: { telephony: { use: 'vonage', config }, whatsapp: { use: 'vonage', config } } });
  t.after(async () => {
    await driver.stop();
    await mock.stop();
  });
  return { mock, driver };
}

test('sends SMS and MMS as the document has them', async (t) => {
  const { mock, driver } = await stage(t);
  const sent = await driver.do({ ...sms, clientReference: 'att_1', statusUrl: 'https://comms.example.test/s?ref=att_1' });
  assert.equal(sent.vendorId, mock.sent()[0].id);
  const { message } = mock.sent()[0];
  assert.deepEqual([message.channel, message.to, message.from, message.text], ['sms', to.slice(1), from.slice(1), sms.text]);
  await driver.do({ ...sms, mediaUrls: ['https://example.com/a.JPG?x=1'] });
  assert.deepEqual(mock.sent()[1].message.image, { url: 'https://example.com/a.JPG?x=1', caption: sms.text });
  await driver.do({ ...sms, mediaUrls: ['https://example.com/a.png', 'https://example.com/b.vcf'] });
  assert.deepEqual(mock.sent()[2].message.content.map((c) => c.type), ['image', 'vcard']);
  assert.deepEqual(mock.refusals, []);
});

test('names what Vonage refuses, and what to do', async (t) => {
  const { mock, driver } = await stage(t);
  const poor = await driver.ask({ ...sms, to: '+14155550000' });
  assert.match(JSON.stringify(poor.error), /low-balance/);
  assert.match(JSON.stringify(poor.error), /add credit/);
  mock.fault({ match: /messages/, status: 429, headers: { 'retry-after': '7' }, times: 10 });
  const throttled = await driver.ask({ ...sms, limitMs: 1500 });
  assert.equal(throttled.error.code, 'rate_limited');
  assert.ok(throttled.error.retryAfterMs > 0, 'says how long');
  assert.equal(mock.journal.filter((e) => e.fault === 'answered 429').length, 1, 'seven seconds are longer than the call may take');
  assert.equal(mock.sent().length, 0);
});

test('a bad day for a message', async (t) => {
  const { mock, driver } = await stage(t);
  await playBadDays(t, { driver, mock, command: sms, match: /POST \/v1\/messages/, count: () => mock.sent().length, secrets: secretsOf(mock.account) });
  assert.deepEqual(mock.refusals, []);
  assert.ok(mock.sent().length > 5);
});

test('a bad day for a call', async (t) => {
  const { mock, driver } = await stage(t);
  await playBadDays(t, { driver, mock, command: call, match: /POST \/v1\/calls/, count: () => mock.placed().length, secrets: secretsOf(mock.account) });
  assert.deepEqual(mock.refusals, []);
  assert.ok(mock.placed().length > 5);
});

test('calls, looks up, transfers and ends', async (t) => {
  const { mock, driver } = await stage(t);
  const before = Date.now() - 2000;
  const { vendorId } = await driver.do({ ...call, detectMachine: true, longestMs: 60_500, ringMs: 20_000 });
  const placed = mock.placed()[0].call;
  assert.deepEqual([placed.answer_method, placed.event_method, placed.machine_detection, placed.length_timer, placed.ringing_timer], ['POST', 'POST', 'continue', 61, 20]);
  const found = await driver.do({ slot: 'telephony', op: 'find_call', from, to, notBefore: before, notAfter: Date.now() + 2000 });
  assert.equal(found.vendorId, vendorId);
  assert.equal((await driver.ask({ slot: 'telephony', op: 'find_call', from: to, to: from, notBefore: before, notAfter: Date.now() })).error.code, 'not_found');
  await driver.do({ slot: 'telephony', op: 'transfer_call', vendorId, to: '+14155550177', from, announce: 'One moment', statusUrl: 'https://comms.example.test/l' });
  const { destination } = mock.journal.at(-1).change;
  assert.deepEqual(destination.ncco.map((a) => a.action), ['talk', 'connect']);
  // NCCO has no way of not joining the two, and Vonage records no call from its start.
  assert.equal((await driver.ask({ slot: 'telephony', op: 'transfer_call', vendorId, to: '+14155550177', from, calleeUrl: 'https://comms.example.test/c' })).error.code, 'unsupported');
  await driver.do({ slot: 'telephony', op: 'end_call', vendorId });
  await driver.do({ slot: 'telephony', op: 'end_call', vendorId }); // over: refused with 400, then looked at
  await driver.do({ slot: 'telephony', op: 'end_call', vendorId: randomUUID() });
  mock.calls.get(vendorId).price = '0.02340000';
  mock.calls.get(vendorId).duration = '61';
  const billed = await driver.do({ slot: 'telephony', op: 'find_call', vendorId });
  assert.equal(billed.durationMs, 61_000);
  assert.match(JSON.stringify(billed), /23400/);
  assert.match(JSON.stringify(billed), /EUR/);
  assert.deepEqual(mock.refusals, []);
});

test('buys a number, points it, gives it back', async (t) => {
  const { mock, driver } = await stage(t);
  const bought = await driver.do({ slot: 'telephony', op: 'buy_number', country: 'US', areaCode: '212', voice: true, clientReference: 'r1' });
  assert.deepEqual(bought, { number: '+12125550144', vendorId: 'US-12125550144' });
  const routes = { ...bought, slot: 'telephony', op: 'configure_number', smsUrl: 'https://comms.example.test/sms', voiceUrl: 'https://comms.example.test/voice', callStatusUrl: 'https://comms.example.test/status' };
  await driver.do(routes);
  const id = mock.numbers.get('12125550144').app_id;
  const made = mock.applications.get(id);
  assert.equal(made.capabilities.voice.webhooks.answer_url.address, routes.voiceUrl);
  assert.equal(made.capabilities.voice.webhooks.answer_url.http_method, 'POST');
  assert.equal(made.capabilities.voice.signed_callbacks, true);
  assert.equal(made.keys.public_key, mock.account.publicKey);
  await driver.do({ ...routes, voiceUrl: 'https://comms.example.test/voice2' });
  assert.equal(mock.applications.size, 2); // the same application, changed
  assert.equal(mock.applications.get(id).capabilities.voice.webhooks.answer_url.address, 'https://comms.example.test/voice2');
  assert.equal((await driver.ask({ slot: 'telephony', op: 'buy_number', country: 'US', areaCode: '999' })).error.code, 'not_found');
  const release = { slot: 'telephony', op: 'release_number', ...bought };
  await driver.do(release);
  await driver.do(release);
  assert.equal(mock.numbers.size, 0);
  assert.equal(mock.applications.size, 1);
  assert.deepEqual(mock.refusals, []);
});

test('says every verb in NCCO', async (t) => {
  const { driver } = await stage(t);
  const render = (verbs) => driver.ask({ slot: 'telephony', op: 'render', verbs });
  const { body, contentType } = await render([
    { verb: 'say', text: 'Hi "you"', language: 'en-GB', voice: '2' }, { verb: 'play', url: 'https://e.test/a.mp3' },
    { verb: 'gather', text: 'Code?', url: 'https://e.test/g', maxDigits: 4, finishKey: '#', timeoutMs: 4200, speech: true },
    { verb: 'dial', number: to, from, url: 'https://e.test/d?x=1', timeoutMs: 30_000 },
    { verb: 'record', url: 'https://e.test/r', maxLengthMs: 60_000, timeoutMs: 3000, finishKey: '*', beep: true, transcribe: true },
    { verb: 'stream', url: 'wss://e.test/s', params: { call: '1' } }, { verb: 'pause', timeoutMs: 1500 },
    { verb: 'redirect', url: 'https://e.test/n' }, { verb: 'hang_up' }, { verb: 'say', text: 'never' }]);
  assert.equal(contentType, 'application/json');
  const actions = JSON.parse(body);
  assert.deepEqual(actions.map((a) => a.action), ['talk', 'stream', 'talk', 'input', 'connect', 'record', 'connect', 'talk', 'notify']);
  assert.deepEqual(actions[3].dtmf, { timeOut: 5, maxDigits: 4, submitOnHash: true });
  assert.deepEqual(actions[4].eventUrl, ['https://e.test/d?x=1&vonage_leg=1']);
  assert.equal(actions[5].endOnKey, '*');
  assert.equal((await render([{ verb: 'reject', text: 'busy' }])).body, '[]');
  assert.ok((await render([{ verb: 'native', text: '<Connect/>' }])).error);
});

test('believes only what the vendor signed', async (t) => {
  const { mock, driver } = await stage(t);
  const account = mock.account;
  const status = { message_uuid: randomUUID(), to: to.slice(1), from: from.slice(1), timestamp: '2026-11-26T06:00:00.000Z', status: 'delivered', channel: 'sms', client_ref: 'att_1', usage: { currency: 'EUR', price: '0.0333' } };
  const good = await signedWebhook(account, status);
  const verify = async (request) => (await driver.webhook('telephony', 'verify_webhook', request)).error?.code;
  assert.equal(await verify(good), undefined);
  const [event] = (await driver.webhook('telephony', 'parse_webhook', good)).events;
  assert.equal(event.status, 'delivered');
  assert.match(JSON.stringify(event), /33300/);
  const token = good.headers.authorization;
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${token.split('.')[1]}.`;
  const bad = {
    'a changed body': { ...good, body: good.body.replace('delivered', 'rejected') },
    'a changed signature': { ...good, headers: { authorization: token.slice(0, -3) + (token.at(-3) === 'A' ? 'B' : 'A') + token.slice(-2) } },
    'a changed claim': { ...good, headers: { authorization: token.replace(/\.(.)/, (_, c) => `.${c === 'e' ? 'f' : 'e'}`) } },
    'no algorithm': { ...good, headers: { authorization: `Bearer ${unsigned}` } },
    'another secret': await signedWebhook(account, status, { secret: 'another-secret-that-is-32-bytes-long' }),
    'six minutes ago': await signedWebhook(account, status, { at: Date.now() - 360_000 }),
    'six minutes ahead': await signedWebhook(account, status, { at: Date.now() + 360_000 }),
    'no hash of the body': await signedWebhook(account, status, { claims: { payload_hash: undefined } }),
    'no body': { ...good, body: '' },
    'no signature': { ...good, headers: {} },
    'rubbish': { ...good, headers: { authorization: 'Bearer a.b.c' } },
  };
  for (const [what, request] of Object.entries(bad)) assert.equal(await verify(request), 'permission_denied', what);
});

test('reads messages and calls', async (t) => {
  const { mock, driver } = await stage(t);
  const parse = async (body, options, slot = 'telephony') => driver.webhook(slot, 'parse_webhook', await signedWebhook(mock.account, body, options));
  const mms = { channel: 'mms', message_uuid: randomUUID(), to: from.slice(1), from: to.slice(1), timestamp: '2026-11-26T06:00:00Z', message_type: 'image', image: { url: `${mock.url}/v3/media/1`, caption: 'look' } };
  const [message] = (await parse(mms)).events;
  assert.deepEqual([message.from, message.to, message.text, message.media.length], [to, from, 'look', 1]);
  assert.ok((await parse({ ...mms, channel: 'whatsapp' })).error, 'of another channel');
  assert.equal((await parse({ ...mms, channel: 'whatsapp' }, {}, 'whatsapp')).events.length, 1);
  const uuid = randomUUID(), conversation = `CON-${randomUUID()}`;
  const ends = { from: to.slice(1), to: from.slice(1), uuid, conversation_uuid: conversation };
  const voice = { url: 'https://comms.example.test/webhooks/a/voice' };
  const [incoming] = (await parse(ends, voice)).events;
  assert.deepEqual([incoming.vendorId, incoming.status, incoming.from], [uuid, 'ringing', to]);
  const [ended] = (await parse({ ...ends, status: 'completed', duration: '12', price: '0.0045', direction: 'inbound', timestamp: '2026-11-26T06:00:00Z' }, voice)).events;
  assert.equal(ended.status, 'completed');
  assert.match(JSON.stringify(ended), /12000/);
  const [typed] = (await parse({ ...ends, dtmf: { digits: '42', timed_out: false }, speech: { results: [] } }, voice)).events;
  assert.equal(typed.text, '42');
  const [recorded] = (await parse({ conversation_uuid: conversation, recording_uuid: randomUUID(), recording_url: 'https://api.nexmo.com/v1/files/1', size: 12, start_time: '2026-11-26T06:00:00Z', end_time: '2026-11-26T06:00:05Z' }, voice)).events;
  assert.equal(recorded.vendorId, uuid, 'whose it is, the conversation tells');
  const leg = { url: 'https://comms.example.test/webhooks/a/dialled?vonage_leg=1' };
  assert.deepEqual((await parse({ ...ends, uuid: randomUUID(), status: 'ringing' }, leg)).events, []);
  assert.match(JSON.stringify(await parse({ ...ends, uuid: randomUUID(), status: 'busy' }, leg)), /dial_status/);
  for (const body of ['{', '[]', '"x"', '{}', 'null', '{"uuid":{}}', '\u0000']) assert.ok((await parse(body, voice)).error, body);
});

test('reads the older SMS API, signed in each of its ways', async (t) => {
  for (const method of ['md5hash', 'md5', 'sha1', 'sha256', 'sha512']) {
    const { mock, driver } = await stage(t, { signature_method: method });
    const fields = signedParameters(mock.account, { msisdn: to.slice(1), to: from.slice(1), messageId: '0A0000000123ABCD1', text: 'a=b&c', type: 'text', 'message-timestamp': '2026-11-26 06:00:00' }, { method });
    const url = 'https://comms.example.test/webhooks/a/sms';
    const forms = {
      json: { url, body: JSON.stringify(fields), headers: { 'content-type': 'application/json' } },
      form: { url, body: new URLSearchParams(fields).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      query: { method: 'GET', url: `${url}?${new URLSearchParams(fields)}` },
    };
    for (const [what, request] of Object.entries(forms)) {
      assert.equal((await driver.webhook('telephony', 'verify_webhook', request)).error, undefined, `${method} ${what}`);
      const [event] = (await driver.webhook('telephony', 'parse_webhook', request)).events;
      assert.deepEqual([event.from, event.text], [to, 'a=b&c']);
    }
    const late = signedParameters(mock.account, { messageId: '1', msisdn: to.slice(1) }, { method, at: Date.now() - 360_000 });
    for (const changed of [{ ...fields, text: 'other' }, { ...fields, sig: '0'.repeat(fields.sig.length) }, { ...fields, sig: '' }, late]) {
      assert.equal((await driver.webhook('telephony', 'verify_webhook', { url, body: JSON.stringify(changed) })).error?.code, 'permission_denied', method);
    }
  }
});

test('sends WhatsApp', async (t) => {
  const { mock, driver } = await stage(t);
  const send = { slot: 'whatsapp', op: 'send', from, to };
  await driver.do({ ...send, text: 'Hello', clientReference: 'att_2' });
  await driver.do({ ...send, text: 'Look', mediaUrls: ['https://example.com/a.png'] });
  await driver.do({ ...send, templateId: 'ns:verify', language: 'en-US', templateVariables: [['2', 'B'], ['1', 'A']] });
  const [text, image, template] = mock.sent().map((e) => e.message);
  assert.deepEqual([text.channel, text.text, text.client_ref], ['whatsapp', 'Hello', 'att_2']);
  assert.deepEqual(image.image, { url: 'https://example.com/a.png', caption: 'Look' });
  assert.deepEqual([template.template, template.whatsapp.locale], [{ name: 'ns:verify', parameters: ['A', 'B'] }, 'en_US']);
  for (const wrong of [[['1', 'A'], ['3', 'C']], [['name', 'A']], [['1', 'A'], ['1', 'B']]]) {
    assert.equal((await driver.ask({ ...send, templateId: 'ns:verify', templateVariables: wrong })).error.code, 'invalid_argument');
  }
  assert.equal((await driver.ask({ ...send, text: 'x', mediaUrls: ['https://example.com/a.png', 'https://example.com/b.png'] })).error.code, 'invalid_argument');
  assert.equal((await driver.ask({ slot: 'whatsapp', op: 'fetch_media', mediaUrl: 'https://example.com/a.png' })).error.code, 'invalid_argument');
  assert.deepEqual(mock.refusals, []);
  if (unchecked.requests > 0) console.log(`# spec-checks-not-run ${unchecked.requests} (no ../shared/vendor-lab: vonage)`);
});
