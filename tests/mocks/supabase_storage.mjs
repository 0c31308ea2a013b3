// Supabase's storage server as its own OpenAPI document and its source have it: failures are HTTP
// 400 with the real status in the body, names outside an ASCII set are refused, and the tokens of
// signed URLs are JWTs over "bucket/name" (checked with jose, which is what the vendor uses).
import crypto from 'node:crypto';
import http from 'node:http';
import { jwtVerify } from 'jose';

const NAME = /^(\w|\/|!|-|\.|\*|'|\(|\)| |&|\$|@|=|;|:|\+|,|\?)*$/; // isValidKey

const failures = {
  NoSuchKey: ['404', 'not_found', 'Object not found'],
  NoSuchBucket: ['404', 'Bucket not found', 'Bucket not found'],
  InvalidJWT: ['403', 'Unauthorized', 'jwt malformed'],
  InvalidKey: ['400', 'InvalidKey', 'Invalid key'],
  InvalidRange: ['416', 'InvalidRange', 'The requested range is not satisfiable'],
  InvalidSignature: ['400', 'InvalidSignature', 'Invalid signature'],
  KeyAlreadyExists: ['409', 'Duplicate', 'The resource already exists'],
};

/** `codes`: whether failures have the "code" that newer servers add. */
export async function startSupabaseStorage({ codes = true } = {}) {
  const account = { bucket: 'media', serviceKey: `sb_secret_${crypto.randomBytes(12).toString('hex')}`, jwtSecret: crypto.randomBytes(24).toString('hex') };
  const objects = new Map(); // "bucket/name"
  const journal = [];
  const refusals = [];
  const faults = [];

  const fail = (code) => {
    const [statusCode, error, message] = failures[code];
    refusals.push(code);
    return { status: 400, json: { statusCode, error, message, ...(codes ? { code } : {}) } };
  };

  async function answer(request, url, body) {
    const [, , , ...rest] = url.pathname.split('/'); // /storage/v1/...
    const path = rest.map(decodeURIComponent);
    const has = (...parts) => parts.every((p, i) => path[i] === p);
    const place = (from) => path.slice(from).join('/');
    const token = async (at, scope) => {
      const { payload } = await jwtVerify(url.searchParams.get('token') ?? '', new TextEncoder().encode(account.jwtSecret), { algorithms: ['HS256'] });
      return payload.url === at && payload.scope === scope ? payload : null;
    };
    const store = (at, upsert) => {
      if (!NAME.test(at)) return fail('InvalidKey');
      if (objects.has(at) && !upsert) return fail('KeyAlreadyExists');
      objects.set(at, { body, type: request.headers['content-type'], at: new Date(), etag: `"${crypto.createHash('md5').update(body).digest('hex')}"` });
      return { status: 200, json: { Id: crypto.randomUUID(), Key: at } };
    };
    const give = (at) => {
      const object = objects.get(at);
      if (!object) return fail('NoSuchKey');
      const headers = { 'content-type': object.type, etag: object.etag, 'last-modified': object.at.toUTCString(), 'cache-control': 'no-cache' };
      const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
      if (!range) return { status: 200, bytes: object.body, headers };
      const first = Number(range[1]);
      const last = Math.min(range[2] === '' ? Infinity : Number(range[2]), object.body.length - 1);
      if (first > last) return fail('InvalidRange');
      return { status: 206, bytes: object.body.subarray(first, last + 1), headers: { ...headers, 'content-range': `bytes ${first}-${last}/${object.body.length}` } };
    };
    try {
      if (has('object', 'sign') && request.method === 'GET') return await token(place(2), 'download') ? give(place(2)) : fail('InvalidSignature');
      if (has('object', 'upload', 'sign') && request.method === 'PUT') {
        const claims = await token(place(3), 'upload');
        return claims ? store(place(3), claims.upsert) : fail('InvalidSignature');
      }
    } catch {
      return fail('InvalidJWT');
    }
    if (request.headers.authorization !== `Bearer ${account.serviceKey}` || request.headers.apikey !== account.serviceKey) return fail('InvalidJWT');
    if (has('bucket')) return path[1] === account.bucket ? { status: 200, json: { id: account.bucket, name: account.bucket, public: false } } : fail('NoSuchBucket');
    if (!has('object')) return { status: 404, json: { message: 'Route not found', error: 'Not Found', statusCode: '404' } };
    const from = has('object', 'authenticated') || has('object', 'info') ? 2 : 1;
    if (path[from] !== account.bucket) return fail('NoSuchBucket');
    const at = place(from);
    if (request.method === 'POST' && from === 1) return store(at, request.headers['x-upsert'] === 'true');
    if (request.method === 'GET' && has('object', 'authenticated')) return give(at);
    const object = objects.get(at);
    if (!object) return fail('NoSuchKey');
    if (request.method === 'GET' && has('object', 'info')) {
      return { status: 200, json: { id: crypto.randomUUID(), name: at.slice(account.bucket.length + 1), version: '1', bucket_id: account.bucket, size: object.body.length,
        content_type: object.type, cache_control: 'no-cache', etag: object.etag, metadata: {}, last_modified: object.at.toISOString(), created_at: object.at.toISOString() } };
    }
    if (request.method === 'DELETE' && from === 1) {
      objects.delete(at);
      return { status: 200, json: { message: 'Successfully deleted' } };
    }
    return { status: 404, json: { message: 'Route not found', error: 'Not Found', statusCode: '404' } };
  }

  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    journal.push({ method: request.method, url: request.url });
    const at = faults.findIndex((f) => !f.match || f.match.test(`${request.method} ${request.url}`));
    const fault = at < 0 ? {} : faults[at];
    if (at >= 0 && --fault.times <= 0) faults.splice(at, 1);
    const made = fault.status ? fault : await answer(request, new URL(request.url, 'http://x'), Buffer.concat(chunks));
    if (fault.drop) return request.socket.destroy();
    if (fault.hang) return undefined;
    const bytes = made.json ? Buffer.from(JSON.stringify(made.json)) : Buffer.from(made.bytes ?? '');
    response.writeHead(made.status, { 'content-length': bytes.length, ...(made.json ? { 'content-type': 'application/json' } : {}), ...made.headers });
    return response.end(bytes);
  });
  const sockets = new Set();
  server.on('connection', (s) => { sockets.add(s); s.on('close', () => sockets.delete(s)); });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    origin, url: `${origin}/storage/v1`, account, objects, journal, refusals,
    // Not the health check, which comes when it likes.
    fault: (f) => faults.push({ times: 1, match: /^(?!GET \S*\/bucket\/)/, ...f }),
    clearFaults: () => { faults.length = 0; },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => { server.close(resolve); });
    },
  };
}
