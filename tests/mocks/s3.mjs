// An S3 server of other people (s3rver, which checks signatures itself) behind a front that computes
// every signature again with AWS's own signer (@smithy/signature-v4), over the request exactly as it
// was sent. What is refused stands in `refusals`; faults as in lib/front.mjs.
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { SignatureV4 } from '@smithy/signature-v4';

const S3rver = createRequire(import.meta.url)('s3rver');

class Sha256 {
  #hash;
  constructor(key) { this.#hash = key ? crypto.createHmac('sha256', Buffer.from(key)) : crypto.createHash('sha256'); }
  update(data) { this.#hash.update(typeof data === 'string' ? data : Buffer.from(data.buffer ?? data, data.byteOffset ?? 0, data.byteLength)); }
  async digest() { return new Uint8Array(this.#hash.digest()); }
}

const timeOf = (stamp) => new Date(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));

/** Why the request's signature is not what AWS's signer makes of it, or null. */
export async function complaint(request, body, { accessKeyId, secretAccessKey, region = 'us-east-1' }) {
  const url = new URL(request.url, 'http://x');
  const query = {};
  for (const [name, value] of url.searchParams) query[name] = value;
  const presigned = 'X-Amz-Signature' in query;
  const found = presigned
    ? { credential: query['X-Amz-Credential'], names: query['X-Amz-SignedHeaders'], signature: query['X-Amz-Signature'] }
    : /^AWS4-HMAC-SHA256 Credential=(?<credential>[^,]+), SignedHeaders=(?<names>[^,]+), Signature=(?<signature>[0-9a-f]{64})$/
      .exec(request.headers.authorization ?? '')?.groups;
  if (!found) return 'no SigV4 signature';
  const [id, date, itsRegion, service, last] = found.credential.split('/');
  if (id !== accessKeyId || itsRegion !== region || service !== 's3' || last !== 'aws4_request') return `scope ${found.credential}`;
  const names = found.names.split(';');
  if (!names.includes('host')) return 'host is not signed';
  const must = Object.keys(request.headers).filter((h) => h.startsWith('x-amz-') || (h === 'content-type' && !presigned));
  for (const name of must) if (!names.includes(name)) return `${name} is not signed`;
  const stamp = presigned ? query['X-Amz-Date'] : request.headers['x-amz-date'];
  const when = timeOf(stamp);
  if (stamp.slice(0, 8) !== date) return 'the date is not that of the scope';
  const age = Date.now() - when;
  const longest = presigned ? Number(query['X-Amz-Expires']) * 1000 : 300_000;
  if (age > longest || age < -300_000) return 'too old or from the future';
  const hash = presigned ? 'UNSIGNED-PAYLOAD' : request.headers['x-amz-content-sha256'];
  if (hash !== 'UNSIGNED-PAYLOAD' && hash !== crypto.createHash('sha256').update(body).digest('hex')) return 'the content has another hash';
  const signer = new SignatureV4({ service: 's3', region, credentials: { accessKeyId, secretAccessKey, sessionToken: query['X-Amz-Security-Token'] ?? request.headers['x-amz-security-token'] }, sha256: Sha256, uriEscapePath: false, applyChecksum: false });
  const target = { method: request.method, protocol: 'http:', hostname: 'x', path: url.pathname, headers: Object.fromEntries(names.map((n) => [n, request.headers[n]])) };
  let made;
  if (presigned) {
    for (const name of Object.keys(query)) if (name.startsWith('X-Amz-')) delete query[name];
    const unsigned = 'x-amz-content-sha256'; // tells the signer about the content, and is not sent
    const signed = await signer.presign({ ...target, headers: { ...target.headers, [unsigned]: hash }, query },
      { signingDate: when, expiresIn: longest / 1000, unhoistableHeaders: new Set([unsigned]), unsignableHeaders: new Set([unsigned]) });
    made = signed.query['X-Amz-Signature'];
  } else {
    const signed = await signer.sign({ ...target, query, headers: { ...target.headers, 'x-amz-content-sha256': hash }, body }, { signingDate: when, signableHeaders: new Set(names) });
    made = /Signature=([0-9a-f]{64})$/.exec(signed.headers.authorization)[1];
  }
  return made === found.signature ? null : 'SignatureDoesNotMatch';
}

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
    const wrong = await complaint(request, body, { ...account });
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
