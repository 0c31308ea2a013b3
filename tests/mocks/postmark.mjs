// A Postmark that checks: requests and answers are held to Postmark's own documents, amended by what
// its npm package has and they, being older, have not (amendPostmark). Nothing is signed at Postmark:
// a webhook carries the user and password of its address, or a header of the customer's.
//
// As a program: node postmark.mjs [PORT] [JOURNAL]
import crypto from 'node:crypto';
import { loadOperations } from './lib/openapi.mjs';
import { startFront } from './lib/front.mjs';

export const postmarkAccount = { serverToken: 'mock-postmark-server-token', accountToken: 'mock-postmark-account-token', webhookPassword: 'mock-postmark-webhook-password' };
export const postmarkDocuments = [
  ['postmark/server.json', (name) => /^(POST \/email|GET \/server|GET \/messages\/outbound(\/\{messageid\}\/details)?)$/.test(name)],
  ['postmark/account.json', (name) => /^(GET|POST|PUT) \/domains/.test(name)],
];

/** Message streams, metadata and how messages are found by them: the package's models/message/Message.d.ts, models/messages. */
export function amendPostmark(doc) {
  const { SendEmailRequest: request, OutboundMessageDetail: found, OutboundMessageDetailsResponse: details, DomainExtendedInformation: domain } = doc.components.schemas;
  const metadata = { type: 'object', maxProperties: 10, additionalProperties: { type: 'string', maxLength: 80 } };
  if (request) {
    Object.assign(request.properties, { MessageStream: { type: 'string' }, Metadata: metadata });
    request.required = ['From', 'To', 'Subject'];
    for (const message of [found, details]) {
      Object.assign(message.properties, { MessageStream: { type: 'string' }, Metadata: metadata, Sandboxed: { type: 'boolean' }, Attachments: { type: 'array', items: { type: 'string' } } });
    }
    doc.paths['/messages/outbound'].get.parameters.push(
      { name: 'messagestream', in: 'query', schema: { type: 'string' } }, { name: 'metadata_commsd_attempt', in: 'query', schema: { type: 'string' } });
  }
  if (domain) domain.properties.DKIMTextValue = { type: 'string' };
  for (const item of Object.values(doc.paths)) {
    for (const { parameters = [] } of Object.values(item)) { // an id in a path is text, whatever it is made of
      for (const parameter of parameters) if (parameter.in === 'path' && parameter.schema.type === 'integer') parameter.schema = { type: 'string', pattern: '^[0-9]+$' };
    }
  }
}

let operations;
const address = (mailbox) => /<([^>]+)>\s*$/.exec(mailbox)?.[1] ?? mailbox.trim();
const people = (list = '') => list.split(',').filter((m) => m.trim()).map((m) => ({ Email: address(m), Name: /^\s*"?([^"<]*)"?\s*</.exec(m)?.[1].trim() ?? '' }));

export async function startPostmark(options = {}) {
  const account = { ...postmarkAccount, ...options.account };
  // The documentation writes verifyDkim, the package verifyDKIM and /domains/, the document verifydkim: Postmark minds neither.
  operations ??= postmarkDocuments.flatMap(([file, keep]) => loadOperations(file, keep, amendPostmark).map((o) => ({ ...o, expression: new RegExp(o.expression.source.replace('$', '\\/?$'), 'i'), check: (request) => o.check({ ...request, pathname: request.pathname.toLowerCase().replace(/\/$/, '') }) })));
  const messages = new Map();
  const domains = new Map();
  const dns = new Set(); // names whose records stand in DNS
  const inactive = new Set();
  let unfiltered = false;

  const error = (status, code, message) => ({ status, body: { ErrorCode: code, Message: message } });
  const view = (m) => ({ MessageID: m.id, Tag: '', To: people(m.To), Cc: people(m.Cc), Bcc: people(m.Bcc), Recipients: [...people(m.To), ...people(m.Cc), ...people(m.Bcc)].map((p) => p.Email),
    ReceivedAt: new Date(m.at).toISOString(), From: m.From, Subject: m.Subject, Attachments: (m.Attachments ?? []).map((a) => a.Name), Status: m.status, TrackOpens: false, Metadata: m.Metadata ?? {}, MessageStream: m.MessageStream, Sandboxed: false });
  const domainView = (d) => ({ ID: d.id, Name: d.name, SPFHost: d.name, SPFTextValue: 'v=spf1 a mx include:spf.mtasv.net ~all', SPFVerified: true, WeakDKIM: false,
    DKIMVerified: d.dkim, DKIMHost: d.dkim ? `20261126._domainkey.${d.name}` : '', DKIMTextValue: d.dkim ? 'k=rsa; p=MOCK' : '',
    DKIMPendingHost: d.dkim ? '' : `20261126._domainkey.${d.name}`, DKIMPendingTextValue: d.dkim ? '' : 'k=rsa; p=MOCK', DKIMRevokedHost: '', DKIMRevokedTextValue: '', SafeToRemoveRevokedKeyFromDNS: false,
    DKIMUpdateStatus: d.dkim ? 'Verified' : 'Pending', ReturnPathDomain: d.returnPath, ReturnPathDomainVerified: d.path, ReturnPathDomainCNAMEValue: 'pm.mtasv.net' });
  const ofDomain = (values, act) => {
    const d = [...domains.values()].find((one) => one.id === Number(values.domainid));
    if (!d) return error(422, 513, 'Domain not found.');
    act(d);
    return { status: 200, body: domainView(d) };
  };
  const handlers = {
    'GET /server': () => ({ status: 200, unchecked: true, body: { ID: 1, Name: 'Mock', ApiTokens: [] } }),
    'POST /email': ({ parsed, body, entry }) => {
      if (body.length > 10 * 1024 * 1024) return error(413, 0, 'Payload too large.');
      if (!parsed.TextBody && !parsed.HtmlBody) return error(422, 300, "Provide either email TextBody or HtmlBody or both.");
      if (!['outbound', 'news'].includes(parsed.MessageStream ?? 'outbound')) return error(422, 1235, `The 'MessageStream' provided does not exist on this server.`);
      const to = [...people(parsed.To), ...people(parsed.Cc), ...people(parsed.Bcc)].map((p) => p.Email);
      for (const one of [address(parsed.From), ...to]) if (!/^[^\s<>@]+@[^\s<>@]+\.[^\s<>@]+$/.test(one)) return error(422, 300, `Invalid 'From' or 'To' address: '${one}'.`);
      if (/@unverified\./.test(parsed.From)) return error(422, 400, "The 'From' address you supplied is not a Sender Signature on your account.");
      const dead = to.find((one) => inactive.has(one));
      if (dead) return error(422, 406, `You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: ${dead}.`);
      for (const file of parsed.Attachments ?? []) {
        if (!file.Name || !file.ContentType || Buffer.from(file.Content, 'base64').toString('base64') !== file.Content) return error(422, 300, 'Invalid attachment.');
        if (/\.exe$/.test(file.Name)) return error(422, 411, 'Forbidden attachment type.');
      }
      const m = { id: crypto.randomUUID(), at: Date.now(), MessageStream: 'outbound', ...parsed, status: 'Sent', events: [] };
      messages.set(m.id, m);
      Object.assign(entry, { accepted: true, id: m.id, to, from: parsed.From, subject: parsed.Subject, body: parsed.TextBody ?? parsed.HtmlBody, attachments: (parsed.Attachments ?? []).length,
        mailHeaders: Object.fromEntries((parsed.Headers ?? []).map((h) => [h.Name, h.Value])), stream: m.MessageStream });
      return { status: 200, body: { To: parsed.To, SubmittedAt: new Date(m.at).toISOString(), MessageID: m.id, ErrorCode: 0, Message: 'OK' } };
    },
    'GET /messages/outbound': ({ query }) => {
      const wanted = query.get('metadata_commsd_attempt');
      const found = [...messages.values()].filter((m) => m.MessageStream === (query.get('messagestream') ?? 'outbound') && (unfiltered || !wanted || m.Metadata?.commsd_attempt === wanted));
      return { status: 200, body: { TotalCount: found.length, Messages: found.reverse().slice(0, Number(query.get('count'))).map(view) } };
    },
    'GET /messages/outbound/{messageid}/details': ({ values }) => {
      const m = messages.get(values.messageid);
      if (!m) return error(422, 701, 'This message does not exist');
      return { status: 200, body: { ...view(m), TextBody: m.TextBody ?? '', HtmlBody: m.HtmlBody ?? '', Body: '', MessageEvents: m.events } };
    },
    'GET /domains': ({ query }) => {
      const all = [...domains.values()];
      return { status: 200, body: { TotalCount: all.length, Domains: all.slice(Number(query.get('offset')), Number(query.get('offset')) + Number(query.get('count')))
        .map(({ id, name, dkim, path }) => ({ ID: id, Name: name, SPFVerified: true, DKIMVerified: dkim, WeakDKIM: false, ReturnPathDomainVerified: path })) } };
    },
    'POST /domains': ({ parsed, entry }) => {
      if (domains.has(parsed.Name)) return error(422, 512, 'Domain already exists.');
      if (!parsed.ReturnPathDomain.endsWith(`.${parsed.Name}`)) return error(422, 514, 'ReturnPathDomain must be a subdomain.');
      const d = { id: 1000 + domains.size, name: parsed.Name, returnPath: parsed.ReturnPathDomain, dkim: false, path: false };
      domains.set(d.name, d);
      Object.assign(entry, { accepted: true, id: d.id });
      return { status: 200, body: domainView(d) };
    },
    'GET /domains/{domainid}': ({ values }) => ofDomain(values, () => {}),
    'PUT /domains/{domainid}/verifydkim': ({ values }) => ofDomain(values, (d) => { d.dkim ||= dns.has(d.name); }),
    'PUT /domains/{domainid}/verifyreturnpath': ({ values }) => ofDomain(values, (d) => { d.path ||= dns.has(d.name); }),
  };

  const front = await startFront({
    name: 'postmark', operations, badRequestStatus: 422,
    authorize: ({ url, headers }) => {
      const [header, token] = /^\/domains/i.test(url) ? ['x-postmark-account-token', account.accountToken] : ['x-postmark-server-token', account.serverToken];
      if (headers.accept !== 'application/json') return 'Accept is not application/json';
      return headers[header] === token ? null : `${header} is missing or wrong`;
    },
    handle: (context) => (handlers[context.operation.name] ?? (() => error(500, 0, `mock has no ${context.operation.name}`)))(context),
    refuse: (status, why) => ({ ErrorCode: status === 401 ? 10 : status === 429 ? 429 : 300, Message: why.join('; ') }),
  }, options);

  /** A webhook as Postmark calls it: what `url` has before the @ comes as Basic authentication. */
  async function post(url, event, { password = account.webhookPassword, headers = {} } = {}) {
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(event), redirect: 'manual',
      headers: { 'content-type': 'application/json', 'user-agent': 'Postmark', ...(password === null ? {} : { authorization: 'Basic ' + Buffer.from(`commsd:${password}`).toString('base64') }), ...headers } });
    return { status: response.status, text: await response.text() };
  }
  /** The webhook about an accepted message, in the words of the package's models/webhooks. */
  function eventOf(messageId, record, extra = {}) {
    const m = messages.get(messageId);
    const common = { RecordType: record, MessageID: m.id, ServerID: 1, MessageStream: m.MessageStream, Tag: '', Metadata: m.Metadata ?? {} };
    const at = new Date().toISOString();
    const to = people(m.To)[0].Email;
    const bounce = { ID: crypto.randomInt(1, 2 ** 40), Name: 'Hard bounce', Description: 'The server was unable to deliver your message (ex: unknown user, mailbox not found).', Details: `smtp;550 5.1.1 The email account ${to} does not exist`, Email: to, From: address(m.From), BouncedAt: at, DumpAvailable: false, Inactive: true, CanActivate: true, Subject: m.Subject };
    const bodies = {
      Delivery: { Recipient: to, DeliveredAt: at, Details: 'Test delivery webhook details' },
      Bounce: { ...bounce, Type: 'HardBounce', TypeCode: 1 },
      SpamComplaint: { ...bounce, Type: 'SpamComplaint', TypeCode: 512, Name: 'Spam complaint', Description: '' },
      Open: { Recipient: to, ReceivedAt: at, FirstOpen: true, Platform: 'Desktop', UserAgent: 'x' },
      Click: { Recipient: to, ReceivedAt: at, OriginalLink: 'https://example.com', ClickLocation: 'HTML' },
      SubscriptionChange: { Recipient: to, ChangedAt: at, Origin: 'Recipient', SuppressSending: true, SuppressionReason: 'ManualSuppression' },
    };
    return { ...common, ...bodies[record], ...extra };
  }
  /** The webhook of a mail that came in, in the words of the package's InboundWebhook. */
  function inboundOf({ from, to, cc = [], delivered = to, subject, text = '', html = '', headers = {}, attachments = [], id = crypto.randomUUID() }) {
    const person = (mailbox) => ({ ...people(mailbox)[0], MailboxHash: '' });
    return { FromName: person(from).Name, MessageStream: 'inbound', From: address(from), FromFull: person(from), To: to, ToFull: [person(to)], Cc: cc.join(', '), CcFull: cc.map(person), Bcc: '', BccFull: [], OriginalRecipient: address(delivered),
      Subject: subject, MessageID: id, ReplyTo: '', MailboxHash: '', Date: new Date().toUTCString(), TextBody: text, HtmlBody: html, StrippedTextReply: '', Tag: '',
      Headers: Object.entries({ 'Message-ID': `<${id}@mail.example.com>`, 'X-Spam-Status': 'No', ...headers }).map(([Name, Value]) => ({ Name, Value })),
      Attachments: attachments.map(({ filename, contentType, bytes, contentId = '' }) => ({ Name: filename, Content: bytes.toString('base64'), ContentType: contentType, ContentLength: bytes.length, ContentID: contentId })) };
  }

  return {
    ...front, account, messages, post, eventOf, inboundOf,
    /** Whoever owns the domain set the records that we named. */
    publishDns: (name) => dns.add(name),
    deactivate: (recipient) => inactive.add(recipient),
    /** As if filters by metadata had been taken away. */
    forgetFilters: () => { unfiltered = true; },
    sent: () => front.journal.filter((e) => e.accepted && e.operation === 'POST /email'),
    event: (url, messageId, record, { extra, ...webhook } = {}) => post(url, eventOf(messageId, record, extra), webhook),
    inbound: (url, mail, webhook) => post(url, inboundOf(mail), webhook),
  };
}

if (import.meta.url === `file://${process.argv[1]}`) {
  const mock = await startPostmark({ port: Number(process.argv[2] ?? 24113), journalFile: process.argv[3] ?? null });
  console.log(`postmark mock on ${mock.url}`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => mock.stop().then(() => process.exit(0)));
}
