// An S3 server of other people (s3rver, which checks signatures itself) behind a front that computes
// every signature again with AWS's own signer (@smithy/signature-v4), over the request exactly as it
// was sent. What is refused stands in `refusals`; faults as in lib/front.mjs.
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { complaint } from './lib/sigv4.mjs';

const S3rver = createRequire(import.meta.url)('s3rver');

const xml = (code, message) => Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>0</RequestId></Error>`);

export async function startS3() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'commsd-s3-'));
  // s3rver knows these keys only.
  const account = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER', bucket: 'media' };
  const store = new S3rver({ port: 0, address: '127.0.0.1', silent: true, directory: folder, configureBuckets: [{ name: account.bucket }, { name: 'dotted.media' }] });
  const { port: behind } = await store.run();
  const journal = [];
  const refusals = [];
  const faults = [];

  /** Sends what came on to s3rver, Host included, so that it checks the same signature. */
  const ask = (request, body) => new Promise((resolve, reject) => {
    const headers = { ...request.headers, 'content-length': String(body.length) };
    const onward = http.request({ host: '127.0.0.1', port: behind, method: request.method, path: request.url, headers, agent: false }, (answer) => {
      // s3rver gives the first byte of an empty object, which it waits for itself; S3 refuses.
      if (/\/0$/.test(answer.headers['content-range'] ?? '')) {
        onward.destroy();
        return resolve({ status: 416, headers: { 'content-type': 'application/xml' }, body: xml('InvalidRange', 'The requested range is not satisfiable') });
      }
      const chunks = [];
      answer.on('data', (c) => chunks.push(c));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) }));
      return undefined;
    });
    onward.on('error', reject);
    onward.end(body);
  });

  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const entry = { method: request.method, url: request.url, headers: request.headers, bytes: body.length };
    journal.push(entry);
    const at = faults.findIndex((f) => !f.match || f.match.test(`${request.method} ${request.url}`));
    const fault = at < 0 ? {} : faults[at];
    if (at >= 0 && --fault.times <= 0) faults.splice(at, 1);
    const say = ({ status, headers = {}, body: content = Buffer.alloc(0) }) => {
      entry.status = status;
      const kept = Object.fromEntries(Object.entries(headers).filter(([n]) => !['connection', 'transfer-encoding', 'keep-alive'].includes(n)));
      response.writeHead(status, request.method === 'HEAD' ? kept : { ...kept, 'content-length': content.length });
      response.end(request.method === 'HEAD' ? undefined : content);
    };
    if (fault.code) return say({ status: fault.status, headers: { 'content-type': 'application/xml', ...fault.headers }, body: xml(fault.code, fault.message ?? 'injected') });
    if (fault.status && !fault.after) return say(fault);
    const wrong = await complaint(request, body, { service: 's3', ...account });
    if (wrong) {
      refusals.push({ ...entry, why: wrong });
      return say({ status: 403, headers: { 'content-type': 'application/xml' }, body: xml('SignatureDoesNotMatch', wrong) });
    }
    const answer = await ask(request, body);
    if (answer.status === 403) refusals.push({ ...entry, why: answer.body.toString() });
    if (fault.drop) return request.socket.destroy();
    if (fault.hang) return undefined;
    if (fault.cut) { // half of what was promised
      response.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length });
      response.write(answer.body.subarray(0, answer.body.length / 2), () => request.socket.destroy());
      return undefined;
    }
    if (fault.raw !== undefined) return say({ status: fault.rawStatus ?? 200, headers: fault.headers, body: Buffer.from(fault.raw) });
    return say(answer);
  });
  const sockets = new Set();
  server.on('connection', (s) => { sockets.add(s); s.on('close', () => sockets.delete(s)); });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    account, journal, refusals,
    // Not the health check, which comes when it likes.
    fault: (f) => faults.push({ times: 1, match: /^(?!GET \S*list-type=)/, ...f }),
    clearFaults: () => { faults.length = 0; },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => { server.close(resolve); });
      await store.close();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
