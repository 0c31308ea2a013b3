// The supabase_storage provider, loaded as the server loads it, against a mock that answers as
// Supabase's own server does: see mocks/supabase_storage.mjs.
import assert from 'node:assert/strict';
import test from 'node:test';
import { startSupabaseStorage } from '../../mocks/supabase_storage.mjs';
import { Driver } from '../lib/driver.mjs';
import { playSignedUrls, playStorage } from '../lib/storage.mjs';

const settings = (mock, more = {}) => ({ base_url: mock.url, bucket: mock.account.bucket, service_key: mock.account.serviceKey, jwt_secret: mock.account.jwtSecret, ...more });

async function stage(t, { more = {}, codes = true } = {}) {
  const mock = await startSupabaseStorage({ codes });
  const driver = await Driver.start({ allow: [mock.origin], providers: { storage: { use: 'supabase_storage', config: settings(mock, more) } } });
  t.after(async () => {
    await driver.stop();
    await mock.stop();
  });
  return { mock, driver };
}

for (const codes of [true, false]) {
  test(`what every object store owes, ${codes ? 'with' : 'without'} codes in failures`, async (t) => {
    const { mock, driver } = await stage(t, { codes });
    await playStorage(t, driver);
    assert.deepEqual(mock.refusals.filter((code) => !['NoSuchKey', 'InvalidRange'].includes(code)), []);
    assert.ok([...mock.objects.keys()].every((name) => name.length <= 1024));
  });
}

test('signed URLs', async (t) => {
  const { driver } = await stage(t);
  await playSignedUrls(t, driver);
});

test('without the secret the server serves the objects', async (t) => {
  const { driver } = await stage(t, { more: { jwt_secret: undefined } });
  assert.equal((await driver.ask({ slot: 'storage', op: 'signed_url', key: 'k', method: 'GET' })).error?.code, 'unsupported');
});

test('a prefix stands before every key', async (t) => {
  const { mock, driver } = await stage(t, { more: { prefix: 'commsd/' } });
  await driver.do({ slot: 'storage', op: 'put', key: 'grüß dich', contentType: 'text/plain', bytesBase64: 'eA==' });
  assert.deepEqual([...mock.objects.keys()], ['media/commsd/gr=c3=bc=c3=9f=20dich']);
});

test('wrong credentials are told at the start', async (t) => {
  const mock = await startSupabaseStorage();
  t.after(() => mock.stop());
  for (const [more, code, said] of [[{ service_key: 'another-key' }, 'InvalidJWT', 'unauthenticated'], [{ bucket: 'not-there' }, 'NoSuchBucket', 'invalid_argument']]) {
    const driver = await Driver.start({ allow: [mock.origin], mayFail: true, providers: { storage: { use: 'supabase_storage', config: settings(mock, more) } } });
    const { error } = await driver.ask({ slot: 'storage', op: 'check' });
    await driver.stop();
    assert.equal(error?.vendorCode, code);
    assert.equal(error.code, said);
    assert.ok(error.remedy.length > 0);
    assert.ok(!JSON.stringify(error).includes('another-key'));
  }
});

test('what the vendor refuses, judged by the body', async (t) => {
  const { mock, driver } = await stage(t);
  for (const [status, json, expected] of [
    [400, { statusCode: '413', error: 'Payload too large', message: 'The object exceeded the maximum allowed size' }, 'rejected'],
    [400, { statusCode: '415', error: 'invalid_mime_type', message: 'mime type text/x is not supported' }, 'rejected'],
    [400, { statusCode: '403', error: 'Unauthorized', message: 'signature verification failed' }, 'unauthenticated'],
    [403, { statusCode: '403', error: 'AccessDenied', code: 'AccessDenied', message: 'no' }, 'permission_denied'],
    [400, { statusCode: '404', error: 'Bucket not found', message: 'Bucket not found' }, 'invalid_argument'],
    [429, { statusCode: '429', error: 'too_many_connections', message: 'Too many connections' }, 'rate_limited'],
    [503, { statusCode: '503', error: 'SlowDown', code: 'SlowDown', message: 'slow down' }, 'rate_limited'],
    [500, { statusCode: '500', error: 'internal', code: 'InternalError', message: 'Internal server error' }, 'unavailable'],
    [544, { statusCode: '544', error: 'DatabaseTimeout', code: 'DatabaseTimeout', message: 'The connection to the database timed out' }, 'unavailable'],
  ]) {
    mock.fault({ status, json });
    const { error } = await driver.ask({ slot: 'storage', op: 'put', key: 'k', contentType: 'text/plain', bytesBase64: 'eA==' });
    assert.equal(error?.code, expected, json.error);
    assert.equal(error.vendorCode, json.code ?? json.error);
    assert.ok(error.message.includes(json.message));
  }
});

test('a bad day at the vendor', async (t) => {
  const { mock, driver } = await stage(t);
  const html = { status: 200, headers: { 'content-type': 'text/html' }, bytes: '<!DOCTYPE html><html><body>Welcome</body></html>' };
  for (const [name, fault] of Object.entries({
    'truncated JSON': { status: 200, bytes: '{"Key":"me' },
    '200 with an empty body': { status: 200 },
    'a page of a proxy': html,
    'a page that says it failed': { ...html, status: 502 },
    'JSON of another kind': { status: 400, json: [null, 1] },
    'an answer of 9 MB': { ...html, bytes: Buffer.alloc(9 * 1024 * 1024, 0x20) },
    'a reset after the request': { drop: true },
    'no answer': { hang: true },
  })) {
    for (const op of ['put', 'remove', 'head']) {
      mock.clearFaults();
      mock.fault({ times: 10, ...fault });
      const { error } = await driver.ask({ slot: 'storage', op, key: 'k', contentType: 'text/plain', bytesBase64: 'eA==', limitMs: 1500 });
      assert.ok(['unavailable', 'timeout', 'ambiguous', 'rejected'].includes(error?.code), `${name}: ${op}: ${error?.code}`);
      assert.ok(error.message.length > 0 && error.message.length < 500);
      assert.ok(!JSON.stringify(error).includes('Welcome') && !JSON.stringify(error).includes(mock.account.serviceKey));
    }
  }
});
