// A Resend that checks: requests and its own webhook bodies are held to Resend's OpenAPI document;
// Idempotency-Key replays as Resend does; webhooks are signed by the `standardwebhooks` package
// Resend's own SDK verifies with, never by code of ours.
//
// As a program: node resend.mjs [PORT] [JOURNAL]
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { Webhook } from 'standardwebhooks';
import { compile, loadOperations, specRoot, unchecked } from './lib/openapi.mjs';
import { startFront } from './lib/front.mjs';

export const resendAccount = { apiKey: 're_mock_0123456789abcdef', webhookSecret: 'whsec_' + Buffer.from('mock-resend-webhook-secret-32byte').toString('base64') };
export const resendDocuments = [['resend/resend.json', (name) => / \/(emails|domains|webhooks)/.test(name)]];

let operations;
let eventChecks;

function loadEventChecks() {
  const file = path.join(specRoot, 'resend/resend.json');
  if (!fs.existsSync(file)) return null;
  const doc = JSON.parse(fs.readFileSync(file, 'utf8'));
  return new Map(Object.entries(doc.webhooks).map(([type, item]) =>
    [type, compile(doc, item.post.requestBody.content['application/json'].schema, { closed: false })]));
}

export async function startResend(options = {}) {
  const account = { ...resendAccount, ...options.account };
  operations ??= resendDocuments.flatMap(([file, keep]) => loadOperations(file, keep));
  eventChecks ??= loadEventChecks();
  const emails = new Map();
  const received = new Map();
  const keys = new Map(); // Idempotency-Key -> { digest, reply }
  const domains = new Map();
  const dns = new Set(); // names whose records stand in DNS
  const signer = new Webhook(account.webhookSecret);

  const error = (status, name, message) => ({ status, body: { statusCode: status, name, message } });
  const handlers = {
    'POST /emails': ({ parsed, body, headers, entry }) => {
      const digest = crypto.createHash('sha256').update(body).digest('hex');
      const key = headers['idempotency-key'];
      if (key && keys.has(key)) {
        const earlier = keys.get(key);
        if (earlier.digest !== digest) return error(409, 'invalid_idempotent_request', 'Same idempotency key used with a different request payload.');
        entry.replayed = true;
        return earlier.reply;
      }
      if (!parsed) return error(422, 'missing_required_field', 'Missing body');
      if (!parsed.html && !parsed.text && !parsed.template) return error(422, 'missing_required_field', 'Missing `html` or `text` field.');
      const to = [parsed.to].flat();
      for (const address of [parsed.from, ...to]) {
        if (!/^([^<>\r\n]*<)?[^\s<>@]+@[^\s<>@]+\.[^\s<>@]+>?$/.test(address)) return error(422, 'validation_error', 'Invalid `from` or `to` field.');
      }
      const e = { id: crypto.randomUUID(), at: Date.now(), ...parsed, to };
      emails.set(e.id, e);
      Object.assign(entry, { accepted: true, id: e.id, to, from: parsed.from, subject: parsed.subject, body: parsed.text ?? parsed.html, attachments: (parsed.attachments ?? []).length, mailHeaders: parsed.headers ?? {} });
      const reply = { status: 200, body: { id: e.id } };
      if (key) keys.set(key, { digest, reply });
      return reply;
    },
    'GET /emails/{email_id}': ({ values }) => {
      const e = emails.get(values.email_id);
      if (!e) return error(404, 'not_found', 'Email not found');
      return { status: 200, unchecked: true, body: { object: 'email', id: e.id, to: e.to, from: e.from, created_at: new Date(e.at).toISOString(), subject: e.subject, html: e.html ?? null, text: e.text ?? null, bcc: [], cc: [], reply_to: [], last_event: e.lastEvent ?? 'sent' } };
    },
    'GET /emails/receiving/{email_id}': ({ values }) => {
      const e = received.get(values.email_id);
      if (!e) return error(404, 'not_found', 'Email not found');
      // received_for is in Resend's client libraries (resend-rust 0.27) and not in its OpenAPI document.
      return { status: 200, unchecked: Boolean(e.receivedFor), body: { object: 'email', id: e.id, to: [e.to].flat(), from: e.from, created_at: new Date(e.at).toISOString(), subject: e.subject,
        html: e.html ?? null, text: e.text ?? null, headers: { 'message-id': e.messageId, ...(e.headers ?? {}) }, bcc: [], cc: e.cc, reply_to: [], ...e.receivedFor && { received_for: e.receivedFor }, message_id: e.messageId,
        attachments: (e.attachments ?? []).map(({ id, filename, content_type: type, size }) => ({ id, filename, content_type: type, content_disposition: 'attachment', size })) } };
    },
    'GET /domains': () => ({ status: 200, unchecked: true, body: { object: 'list', data: [...domains.values()] } }),
    'POST /domains': ({ parsed, entry }) => {
      const d = { id: crypto.randomUUID(), name: parsed.name, status: 'not_started', created_at: new Date().toISOString(), region: parsed.region ?? 'us-east-1',
        records: [{ record: 'SPF', name: 'send', type: 'TXT', ttl: 'Auto', status: 'not_started', value: 'v=spf1 include:amazonses.com ~all' }] };
      domains.set(d.id, d);
      Object.assign(entry, { accepted: true, id: d.id });
      return { status: 201, unchecked: true, body: d };
    },
    'GET /domains/{domain_id}': ({ values }) => (domains.has(values.domain_id) ? { status: 200, unchecked: true, body: domains.get(values.domain_id) } : error(404, 'not_found', 'Domain not found')),
    'POST /domains/{domain_id}/verify': ({ values }) => {
      const d = domains.get(values.domain_id);
      if (d) d.status = dns.has(d.name) ? 'verified' : 'pending';
      return { status: 200, unchecked: true, body: { object: 'domain', id: values.domain_id } };
    },
  };

  const front = await startFront({
    name: 'resend', operations, badRequestStatus: 422,
    authorize: (request) => (request.headers.authorization === `Bearer ${account.apiKey}` ? null : 'Authorization is not Bearer <api key>'),
    handle: (context) => (handlers[context.operation.name] ?? (() => error(501, 'application_error', `mock has no ${context.operation.name}`)))(context),
    refuse: (status, why) => ({ statusCode: status, name: status === 429 ? 'rate_limit_exceeded' : status === 401 ? 'missing_api_key' : 'validation_error', message: why.join('; ') }),
  }, options);

  async function post(url, event, { id = `msg_${crypto.randomBytes(12).toString('hex')}`, at = new Date(), tamper, headers = {} } = {}) {
    const check = eventChecks?.get(event.type);
    if (check && !check(event)) throw new Error(`${event.type} is not Resend's: ${check.errors.map((e) => `${e.instancePath} ${e.message}`).join('; ')}`);
    if (!check) unchecked.requests++;
    const body = JSON.stringify(event);
    const signed = signer.sign(id, at, body);
    const response = await fetch(url, { method: 'POST', body, redirect: 'manual',
      headers: { 'content-type': 'application/json', 'svix-id': id, 'svix-timestamp': String(Math.floor(at.getTime() / 1000)), 'svix-signature': tamper ? tamper(signed) : signed, ...headers } });
    return { id, status: response.status, text: await response.text() };
  }

  return {
    ...front, account, emails, received, post,
    /** Whoever owns the domain set the records that we named. */
    publishDns: (name) => dns.add(name),
    sent: () => front.journal.filter((e) => e.accepted && e.operation === 'POST /emails'),
    /** email.received to `url`; the text is only to be had by GET /emails/receiving/{id}, as at Resend. */
    async inbound(url, { from, to, cc = [], receivedFor, subject, text, html, id = crypto.randomUUID(), messageId = `<${id}@mail.example.com>`, webhook = {}, headers }) {
      const e = { id, at: Date.now(), from, to, cc, receivedFor, subject, text, html, headers, messageId };
      received.set(id, e);
      const data = { email_id: id, created_at: new Date(e.at).toISOString(), from, to: [to].flat(), bcc: [], cc, ...receivedFor && { received_for: receivedFor }, message_id: e.messageId, subject, attachments: [] };
      return { emailId: id, ...await post(url, { type: 'email.received', created_at: data.created_at, data }, webhook) };
    },
    /** email.delivered, email.bounced, … about an accepted email. */
    event(url, type, emailId, { extra = {}, ...webhook } = {}) {
      const e = emails.get(emailId);
      e.lastEvent = type.slice('email.'.length);
      const data = { email_id: e.id, created_at: new Date(e.at).toISOString(), from: e.from, to: e.to, subject: e.subject, ...extra };
      return post(url, { type, created_at: new Date().toISOString(), data }, webhook);
    },
  };
}

if (import.meta.url === `file://${process.argv[1]}`) {
  const mock = await startResend({ port: Number(process.argv[2] ?? 24111), journalFile: process.argv[3] ?? null });
  console.log(`resend mock on ${mock.url}`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => mock.stop().then(() => process.exit(0)));
}
