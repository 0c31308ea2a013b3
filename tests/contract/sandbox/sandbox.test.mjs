// The sandbox's WhatsApp senders and templates, loaded as the server loads it. The rest of it: the
// end-to-end suites stand on it.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Driver } from '../lib/driver.mjs';

async function stage(t) {
  const start = () => Driver.start({ providers: { whatsapp: { use: 'sandbox', config: {} } } });
  let driver = await start();
  t.after(() => driver.stop());
  return {
    ask: (op, more = {}) => driver.ask({ slot: 'whatsapp', op, ...more }),
    restart: async () => { await driver.stop(); driver = await start(); },
  };
}

test('a sender is there until it is removed, through a restart too', async (t) => {
  const { ask, restart } = await stage(t);
  const { vendorId } = await ask('register_sender', { number: '+14155550100' });
  assert.match(vendorId, /^XE[0-9a-f]{32}$/);
  assert.deepEqual((await ask('list_senders')).senders.map((s) => s.number), ['+14155550100']);
  await restart();
  assert.deepEqual(await ask('sender_status', { vendorId }), { vendorId, number: '+14155550100', status: 'online', reason: '' });
  assert.equal((await ask('remove_sender', { vendorId })).error, undefined);
  assert.equal((await ask('sender_status', { vendorId })).error.code, 'not_found');
  for (const none of ['XE1', 'x', `XE${'f'.repeat(32)}`]) assert.equal((await ask('sender_status', { vendorId: none })).error.code, 'not_found');
});

test('templates are there, are made and removed', async (t) => {
  const { ask } = await stage(t);
  const names = async () => (await ask('list_templates')).templates.map((one) => `${one.name} ${one.status}`);
  const first = ['welcome approved', 'appointment_reminder approved', 'newsletter pending'];
  assert.deepEqual(await names(), first);
  const wanted = { name: 'offer', language: 'en', category: 'marketing', body: 'Hello {{1}}' };
  const made = await ask('create_template', wanted);
  assert.equal(made.status, 'approved');
  assert.equal((await ask('create_template', wanted)).error.code, 'rejected');
  assert.equal((await ask('create_template', { ...wanted, body: '' })).error.code, 'invalid_argument');
  assert.deepEqual(await names(), [...first, 'offer approved']);
  await ask('remove_template', { vendorId: made.vendorId });
  assert.deepEqual(await names(), first);
});
