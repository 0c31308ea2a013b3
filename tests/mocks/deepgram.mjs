// A Deepgram that checks: requests are held to its OpenAPI document, every frame of a live session in
// both directions and the session's query to its AsyncAPI document. It hears "hello world" in
// anything that is long enough.
import http from 'node:http';
import fs from 'node:fs';
import path from 'node:path';
import { WebSocketServer } from 'ws';
import { compile, loadOperations, readDocument, specRoot, unchecked } from './lib/openapi.mjs';
import { startFront } from './lib/front.mjs';

export const deepgramAccount = { apiKey: '0123456789abcdef0123456789abcdef01234567' };
export const deepgramDocuments = [['deepgram/openapi.yml', (name) => ['POST /v1/listen', 'GET /v1/projects'].includes(name)]];

const LIVE = 'deepgram/asyncapi.yml';
const ID = '11111111-2222-3333-4444-555555555555';

/** { query, client(frame), server(frame) }: complaints in words; null when the document is not here. */
function liveDocument() {
  if (!fs.existsSync(path.join(specRoot, LIVE))) return null;
  const doc = readDocument(path.join(specRoot, LIVE));
  const channel = doc.channels['/v1/listen'];
  const checks = (direction) => new Map(channel[direction].message.oneOf.map(({ $ref }) => {
    const name = $ref.split('ListenV1').at(-1);
    return [name, compile(doc, { $ref: `${$ref}/payload` }, { closed: true })];
  }));
  const judge = (known) => (frame) => {
    const check = known.get(frame.type);
    if (!check) return [`there is no message ${frame.type}`];
    return check(frame) ? [] : check.errors.map((e) => `${e.instancePath} ${e.message}`);
  };
  return { query: new Set(Object.keys(channel.bindings.ws.query.properties)), client: judge(checks('subscribe')), server: judge(checks('publish')) };
}

const alternative = (transcript) => ({ transcript, confidence: transcript ? 0.98 : 0, languages: ['en'],
  words: transcript.split(' ').filter(Boolean).map((word, i) => ({ word, start: i * 0.2, end: i * 0.2 + 0.2, confidence: 0.98, punctuated_word: word })) });

export async function startDeepgram(options = {}) {
  const account = { ...deepgramAccount, ...options.account };
  const operations = deepgramDocuments.flatMap(([file, keep]) => loadOperations(file, keep));
  const listen = operations.find((o) => o.name === 'POST /v1/listen');
  const check = listen.check;
  // The document lists {url} only; the audio itself is what its guides and its SDK send.
  listen.check = (request) => {
    const { complaints, ...rest } = check({ ...request, body: Buffer.alloc(0) });
    const type = request.headers['content-type'] ?? '';
    const more = /^(audio\/|application\/octet-stream)/.test(type) ? [] : [`content-type ${type}: neither audio nor {url}`];
    return { ...rest, complaints: [...complaints.filter((c) => c !== 'body: missing'), ...more] };
  };
  const front = await startFront({
    name: 'deepgram', operations,
    authorize: (request) => (request.headers.authorization === `Token ${account.apiKey}` ? null : 'Invalid credentials.'),
    handle: ({ operation, query, body, headers, entry }) => {
      if (operation.name === 'GET /v1/projects') return { status: 200, body: { projects: [{ project_id: ID, name: 'mock' }] } };
      Object.assign(entry, { accepted: true, type: headers['content-type'], bytes: body.length, head: body.subarray(0, 44).toString('latin1'), keyterms: query.getAll('keyterm') });
      return { status: 200, unchecked: true, body: {
        metadata: { request_id: ID, sha256: 'x', created: new Date().toISOString(), duration: 1.25, channels: 1, models: [ID], model_info: {} },
        results: { channels: [{ alternatives: [alternative('Hello world.')], detected_language: 'en' }] } } };
    },
    refuse: (status, why) => ({ err_code: { 401: 'INVALID_AUTH', 429: 'TOO_MANY_REQUESTS' }[status] ?? 'Bad Request', err_msg: why.join('; '), request_id: ID }),
  }, options);

  const document = liveDocument();
  const sessions = [];
  const plans = []; // what the next sessions do: { status } | { closeAfterBytes, code, reason } | { say: [frames or text] } | { reset }
  const server = http.createServer((request, response) => response.writeHead(404).end());
  const sockets = new Set();
  server.on('connection', (socket) => { sockets.add(socket); socket.on('close', () => sockets.delete(socket)); });
  const wss = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url, 'http://mock');
    const session = { query: url.searchParams, frames: [], bytes: 0, why: [] };
    sessions.push(session);
    const plan = plans.shift() ?? {};
    const refuse = (status, why) => {
      session.why.push(why);
      socket.end(`HTTP/1.1 ${status} Refused\r\ncontent-length: 0\r\n\r\n`);
    };
    if (plan.status) return refuse(plan.status, 'as planned');
    if (request.headers.authorization !== `Token ${account.apiKey}`) return refuse(401, 'credentials');
    if (url.pathname !== '/v1/listen') return refuse(404, url.pathname);
    const unknown = document ? [...url.searchParams.keys()].filter((key) => !document.query.has(key)) : [];
    if (!document) unchecked.requests++;
    if (unknown.length > 0) return refuse(400, `query ${unknown}`);
    wss.handleUpgrade(request, socket, head, (ws) => converse(ws, session, plan));
  });

  function converse(ws, session, plan) {
    const width = session.query.get('encoding') === 'mulaw' ? 1 : 2;
    const seconds = () => session.bytes / width / Number(session.query.get('sample_rate'));
    const on = (name) => session.query.get(name) === 'true';
    const send = (frame) => {
      const wrong = document?.server(frame) ?? [];
      if (wrong.length > 0) throw new Error(`not Deepgram's: ${wrong}`);
      ws.send(JSON.stringify(frame));
    };
    const results = (text, { final, speechFinal = false, finalize = false }) => send({ type: 'Results', channel_index: [0, 1], duration: seconds(), start: 0,
      is_final: final, speech_final: speechFinal, from_finalize: finalize, channel: { alternatives: [alternative(text)] },
      metadata: { request_id: ID, model_info: { name: 'general-nova-3', version: '2024-12-20.0', arch: 'nova-3' }, model_uuid: ID } });
    let step = 0;
    for (const said of plan.say ?? []) ws.send(said);
    ws.on('message', (data, binary) => {
      if (binary) {
        session.bytes += data.length;
        if (plan.closeAfterBytes && session.bytes >= plan.closeAfterBytes) return ws.close(plan.code, plan.reason);
        if (plan.reset) return ws.terminate();
        if (step === 0) {
          step = 1;
          if (on('vad_events')) send({ type: 'SpeechStarted', channel: [0, 1], timestamp: 0.02 });
          if (on('interim_results')) results('hel', { final: false });
        } else if (step === 1 && seconds() > 0.3) {
          step = 2;
          results('hello world', { final: true, speechFinal: true });
          if (session.query.has('utterance_end_ms')) send({ type: 'UtteranceEnd', channel: [0, 1], last_word_end: 0.4 });
        }
        return undefined;
      }
      const frame = JSON.parse(data);
      session.frames.push(frame.type);
      const wrong = document?.client(frame) ?? [];
      if (wrong.length > 0) {
        session.why.push(...wrong);
        return ws.close(1008, 'DATA-0000');
      }
      if (frame.type === 'Finalize') results(step === 2 ? '' : 'goodbye', { final: true, finalize: true });
      if (frame.type === 'CloseStream') {
        send({ type: 'Metadata', transaction_key: 'deprecated', request_id: ID, sha256: 'x', created: new Date().toISOString(), duration: seconds(), channels: 1 });
        ws.close(1000);
      }
      return undefined;
    });
    ws.on('close', () => { session.closed = true; });
  }

  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    ...front, account, sessions, plan: (what) => plans.push(what), liveUrl: `ws://127.0.0.1:${server.address().port}`,
    heard: () => front.journal.filter((e) => e.accepted),
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => { server.close(resolve); });
      await front.stop();
    },
  };
}
