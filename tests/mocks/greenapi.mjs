// A GREEN-API instance that checks: requests are held to the vendor's Postman collection, and its
// answers have the fields of the collection's samples. Webhooks carry the token that was set; the
// vendor signs nothing.
//
// As a program: node greenapi.mjs [PORT] [JOURNAL]
import crypto from 'node:crypto';
import { startFront } from './lib/front.mjs';
import { loadCollection } from './lib/postman.mjs';

export const greenapiAccount = {
  idInstance: '7103000000', apiToken: 'd75b3a66374942c5b3c019c698abc2067e151558acbd412345',
  webhookToken: 'mock-webhook-token-0123456789', phone: '14155550100',
};
export const greenapiCollection = ['greenapi/collection.en.json', (name) => /(sendMessage|sendFileByUrl|sendFileByUpload|getStateInstance|getWaSettings|setSettings|getAuthorizationCode|getMessage|lastOutgoingMessages|showMessagesQueue)$/.test(name)];
const required = {
  'POST sendMessage': ['chatId', 'message'], 'POST sendFileByUrl': ['chatId', 'urlFile', 'fileName'],
  'POST sendFileByUpload': ['chatId', 'file', 'fileName'], 'POST getMessage': ['chatId', 'idMessage'], 'POST getAuthorizationCode': ['phoneNumber'],
};

let collection;

export async function startGreenapi(options = {}) {
  const account = { ...greenapiAccount, ...options.account };
  collection ??= loadCollection(...greenapiCollection, required);
  const state = { stateInstance: 'authorized', settings: {}, waiting: false };
  const journal = []; // as lastOutgoingMessages tells it
  const queue = [];
  const files = new Map();
  const wrong = (path, message) => ({ status: 400, body: { statusCode: 400, timestamp: Math.floor(Date.now() / 1000), path, message } });

  function take({ parsed, entry }, typeMessage, text) {
    if (state.stateInstance !== 'authorized') return wrong(entry.path, 'instance account not authorized');
    if (!/^\d{7,15}@c\.us$/.test(parsed.chatId)) return wrong(entry.path, `Validation failed. Details: 'chatId' ${parsed.chatId} is not allowed`);
    const idMessage = crypto.randomBytes(10).toString('hex').toUpperCase();
    Object.assign(entry, { accepted: true, id: idMessage, to: parsed.chatId, body: text, typeMessage, file: parsed.urlFile ?? parsed.file });
    if (state.waiting) queue.push({ messageID: idMessage, type: entry.operation.split(' ')[1], body: { ...parsed, file: undefined } });
    else journal.unshift({ type: 'outgoing', idMessage, timestamp: Math.floor(Date.now() / 1000), typeMessage, chatId: parsed.chatId, textMessage: text, statusMessage: 'sent', sendByApi: true });
    return { status: 200, body: { idMessage } };
  }
  const handlers = {
    'POST sendMessage': (context) => take(context, 'textMessage', context.parsed.message),
    'POST sendFileByUrl': (context) => take(context, 'imageMessage', context.parsed.caption ?? ''),
    'POST sendFileByUpload': (context) => {
      const reply = take(context, 'imageMessage', context.parsed.caption ?? '');
      if (reply.status === 200) reply.body.urlFile = 'https://sw-media-out.storage.yandexcloud.net/1/mock.png';
      return reply;
    },
    'GET getStateInstance': () => ({ status: 200, body: { stateInstance: state.stateInstance } }),
    'GET getWaSettings': () => ({ status: 200, body: { avatar: '', phone: state.stateInstance === 'authorized' ? account.phone : '', stateInstance: state.stateInstance, deviceId: '' } }),
    'POST setSettings': ({ parsed }) => { Object.assign(state.settings, parsed); return { status: 200, body: { saveSettings: true } }; },
    'POST getAuthorizationCode': () => ({ status: 200, body: { status: true, code: 'GAPI2015' } }),
    'POST getMessage': ({ parsed, entry }) => {
      const found = journal.find((m) => m.idMessage === parsed.idMessage && m.chatId === parsed.chatId);
      return found ? { status: 200, body: found } : wrong(entry.path, 'message not found');
    },
    'GET lastOutgoingMessages': ({ query }) => ({ status: 200, body: journal.filter((m) => m.timestamp >= Date.now() / 1000 - 60 * Number(query.get('minutes') ?? 1440)) }),
    'GET showMessagesQueue': () => ({ status: 200, body: queue }),
  };

  const front = await startFront({
    name: 'greenapi', operations: collection.operations, files,
    authorize: (request) => {
      const path = new URL(request.url, 'http://mock').pathname;
      if (files.has(path)) return null; // the store asks for nothing
      const [, instance, token] = /^\/waInstance(\d+)\/[A-Za-z]+\/([A-Za-z0-9]+)$/.exec(path) ?? [];
      return instance === account.idInstance && token === account.apiToken ? null : 'the path has not this instance and its token';
    },
    handle: (context) => (handlers[context.operation.name] ?? (() => ({ status: 501, body: { message: `mock has no ${context.operation.name}` } })))(context),
    refuse: (status, why) => ({ statusCode: status, message: why.join('; ') }),
  }, options);

  return {
    ...front, account, state, files,
    /** The vendor's own samples of webhooks; empty where the collection is not here. */
    samples: collection.webhooks,
    sent: () => front.journal.filter((e) => e.accepted),
    instanceData: { idInstance: Number(account.idInstance), wid: `${account.phone}@c.us`, typeInstance: 'whatsapp' },
    /** A webhook as the vendor posts it, to be handed over or sent. */
    webhook: (body, token = account.webhookToken) => ({
      method: 'POST', url: 'https://comms.example.test/webhooks/a/whatsapp', body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` } }),
  };
}

if (import.meta.url === `file://${process.argv[1]}`) {
  const mock = await startGreenapi({ port: Number(process.argv[2] ?? 24105), journalFile: process.argv[3] ?? null });
  console.log(`greenapi mock on ${mock.url}`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => mock.stop().then(() => process.exit(0)));
}
