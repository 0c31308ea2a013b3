// A Telnyx that checks: requests and answers are held to Telnyx's own OpenAPI document. Webhooks are
// signed with tweetnacl, and each signature has to pass the verifier of Telnyx's own npm package
// before it is sent.
import crypto from 'node:crypto';
import nacl from 'tweetnacl';
import Webhooks from 'telnyx/dist/Webhooks.js';
import { loadOperations } from './lib/openapi.mjs';
import { startFront } from './lib/front.mjs';

const keys = nacl.sign.keyPair.fromSeed(crypto.createHash('sha256').update('mock telnyx').digest());
export const telnyxAccount = { apiKey: 'KEYmock0123456789abcdef', accountId: '61bf923e-5e4d-4595-a110-56190ea18a1b', applicationId: '1293384261075731499', publicKey: Buffer.from(keys.publicKey).toString('base64') };
const KEEP = /^\w+ \/(balance|messages|messages\/\{id\}|available_phone_numbers|number_orders|number_orders\/\{number_order_id\}|phone_numbers|phone_numbers\/\{id\}|phone_numbers\/\{id\}\/messaging|messaging_profiles|messaging_profiles\/\{id\}|texml_applications|texml_applications\/\{id\}|texml\/Accounts\/\{account_sid\}\/Calls|texml\/Accounts\/\{account_sid\}\/Calls\/\{call_sid\})$/;
export const telnyxDocuments = [['telnyx/spec3.yml', (name) => KEEP.test(name)]];

/** Headers of a webhook. */
export function signTelnyx(body, { seconds = Math.floor(Date.now() / 1000), secretKey = keys.secretKey } = {}) {
  const signature = nacl.sign.detached(Buffer.from(`${seconds}|${body}`), secretKey);
  return { 'telnyx-timestamp': String(seconds), 'telnyx-signature-ed25519': Buffer.from(signature).toString('base64') };
}

/** Whether Telnyx's own package takes the webhook for Telnyx's. */
export function telnyxAccepts(body, headers) {
  try {
    return Webhooks.signature.verifySignature(body, Buffer.from(headers['telnyx-signature-ed25519'], 'base64'), headers['telnyx-timestamp'], keys.publicKey, 300);
  } catch {
    return false;
  }
}

let operations;

export async function startTelnyx(options = {}) {
  const account = { ...telnyxAccount, ...options.account };
  operations ??= telnyxDocuments.flatMap(([file, keep]) => loadOperations(file, keep)).map((o) => ({
    // The document's paths stand below /v2.
    ...o, expression: new RegExp(o.expression.source.replace('^', '^\\/v2')),
    check: (request) => o.check({ ...request, pathname: request.pathname.replace(/^\/v2/, '') }) }));
  const messages = new Map(), orders = new Map(), numbers = new Map(), profiles = new Map(), applications = new Map(), calls = new Map();
  const state = { pollsUntilDone: 1, orderFails: false, callIds: true };
  let next = 1_293_384_261_075_732_000n;
  const intId = () => String(next++);

  const error = (status, code, title) => ({ status, body: { errors: [{ code, title, detail: `${title}: +15005550001` }] } });
  const messageView = (m) => ({ record_type: 'message', direction: 'outbound', id: m.id, type: m.type, from: { phone_number: m.from }, to: [{ phone_number: m.to, status: m.status }],
    text: m.text, media: [], parts: 1, tags: [], cost: m.cost ?? null, errors: [], webhook_url: m.webhook, received_at: new Date(m.at).toISOString() });
  const numberView = (n) => ({ id: n.id, record_type: 'phone_number', phone_number: n.number, country_iso_alpha2: 'US', status: 'active', tags: [], external_pin: null, created_at: new Date().toISOString(),
    phone_number_type: 'local', purchased_at: new Date().toISOString(), deletion_lock_enabled: false, connection_id: n.connection ?? null, messaging_profile_id: n.profile ?? null, customer_reference: n.reference ?? null });
  const orderView = (o) => ({ id: o.id, record_type: 'number_order', status: o.status, customer_reference: o.reference, phone_numbers_count: 1, requirements_met: true,
    phone_numbers: [{ id: o.lineId, record_type: 'number_order_phone_number', phone_number: o.number, status: o.status }] });
  const callView = (c) => ({ sid: c.sid, account_sid: account.accountId, from: c.from, to: c.to, status: c.status, direction: 'outbound', date_created: new Date(c.at).toUTCString().replace('GMT', '+0000'),
    duration: c.duration ?? '0', price: c.price ?? '', price_unit: 'USD' });
  const finish = (o) => {
    o.status = state.orderFails ? 'failure' : 'success';
    if (o.status === 'success') numbers.set(o.numberId, { id: o.numberId, number: o.number, reference: o.reference });
  };
  const changed = (map, id, parsed) => (map.has(id) ? { status: 200, body: { data: Object.assign(map.get(id), parsed) } } : error(404, '10005', 'Resource not found'));
  const CALLS = '/texml/Accounts/{account_sid}/Calls';

  const handlers = {
    'GET /balance': () => ({ status: 200, body: { data: { record_type: 'balance', balance: '10.00', currency: 'USD' } } }),
    'POST /messages': ({ parsed, entry }) => {
      if (!/^\+[1-9]\d{6,14}$/.test(parsed.to)) return error(422, '40310', "Invalid 'to' address");
      if (!parsed.text && !parsed.media_urls?.length) return error(422, '40316', 'No content provided');
      const m = { id: crypto.randomUUID(), at: Date.now(), status: 'queued', from: parsed.from, to: parsed.to, text: parsed.text ?? '', type: parsed.type ?? 'SMS', webhook: parsed.webhook_url ?? null };
      messages.set(m.id, m);
      Object.assign(entry, { accepted: true, id: m.id, to: m.to, from: m.from, body: m.text, media: parsed.media_urls ?? [] });
      return { status: 200, body: { data: messageView(m) } };
    },
    'GET /messages/{id}': ({ values }) => (messages.has(values.id) ? { status: 200, unchecked: true, body: { data: messageView(messages.get(values.id)) } } : error(404, '10005', 'Resource not found')),
    [`POST ${CALLS}`]: ({ parsed, values, entry }) => {
      if (values.account_sid !== account.accountId || parsed.ApplicationSid !== account.applicationId) return error(404, '10005', 'Resource not found');
      const c = { sid: `v3:${crypto.randomBytes(24).toString('base64url')}`, at: Date.now(), from: parsed.From, to: parsed.To, status: 'ringing', fields: parsed };
      calls.set(c.sid, c);
      Object.assign(entry, { accepted: true, sid: c.sid, call: parsed });
      // The document lists three members; Telnyx's servers add the call's name.
      return { status: 200, unchecked: true, body: { from: c.from, to: c.to, status: 'queued', ...(state.callIds ? { call_sid: c.sid } : {}) } };
    },
    [`GET ${CALLS}`]: ({ query }) => ({ status: 200, body: { calls: [...calls.values()].filter((c) => c.from === query.get('From') && c.to === query.get('To')).map(callView), page: 0, page_size: 100 } }),
    [`GET ${CALLS}/{call_sid}`]: ({ values }) => (calls.has(values.call_sid) ? { status: 200, body: callView(calls.get(values.call_sid)) } : error(404, '10005', 'Resource not found')),
    [`POST ${CALLS}/{call_sid}`]: ({ values, parsed, entry }) => {
      const c = calls.get(values.call_sid);
      if (!c || c.status === 'completed') return error(422, '90018', 'Call has already ended');
      if (parsed.Status === 'completed') c.status = 'completed';
      Object.assign(entry, { accepted: true, update: parsed });
      return { status: 200, body: callView(c) };
    },
    'GET /available_phone_numbers': ({ query }) => {
      if (query.get('filter[national_destination_code]') === '999') return { status: 200, body: { data: [] } };
      const limit = Number(query.get('filter[limit]'));
      return { status: 200, unchecked: true, body: { data: Array.from({ length: limit }, (_, i) => ({ record_type: 'available_phone_number', phone_number: `+1212555${String(1000 + i + numbers.size)}`,
        features: [{ name: 'sms' }, { name: 'mms' }, { name: 'voice' }], cost_information: { upfront_cost: '1.00', monthly_cost: '1.10', currency: 'USD' } })) } };
    },
    'POST /number_orders': ({ parsed, entry }) => {
      const o = { id: crypto.randomUUID(), lineId: crypto.randomUUID(), numberId: intId(), number: parsed.phone_numbers[0].phone_number, reference: parsed.customer_reference ?? '', status: 'pending', polls: 0 };
      orders.set(o.id, o);
      if (state.pollsUntilDone === 0) finish(o);
      Object.assign(entry, { accepted: true, number: o.number, reference: o.reference });
      return { status: 200, body: { data: orderView(o) } };
    },
    'GET /number_orders/{number_order_id}': ({ values }) => {
      const o = orders.get(values.number_order_id);
      if (!o) return error(404, '10005', 'Resource not found');
      if (o.status === 'pending' && ++o.polls >= state.pollsUntilDone) finish(o);
      return { status: 200, body: { data: orderView(o) } };
    },
    'GET /number_orders': ({ query }) => ({ status: 200, unchecked: true, body: { data: [...orders.values()].filter((o) => o.reference === query.get('filter[customer_reference]')).map(orderView) } }),
    'GET /phone_numbers': ({ query }) => ({ status: 200, body: { data: [...numbers.values()].filter((n) => n.number === query.get('filter[phone_number]')).map(numberView), meta: { page_number: 1, page_size: 20, total_pages: 1, total_results: 1 } } }),
    'GET /phone_numbers/{id}': ({ values }) => (numbers.has(values.id) ? { status: 200, body: { data: numberView(numbers.get(values.id)) } } : error(404, '10005', 'Resource not found')),
    'PATCH /phone_numbers/{id}': ({ values, parsed }) => {
      const n = numbers.get(values.id);
      if (!n || !applications.has(parsed.connection_id)) return error(404, '10005', 'Resource not found');
      n.connection = parsed.connection_id;
      return { status: 200, body: { data: numberView(n) } };
    },
    'PATCH /phone_numbers/{id}/messaging': ({ values, parsed }) => {
      const n = numbers.get(values.id);
      if (!n || !profiles.has(parsed.messaging_profile_id)) return error(404, '10005', 'Resource not found');
      n.profile = parsed.messaging_profile_id;
      return { status: 200, unchecked: true, body: { data: { id: n.id, phone_number: n.number, messaging_profile_id: n.profile } } };
    },
    'DELETE /phone_numbers/{id}': ({ values, entry }) => {
      if (!numbers.delete(values.id)) return error(404, '10005', 'Resource not found');
      entry.accepted = true;
      return { status: 200, unchecked: true, body: { data: { id: values.id, status: 'deleted' } } };
    },
    'GET /messaging_profiles': ({ query }) => ({ status: 200, body: { data: [...profiles.values()].filter((p) => p.name === query.get('filter[name]')) } }),
    'POST /messaging_profiles': ({ parsed }) => {
      const p = { id: crypto.randomUUID(), record_type: 'messaging_profile', ...parsed };
      profiles.set(p.id, p);
      return { status: 200, body: { data: p } };
    },
    'PATCH /messaging_profiles/{id}': ({ values, parsed }) => changed(profiles, values.id, parsed),
    'GET /texml_applications': ({ query }) => ({ status: 200, body: { data: [...applications.values()].filter((a) => a.friendly_name.includes(query.get('filter[friendly_name]'))) } }),
    'POST /texml_applications': ({ parsed }) => {
      const a = { id: intId(), record_type: 'texml_application', ...parsed };
      applications.set(a.id, a);
      return { status: 201, body: { data: a } };
    },
    'PATCH /texml_applications/{id}': ({ values, parsed }) => changed(applications, values.id, parsed),
  };

  const front = await startFront({
    name: 'telnyx', operations, badRequestStatus: 422,
    authorize: (request) => (request.headers.authorization === `Bearer ${account.apiKey}` ? null : 'Authorization is not Bearer <api key>'),
    handle: (context) => (handlers[context.operation.name] ?? (() => error(501, '10001', `mock has no ${context.operation.name}`)))(context),
    refuse: (status, why) => ({ errors: [{ code: status === 401 ? '10009' : status === 429 ? '10011' : '10015', title: status === 401 ? 'Authentication failed' : 'Bad Request', detail: why.join('; ') }] }),
  }, options);

  return { ...front, account, messages, numbers, profiles, applications, calls, orders, state,
    done: (operation) => front.journal.filter((e) => e.accepted && e.operation === operation) };
}

if (import.meta.url === `file://${process.argv[1]}`) {
  const mock = await startTelnyx({ port: Number(process.argv[2] ?? 24104), journalFile: process.argv[3] ?? null });
  console.log(`telnyx mock on ${mock.url}`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => mock.stop().then(() => process.exit(0)));
}
