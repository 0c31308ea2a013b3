// A Twilio that checks. Every request is held to Twilio's own OpenAPI document and, beyond it, to the
// rules the document only tells in prose (one of From/MessagingServiceSid, one of Body/MediaUrl/
// ContentSid, a bought number as sender). It keeps what it accepted, answers look-ups from that, and
// sends webhooks signed by Twilio's own npm package, never by code of ours.
//
// As a program: node twilio.mjs [PORT] [JOURNAL] — account and token as in `twilioAccount`.
import crypto from 'node:crypto';
import twilioSdk from 'twilio';
import { loadOperations } from './lib/openapi.mjs';
import { startFront } from './lib/front.mjs';

export const twilioAccount = { accountSid: 'AC' + '0123456789abcdef'.repeat(2), authToken: 'mock0auth0token0mock0auth0token0' };

const KEEP_API = /\/(Accounts|Messages|Messages\/\{Sid\}|Messages\/\{MessageSid\}\/Media|Calls|Calls\/\{Sid\}|IncomingPhoneNumbers|IncomingPhoneNumbers\/\{Sid\}|AvailablePhoneNumbers\/\{CountryCode\}\/(Local|TollFree|Mobile)|Balance|Accounts\/\{Sid\})\.json$/;
export const twilioDocuments = [
  ['twilio/twilio_api_v2010.json', (name) => KEEP_API.test(name)],
  ['twilio/twilio_messaging_v2.json', (name) => /Channels\/Senders/.test(name)],
  ['twilio/twilio_content_v1.json', (name) => /\/v1\/Content/.test(name)],
  ['twilio/twilio_pricing_v1.json', (name) => /\/v1\/(Messaging|PhoneNumbers)\//.test(name)],
];

/** Templates that are there from the start. */
export const twilioTemplates = { booking: 'HX' + 'ab'.repeat(16), table_ready: 'HX' + 'cd'.repeat(16) };

let operations; // compiled once a process: several mocks may run side by side
const sid = (prefix) => prefix + crypto.randomBytes(16).toString('hex');
const rfc2822 = (ms) => new Date(ms).toUTCString().replace('GMT', '+0000');
const numberSeeds = { US: '+1415555', CA: '+1416555', GB: '+4477009', DE: '+4915159', FR: '+3363998', AU: '+6149157' };

export async function startTwilio(options = {}) {
  const account = { ...twilioAccount, ...options.account };
  operations ??= twilioDocuments.flatMap(([file, keep]) => loadOperations(file, keep));
  const messages = new Map(); // sid -> message
  const byRecipient = new Map(); // To -> [message]
  const numbers = new Map(); // sid -> number
  const calls = new Map();
  const senders = new Map();
  const contents = new Map(Object.entries(twilioTemplates).map(([name, id]) => [id, { sid: id, at: Date.now(), friendly_name: name, language: 'en',
    types: { 'twilio/text': { body: 'On {{1}}' } }, approval: { name, category: 'UTILITY', status: 'approved' } }]));
  const accounts = new Map(); // sub-accounts: sid -> account
  let nextNumber = 1000 + (crypto.randomBytes(2).readUInt16BE() % 5000);

  const error = (status, code, message) => ({ status, body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status } });
  const messageView = (m) => ({
    account_sid: account.accountSid, api_version: '2010-04-01', body: m.body, date_created: rfc2822(m.at),
    date_sent: rfc2822(m.at), date_updated: rfc2822(m.at), direction: 'outbound-api', error_code: null,
    error_message: null, from: m.from, messaging_service_sid: m.service, num_media: String(m.media.length),
    num_segments: '1', price: null, price_unit: 'USD', sid: m.sid, status: m.status,
    subresource_uris: { media: `/2010-04-01/Accounts/${account.accountSid}/Messages/${m.sid}/Media.json` }, to: m.to,
    uri: `/2010-04-01/Accounts/${account.accountSid}/Messages/${m.sid}.json` });
  const accountView = (a) => ({ sid: a.sid, auth_token: a.authToken, friendly_name: a.name, status: a.status, type: 'Full', owner_account_sid: account.accountSid,
    date_created: rfc2822(a.at), date_updated: rfc2822(a.at), subresource_uris: {}, uri: `/2010-04-01/Accounts/${a.sid}.json` });
  const numberView = (n) => ({
    account_sid: n.account, address_sid: null, address_requirements: 'none', api_version: '2010-04-01', beta: false,
    capabilities: { mms: true, sms: true, voice: true, fax: false }, date_created: rfc2822(n.at), date_updated: rfc2822(n.at),
    friendly_name: n.fields.FriendlyName ?? n.number, identity_sid: null, phone_number: n.number, origin: 'twilio', sid: n.sid,
    sms_application_sid: null, sms_fallback_method: 'POST', sms_fallback_url: null, sms_method: n.fields.SmsMethod ?? 'POST',
    sms_url: n.fields.SmsUrl ?? null, status_callback: n.fields.StatusCallback ?? null, status_callback_method: 'POST',
    trunk_sid: null, uri: `/2010-04-01/Accounts/${account.accountSid}/IncomingPhoneNumbers/${n.sid}.json`,
    voice_application_sid: null, voice_caller_id_lookup: false, voice_fallback_method: 'POST', voice_fallback_url: null,
    voice_method: n.fields.VoiceMethod ?? 'POST', voice_url: n.fields.VoiceUrl ?? null, emergency_status: 'Inactive',
    emergency_address_sid: null, bundle_sid: null, status: 'in-use' });
  const page = (key, list, uri) => ({ [key]: list, end: Math.max(list.length - 1, 0), first_page_uri: uri, next_page_uri: null, page: 0, page_size: 50, previous_page_uri: null, start: 0, uri });

  const handlers = {
    'POST /2010-04-01/Accounts/{AccountSid}/Messages.json': ({ parsed, entry }) => {
      const { To, From, MessagingServiceSid, Body, MediaUrl, ContentSid, StatusCallback } = parsed ?? {};
      if (!To) return error(400, 21604, "A 'To' phone number is required.");
      if (!/^(whatsapp:)?\+[1-9]\d{6,14}$/.test(To)) return error(400, 21211, `Invalid 'To' Phone Number: ${To}`);
      if (!From && !MessagingServiceSid) return error(400, 21603, "A 'From' phone number is required.");
      if (!Body && !MediaUrl?.length && !ContentSid) return error(400, 21602, 'Message body is required.');
      if (Body && Body.length > 1600) return error(400, 21617, 'The concatenated message body exceeds the 1600 character limit');
      if (MediaUrl?.length > 10) return error(400, 21623, 'Number of media files exceeds allowed limit');
      if (From && !From.startsWith('whatsapp:') && ![...numbers.values()].some((n) => n.number === From)) {
        return error(400, 21606, `The 'From' phone number ${From} is not a valid, message-capable Twilio phone number`);
      }
      if (From?.startsWith('whatsapp:') !== To.startsWith('whatsapp:')) return error(400, 63007, 'Channel of From and To differ');
      const m = { sid: sid(MediaUrl?.length ? 'MM' : 'SM'), at: Date.now(), to: To, from: From ?? null, body: Body ?? '', media: MediaUrl ?? [],
        service: MessagingServiceSid ?? null, status: 'queued', statusCallback: StatusCallback ?? null, contentSid: ContentSid ?? null,
        contentVariables: parsed.ContentVariables ?? null };
      messages.set(m.sid, m);
      if (!byRecipient.has(To)) byRecipient.set(To, []);
      byRecipient.get(To).push(m);
      Object.assign(entry, { accepted: true, sid: m.sid, to: To, from: m.from, body: m.body, statusCallback: m.statusCallback, contentSid: m.contentSid, media: m.media });
      return { status: 201, body: messageView(m) };
    },
    'GET /2010-04-01/Accounts/{AccountSid}/Messages.json': ({ query }) => {
      const to = query.get('To');
      let found = to ? (byRecipient.get(to) ?? []) : [...messages.values()];
      if (query.get('From')) found = found.filter((m) => m.from === query.get('From'));
      const day = (name) => Date.parse(query.get(name).length === 10 ? `${query.get(name)}T00:00:00Z` : query.get(name));
      if (query.get('DateSent')) {
        const from = Date.parse(query.get('DateSent').slice(0, 10) + 'T00:00:00Z');
        found = found.filter((m) => m.at >= from && m.at < from + 86_400_000);
      }
      if (query.get('DateSent>')) found = found.filter((m) => m.at >= day('DateSent>'));
      if (query.get('DateSent<')) found = found.filter((m) => m.at <= day('DateSent<') + 86_400_000);
      const size = Number(query.get('PageSize') ?? 50);
      return { status: 200, body: page('messages', found.slice().reverse().slice(0, size).map(messageView), '/2010-04-01/Messages.json') };
    },
    'GET /2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json': ({ values }) => {
      const m = messages.get(values.Sid);
      return m ? { status: 200, body: messageView(m) } : error(404, 20404, 'The requested resource was not found');
    },
    'POST /2010-04-01/Accounts/{AccountSid}/Calls.json': ({ parsed, entry }) => {
      if (!parsed?.Url && !parsed?.Twiml && !parsed?.ApplicationSid) return error(400, 21205, 'Url parameter is required.');
      if (![...numbers.values()].some((n) => n.number === parsed.From)) return error(400, 21210, `'From' phone number not verified: ${parsed.From}`);
      const c = { sid: sid('CA'), at: Date.now(), to: parsed.To, from: parsed.From, status: 'queued', url: parsed.Url ?? null, twiml: parsed.Twiml ?? null,
        statusCallback: parsed.StatusCallback ?? null, recordingCallback: parsed.RecordingStatusCallback ?? null, price: null, duration: null, direction: 'outbound-api' };
      calls.set(c.sid, c);
      Object.assign(entry, { accepted: true, sid: c.sid, to: c.to, from: c.from, record: parsed.Record });
      return { status: 201, body: callView(c) };
    },
    'GET /2010-04-01/Accounts/{AccountSid}/Calls.json': ({ query }) => {
      const found = [...calls.values()].filter((c) => (!query.get('To') || c.to === query.get('To')) && (!query.get('From') || c.from === query.get('From')));
      return { status: 200, body: page('calls', found.reverse().map(callView), '/2010-04-01/Calls.json') };
    },
    'GET /2010-04-01/Accounts/{AccountSid}/Calls/{Sid}.json': ({ values }) => {
      const c = calls.get(values.Sid);
      return c ? { status: 200, body: callView(c) } : error(404, 20404, 'The requested resource was not found');
    },
    'POST /2010-04-01/Accounts/{AccountSid}/Calls/{Sid}.json': ({ values, parsed }) => {
      const c = calls.get(values.Sid);
      if (!c) return error(404, 20404, 'The requested resource was not found');
      if (!['queued', 'ringing', 'in-progress'].includes(c.status)) return error(400, 21220, 'Call is not in-progress. Cannot redirect.');
      if (parsed?.Status) c.status = parsed.Status;
      if (parsed?.Twiml) c.twiml = parsed.Twiml;
      return { status: 200, body: callView(c) };
    },
    'POST /2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers.json': ({ values, parsed, entry }) => {
      if (!parsed?.PhoneNumber && !parsed?.AreaCode) return error(400, 21421, 'PhoneNumber or AreaCode is required');
      const number = parsed.PhoneNumber ?? `+1${parsed.AreaCode}555${nextNumber++}`;
      if ([...numbers.values()].some((n) => n.number === number)) return error(400, 21422, `${number} is not available`);
      const n = { sid: sid('PN'), number, at: Date.now(), fields: parsed, account: values.AccountSid };
      numbers.set(n.sid, n);
      Object.assign(entry, { accepted: true, sid: n.sid, number, fields: parsed });
      return { status: 201, body: numberView(n) };
    },
    'GET /2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers.json': ({ values, query }) => {
      const found = [...numbers.values()].filter((n) => n.account === values.AccountSid && (!query.get('PhoneNumber') || n.number === query.get('PhoneNumber'))
        && (!query.get('FriendlyName') || n.fields.FriendlyName === query.get('FriendlyName')));
      return { status: 200, body: page('incoming_phone_numbers', found.map(numberView), '/2010-04-01/IncomingPhoneNumbers.json') };
    },
    'GET /2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{Sid}.json': ({ values }) => {
      const n = numbers.get(values.Sid);
      return n ? { status: 200, body: numberView(n) } : error(404, 20404, 'The requested resource was not found');
    },
    'POST /2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{Sid}.json': ({ values, parsed, entry }) => {
      const n = numbers.get(values.Sid);
      if (!n) return error(404, 20404, 'The requested resource was not found');
      Object.assign(n.fields, parsed);
      Object.assign(entry, { sid: n.sid, fields: parsed });
      return { status: 200, body: numberView(n) };
    },
    'DELETE /2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{Sid}.json': ({ values, entry }) => {
      if (!numbers.delete(values.Sid)) return error(404, 20404, 'The requested resource was not found');
      Object.assign(entry, { accepted: true, sid: values.Sid });
      return { status: 204 };
    },
    'GET /2010-04-01/Accounts/{AccountSid}/Balance.json': () => ({ status: 200, body: { account_sid: account.accountSid, balance: '100.00', currency: 'USD' } }),
    'POST /2010-04-01/Accounts.json': ({ parsed, entry }) => {
      const a = { sid: sid('AC'), authToken: crypto.randomBytes(16).toString('hex'), name: parsed?.FriendlyName ?? 'SubAccount', status: 'active', at: Date.now() };
      accounts.set(a.sid, a);
      Object.assign(entry, { accepted: true, sid: a.sid, name: a.name });
      return { status: 201, body: accountView(a) };
    },
    'GET /2010-04-01/Accounts.json': ({ query }) => {
      const found = [...accounts.values()].filter((a) => !query.get('FriendlyName') || a.name === query.get('FriendlyName'));
      return { status: 200, body: page('accounts', found.map(accountView), '/2010-04-01/Accounts.json') };
    },
    'POST /2010-04-01/Accounts/{Sid}.json': ({ values, parsed, entry }) => {
      const a = accounts.get(values.Sid);
      if (!a) return error(404, 20404, 'The requested resource was not found');
      if (parsed?.Status) a.status = parsed.Status;
      // What is in a closed account is given back by Twilio.
      if (a.status === 'closed') for (const n of [...numbers.values()]) if (n.account === a.sid) numbers.delete(n.sid);
      Object.assign(entry, { accepted: true, sid: a.sid, status: a.status });
      return { status: 200, body: accountView(a) };
    },
    'GET /2010-04-01/Accounts/{Sid}.json': ({ values }) => ({ status: 200, unchecked: true, body: { sid: values.Sid, friendly_name: 'mock', status: 'active', type: 'Full' } }),
    'GET /v2/Channels/Senders': () => ({ status: 200, unchecked: true, body: { senders: [...senders.values()].map(senderView), meta: { page: 0, page_size: 50, first_page_url: `https://messaging.twilio.com/v2/Channels/Senders`, previous_page_url: null, next_page_url: null, url: 'https://messaging.twilio.com/v2/Channels/Senders', key: 'senders' } } }),
    'GET /v2/Channels/Senders/{Sid}': ({ values }) => (senders.has(values.Sid) ? { status: 200, unchecked: true, body: senderView(senders.get(values.Sid)) } : error(404, 20404, 'not found')),
    'POST /v2/Channels/Senders': ({ parsed, entry }) => {
      const s = { sid: sid('XE'), ...parsed, status: 'ONLINE' };
      senders.set(s.sid, s);
      Object.assign(entry, { accepted: true, sid: s.sid, sender: s.sender_id });
      return { status: 202, unchecked: true, body: senderView(s) };
    },
    'POST /v2/Channels/Senders/{Sid}': ({ values, parsed }) => {
      if (!senders.has(values.Sid)) return error(404, 20404, 'not found');
      Object.assign(senders.get(values.Sid), parsed);
      return { status: 202, unchecked: true, body: senderView(senders.get(values.Sid)) };
    },
    'DELETE /v2/Channels/Senders/{Sid}': ({ values, entry }) => {
      if (!senders.delete(values.Sid)) return error(404, 20404, 'not found');
      Object.assign(entry, { accepted: true, sid: values.Sid });
      return { status: 204 };
    },
    'POST /v1/Content': ({ parsed, entry }) => {
      const c = { sid: sid('HX'), at: Date.now(), ...parsed };
      contents.set(c.sid, c);
      Object.assign(entry, { accepted: true, sid: c.sid });
      return { status: 201, unchecked: true, body: { sid: c.sid, account_sid: account.accountSid, friendly_name: c.friendly_name ?? null, language: c.language, variables: c.variables ?? {}, types: c.types, url: `https://content.twilio.com/v1/Content/${c.sid}` } };
    },
    'POST /v1/Content/{ContentSid}/ApprovalRequests/whatsapp': ({ values, parsed, entry }) => {
      const c = contents.get(values.ContentSid);
      if (!c) return error(404, 20404, 'not found');
      if (!/^[a-z0-9_]+$/.test(parsed.name)) return error(400, 60228, 'Template name is not valid');
      c.approval = { name: parsed.name, category: parsed.category, content_type: Object.keys(c.types)[0], status: 'received', rejection_reason: '', allow_category_change: true };
      Object.assign(entry, { accepted: true, sid: c.sid });
      return { status: 201, unchecked: true, body: c.approval };
    },
    'GET /v1/Content/{Sid}/ApprovalRequests': ({ values }) => (contents.has(values.Sid) ? { status: 200, unchecked: true, body: { sid: values.Sid, account_sid: account.accountSid, whatsapp: contents.get(values.Sid).approval ?? null } } : error(404, 20404, 'not found')),
    'DELETE /v1/Content/{Sid}': ({ values, entry }) => {
      if (!contents.delete(values.Sid)) return error(404, 20404, 'not found');
      Object.assign(entry, { accepted: true, sid: values.Sid });
      return { status: 204 };
    },
    // In pages of two, so that nobody gets by without turning them.
    'GET /v1/ContentAndApprovals': ({ query }) => {
      const from = Number(query.get('Page') ?? 0) * 2;
      const all = [...contents.values()];
      const next = from + 2 < all.length ? `https://content.twilio.com/v1/ContentAndApprovals?PageSize=${query.get('PageSize') ?? 50}&Page=${from / 2 + 1}` : null;
      return { status: 200, unchecked: true, body: { contents: all.slice(from, from + 2).map((c) => ({ sid: c.sid, account_sid: account.accountSid, friendly_name: c.friendly_name ?? null, language: c.language, variables: c.variables ?? {}, types: c.types, approval_requests: c.approval ?? { status: 'unsubmitted' } })),
        meta: { page: from / 2, page_size: 2, key: 'contents', next_page_url: next } } };
    },
    'GET /v1/Content': () => ({ status: 200, unchecked: true, body: { contents: [...contents.values()].map((c) => ({ sid: c.sid, language: c.language, types: c.types, friendly_name: c.friendly_name ?? null, variables: c.variables ?? {} })), meta: { page: 0, page_size: 50, key: 'contents', next_page_url: null } } }),
  };

  const senderView = (s) => ({ sid: s.sid, status: s.status, sender_id: s.sender_id, configuration: s.configuration ?? null, webhook: s.webhook ?? null, profile: s.profile ?? null, properties: null, offline_reasons: null, url: `https://messaging.twilio.com/v2/Channels/Senders/${s.sid}` });
  const callView = (c) => ({ sid: c.sid, date_created: rfc2822(c.at), date_updated: rfc2822(c.at), parent_call_sid: null, account_sid: account.accountSid,
    to: c.to, to_formatted: c.to, from: c.from, from_formatted: c.from, phone_number_sid: null, status: c.status, start_time: null, end_time: null,
    duration: c.duration, price: c.price, price_unit: 'USD', direction: c.direction, answered_by: null, api_version: '2010-04-01', forwarded_from: null,
    group_sid: null, caller_name: null, queue_time: '0', trunk_sid: null, uri: `/2010-04-01/Accounts/${account.accountSid}/Calls/${c.sid}.json`,
    subresource_uris: {} });
  const available = ({ values, query }) => {
    const seed = numberSeeds[values.CountryCode];
    if (!seed) return error(404, 20404, 'The requested resource was not found');
    const list = [...Array(Math.min(Number(query.get('PageSize') ?? 5), 20))].map(() => ({
      friendly_name: 'mock', phone_number: seed + String(nextNumber++).padStart(11 - seed.length + 1, '0'), lata: '722', locality: 'Mock',
      rate_center: 'MOCK', latitude: 37.7, longitude: -122.4, region: 'CA', postal_code: '94105', iso_country: values.CountryCode,
      address_requirements: 'none', beta: false, capabilities: { voice: true, SMS: true, MMS: true, fax: false } }));
    return { status: 200, unchecked: true, body: { available_phone_numbers: list, end: 0, first_page_uri: null, next_page_uri: null, page: 0, page_size: 50, previous_page_uri: null, start: 0, uri: '/' } };
  };
  for (const kind of ['Local', 'TollFree', 'Mobile']) {
    handlers[`GET /2010-04-01/Accounts/{AccountSid}/AvailablePhoneNumbers/{CountryCode}/${kind}.json`] = available;
  }

  const basic = (name, token) => 'Basic ' + Buffer.from(`${name}:${token}`).toString('base64');
  const expected = basic(account.accountSid, account.authToken);
  const known = (authorization) => authorization === expected || [...accounts.values()].some((a) => a.status === 'active' && basic(a.sid, a.authToken) === authorization);
  const files = new Map(); // media by path; Twilio answers with where they are
  const front = await startFront({
    name: 'twilio', operations, files,
    authorize: (request) => (known(request.headers.authorization) ? null : 'Authorization is not Basic AccountSid:AuthToken'),
    handle: (context) => {
      if (context.values.AccountSid !== undefined && context.values.AccountSid !== account.accountSid && !accounts.has(context.values.AccountSid)) return error(404, 20404, 'no such account');
      const handler = handlers[context.operation.name];
      if (!handler) return error(501, 20001, `mock has no ${context.operation.name}`);
      return handler(context);
    },
    refuse: (status, why) => ({ code: status === 429 ? 20429 : 20001, message: why.join('; '), more_info: 'https://www.twilio.com/docs/errors/20001', status }),
  }, options);

  // Twilio's own signer: HMAC-SHA1 over the public URL and the sorted form fields.
  const signature = (url, fields, token = account.authToken) => twilioSdk.getExpectedTwilioSignature(token, url, fields);
  async function post(url, fields, { tamper, headers = {} } = {}) {
    const body = new URLSearchParams(fields).toString();
    const response = await fetch(url, {
      method: 'POST', body, redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': tamper ? tamper(signature(url, fields)) : signature(url, fields), ...headers } });
    return { status: response.status, text: await response.text(), type: response.headers.get('content-type') };
  }

  return {
    ...front, account, accounts, messages, numbers, senders, contents, calls, files, post, signature,
    /** A received file that is at `location`; returns the URL that a webhook names. */
    mediaAt(location) {
      const path = `/2010-04-01/Accounts/${account.accountSid}/Messages/${sid('MM')}/Media/${sid('ME')}`;
      files.set(path, { location });
      return front.url + path;
    },
    sent: () => front.journal.filter((e) => e.accepted && e.operation === 'POST /2010-04-01/Accounts/{AccountSid}/Messages.json'),
    placed: () => front.journal.filter((e) => e.accepted && e.operation === 'POST /2010-04-01/Accounts/{AccountSid}/Calls.json'),
    /** Signed progress of an accepted call, to the StatusCallback it asked for; more fields as Twilio sends them. */
    callProgress(callSid, status, { to = null, fields: more = {}, ...options } = {}) {
      const c = calls.get(callSid);
      c.status = status;
      c.progress = (c.progress ?? -1) + 1;
      if (more.CallDuration) c.duration = more.CallDuration;
      const fields = { CallSid: c.sid, AccountSid: account.accountSid, From: c.from, To: c.to, CallStatus: status, Direction: c.direction, ApiVersion: '2010-04-01',
        CallbackSource: 'call-progress-events', SequenceNumber: String(c.progress), Timestamp: new Date().toUTCString().replace('GMT', '+0000'), ...more };
      return post(to ?? c.statusCallback, fields, options);
    },
    /** The person answers: what Twilio asks, signed, of the call's Url. The answer is TwiML. */
    answerCall(callSid, options = {}) {
      const c = calls.get(callSid);
      c.status = 'in-progress';
      return post(c.url, { CallSid: c.sid, AccountSid: account.accountSid, From: c.from, To: c.to, CallStatus: 'in-progress', Direction: c.direction, ApiVersion: '2010-04-01' }, options);
    },
    /** Who is dialled by `twiml` answers: what Twilio asks, signed, of the `url` of its Number before it joins
     * them, and what it makes of the TwiML. Without a url they are joined unheard. */
    async calleeAnswers(twiml, { url = null, parent, ...options } = {}) {
      const attributes = /<Number([^>]*)>/.exec(twiml)?.[1];
      if (attributes === undefined) throw new Error('nobody is dialled');
      const asked = url ?? /\burl="([^"]*)"/.exec(attributes)?.[1].replaceAll('&amp;', '&');
      if (!asked) return { url: null, joined: true };
      const said = await post(asked, { CallSid: sid('CA'), ParentCallSid: parent ?? sid('CA'), AccountSid: account.accountSid, From: '+14155550100', To: '+14155550199', CallStatus: 'in-progress', Direction: 'outbound-dial', ApiVersion: '2010-04-01' }, options);
      if (/<Dial/.test(said.text)) throw new Error('13201: Dial: Cannot Dial out from a Dial Call Segment');
      return { ...said, url: asked, joined: said.status === 200 && !/<Hangup/.test(said.text) };
    },
    /** A person calls: signed, to a number's VoiceUrl. */
    async callIn(url, { from, to, callSid = sid('CA'), ...options }) {
      calls.set(callSid, { sid: callSid, at: Date.now(), from, to, status: 'ringing', price: null, duration: null, direction: 'inbound', statusCallback: null });
      return { callSid, ...await post(url, { CallSid: callSid, AccountSid: account.accountSid, From: from, To: to, CallStatus: 'ringing', Direction: 'inbound', ApiVersion: '2010-04-01' }, options) };
    },
    numberOf: (value) => [...numbers.values()].find((n) => n.number === value),
    /** Signed delivery callback for an accepted message, to the StatusCallback the send asked for. */
    callback(messageSid, status, { to = null, ...options } = {}) {
      const m = messages.get(messageSid);
      m.status = status;
      const fields = { MessageSid: m.sid, SmsSid: m.sid, MessageStatus: status, SmsStatus: status, AccountSid: account.accountSid, From: m.from ?? '', To: m.to, ApiVersion: '2010-04-01' };
      if (status === 'failed' || status === 'undelivered') fields.ErrorCode = '30003';
      return post(to ?? m.statusCallback, fields, options);
    },
    /** Signed inbound SMS or WhatsApp message to `url`. Returns the id used, so a test can repeat it. */
    async inbound(url, { from, to, body, messageSid = sid('SM'), media = [], ...options }) {
      const fields = { MessageSid: messageSid, SmsSid: messageSid, SmsMessageSid: messageSid, AccountSid: account.accountSid, From: from, To: to, Body: body,
        NumMedia: String(media.length), NumSegments: '1', SmsStatus: 'received', ApiVersion: '2010-04-01',
        ...Object.fromEntries(media.flatMap((m, i) => [[`MediaUrl${i}`, m.url], [`MediaContentType${i}`, m.type]])) };
      return { messageSid, ...await post(url, fields, options) };
    },
  };
}

if (import.meta.url === `file://${process.argv[1]}`) {
  const mock = await startTwilio({ port: Number(process.argv[2] ?? 24101), journalFile: process.argv[3] ?? null });
  console.log(`twilio mock on ${mock.url}`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => mock.stop().then(() => process.exit(0)));
}
