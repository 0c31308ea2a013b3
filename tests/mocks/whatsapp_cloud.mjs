// Meta's Cloud API, checking: requests are held to Meta's OpenAPI document. Webhooks are signed as Meta
// does it: HMAC over the body with what is not ASCII escaped.
//
// As a program: node whatsapp_cloud.mjs [PORT] [JOURNAL]
import crypto from 'node:crypto';
import { startFront } from './lib/front.mjs';
import { loadOperations } from './lib/openapi.mjs';

export const metaAccount = {
  numberId: '106540352242922', accessToken: 'EAAmock0123456789abcdefMOCK', number: '15550783881', pin: '123456',
  appSecret: '0123456789abcdef0123456789abcdef', verifyToken: 'mock-verify-token-0123',
};
const paths = ['', '/messages', '/register', '/request_code', '/verify_code'].map((end) => `/{Version}/{Phone-Number-ID}${end}`);
export const metaDocuments = [['meta/business-messaging-api_v23.0.yaml', (name) => paths.includes(name.split(' ')[1])]];

// Each kind of message is written as allOf of two parts, of which the second allows nothing but its own
// members, so that no message at all would do: the two are one closed object. The document forgets the
// reference that statuses repeat, which it has for calls. The User-Agent is that of Meta's own
// client, and the pattern of a button's index is no pattern (it wants 2 to 14; indexes begin at 0).
function mend(doc) {
  const at = (node) => (node.$ref ? at(node.$ref.slice(2).split('/').reduce((found, key) => found[key], doc)) : node);
  for (const kind of doc.components.schemas.Message.oneOf.map(at)) {
    const [base, own] = kind.allOf.map(at);
    Object.assign(kind, { type: 'object', additionalProperties: false, required: [...new Set([...base.required, ...(own.required ?? [])])],
      properties: { ...base.properties, biz_opaque_callback_data: { type: 'string', maxLength: 512 }, ...own.properties } });
    delete kind.allOf;
  }
  delete doc.components.parameters.UserAgent.schema.pattern;
  delete doc.components.schemas.TemplateComponent.properties.index.pattern;
}

let operations;

export async function startWhatsappCloud(options = {}) {
  const account = { ...metaAccount, ...options.account };
  operations ??= metaDocuments.flatMap(([file, keep]) => loadOperations(file, keep, mend));
  const state = { verified: true, registered: true, webhook: null, codeAsked: 0 };
  const media = new Map(); // id -> { type, path }
  const files = new Map();
  const error = (status, code, message, details) => ({ status, body: { error: { message, type: 'OAuthException', code, ...(details ? { error_data: { messaging_product: 'whatsapp', details } } : {}), fbtrace_id: 'Amock' } } });
  const success = { status: 200, body: { success: true } };

  const handlers = {
    'POST /{Version}/{Phone-Number-ID}/messages': ({ parsed, entry, values }) => {
      if (values['Phone-Number-ID'] !== account.numberId) return error(400, 100, 'Unsupported post request.');
      if (!/^\d{7,15}$/.test(parsed.to)) return error(400, 131009, '(#131009) Parameter value is not valid', `to ${parsed.to}`);
      if (!state.registered) return error(400, 133010, '(#133010) Phone number not registered');
      const id = `wamid.${crypto.randomBytes(24).toString('base64')}`;
      Object.assign(entry, { accepted: true, id, to: parsed.to, sent: parsed });
      return { status: 200, body: { messaging_product: 'whatsapp', contacts: [{ input: parsed.to, wa_id: parsed.to }], messages: [{ id, message_status: 'accepted' }] } };
    },
    'GET /{Version}/{Phone-Number-ID}': ({ values }) => {
      const id = values['Phone-Number-ID'];
      const file = media.get(id);
      if (file) return { status: 200, unchecked: true, body: { messaging_product: 'whatsapp', url: file.url, mime_type: file.type, sha256: file.sha256, file_size: '1', id } };
      if (id !== account.numberId) return error(400, 100, 'Unsupported get request.');
      return { status: 200, body: { id, display_phone_number: `+${account.number}`, verified_name: 'Mock', quality_rating: 'GREEN', code_verification_status: state.verified ? 'VERIFIED' : 'UNVERIFIED' } };
    },
    'POST /{Version}/{Phone-Number-ID}': ({ parsed }) => { state.webhook = parsed.webhook_configuration; return success; },
    'POST /{Version}/{Phone-Number-ID}/request_code': () => { state.codeAsked += 1; return success; },
    'POST /{Version}/{Phone-Number-ID}/verify_code': ({ parsed }) => {
      if (parsed.code !== '424242') return error(400, 136025, '(#136025) Verify code error');
      state.verified = true;
      return success;
    },
    'POST /{Version}/{Phone-Number-ID}/register': ({ parsed }) => {
      if (parsed.pin !== account.pin) return error(400, 133005, '(#133005) Two step verification PIN mismatch');
      state.registered = true;
      return success;
    },
  };

  const front = await startFront({
    name: 'whatsapp_cloud', operations, files,
    authorize: (request) => (request.headers.authorization === `Bearer ${account.accessToken}` ? null : 'Authorization is not Bearer <access token>'),
    handle: (context) => (handlers[context.operation.name] ?? (() => error(501, 1, `mock has no ${context.operation.name}`)))(context),
    refuse: (status, why) => error(status, status === 401 ? 190 : 100, why.join('; ')).body,
  }, options);

  return {
    ...front, account, state,
    sent: () => front.journal.filter((e) => e.accepted),
    /** A file that somebody sent: its media id. */
    addMedia(type, bytes) {
      const id = String(crypto.randomInt(1e12, 1e13));
      files.set(`/media-files/${id}`, { type, bytes });
      media.set(id, { type, url: `${front.url}/media-files/${id}`, sha256: crypto.createHash('sha256').update(bytes).digest('hex') });
      return id;
    },
    /** The webhook about one change of the field "messages", as Meta posts it. */
    webhook(value, secret = account.appSecret) {
      const whole = { object: 'whatsapp_business_account', entry: [{ id: '102290129340398', changes: [{ field: 'messages', value: {
        messaging_product: 'whatsapp', metadata: { display_phone_number: account.number, phone_number_id: account.numberId }, ...value } }] }] };
      const body = JSON.stringify(whole).replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
      const signature = crypto.createHmac('sha256', secret).update(body).digest('hex');
      return { method: 'POST', url: 'https://comms.example.test/webhooks/a/whatsapp', body,
        headers: { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` } };
    },
  };
}

if (import.meta.url === `file://${process.argv[1]}`) {
  const mock = await startWhatsappCloud({ port: Number(process.argv[2] ?? 24106), journalFile: process.argv[3] ?? null });
  console.log(`whatsapp_cloud mock on ${mock.url}`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => mock.stop().then(() => process.exit(0)));
}
