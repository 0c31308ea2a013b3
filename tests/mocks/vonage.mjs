// A Vonage that checks: requests are held to Vonage's OpenAPI documents (Messages 1.11, Voice, Numbers,
// Application v2, Account); the token is verified with the application's public key. Webhooks are
// signed as Vonage documents it, and a signature that Vonage's own SDK does not verify is never sent.
//
// As a program: node vonage.mjs [PORT] [JOURNAL]
import crypto from 'node:crypto';
import { SignJWT } from 'jose';
import { verifySignature } from '@vonage/jwt';
import { loadOperations } from './lib/openapi.mjs';
import { startFront } from './lib/front.mjs';

const pair = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
export const vonageAccount = {
  apiKey: 'abcd1234', apiSecret: 'mock0secret0of0vonage', applicationId: '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0',
  signatureSecret: 'mock-vonage-signature-secret-of-32-bytes',
  privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }), publicKey: pair.publicKey.export({ type: 'spki', format: 'pem' }),
};

// Server address of each document, which its paths leave out.
export const vonageDocuments = [
  ['vonage/messages-1.11.0.json', (name) => name === 'POST /v1/messages', ''],
  ['vonage/voice.json', (name) => / \/(\{uuid\})?$/.test(name), '/v1/calls'],
  ['vonage/numbers.json', () => true, ''],
  ['vonage/application.v2.json', () => true, '/v2/applications'],
  ['vonage/account.json', (name) => /get-balance/.test(name), ''],
];

/** An operation at the address its document's server gives it. */
function below(prefix, operation) {
  if (!prefix) return operation;
  const rest = operation.template === '/' ? '' : operation.template;
  const expression = new RegExp(`^${prefix}${rest.replace(/\{[^}]+\}/g, '([^/]+)')}$`);
  return { ...operation, name: `${operation.method} ${prefix}${rest}`, expression,
    check: (request) => operation.check({ ...request, pathname: request.pathname.slice(prefix.length) || '/' }) };
}

// What the stored documents, older than the API, do not say: credentials go in Authorization.
function current(operation) {
  return { ...operation, check(request) {
    const seen = operation.check(request);
    return { ...seen, complaints: seen.complaints.filter((c) => !/^query api_(key|secret): missing$/.test(c)) };
  } };
}

// A file and its caption are described in two places that both have to hold; objects are closed here,
// so the first has to know of the second.
function withCaptions(doc) {
  for (const [name, kind] of [['Image', 'image'], ['Audio', 'audio'], ['Video', 'video'], ['vCard', 'vcard'], ['File', 'file']]) {
    for (const part of doc.components?.schemas?.[name]?.allOf ?? []) {
      const file = part.properties?.[kind];
      if (file?.properties) Object.assign(file.properties, { caption: { type: 'string', minLength: 1, maxLength: 3000 }, name: { type: 'string' }, ...file.properties });
    }
  }
}

let operations;
const base64 = (text) => Buffer.from(text).toString('base64');

export async function startVonage(options = {}) {
  const account = { ...vonageAccount, ...options.account };
  operations ??= vonageDocuments.flatMap(([file, keep, prefix]) => loadOperations(file, keep, withCaptions).map((o) => current(below(prefix, o))));
  const messages = new Map();
  const calls = new Map();
  const numbers = new Map(); // msisdn -> number
  const applications = new Map([[account.applicationId, { id: account.applicationId, name: 'configured', capabilities: {}, keys: { public_key: account.publicKey } }]]);
  const stock = new Map(['14155550142', '14155550143', '12125550144'].map((n) => [n, { country: 'US', msisdn: n, cost: '0.90', type: 'landline', features: ['SMS', 'MMS', 'VOICE'] }]));
  const basic = `Basic ${base64(`${account.apiKey}:${account.apiSecret}`)}`;

  const problem = (status, type, title) => ({ status, body: { type: `https://developer.vonage.com/api-errors/${type}`, title, detail: 'mock', instance: crypto.randomUUID() } });
  const ok = { status: 200, body: { 'error-code': '200', 'error-code-label': 'success' } };
  const callView = (c) => ({ uuid: c.uuid, conversation_uuid: c.conversation, status: c.status, direction: 'outbound', rate: '0.00450000', price: c.price, duration: c.duration,
    start_time: new Date(c.at).toISOString(), end_time: new Date(c.at + 60_000).toISOString(), network: '65512', to: { type: 'phone', number: c.to }, from: { type: 'phone', number: c.from } });

  const handlers = {
    'POST /v1/messages': ({ parsed, entry }) => {
      if (!/^[1-9]\d{6,14}$/.test(parsed.to)) return problem(422, 'messages#1160', 'Invalid recipient');
      if (parsed.to.endsWith('0000')) return problem(402, '#low-balance', 'Low balance');
      const m = { uuid: crypto.randomUUID(), ...parsed };
      messages.set(m.uuid, m);
      Object.assign(entry, { accepted: true, id: m.uuid, message: parsed });
      return { status: 202, body: { message_uuid: m.uuid } };
    },
    'POST /v1/calls': ({ parsed, entry }) => {
      const c = { uuid: crypto.randomUUID(), conversation: `CON-${crypto.randomUUID()}`, at: Date.now(), to: parsed.to[0].number, from: parsed.from.number, status: 'started', price: '0.00', duration: '0', events: parsed.event_url };
      calls.set(c.uuid, c);
      Object.assign(entry, { accepted: true, id: c.uuid, call: parsed });
      // The document says that a conversation is a UUID; it has CON- before it.
      return { status: 201, unchecked: true, body: { uuid: c.uuid, status: c.status, direction: 'outbound', conversation_uuid: c.conversation } };
    },
    'GET /v1/calls': ({ query }) => {
      const found = [...calls.values()].filter((c) => !query.get('date_start') || c.at >= Date.parse(query.get('date_start')));
      return { status: 200, unchecked: true, body: { count: found.length, page_size: 100, record_index: 0, _links: { self: { href: '/calls' } }, _embedded: { calls: found.map(callView) } } };
    },
    'GET /v1/calls/{uuid}': ({ values }) => (calls.has(values.uuid) ? { status: 200, unchecked: true, body: callView(calls.get(values.uuid)) } : problem(404, '#not-found', 'Not Found')),
    'PUT /v1/calls/{uuid}': ({ values, parsed, entry }) => {
      const c = calls.get(values.uuid);
      if (!c) return problem(404, '#not-found', 'Not Found');
      if (c.status === 'completed') return problem(400, '#bad-request', 'Bad Request');
      if (parsed.action === 'hangup') c.status = 'completed';
      Object.assign(entry, { accepted: true, change: parsed });
      return { status: 204 };
    },
    'GET /number/search': ({ query }) => {
      const pattern = query.get('pattern') ?? '';
      const fits = (n) => ({ 0: n.startsWith(pattern), 1: n.includes(pattern), 2: n.endsWith(pattern) })[query.get('search_pattern') ?? '0'];
      const found = [...stock.values()].filter((n) => n.country === query.get('country') && fits(n.msisdn) && !numbers.has(n.msisdn)).slice(0, Number(query.get('size') ?? 10));
      return { status: 200, body: found.length ? { count: found.length, numbers: found } : {} };
    },
    'GET /account/numbers': ({ query }) => {
      const found = [...numbers.values()].filter((n) => n.msisdn.includes(query.get('pattern') ?? ''));
      return { status: 200, unchecked: true, body: found.length ? { count: found.length, numbers: found } : {} };
    },
    'POST /number/buy': ({ parsed, entry }) => {
      if (!stock.has(parsed.msisdn) || numbers.has(parsed.msisdn)) return { status: 420, body: { 'error-code': '420', 'error-code-label': 'method failed' } };
      numbers.set(parsed.msisdn, { ...stock.get(parsed.msisdn) });
      Object.assign(entry, { accepted: true, number: parsed.msisdn });
      return ok;
    },
    'POST /number/update': ({ parsed }) => {
      if (!numbers.has(parsed.msisdn)) return { status: 420, body: { 'error-code': '420', 'error-code-label': 'method failed' } };
      const n = Object.assign(numbers.get(parsed.msisdn), { moHttpUrl: parsed.moHttpUrl });
      if (parsed.app_id) Object.assign(n, { app_id: parsed.app_id, voiceCallbackType: 'app', voiceCallbackValue: parsed.app_id });
      return ok;
    },
    'POST /number/cancel': ({ parsed, entry }) => {
      if (!numbers.delete(parsed.msisdn)) return { status: 420, body: { 'error-code': '420', 'error-code-label': 'method failed' } };
      Object.assign(entry, { accepted: true, number: parsed.msisdn });
      return ok;
    },
    'POST /v2/applications': ({ parsed }) => {
      const a = { id: crypto.randomUUID(), ...parsed };
      applications.set(a.id, a);
      return { status: 201, unchecked: true, body: a };
    },
    'GET /v2/applications/{id}': ({ values }) => (applications.has(values.id) ? { status: 200, unchecked: true, body: applications.get(values.id) } : problem(404, '#not-found', 'Not Found')),
    'PUT /v2/applications/{id}': ({ values, parsed }) => {
      if (!applications.has(values.id)) return problem(404, '#not-found', 'Not Found');
      Object.assign(applications.get(values.id), parsed);
      return { status: 200, unchecked: true, body: applications.get(values.id) };
    },
    'DELETE /v2/applications/{id}': ({ values }) => (applications.delete(values.id) ? { status: 204 } : problem(404, '#not-found', 'Not Found')),
    'GET /account/get-balance': () => ({ status: 200, unchecked: true, body: { value: 10.28, autoReload: false } }),
  };

  const front = await startFront({
    name: 'vonage', operations, badRequestStatus: 422,
    authorize(request) {
      const sent = request.headers.authorization ?? '';
      if (!/^\/v1\//.test(request.url)) return sent === basic ? null : 'Authorization is not Basic <api key>:<api secret>';
      return checkToken(sent.replace(/^Bearer /, ''), account, applications);
    },
    handle: (context) => (handlers[context.operation.name] ?? (() => problem(501, '#mock', `mock has no ${context.operation.name}`)))(context),
    refuse: (status, why) => ({ type: `https://developer.vonage.com/api-errors/${status === 429 ? 'messages#1000' : '#mock'}`, title: why.join('; ').slice(0, 90), detail: 'mock', instance: 'mock' }),
  }, options);

  return {
    ...front, account, messages, calls, numbers, applications,
    sent: () => front.journal.filter((e) => e.accepted && e.operation === 'POST /v1/messages'),
    placed: () => front.journal.filter((e) => e.accepted && e.operation === 'POST /v1/calls'),
    bought: () => front.journal.filter((e) => e.accepted && e.operation === 'POST /number/buy'),
  };
}

/** As the API does: RS256 with the application's key, the four claims, not expired. */
function checkToken(token, account, applications) {
  const [header, claims, signature] = token.split('.');
  if (!signature) return 'Authorization is not Bearer <JWT>';
  const read = (part) => JSON.parse(Buffer.from(part, 'base64url').toString());
  if (read(header).alg !== 'RS256') return 'the JWT is not RS256';
  const said = read(claims);
  const application = applications.get(said.application_id);
  if (!application) return 'the JWT names no application';
  const now = Date.now() / 1000;
  if (!said.jti || !(said.iat <= now + 5) || !(said.exp > now) || said.exp - said.iat > 86_400) return 'the JWT lacks jti, iat or exp, or is over';
  if (!crypto.verify('RSA-SHA256', Buffer.from(`${header}.${claims}`), application.keys.public_key, Buffer.from(signature, 'base64url'))) return 'the JWT is not signed with the application\'s key';
  return null;
}

/** A webhook of Messages or Voice, signed. Vonage's SDK has the last word on what it signs. */
export async function signedWebhook(account, body, { secret = account.signatureSecret, at = Date.now(), url = 'https://comms.example.test/webhooks/a/sms', application = account.applicationId, claims = {} } = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const token = await new SignJWT({ iss: 'Vonage', api_key: account.apiKey, application_id: application, jti: crypto.randomUUID(),
    payload_hash: crypto.createHash('sha256').update(text).digest('hex'), iat: Math.floor(at / 1000), ...claims })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(new TextEncoder().encode(secret));
  if (!verifySignature(token, secret)) throw new Error('Vonage\'s SDK does not verify this webhook');
  return { url, body: text, headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` } };
}

/** Parameters of a webhook of the older SMS API, signed as Vonage documents it. */
export function signedParameters(account, fields, { method = 'sha256', at = Date.now(), secret = account.signatureSecret } = {}) {
  const all = { ...fields, timestamp: String(Math.floor(at / 1000)), nonce: crypto.randomUUID() };
  const text = Object.keys(all).sort().map((k) => `&${k}=${all[k].replace(/[&=]/g, '_')}`).join('');
  const sig = method === 'md5hash' ? crypto.createHash('md5').update(text + secret).digest('hex') : crypto.createHmac(method, secret).update(text).digest('hex');
  return { ...all, sig };
}

if (import.meta.url === `file://${process.argv[1]}`) {
  const mock = await startVonage({ port: Number(process.argv[2] ?? 24102), journalFile: process.argv[3] ?? null });
  console.log(`vonage mock on ${mock.url}`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => mock.stop().then(() => process.exit(0)));
}
