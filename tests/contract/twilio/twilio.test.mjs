// The twilio provider's WhatsApp senders and templates, loaded as the server loads it, against a mock
// held to Twilio's own OpenAPI documents. Messages, calls, numbers and webhooks: tests/e2e.
import assert from 'node:assert/strict';
import test from 'node:test';
import { startTwilio, twilioTemplates } from '../../mocks/twilio.mjs';
import { Driver } from '../lib/driver.mjs';
import { playBadDays } from '../lib/garbage.mjs';

const sender = { slot: 'whatsapp', op: 'register_sender', number: '+14155550100', displayName: 'Acme "Support"', messageUrl: 'https://comms.example.test/webhooks/a/whatsapp' };
const template = { slot: 'whatsapp', op: 'create_template', name: 'order_sent', language: 'en', category: 'utility', body: 'Hello {{1}}, it is on its way.', samples: { 1: 'Ana' } };
const made = (mock, operation) => mock.journal.filter((e) => e.accepted && e.operation === operation).length;

async function stage(t) {
  const mock = await startTwilio();
  const { accountSid, authToken } = mock.account;
  const driver = await Driver.start({ allow: [mock.url], providers: { whatsapp: { use: 'twilio', config: {
    account_sid: accountSid, auth_token: authToken, base_url: mock.url } } } });
  t.after(async () => {
    await driver.stop();
    await mock.stop();
  });
  return { mock, driver, ask: (op, more = {}) => driver.do({ slot: 'whatsapp', op, ...more }) };
}

test('a sender: registered, listed, looked at, removed', async (t) => {
  const { mock, driver, ask } = await stage(t);
  const first = await driver.do(sender);
  assert.match(first.vendorId, /^XE/);
  assert.equal(mock.senders.get(first.vendorId).webhook.callback_url, sender.messageUrl);
  assert.deepEqual(await driver.do(sender), first, 'the same sender again');
  assert.deepEqual((await ask('list_senders')).senders, [{ ...first, reason: '' }]);
  mock.senders.get(first.vendorId).status = 'OFFLINE';
  assert.equal((await ask('sender_status', { vendorId: first.vendorId })).status, 'failed');
  await ask('remove_sender', { vendorId: first.vendorId });
  await ask('remove_sender', { vendorId: first.vendorId });
  assert.deepEqual((await ask('list_senders')).senders, []);
  const gone = await driver.ask({ slot: 'whatsapp', op: 'sender_status', vendorId: first.vendorId });
  assert.equal(gone.error.code, 'not_found');
  assert.deepEqual(mock.refusals, []);
});

test('a template: made, handed in, approved, sent, removed', async (t) => {
  const { mock, driver, ask } = await stage(t);
  const one = await driver.do(template);
  assert.equal(one.status, 'pending');
  const listed = async () => (await ask('list_templates')).templates;
  assert.deepEqual((await listed()).map((t) => [t.name, t.status]), [['booking', 'approved'], ['table_ready', 'approved'], ['order_sent', 'pending']]);
  Object.assign(mock.contents.get(one.vendorId).approval, { status: 'rejected', rejection_reason: 'call +14155550100' });
  const refused = (await listed()).find((t) => t.vendorId === one.vendorId);
  assert.equal(refused.status, 'rejected');
  assert.ok(!refused.reason.includes('4155550100'));
  const { vendorId } = await driver.do({ slot: 'whatsapp', op: 'send', from: '+14155550100', to: '+14155550101', templateId: 'table_ready', language: 'en' });
  assert.equal(mock.messages.get(vendorId).contentSid, twilioTemplates.table_ready);
  await ask('remove_template', { vendorId: one.vendorId });
  assert.equal((await listed()).length, 2);
  assert.deepEqual(mock.refusals, []);
});

test('a template that nobody will look at leaves nothing', async (t) => {
  const { mock, driver } = await stage(t);
  mock.fault({ match: /POST .*ApprovalRequests/, status: 400, body: { code: 60228, message: 'no', more_info: '', status: 400 } });
  const answer = await driver.ask(template);
  assert.equal(answer.error.code, 'rejected');
  assert.equal(answer.error.vendorCode, '60228');
  assert.equal(mock.contents.size, 2);
});

test('a bad day at the vendor', async (t) => {
  const { mock, driver } = await stage(t);
  const secrets = [mock.account.authToken];
  await t.test('with a sender', (t) => playBadDays(t, { driver, mock, command: sender, match: /POST \/v2\/Channels\/Senders$/,
    count: () => made(mock, 'POST /v2/Channels/Senders'), secrets, prepare: () => mock.senders.clear() }));
  await t.test('with a template', (t) => playBadDays(t, { driver, mock, command: template, match: /POST \/v1\/Content$/,
    count: () => made(mock, 'POST /v1/Content'), secrets }));
});
