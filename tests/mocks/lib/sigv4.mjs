// Holds a request to AWS Signature Version 4: computed again with AWS's own signer
// (@smithy/signature-v4), over the request exactly as it was sent.
import crypto from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';

class Sha256 {
  #hash;
  constructor(key) { this.#hash = key ? crypto.createHmac('sha256', Buffer.from(key)) : crypto.createHash('sha256'); }
  update(data) { this.#hash.update(typeof data === 'string' ? data : Buffer.from(data.buffer ?? data, data.byteOffset ?? 0, data.byteLength)); }
  async digest() { return new Uint8Array(this.#hash.digest()); }
}

const timeOf = (stamp) => new Date(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));

/** Why the request's signature is not what AWS's signer makes of it, or null. */
export async function complaint(request, body, { service, accessKeyId, secretAccessKey, region = 'us-east-1' }) {
  const url = new URL(request.url, 'http://x');
  const query = {};
  for (const [name, value] of url.searchParams) query[name] = value;
  const presigned = 'X-Amz-Signature' in query;
  const found = presigned
    ? { credential: query['X-Amz-Credential'], names: query['X-Amz-SignedHeaders'], signature: query['X-Amz-Signature'] }
    : /^AWS4-HMAC-SHA256 Credential=(?<credential>[^,]+), SignedHeaders=(?<names>[^,]+), Signature=(?<signature>[0-9a-f]{64})$/
      .exec(request.headers.authorization ?? '')?.groups;
  if (!found) return 'no SigV4 signature';
  const [id, date, itsRegion, itsService, last] = found.credential.split('/');
  if (id !== accessKeyId || itsRegion !== region || itsService !== service || last !== 'aws4_request') return `scope ${found.credential}`;
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
  const signer = new SignatureV4({ service, region, credentials: { accessKeyId, secretAccessKey, sessionToken: query['X-Amz-Security-Token'] ?? request.headers['x-amz-security-token'] }, sha256: Sha256, uriEscapePath: service !== 's3', applyChecksum: false });
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
