// The s3 provider, loaded as the server loads it, on s3rver: an S3 server of other people, which
// checks signatures itself, behind a front that computes them again with AWS's own signer.
import assert from 'node:assert/strict';
import test from 'node:test';
import { startS3 } from '../../mocks/s3.mjs';
import { Driver } from '../lib/driver.mjs';
import { playSignedUrls, playStorage } from '../lib/storage.mjs';

const settings = (mock, more = {}) => ({ bucket: mock.account.bucket, access_key_id: mock.account.accessKeyId,
  secret_access_key: mock.account.secretAccessKey, endpoint: mock.url, ...more });

async function stage(t, more = {}, use = 's3') {
  const mock = await startS3();
  const driver = await Driver.start({ allow: [mock.url], providers: { storage: { use, config: settings(mock, more) } } });
  t.after(async () => {
    await driver.stop();
    await mock.stop();
  });
  return { mock, driver };
}

test('what every object store owes', async (t) => {
  const { mock, driver } = await stage(t);
  // s3rver keeps an object in a file that is named by the last part of its key and a suffix.
  await playStorage(t, driver, { longestPart: 200 });
  assert.deepEqual(mock.refusals, []);
  const uploads = mock.journal.filter((e) => e.method === 'POST' && e.url.endsWith('?uploads='));
  assert.equal(uploads.length, 1, 'the large object went up in parts');
  assert.equal(mock.journal.filter((e) => e.url.includes('partNumber=')).length, 2);
});

test('signed URLs', async (t) => {
  const { driver } = await stage(t);
  await playSignedUrls(t, driver);
});

test('a prefix, and a bucket whose name has dots', async (t) => {
  const { mock, driver } = await stage(t, { bucket: 'dotted.media', prefix: 'commsd/a/' }, 'minio');
  await driver.do({ slot: 'storage', op: 'put', key: 'k', contentType: 'text/plain', bytesBase64: 'eA==' });
  assert.deepEqual(mock.journal.filter((e) => e.method === 'PUT').map((e) => e.url), ['/dotted.media/commsd/a/k']);
  assert.equal((await driver.do({ slot: 'storage', op: 'head', key: 'k' })).byteCount, 1);
  assert.equal((await fetch((await driver.do({ slot: 'storage', op: 'signed_url', key: 'k', method: 'GET' })).url)).status, 200);
  assert.deepEqual(mock.refusals, []);
});

test('wrong credentials are told at the start', async (t) => {
  const mock = await startS3();
  t.after(() => mock.stop());
  for (const [more, code] of [[{ secret_access_key: 'another' }, 'SignatureDoesNotMatch'], [{ bucket: 'not-there' }, 'NoSuchBucket']]) {
    const driver = await Driver.start({ allow: [mock.url], mayFail: true, providers: { storage: { use: 's3', config: settings(mock, more) } } });
    const answer = await driver.ask({ slot: 'storage', op: 'check' });
    await driver.stop();
    assert.equal(answer.error?.vendorCode, code, JSON.stringify(answer));
    assert.ok(answer.error.remedy.length > 0);
    assert.ok(!JSON.stringify(answer).includes('another'));
  }
});

test('what the vendor refuses, in its class and with a remedy', async (t) => {
  const { mock, driver } = await stage(t);
  const key = 'k';
  await driver.do({ slot: 'storage', op: 'put', key, contentType: 'text/plain', bytesBase64: 'eA==' });
  for (const [status, code, expected, remedy] of [
    [403, 'AccessDenied', 'permission_denied', /s3:ListBucket/],
    [403, 'InvalidAccessKeyId', 'unauthenticated', /access_key_id/],
    [400, 'ExpiredToken', 'unauthenticated', /temporary/],
    [403, 'RequestTimeTooSkewed', 'unauthenticated', /clock/],
    [404, 'NoSuchBucket', 'invalid_argument', /bucket/],
    [404, 'NoSuchKey', 'not_found', /^/],
    [503, 'SlowDown', 'rate_limited', /^/],
    [500, 'InternalError', 'unavailable', /^/],
    [507, 'XMinioStorageFull', 'unavailable', /room/],
    [400, 'EntityTooLarge', 'rejected', /smaller/],
    [418, 'SomethingNew', 'rejected', /^/],
  ]) {
    mock.fault({ status, code, message: 'as &lt;the vendor&gt; says' });
    const { error } = await driver.ask({ slot: 'storage', op: 'put', key, contentType: 'text/plain', bytesBase64: 'eA==' });
    assert.equal(error?.code, expected, code);
    assert.equal(error.vendorCode, code);
    assert.match(error.message, /as <the vendor> says/);
    assert.match(error.remedy, remedy);
    mock.fault({ status, code });
    assert.equal((await driver.ask({ slot: 'storage', op: 'get', key })).error?.code, expected, code);
  }
  mock.fault({ status: 301, code: 'PermanentRedirect', headers: { 'x-amz-bucket-region': 'eu-west-1' } });
  const elsewhere = await driver.ask({ slot: 'storage', op: 'get', key });
  assert.equal(elsewhere.error?.code, 'invalid_argument');
  assert.match(elsewhere.error.remedy, /eu-west-1/);
  mock.fault({ status: 503, code: 'SlowDown', headers: { 'retry-after': '7' } });
  assert.equal((await driver.ask({ slot: 'storage', op: 'remove', key })).error?.retryAfterMs, 7000);
});

test('a bad day at the vendor', async (t) => {
  const { mock, driver } = await stage(t);
  const html = { status: 200, headers: { 'content-type': 'text/html' }, body: Buffer.from('<!DOCTYPE html><html><body>Welcome</body></html>') };
  const put = (limitMs = 5000) => driver.ask({ slot: 'storage', op: 'put', key: 'k', contentType: 'text/plain', bytesBase64: 'eA==', limitMs });
  assert.equal((await put()).error, undefined);
  // Everything may be done twice here, so nothing is ever ambiguous.
  for (const [name, fault] of Object.entries({
    'a page of a proxy': html,
    'a page that says it failed': { ...html, status: 502 },
    'an empty 500': { status: 500 },
    'an answer of 9 MB': { ...html, body: Buffer.alloc(9 * 1024 * 1024, 0x20) },
    'a reset after the request': { drop: true, times: 10 },
    'no answer': { hang: true, times: 10 },
  })) {
    for (const command of [{ op: 'put' }, { op: 'remove' }]) {
      mock.clearFaults();
      mock.fault({ times: 10, ...fault });
      const { error } = await driver.ask({ slot: 'storage', key: 'k', contentType: 'text/plain', bytesBase64: 'eA==', limitMs: 1500, ...command });
      assert.ok(error, `${name}: ${command.op}`);
      assert.ok(['unavailable', 'timeout', 'ambiguous'].includes(error.code), `${name}: ${command.op}: ${error.code}`);
      assert.ok(error.message.length > 0 && error.message.length < 500);
      assert.ok(!JSON.stringify(error).includes('Welcome'));
    }
  }
  mock.clearFaults();
  await driver.do({ slot: 'storage', op: 'put', key: 'cut', contentType: 'text/plain', bytesBase64: Buffer.alloc(100_000, 'x').toString('base64') });
  mock.fault({ cut: true, times: 10 });
  const cut = await driver.ask({ slot: 'storage', op: 'get', key: 'cut' });
  assert.equal(cut.error?.code, 'unavailable', JSON.stringify(cut).slice(0, 200));
});

test('parts that fail leave no object, and their upload is aborted', async (t) => {
  const { mock, driver } = await stage(t, { part_megabytes: 5 });
  const put = () => driver.ask({ slot: 'storage', op: 'put', key: 'in parts', contentType: 'video/mp4', bytesBase64: Buffer.alloc(1024 * 1024, 'v').toString('base64'), repeat: 12 });
  for (const fault of [
    { match: /partNumber=2/, status: 500, code: 'InternalError' },
    { match: /partNumber=3/, status: 200, body: Buffer.from('<html></html>') },
    { match: /POST .*uploadId=/, status: 200, code: 'InternalError' },  // the failure comes after the head
    { match: /POST .*uploadId=/, status: 200 },
  ]) {
    mock.fault(fault);
    const begun = mock.journal.length;
    assert.ok((await put()).error, String(fault.match));
    const asked = mock.journal.slice(begun);
    assert.equal(asked.at(-1).method, 'DELETE');
    assert.match(asked.at(-1).url, /uploadId=/);
    assert.equal((await driver.ask({ slot: 'storage', op: 'get', key: 'in parts' })).error?.code, 'not_found');
  }
  assert.equal((await put()).error, undefined);
  assert.equal((await driver.do({ slot: 'storage', op: 'head', key: 'in parts' })).byteCount, 12 * 1024 * 1024);
  assert.deepEqual(mock.refusals, []);
});
