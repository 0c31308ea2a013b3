// A Plivo that checks: requests and answers are held to Plivo's own Go package (lib/plivo_go.mjs).
// Webhooks are signed as Plivo documents it, and each signature has to pass the validator of Plivo's
// own npm package before it is sent.
//
// As a program: node plivo.mjs [PORT] [JOURNAL]
import crypto from 'node:crypto';
import v3 from 'plivo/dist/utils/v3Security.js';
import { startFront } from './lib/front.mjs';
import { loadPlivo } from './lib/plivo_go.mjs';

export const plivoAccount = { authId: 'MAMOCK0123456789ABCD', authToken: 'mock0plivo0token0of0forty0characters0000' };

const byName = ([a], [b]) => (a < b ? -1 : a > b ? 1 : 0);
const sortedPairs = (pairs) => [...pairs].sort((a, b) => byName(a, b) || (a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0));

/** Headers of a webhook: signature V3 over the URL, its sorted query, the sorted form and a nonce. */
export function signPlivo(url, body, { method = 'POST', nonce = crypto.randomBytes(10).toString('hex'), token = plivoAccount.authToken } = {}) {
  const at = url.indexOf('?');
  const query = sortedPairs(new URLSearchParams(at < 0 ? '' : url.slice(at + 1))).map(([k, v]) => `${k}=${v}`).join('&');
  const form = sortedPairs(new URLSearchParams(body)).map(([k, v]) => k + v).join('');
  let text = at < 0 ? url : url.slice(0, at);
  if (query || form) text += `?${query}`;
  if (query && form) text += '.';
  const signature = crypto.createHmac('sha256', token).update(`${text}${form}.${nonce}`).digest('base64');
  return { 'content-type': 'application/x-www-form-urlencoded', 'x-plivo-signature-v3': signature, 'x-plivo-signature-v3-nonce': nonce };
}

/** Whether Plivo's own package takes the webhook for Plivo's. */
export function plivoAccepts(url, body, headers, { method = 'POST', token = plivoAccount.authToken } = {}) {
  const params = {};
  for (const [k, v] of new URLSearchParams(body)) params[k] = k in params ? [params[k], v].flat() : v;
  return v3.validateV3Signature(method, url, headers['x-plivo-signature-v3-nonce'], token, headers['x-plivo-signature-v3'], params);
}

let operations;

export async function startPlivo(options = {}) {
  const account = { ...plivoAccount, ...options.account };
  operations ??= loadPlivo();
  const messages = new Map(), calls = new Map(), numbers = new Map(), applications = new Map();
  const state = { orderState: 'fulfilled' };
  let nextApplication = 20468599130939380n;
  const base = { api_id: crypto.randomUUID() };
  const error = (status, text) => ({ status, body: { ...base, error: text } });
  const missing = () => error(404, 'not found');
  const path = `/v1/Account/${account.authId}`;
  const A = '/v1/Account/{auth_id}/';

  const handlers = {
    [`GET ${A}`]: () => ({ status: 200, body: { ...base, auth_id: account.authId, account_type: 'standard', cash_credits: '4.88860', billing_mode: 'prepaid' } }),
    [`POST ${A}Message/`]: ({ parsed, entry }) => {
      if (!/^[1-9]\d{6,14}$/.test(parsed.dst)) return error(400, `${parsed.dst}15005550001 is not a valid phone number`);
      if (!parsed.text && !parsed.media_urls?.length) return error(400, 'text is required');
      const m = { uuid: crypto.randomUUID(), at: Date.now(), state: 'queued', from: parsed.src, to: parsed.dst, text: parsed.text ?? '', type: parsed.type, media: parsed.media_urls ?? [], url: parsed.url ?? null };
      messages.set(m.uuid, m);
      Object.assign(entry, { accepted: true, id: m.uuid, to: m.to, from: m.from, body: m.text, media: m.media });
      return { status: 202, body: { ...base, message: 'message(s) queued', message_uuid: [m.uuid] } };
    },
    [`GET ${A}Message/{message_uuid}/`]: ({ values }) => {
      const m = messages.get(values.message_uuid);
      if (!m) return missing();
      return { status: 200, body: { ...base, message_uuid: m.uuid, message_state: m.state, message_direction: 'outbound', message_type: m.type, from_number: m.from, to_number: m.to,
        error_code: m.error ?? null, total_amount: m.price ?? '0.00000', total_rate: '0.00000', units: 1, message_time: '2026-11-26 06:00:00+00:00' } };
    },
    [`POST ${A}Call/`]: ({ parsed, entry }) => {
      const c = { uuid: crypto.randomUUID(), from: parsed.from, to: parsed.to, status: 'ringing', place: 'live', fields: parsed };
      calls.set(c.uuid, c);
      Object.assign(entry, { accepted: true, id: c.uuid, call: parsed });
      return { status: 201, body: { ...base, message: 'call fired', request_uuid: c.uuid } };
    },
    [`GET ${A}Call/{call_uuid}/`]: ({ values, query }) => {
      const c = calls.get(values.call_uuid);
      if (!c || c.place !== (query.get('status') ?? 'over')) return missing();
      if (c.place !== 'over') return { status: 200, body: { ...base, call_uuid: c.uuid, request_uuid: c.uuid, call_status: c.status, direction: 'outbound', from: c.from, to: c.to } };
      return { status: 200, body: { ...base, call_uuid: c.uuid, call_direction: 'outbound', from_number: c.from, to_number: c.to, answer_time: c.answered ? '2026-11-26 06:00:00+00:00' : null,
        call_duration: c.duration ?? 0, bill_duration: c.duration ?? 0, total_amount: c.price ?? '0.00000', hangup_cause_code: c.cause ?? 4000 } };
    },
    [`POST ${A}Call/{call_uuid}/`]: ({ values, parsed, entry }) => {
      const c = calls.get(values.call_uuid);
      if (!c || c.place !== 'live') return missing();
      Object.assign(entry, { accepted: true, update: parsed });
      return { status: 202, body: { ...base, message: 'call transfered' } };
    },
    [`DELETE ${A}Call/{call_uuid}/`]: ({ values, entry }) => {
      const c = calls.get(values.call_uuid);
      if (!c || c.place !== 'live') return missing();
      c.place = 'over';
      entry.accepted = true;
      return { status: 204 };
    },
    [`DELETE ${A}Request/{request_uuid}/`]: ({ values, entry }) => {
      const c = calls.get(values.request_uuid);
      if (!c || c.place !== 'queued') return missing();
      c.place = 'over';
      entry.accepted = true;
      return { status: 204 };
    },
    [`GET ${A}PhoneNumber/`]: ({ query }) => {
      const meta = { limit: 20, next: null, offset: 0, previous: null, total_count: 0 };
      if (query.get('pattern') === '999') return { status: 200, body: { ...base, meta, objects: [] } };
      const area = query.get('pattern') ?? '415';
      const objects = Array.from({ length: Number(query.get('limit')) }, (_, i) => ({ country: 'UNITED STATES', monthly_rental_rate: '0.80000', number: `1${area}400${9100 + i + numbers.size}`, type: 'fixed',
        prefix: area, sms_enabled: true, mms_enabled: true, voice_enabled: true, setup_rate: '0.00000' }));
      return { status: 200, body: { ...base, meta, objects } };
    },
    [`POST ${A}PhoneNumber/{number}/`]: ({ values, entry }) => {
      const number = values.number;
      if (numbers.has(number)) return error(400, 'number is not available');
      if (state.orderState === 'fulfilled') numbers.set(number, { number, application: null });
      Object.assign(entry, { accepted: true, number });
      return { status: 201, body: { ...base, message: 'created', status: state.orderState, numbers: [{ number, status: state.orderState === 'fulfilled' ? 'Success' : 'pending' }] } };
    },
    [`POST ${A}Number/{number}/`]: ({ values, parsed }) => {
      if (!numbers.has(values.number) || !applications.has(parsed.app_id)) return missing();
      numbers.get(values.number).application = parsed.app_id;
      return { status: 202, body: { ...base, message: 'changed' } };
    },
    [`DELETE ${A}Number/{number}/`]: ({ values, entry }) => {
      if (!numbers.delete(values.number)) return missing();
      entry.accepted = true;
      return { status: 204 };
    },
    // The filter is loose on purpose: whose application it is, the caller has to see for itself.
    [`GET ${A}Application/`]: ({ query }) => {
      const objects = [...applications.values()].filter((a) => a.app_name.startsWith(query.get('app_name') ?? ''));
      return { status: 200, body: { ...base, meta: { limit: 20, next: null, offset: 0, previous: null, total_count: objects.length }, objects } };
    },
    [`POST ${A}Application/`]: ({ parsed }) => {
      if (!/^[\w-]+$/.test(parsed.app_name)) return error(400, 'app_name must be alphanumeric');
      const a = { app_id: String(nextApplication++), ...parsed };
      applications.set(a.app_id, a);
      return { status: 201, body: { ...base, app_id: a.app_id, message: 'created' } };
    },
    [`POST ${A}Application/{app_id}/`]: ({ values, parsed }) => {
      if (!applications.has(values.app_id)) return missing();
      Object.assign(applications.get(values.app_id), parsed);
      return { status: 202, body: { ...base, message: 'changed' } };
    },
    [`DELETE ${A}Application/{app_id}/`]: ({ values }) => (applications.delete(values.app_id) ? { status: 204 } : missing()),
  };

  const basic = `Basic ${Buffer.from(`${account.authId}:${account.authToken}`).toString('base64')}`;
  const front = await startFront({
    name: 'plivo', operations,
    authorize: (request) => {
      if (request.headers.authorization !== basic) return 'Authorization is not Basic auth_id:auth_token';
      return request.url.startsWith(`${path}/`) ? null : 'the path names another account';
    },
    handle: (context) => (handlers[context.operation.name] ?? (() => error(501, `mock has no ${context.operation.name}`)))(context),
    // Plivo's 401 is plain text.
    refuse: (status, why) => (status === 401 ? Buffer.from('Could not verify your access level for that URL.') : { ...base, error: why.join('; ') }),
  }, options);

  return { ...front, account, messages, calls, numbers, applications, state,
    done: (operation) => front.journal.filter((e) => e.accepted && e.operation === operation.replace(' ', ` ${A}`)) };
}

if (import.meta.url === `file://${process.argv[1]}`) {
  const mock = await startPlivo({ port: Number(process.argv[2] ?? 24103), journalFile: process.argv[3] ?? null });
  console.log(`plivo mock on ${mock.url}`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => mock.stop().then(() => process.exit(0)));
}
