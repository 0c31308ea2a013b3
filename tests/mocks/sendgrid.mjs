// A SendGrid that checks: requests and answers are held to SendGrid's own document of its API v3.
// Webhooks are signed as SendGrid signs them, and one that its own package does not accept is not
// sent; that package reads text only, so a mail with bytes that are none is signed unjudged.
//
// As a program: node sendgrid.mjs [PORT] [JOURNAL]
import crypto from 'node:crypto';
import { EventWebhook, EventWebhookHeader } from '@sendgrid/eventwebhook';
import { loadOperations } from './lib/openapi.mjs';
import { startFront } from './lib/front.mjs';

export const sendgridAccount = { apiKey: 'SG.mock-sendgrid-api-key', inboundPassword: 'mock-sendgrid-inbound-password' };
export const sendgridDocuments = [
  ['sendgrid/oai_v3_stoplight.json', (name) => /^(POST \/v3\/mail\/send|GET \/v3\/scopes|GET \/v3\/messages(\/\{msg_id\})?|(GET|POST) \/v3\/whitelabel\/domains(\/\{(domain_id|id)\}(\/validate)?)?)$/.test(name)],
];
/** The document has the API's version in the address of the server, and calls an object a string that the vendor's own client sends. */
export function amendSendgrid(doc) {
  const send = doc.paths['/mail/send'].post.requestBody.content['application/json'].schema;
  send.properties.custom_args = { type: 'object', additionalProperties: { type: 'string' } };
  doc.paths['/whitelabel/domains/{id}/validate'].parameters[0].schema = { type: 'string', pattern: '^[0-9]+$' }; // in a path, all is text
  doc.paths = Object.fromEntries(Object.entries(doc.paths).map(([template, item]) => [`/v3${template}`, item]));
}

// https://www.twilio.com/docs/sendgrid/api-reference/mail-send/errors, "headers"
const reserved = /^(x-sg-id|x-sg-eid|received|dkim-signature|content-type|content-transfer-encoding|to|from|subject|reply-to|cc|bcc)$/i;
const publicKeyOf = (pair) => pair.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
const keys = () => crypto.generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
let operations;

export async function startSendgrid(options = {}) {
  const account = { ...sendgridAccount, ...options.account };
  operations ??= sendgridDocuments.flatMap(([file, keep]) => loadOperations(file, keep, amendSendgrid));
  const pairs = { events: keys(), mail: keys() };
  const publicKeys = { events: publicKeyOf(pairs.events), mail: publicKeyOf(pairs.mail) };
  const messages = new Map();
  const domains = [];
  const dns = new Set(); // names whose records stand in DNS
  const state = { activity: true, unfiltered: false, scopes: ['mail.send', 'messages.read', 'whitelabel.read'] };

  const error = (status, message, field = null) => ({ status, body: { errors: [{ message, field, help: null }] } });
  const recipients = (m) => ['to', 'cc', 'bcc'].flatMap((kind) => m.personalizations[0][kind] ?? []).map((p) => p.email);
  const copies = (m) => recipients(m).map((email, i) => ({ from_email: m.from.email, msg_id: `${m.id}.recvd-6d9f8c-abcde-1-${i}.0`, subject: m.subject, to_email: email, status: m.statuses[i] ?? 'processed', opens_count: 0, clicks_count: 0, last_event_time: new Date(m.at).toISOString() }));
  const domainView = (d) => ({ id: d.id, user_id: 7, subdomain: d.subdomain, domain: d.domain, username: 'mock', ips: [], custom_spf: false, default: false, legacy: false, automatic_security: true, valid: d.valid,
    dns: { mail_cname: { valid: d.valid, type: 'cname', host: `${d.subdomain}.${d.domain}`, data: 'u7.wl.sendgrid.net' }, dkim1: { valid: d.valid, type: 'cname', host: `s1._domainkey.${d.domain}`, data: 's1.domainkey.u7.wl.sendgrid.net' }, dkim2: { valid: d.valid, type: 'cname', host: `s2._domainkey.${d.domain}`, data: 's2.domainkey.u7.wl.sendgrid.net' } } });
  const ofDomain = (id, answer) => {
    const d = domains.find((one) => String(one.id) === id);
    return d ? { status: 200, body: answer(d) } : error(404, 'resource not found');
  };

  /** Why SendGrid would refuse what its document allows. */
  function complain(m, size) {
    if (size >= 30 * 1024 * 1024) return error(413, 'The total size of your email, including attachments, must be less than 30MB.');
    if (/@unverified\./.test(m.from.email)) return error(403, `The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved. Visit https://sendgrid.com/docs/for-developers/sending-email/sender-identity/ to see the Sender Identity requirements`, 'from');
    const people = recipients(m);
    const twice = people.find((one, i) => people.indexOf(one) < i);
    if (twice) return error(400, `Each unique email address in the personalizations array should only be included once. You have included [${twice}] more than once.`, 'personalizations');
    if (m.content.some((part, i) => part.type === 'text/plain' && i > 0)) return error(400, 'If present, text/plain must be first, followed by text/html.', 'content');
    for (const [name, value] of Object.entries(m.headers ?? {})) {
      if (reserved.test(name)) return error(400, `The ${name} header is reserved.`, 'headers');
      if (typeof value !== 'string' || /[^ -~]/.test(value)) return error(400, 'Header values must be strings of ASCII.', 'headers');
    }
    for (const file of m.attachments ?? []) {
      if (Buffer.from(file.content, 'base64').toString('base64') !== file.content) return error(400, 'The attachment content must be base64 encoded.', 'attachments.0.content');
      if (/[;\r\n]/.test(file.type ?? '')) return error(400, "The attachment type cannot contain ';', or CRLF characters.", 'attachments.0.type');
    }
    for (const value of Object.values(m.personalizations[0].custom_args ?? {})) if (typeof value !== 'string') return error(400, 'custom_args must be strings', 'personalizations.0.custom_args');
    return null;
  }

  const handlers = {
    'GET /v3/scopes': () => ({ status: 200, body: { scopes: state.scopes } }),
    'POST /v3/mail/send': ({ parsed, body, entry }) => {
      const refusal = complain(parsed, body.length);
      if (refusal) return refusal;
      const m = { ...parsed, id: crypto.randomBytes(16).toString('base64url'), at: Date.now(), statuses: [] };
      messages.set(m.id, m);
      Object.assign(entry, { accepted: true, id: m.id, to: recipients(m), from: m.from.email, subject: m.subject, body: m.content[0].value, attachments: (m.attachments ?? []).length, mailHeaders: m.headers ?? {} });
      return { status: 202, headers: { 'x-message-id': m.id } };
    },
    'GET /v3/messages': ({ query }) => {
      if (!state.activity) return error(403, 'access forbidden');
      const asked = query.get('query');
      const byId = /^msg_id LIKE "([\w-]+)%"$/.exec(asked);
      const byArgument = /^\(unique_args\['(\w+)'\]="([\w-]+)"\)$/.exec(asked);
      if (!byId && !byArgument) return error(400, 'invalid query');
      const found = [...messages.values()].filter((m) => state.unfiltered || (byId ? m.id === byId[1] : m.personalizations[0].custom_args?.[byArgument[1]] === byArgument[2]));
      return { status: 200, body: { messages: found.flatMap(copies).slice(0, Number(query.get('limit') ?? 10)) } };
    },
    'GET /v3/messages/{msg_id}': ({ values }) => {
      if (!state.activity) return error(403, 'access forbidden');
      const m = messages.get(values.msg_id.split('.')[0]);
      const copy = m && copies(m).find((one) => one.msg_id === values.msg_id);
      if (!copy) return error(404, 'not found');
      const { opens_count: _o, clicks_count: _c, last_event_time: _l, ...common } = copy;
      return { status: 200, body: { ...common, template_id: crypto.randomUUID(), asm_group_id: 1, teammate: '', api_key_id: 'mockkey', originating_ip: '192.0.2.1', events: [], categories: [], unique_args: JSON.stringify(m.personalizations[0].custom_args ?? {}), outbound_ip: '192.0.2.2', outbound_ip_type: 'shared' } };
    },
    'GET /v3/whitelabel/domains': ({ query }) => { // the search is for a part of the name
      const offset = Number(query.get('offset') ?? 0);
      return { status: 200, body: domains.filter((d) => d.domain.includes(query.get('domain') ?? '')).slice(offset, offset + Number(query.get('limit') ?? 50)).map(domainView) };
    },
    'POST /v3/whitelabel/domains': ({ parsed, entry }) => {
      const d = { id: 45000 + domains.length, domain: parsed.domain, subdomain: `em${1000 + domains.length}`, valid: false };
      domains.push(d);
      Object.assign(entry, { accepted: true, id: d.id });
      return { status: 201, body: domainView(d) };
    },
    'GET /v3/whitelabel/domains/{domain_id}': ({ values }) => ofDomain(values.domain_id, domainView),
    'POST /v3/whitelabel/domains/{id}/validate': ({ values }) => ofDomain(values.id, (d) => {
      d.valid ||= dns.has(d.domain);
      const record = { valid: d.valid, reason: d.valid ? null : 'Expected CNAME but found nothing.' };
      return { id: d.id, valid: d.valid, validation_results: { mail_cname: record, dkim1: record, dkim2: record } };
    }),
  };

  const front = await startFront({
    name: 'sendgrid', operations,
    authorize: ({ headers }) => (headers.authorization === `Bearer ${account.apiKey}` ? null : 'Authorization is missing or wrong'),
    handle: (context) => (handlers[context.operation.name] ?? (() => error(500, `mock has no ${context.operation.name}`)))(context),
    refuse: (status, why) => ({ errors: [{ message: status === 401 ? 'The provided authorization grant is invalid, expired, or revoked' : why.join('; '), field: null, help: null }] }),
  }, options);

  /** The headers of a webhook with this body: signed by `pair`, at `seconds`. */
  function signed(body, pair = pairs.events, seconds = Math.floor(Date.now() / 1000)) {
    const bytes = Buffer.from(body);
    const signature = crypto.sign('sha256', Buffer.concat([Buffer.from(String(seconds)), bytes]), pair.privateKey).toString('base64');
    if (Buffer.from(bytes.toString()).equals(bytes)) {
      const judge = new EventWebhook();
      if (!judge.verifySignature(judge.convertPublicKeyToECDSA(publicKeyOf(pair)), bytes, signature, String(seconds))) throw new Error('the vendor\'s own package refuses this webhook');
    }
    return { [EventWebhookHeader.SIGNATURE()]: signature, [EventWebhookHeader.TIMESTAMP()]: String(seconds) };
  }
  /** An event about an accepted message, in the words of the Event Webhook Reference. */
  function eventOf(messageId, event, extra = {}) {
    const m = messages.get(messageId);
    const more = {
      deferred: { response: '421 try again later', attempt: '5' }, delivered: { response: '250 OK' },
      bounce: { reason: `550 5.1.1 <${recipients(m)[0]}>: user unknown`, status: '5.1.1', type: 'bounce', bounce_classification: 'Invalid Address' },
      dropped: { reason: 'Bounced Address', status: '5.0.0' }, open: { useragent: 'Mozilla/5.0', ip: '192.0.2.3', sg_machine_open: false },
      click: { useragent: 'Mozilla/5.0', ip: '192.0.2.3', url: 'https://example.com/' }, group_unsubscribe: { asm_group_id: 10 }, group_resubscribe: { asm_group_id: 10 },
    }[event] ?? {};
    return { email: recipients(m)[0], timestamp: Math.floor(Date.now() / 1000), 'smtp-id': m.headers?.['Message-ID'] ?? `<${m.id}@geopod-ismtpd-1>`, event, category: ['mock'], sg_event_id: crypto.randomBytes(18).toString('base64url'), sg_message_id: copies(m)[0].msg_id,
      ...m.personalizations[0].custom_args, ...more, ...extra };
  }
  /** The body of a batch: SendGrid's ends with a line break, which the signature covers. */
  const batchOf = (events) => `${JSON.stringify(events)}\r\n`;

  const boundary = 'xYzZY';
  const type = { 'content-type': `multipart/form-data; boundary=${boundary}` };
  /** A form of Inbound Parse. fields: { name: text or bytes }; files: [{ name, filename, contentType, bytes }]. */
  function formOf(fields, files = []) {
    const part = (head, data) => Buffer.concat([Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n`), Buffer.from(data), Buffer.from('\r\n')]);
    const quote = (text) => text.replace(/(["\\])/g, '\\$1');
    return Buffer.concat([...Object.entries(fields).map(([name, value]) => part(`name="${name}"`, value)),
      ...files.map((f) => part(`name="${f.name}"; filename="${quote(f.filename)}"\r\nContent-Type: ${f.contentType}`, f.bytes)), Buffer.from(`--${boundary}--\r\n`)]);
  }
  /** A mail that came in, as "Default Parameters" and "Raw Parameters" of the setup page have it. */
  function inboundOf({ from, to, cc = '', envelope, subject, text, html, headers = {}, files = [], charsets = {}, raw = null, id = crypto.randomUUID() }) {
    const common = { to, from, subject, dkim: '{@example.org : pass}', SPF: 'pass', sender_ip: '192.0.2.4', spam_score: '0.1', envelope: JSON.stringify(envelope ?? { to: [to], from }), ...(cc ? { cc } : {}) };
    if (raw) return formOf({ ...common, email: raw, charsets: JSON.stringify({ to: 'UTF-8', subject: 'UTF-8', from: 'UTF-8' }) });
    const lines = { Received: `by mx0047p1mdw1.sendgrid.net with SMTP id ${id}; ${new Date().toUTCString()}`, 'Message-ID': `<${id}@mail.example.org>`, From: from, To: to, ...(cc ? { Cc: cc } : {}), 'Content-Type': 'multipart/mixed; boundary=b', ...headers };
    const info = Object.fromEntries(files.map((f, i) => [`attachment${i + 1}`, { filename: f.filename, name: f.filename, type: f.contentType, charset: 'us-ascii', ...(f.contentId ? { 'content-id': f.contentId } : {}) }]));
    const ids = Object.fromEntries(files.flatMap((f, i) => (f.contentId ? [[f.contentId, `attachment${i + 1}`]] : [])));
    return formOf({ headers: Object.entries(lines).map(([k, v]) => `${k}: ${v}\n`).join(''), ...common, ...(text === undefined ? {} : { text }), ...(html === undefined ? {} : { html }), attachments: String(files.length),
      ...(files.length ? { 'attachment-info': JSON.stringify(info), 'content-ids': JSON.stringify(ids) } : {}), charsets: JSON.stringify({ to: 'UTF-8', from: 'UTF-8', subject: 'UTF-8', html: 'UTF-8', text: 'UTF-8', ...charsets }) },
    files.map((f, i) => ({ ...f, name: `attachment${i + 1}` })));
  }
  async function post(url, body, headers) {
    const response = await fetch(url, { method: 'POST', body, headers, redirect: 'manual' });
    return { status: response.status, text: await response.text() };
  }

  return {
    ...front, account, publicKeys, pairs, messages, domains, state, signed, eventOf, batchOf, formOf, inboundOf, formType: type, newKeys: keys,
    /** Whoever owns the domain set the records that we named. */
    publishDns: (name) => dns.add(name),
    sent: () => front.journal.filter((e) => e.accepted && e.operation === 'POST /v3/mail/send'),
    event: (url, messageId, event, extra) => { const body = batchOf([eventOf(messageId, event, extra)]); return post(url, body, { 'content-type': 'application/json', ...signed(body) }); },
    inbound: (url, mail) => { const body = inboundOf(mail); return post(url, body, { ...type, ...signed(body, pairs.mail) }); },
  };
}

if (import.meta.url === `file://${process.argv[1]}`) {
  const mock = await startSendgrid({ port: Number(process.argv[2] ?? 24112), journalFile: process.argv[3] ?? null });
  console.log(`sendgrid mock on ${mock.url}`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => mock.stop().then(() => process.exit(0)));
}
