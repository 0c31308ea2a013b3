// The resend provider, loaded as the server loads it, against a mock held to Resend's own OpenAPI
// document; webhooks are signed by the package Resend's own SDK verifies with.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';
import { Webhook } from 'standardwebhooks';
import { unchecked } from '../../mocks/lib/openapi.mjs';
import { startResend } from '../../mocks/resend.mjs';
import { Driver } from '../lib/driver.mjs';
import { playBadDays } from '../lib/garbage.mjs';

const mail = { slot: 'email', op: 'send', from: 'Agent <agent@example.com>', to: 'someone@example.org', subject: 'Hello', text: 'Grüße 😀' };

async function stage(t) {
  const mock = await startResend();
  const driver = await Driver.start({ allow: [mock.url], providers: { email: { use: 'resend', config: {
    api_key: mock.account.apiKey, webhook_secret: mock.account.webhookSecret, base_url: mock.url } } } });
  t.after(async () => {
    await driver.stop();
    await mock.stop();
  });
  return { mock, driver };
}

test('sends once for one key, with attachments', async (t) => {
  const { mock, driver } = await stage(t);
  const command = { ...mail, idempotencyKey: randomUUID(), attachments: [
    { filename: 'a.txt', contentType: 'text/plain', bytesBase64: Buffer.from('attached').toString('base64') }] };
  const first = await driver.do(command);
  assert.deepEqual(await driver.do(command), first);
  assert.equal(mock.sent().length, 1);
  assert.equal(mock.sent()[0].body, mail.text);
  assert.equal(mock.sent()[0].attachments, 1);
  assert.deepEqual(mock.refusals, []);
});

test('a bad day at the vendor', async (t) => {
  const { mock, driver } = await stage(t);
  await playBadDays(t, { driver, mock, command: { ...mail, idempotencyKey: randomUUID() }, match: /POST \/emails/,
    count: () => mock.sent().length, secrets: [mock.account.apiKey, mock.account.webhookSecret], repeats: true });
});

test('believes only what the vendor signed', async (t) => {
  const { mock, driver } = await stage(t);
  const body = JSON.stringify({ type: 'email.delivered', created_at: '2026-11-22T12:00:00.000Z', data: { email_id: randomUUID(), from: mail.from, to: [mail.to], subject: 'Hello', created_at: '2026-11-22T12:00:00.000Z' } });
  const signed = (secret, text, at = new Date()) => {
    const id = `msg_${randomUUID()}`;
    return { url: 'https://comms.example.test/webhooks/a/email', body: text, headers: {
      'svix-id': id, 'svix-timestamp': String(Math.floor(at / 1000)), 'svix-signature': new Webhook(secret).sign(id, at, text) } };
  };
  const good = signed(mock.account.webhookSecret, body);
  assert.equal((await driver.webhook('email', 'verify_webhook', good)).error, undefined);
  const { events } = await driver.webhook('email', 'parse_webhook', good);
  assert.equal(events[0].status, 'delivered');
  const bad = {
    'a changed body': { ...good, body: body.replace('delivered', 'bounced') },
    'another id': { ...good, headers: { ...good.headers, 'svix-id': 'msg_other' } },
    'another secret': signed('whsec_' + Buffer.from('another-secret-of-32-bytes-here!').toString('base64'), body),
    'ten minutes ago': signed(mock.account.webhookSecret, body, new Date(Date.now() - 600_000)),
    'no signature': { ...good, headers: {} },
  };
  for (const [what, request] of Object.entries(bad)) {
    assert.equal((await driver.webhook('email', 'verify_webhook', request)).error?.code, 'permission_denied', what);
  }
  if (unchecked.requests > 0) console.log(`# spec-checks-not-run ${unchecked.requests} (no ../shared/vendor-lab: resend)`);
});
