// The greenapi provider, loaded as the server loads it, against a mock held to the vendor's own Postman
// collection; the webhooks are the vendor's own samples.
import assert from 'node:assert/strict';
import test from 'node:test';
import { startGreenapi } from '../../mocks/greenapi.mjs';
import { unchecked } from '../../mocks/lib/openapi.mjs';
import { Driver } from '../lib/driver.mjs';
import { playBadDays } from '../lib/garbage.mjs';

const text = { slot: 'whatsapp', op: 'send', from: '+14155550100', to: '+14155550101', text: 'hola 😀' };

async function stage(t, more = {}) {
  const mock = await startGreenapi();
  const driver = await Driver.start({ allow: [mock.url], providers: { whatsapp: { use: 'greenapi', config: {
    id_instance: mock.account.idInstance, api_token: mock.account.apiToken, webhook_token: mock.account.webhookToken,
    api_url: mock.url, media_url: mock.url, upload_from: `${mock.url}/files`, ...more } } } });
  t.after(async () => {
    await driver.stop();
    await mock.stop();
  });
  return { mock, driver };
}

test('sends text and files, by URL and by upload', async (t) => {
  const { mock, driver } = await stage(t);
  mock.files.set('/files/a.png', { type: 'image/png', bytes: Buffer.from([0, 255, 13, 10, 45, 45]) });
  const sent = await driver.do(text);
  assert.equal(sent.vendorId, mock.sent()[0].id);
  assert.equal(mock.sent()[0].body, text.text);
  await driver.do({ ...text, mediaUrls: ['https://a.example.test/b.jpg'] });
  assert.equal(mock.sent()[1].file, 'https://a.example.test/b.jpg');
  await driver.do({ ...text, mediaUrls: [`${mock.url}/files/a.png`] });
  assert.deepEqual([...mock.sent()[2].file.bytes], [0, 255, 13, 10, 45, 45]);
  assert.equal(mock.sent()[2].file.type, 'image/png');
  assert.deepEqual(mock.refusals, []);
});

test('finds what was sent, sent or waiting', async (t) => {
  const { mock, driver } = await stage(t);
  const window = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 60_000 };
  const look = { ...text, op: 'find', ...window };
  assert.equal((await driver.ask(look)).error.code, 'not_found');
  const sent = await driver.do(text);
  assert.equal((await driver.do(look)).vendorId, sent.vendorId);
  mock.state.waiting = true;
  const waiting = await driver.do({ ...text, text: 'later' });
  const found = await driver.do({ ...look, text: 'later' });
  assert.equal(found.vendorId, waiting.vendorId);
  assert.equal(found.status, 'queued');
  assert.deepEqual(mock.refusals, []);
});

test('is healthy with a linked phone only, and helps to link one', async (t) => {
  const { mock, driver } = await stage(t);
  assert.deepEqual(await driver.ask({ slot: 'whatsapp', op: 'check' }), {});
  assert.equal((await driver.do({ slot: 'whatsapp', op: 'register_sender', number: '+14155550100' })).status, 'online');
  mock.state.stateInstance = 'notAuthorized';
  const sick = await driver.ask({ slot: 'whatsapp', op: 'check' });
  assert.match(JSON.stringify(sick), /no phone is linked/);
  assert.equal((await driver.do({ slot: 'whatsapp', op: 'register_sender', number: '+14155550100' })).status, 'verification_needed');
  const refused = await driver.ask(text);
  assert.equal(refused.error.code, 'permission_denied');
  assert.match(refused.error.remedy, /link the phone/);
  assert.ok(!JSON.stringify([sick, refused]).includes(mock.account.apiToken));
});

test('wrong credentials', async (t) => {
  const mock = await startGreenapi();
  t.after(() => mock.stop());
  const token = 'wrong0token0wrong0token0';
  const driver = await Driver.start({ mayFail: true, allow: [mock.url], providers: { whatsapp: { use: 'greenapi', config: {
    id_instance: mock.account.idInstance, api_token: token, api_url: mock.url, media_url: mock.url } } } });
  t.after(() => driver.stop());
  const sick = await driver.ask({ slot: 'whatsapp', op: 'check' });
  assert.match(JSON.stringify(sick), /api_token/);
  const refused = await driver.ask(text);
  assert.deepEqual([refused.error.code, refused.error.vendorCode], ['unauthenticated', '401']);
  assert.equal(mock.sent().length, 0);
  assert.ok(!JSON.stringify([driver.state, driver.errors, sick, refused]).includes(token));
});

test('a bad day at the vendor', async (t) => {
  const { mock, driver } = await stage(t);
  await playBadDays(t, { driver, mock, command: text, match: /POST .*sendMessage/, count: () => mock.sent().length,
    secrets: [mock.account.apiToken, mock.account.webhookToken] });
  assert.ok(!driver.errors.includes(mock.account.apiToken), 'no token in the log');
});

test('throttled and out of quota', async (t) => {
  const { mock, driver } = await stage(t);
  mock.fault({ match: /sendMessage/, status: 466, body: { invokeStatus: { status: 'CORRESPONDENTS_QUOTA_EXCEEDED' } } });
  const quota = await driver.ask(text);
  assert.equal(quota.error.code, 'permission_denied');
  assert.equal(quota.error.vendorCode, '466');
  assert.equal(mock.sent().length, 0);
});

test('believes the token only, and reads every sample of the vendor', async (t) => {
  const { mock, driver } = await stage(t);
  const body = { typeWebhook: 'outgoingMessageStatus', chatId: '14155550101@c.us', instanceData: mock.instanceData, timestamp: 1705901090, idMessage: 'M1', status: 'delivered', sendByApi: true };
  const good = mock.webhook(body);
  assert.equal((await driver.webhook('whatsapp', 'verify_webhook', good)).error, undefined);
  const { events } = await driver.webhook('whatsapp', 'parse_webhook', good);
  assert.deepEqual([events[0].status, events[0].vendorId], ['delivered', 'M1']);
  const bad = {
    'another token': mock.webhook(body, 'mock-webhook-token-0123456780'),
    'no token': { ...good, headers: {} },
    'another instance': mock.webhook({ ...body, instanceData: { ...mock.instanceData, idInstance: 1 } }),
    'no JSON': { ...good, body: 'x' },
  };
  for (const [what, request] of Object.entries(bad)) {
    assert.equal((await driver.webhook('whatsapp', 'verify_webhook', request)).error?.code, 'permission_denied', what);
  }
  for (const { name, body: sample } of mock.samples) {
    const parsed = await driver.webhook('whatsapp', 'parse_webhook', mock.webhook(sample));
    assert.equal(parsed.error, undefined, name);
    const expected = sample.typeWebhook === 'incomingMessageReceived' && !/Edited|Deleted|poll update/.test(name) ? 1
      : sample.typeWebhook === 'outgoingMessageStatus' && sample.sendByApi && !sample.chatId.endsWith('@g.us') ? 1 : 0;
    assert.equal(parsed.events.length, sample.senderData?.chatId.endsWith('@g.us') ? 0 : expected, name);
    for (const event of parsed.events) {
      assert.ok(event.eventId && event.vendorId, name);
      if (expected && sample.messageData) assert.match(event.from, /^\+\d+$/, name);
    }
  }
  if (unchecked.documents.size > 0) console.log(`# spec-checks-not-run ${unchecked.requests} (no ../shared/vendor-lab: greenapi)`);
});
