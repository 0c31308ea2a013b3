// The mocks themselves, driven by the vendors' own SDKs: a mock that accepts what the vendor's SDK
// never sends, or refuses what it does send, would judge our plugins wrongly.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import twilioSdk from 'twilio';
import { Resend } from 'resend';
import { startTwilio } from './twilio.mjs';
import { startResend } from './resend.mjs';

/** The SDK's HTTP client with its https hosts sent to the mock. */
const client = (mock, token = mock.account.authToken) => twilioSdk(mock.account.accountSid, token, {
  httpClient: {
    async request({ method, uri, data, params, username, password, headers }) {
      const url = new URL(uri.replace(/^https:\/\/[^/]+/, mock.url));
      for (const [k, v] of Object.entries(params ?? {})) url.searchParams.append(k, v);
      const json = headers?.['Content-Type'] === 'application/json';
      const form = new URLSearchParams();
      for (const [k, v] of Object.entries(data ?? {})) for (const one of [v].flat()) form.append(k, one);
      const response = await fetch(url, {
        method, body: ['POST', 'PUT'].includes(method.toUpperCase()) ? (json ? JSON.stringify(data) : form) : undefined,
        headers: { authorization: 'Basic ' + Buffer.from(`${username}:${password}`).toString('base64'), ...(json ? { 'content-type': 'application/json' } : {}) } });
      const text = await response.text();
      return { statusCode: response.status, body: text ? JSON.parse(text) : '', headers: Object.fromEntries(response.headers) };
    },
  },
});

test('twilio: search, buy, send, list, release through the vendor SDK', async (t) => {
  const mock = await startTwilio();
  t.after(() => mock.stop());
  const sdk = client(mock);
  const [available] = await sdk.availablePhoneNumbers('US').local.list({ limit: 1, smsEnabled: true });
  assert.match(available.phoneNumber, /^\+1\d{10}$/);
  const bought = await sdk.incomingPhoneNumbers.create({ phoneNumber: available.phoneNumber, smsUrl: 'http://127.0.0.1:1/sms' });
  const sent = await sdk.messages.create({ from: bought.phoneNumber, to: '+14155550100', body: 'hello', statusCallback: 'http://127.0.0.1:1/cb' });
  assert.match(sent.sid, /^SM[0-9a-f]{32}$/);
  assert.equal(sent.status, 'queued');
  const listed = await sdk.messages.list({ to: '+14155550100', from: bought.phoneNumber, dateSent: new Date(), limit: 5 });
  assert.deepEqual(listed.map((m) => m.sid), [sent.sid]);
  assert.equal((await sdk.messages(sent.sid).fetch()).body, 'hello');
  const sender = await sdk.messaging.v2.channelsSenders.create({ sender_id: 'whatsapp:+14155550111' });
  assert.match(sender.sid, /^XE/);
  assert.equal(await sdk.incomingPhoneNumbers(bought.sid).remove(), true);
  assert.deepEqual(mock.refusals, []);
  assert.equal(mock.sent().length, 1);
});

test('twilio: refuses what Twilio refuses', async (t) => {
  const mock = await startTwilio();
  t.after(() => mock.stop());
  const authorization = 'Basic ' + Buffer.from(`${mock.account.accountSid}:${mock.account.authToken}`).toString('base64');
  const send = (body, headers = {}) => fetch(`${mock.url}/2010-04-01/Accounts/${mock.account.accountSid}/Messages.json`, {
    method: 'POST', body: new URLSearchParams(body), headers: { authorization, ...headers } });
  assert.equal((await send({ To: '+14155550100', From: '+14155550101', Bodyy: 'x' })).status, 400, 'misspelt field');
  assert.equal((await send({ To: '+14155550100', From: '+14155550101', Body: 'x' })).status, 400, 'sender that was never bought');
  assert.equal((await send({ To: 'nobody', From: '+14155550101', Body: 'x' })).status, 400, 'recipient');
  assert.equal((await send({ To: '+14155550100', Body: 'x' }, { authorization: 'Basic eDp5' })).status, 401, 'credentials');
  assert.equal((await fetch(`${mock.url}/2010-04-01/Accounts/${mock.account.accountSid}/Nothing.json`, { headers: { authorization } })).status, 404);
  assert.equal(mock.sent().length, 0);
});

test('twilio: faults as asked, and the journal is on disk before the reply', async (t) => {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'commsd-mock-')), 'journal');
  const mock = await startTwilio({ journalFile: file });
  t.after(() => mock.stop());
  const sdk = client(mock);
  const { phoneNumber } = await sdk.incomingPhoneNumbers.create({ areaCode: '415' });
  const send = () => sdk.messages.create({ from: phoneNumber, to: '+14155550100', body: 'hello' });
  mock.fault({ match: /POST .*Messages/, status: 429, headers: { 'retry-after': '1' } });
  await assert.rejects(send(), { status: 429 });
  mock.fault({ match: /POST .*Messages/, drop: 'before' });
  await assert.rejects(send());
  assert.equal(mock.sent().length, 0);
  mock.fault({ match: /POST .*Messages/, drop: 'after' });
  await assert.rejects(send());
  assert.equal(mock.sent().length, 1, 'dropped after: the vendor has it, the caller does not know');
  mock.fault({ match: /POST .*Messages/, status: 500, after: true });
  await assert.rejects(send(), { status: 500 });
  assert.equal(mock.sent().length, 2);
  const lines = fs.readFileSync(file, 'utf8').trim().split('\n').map((l) => JSON.parse(l));
  assert.equal(lines.filter((l) => l.accepted && l.body === 'hello').length, 2);
});

test('twilio: webhooks verify with the vendor SDK', async (t) => {
  const mock = await startTwilio();
  t.after(() => mock.stop());
  const url = 'https://comms.example.com/webhooks/a/sms';
  const fields = { From: '+14155550100', Body: 'a b&c=ü' };
  assert.ok(twilioSdk.validateRequest(mock.account.authToken, mock.signature(url, fields), url, fields));
});

test('resend: send, replay by key, receive through the vendor SDK', async (t) => {
  const mock = await startResend();
  t.after(() => mock.stop());
  const sdk = new Resend(mock.account.apiKey, { baseUrl: mock.url });
  const mail = { from: 'Agent <a@example.com>', to: 'b@example.com', subject: 'Hello', text: 'hi' };
  const first = await sdk.emails.send(mail, { idempotencyKey: 'k1' });
  assert.equal(first.error, null);
  const again = await sdk.emails.send(mail, { idempotencyKey: 'k1' });
  assert.equal(again.data.id, first.data.id);
  assert.equal((await sdk.emails.send({ ...mail, text: 'other' }, { idempotencyKey: 'k1' })).error.name, 'invalid_idempotent_request');
  assert.equal(mock.sent().length, 1);
  const bad = await fetch(`${mock.url}/emails`, { method: 'POST', body: JSON.stringify({ ...mail, subjct: 'x' }), headers: { 'content-type': 'application/json', authorization: `Bearer ${mock.account.apiKey}` } });
  assert.equal(bad.status, 422);
});
