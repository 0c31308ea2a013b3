// The front every mock vendor shares: read, log, check against the vendor's document, inject the
// fault that was asked for, answer. A request the vendor would refuse is refused with the reasons in
// `x-mock-refused` and in `refusals`, and every suite asserts at its end that `refusals` is empty.
import http from 'node:http';
import { Journal } from './journal.mjs';

const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms).unref(); });

/**
 * vendor: { name, operations, authorize(request, body) -> null | reason or a promise of it, handle(request, reply), refuse(status, complaints) -> body,
 *   unauthorizedStatus (401) , refusalHeaders(status) }
 * files: Map of path -> { location } | { type, bytes }, for those who are authorized.
 * handle gets { operation, values, query, parsed, headers, entry } and returns { status, body, headers }.
 */
export async function startFront(vendor, { port = 0, journalFile = null } = {}) {
  const journal = await Journal.open(journalFile);
  const refusals = [];
  const faults = [];
  const sockets = new Set();
  const state = { latencyMs: 0 };

  const server = http.createServer((request, response) => {
    serve(request, response).catch((error) => {
      refusals.push({ why: `mock failed: ${error.stack}` });
      if (!response.headersSent) answer(response, { status: 500, body: { mock: String(error) } });
    });
  });
  server.keepAliveTimeout = 75_000;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });

  async function serve(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const url = new URL(request.url, 'http://mock');
    const entry = {
      at: Date.now(), method: request.method, path: url.pathname, query: Object.fromEntries(url.searchParams),
      idempotencyKey: request.headers['idempotency-key'] ?? null, accepted: false,
    };
    const refuse = async (status, why) => {
      entry.status = status;
      entry.why = why;
      refusals.push(entry);
      await journal.append(entry);
      answer(response, { status, body: vendor.refuse(status, why), headers: { 'x-mock-refused': '1', ...vendor.refusalHeaders?.(status) } });
    };

    const fault = takeFault(faults, request.method, request.url);
    const latency = fault?.latencyMs ?? state.latencyMs;
    if (latency > 0) await sleep(latency);
    if (fault?.drop === 'before') { entry.fault = 'dropped before'; await journal.append(entry); request.socket.destroy(); return; }
    if (fault?.hang === 'before') { entry.fault = 'hung before'; await journal.append(entry); return; }
    if (fault?.status && !fault.after) {
      entry.fault = `answered ${fault.status}`;
      entry.status = fault.status;
      await journal.append(entry);
      answer(response, { status: fault.status, body: fault.body ?? vendor.refuse(fault.status, ['injected']), headers: fault.headers });
      return;
    }

    const unauthorized = await vendor.authorize(request, body);
    if (unauthorized) return void await refuse(vendor.unauthorizedStatus ?? 401, [unauthorized]);
    const file = request.method === 'GET' ? vendor.files?.get(url.pathname) : undefined;
    if (file) { // media: bytes, or where they are
      Object.assign(entry, { file: true, status: file.location ? 307 : 200 });
      await journal.append(entry);
      response.writeHead(entry.status, file.location ? { location: file.location } : { 'content-type': file.type });
      response.end(file.bytes);
      return;
    }
    const operation = vendor.operations
      .filter((o) => o.method === request.method && o.expression.test(url.pathname))
      .sort((a, b) => a.parameterCount - b.parameterCount)[0];
    if (!operation) return void await refuse(404, ['no such operation in the vendor\'s document']);
    entry.operation = operation.name;
    const { complaints, parsed, values } = operation.check({
      pathname: url.pathname, searchParams: url.searchParams, headers: request.headers, body });
    if (complaints.length > 0) return void await refuse(vendor.badRequestStatus ?? 400, complaints);

    const reply = vendor.handle({ operation, values, query: url.searchParams, parsed, body, headers: request.headers, entry });
    if (reply.status >= 200 && reply.status < 300 && reply.body !== undefined && !reply.unchecked) {
      const wrong = operation.complainAboutReply(reply.body);
      if (wrong.length > 0) throw new Error(`${vendor.name} ${operation.name}: reply is not the vendor's: ${wrong.slice(0, 3).join('; ')}`);
    }
    entry.status = reply.status;
    await journal.append(entry);
    if (fault?.holdMs) await sleep(fault.holdMs);
    if (fault?.drop === 'after') { request.socket.destroy(); return; }
    if (fault?.hang === 'after') return;
    if (fault?.after) {
      answer(response, { status: fault.status, body: fault.body ?? vendor.refuse(fault.status, ['injected']), headers: fault.headers });
      return;
    }
    if (fault?.raw !== undefined) {
      response.writeHead(fault.rawStatus ?? 200, fault.headers ?? { 'content-type': 'application/json' });
      response.end(fault.raw);
      return;
    }
    answer(response, reply);
  }

  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    port: server.address().port,
    journal: journal.entries,
    refusals,
    setLatency: (ms) => { state.latencyMs = ms; },
    /**
     * Next matching requests misbehave. { match: RegExp on "METHOD /path", skip (so many go well before), times, latencyMs,
     * status/body/headers (answered without doing it; with after:true, having done it),
     * drop: 'before'|'after' (socket cut), hang: 'before'|'after' (no answer), holdMs (done at once, answered
     * late), raw (bytes as body) }
     */
    fault: (f) => { faults.push({ times: 1, ...f }); },
    clearFaults: () => { faults.length = 0; },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await journal.close();
    },
  };
}

function takeFault(faults, method, url) {
  const index = faults.findIndex((f) => !f.match || f.match.test(`${method} ${url}`));
  if (index < 0) return null;
  const fault = faults[index];
  if (fault.skip > 0) { fault.skip -= 1; return null; }
  fault.times -= 1;
  if (fault.times <= 0) faults.splice(index, 1);
  return fault;
}

function answer(response, { status, body, headers = {} }) {
  const text = body === undefined ? '' : Buffer.isBuffer(body) ? body : JSON.stringify(body);
  response.writeHead(status, {
    ...(body === undefined || Buffer.isBuffer(body) ? {} : { 'content-type': 'application/json' }),
    'content-length': Buffer.byteLength(text), ...headers });
  response.end(text);
}
