// What every object store owes the server (plugin-sdk/include/comms/slot/storage.h), asked of each
// provider the same, through the host's own code.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

const sha256 = (data) => createHash('sha256').update(data).digest('hex');

/**
 * Plays all of it on a driver whose storage slot is the provider. `longestPart`: bytes that the
 * server behind the mock can take between two slashes, where it is less than S3 itself takes.
 */
export async function playStorage(t, driver, { longestPart = 512 } = {}) {
  const put = (key, data, contentType = 'image/png') => driver.ask({ slot: 'storage', op: 'put', key, contentType, bytesBase64: Buffer.from(data).toString('base64') });
  const get = (key, range = {}) => driver.ask({ slot: 'storage', op: 'get', key, ...range });
  const head = (key) => driver.ask({ slot: 'storage', op: 'head', key });
  const remove = (key) => driver.ask({ slot: 'storage', op: 'remove', key });
  const good = (answer) => { assert.equal(answer.error, undefined, JSON.stringify(answer.error)); return answer; };
  const bytes = (answer) => Buffer.from(good(answer).bytesBase64, 'base64');

  await t.test('gives back what was put', async () => {
    const data = Buffer.from([0, 255, 32, 114, 97, 119, 10]);
    const before = Date.now();
    good(await put('org_1/media/a.png', data));
    const found = await get('org_1/media/a.png');
    assert.deepEqual(bytes(found), data);
    assert.equal(found.contentType, 'image/png');
    assert.equal(found.byteCount, 7);
    const facts = good(await head('org_1/media/a.png'));
    assert.equal(facts.contentType, 'image/png');
    assert.equal(facts.byteCount, 7);
    assert.ok(facts.etag.length > 0);
    assert.ok(Math.abs(facts.modifiedAt - before) < 3_600_000, `changed about now, not ${facts.modifiedAt}`);
  });

  await t.test('gives parts', async () => {
    good(await put('parts', '0123456789', 'text/plain'));
    const part = await get('parts', { offset: 3, length: 4 });
    assert.equal(bytes(part).toString(), '3456');
    assert.equal(part.byteCount, 10);
    assert.equal(part.contentType, 'text/plain');
    assert.equal(bytes(await get('parts', { offset: 8, length: 100 })).toString(), '89');
    assert.equal(bytes(await get('parts', { offset: 4 })).toString(), '456789');
    assert.equal(bytes(await get('parts', { length: 2 })).toString(), '01');
    const atTheEnd = await get('parts', { offset: 10 });
    assert.equal(bytes(atTheEnd).toString(), '');
    assert.equal(atTheEnd.byteCount, 10);
    for (const offset of [11, 1_000_000, Number.MAX_SAFE_INTEGER]) {
      assert.equal((await get('parts', { offset })).error?.code, 'invalid_argument', `offset ${offset}`);
    }
  });

  await t.test('replaces, removes, and removes what is gone', async () => {
    good(await put('k', 'a long first version', 'text/plain'));
    const first = good(await head('k'));
    good(await put('k', 'second', 'text/html'));
    const found = await get('k');
    assert.equal(bytes(found).toString(), 'second');
    assert.equal(found.contentType, 'text/html');
    assert.notEqual(good(await head('k')).etag, first.etag);
    good(await remove('k'));
    assert.equal((await get('k')).error?.code, 'not_found');
    assert.equal((await get('k', { offset: 1, length: 1 })).error?.code, 'not_found');
    assert.equal((await head('k')).error?.code, 'not_found');
    good(await remove('k'));
  });

  await t.test('stores empty objects', async () => {
    good(await put('empty', '', ''));
    for (const range of [{}, { length: 5 }]) {
      const found = await get('empty', range);
      assert.equal(bytes(found).length, 0);
      assert.equal(found.byteCount, 0);
    }
    assert.equal((await get('empty', { offset: 1 })).error?.code, 'invalid_argument');
    assert.equal(good(await head('empty')).byteCount, 0);
  });

  await t.test('takes every key of the form', async () => {
    const keys = ['a', 'a/b', 'a/b/c', 'A', '..a', 'a..', '...', 'a b?', '%2e', '%2F', 'a%', '+', 'grüß/1', 'tmp', 'é+&=?#%.txt', 'e\u0301+&=?#%.txt',
      '北京/👋🏽.bin', "quo'te\"d", 'a\\b', '<x>&amp;', '!*()', '~.-_', 'a:b;c@d,e$f', '[1]{2}|^`', ' both ends ', 'a=b&c=d', 'x?versionId=1', 'uploads',
      [...Array(Math.floor(511 / (longestPart + 1)) + 1)].map(() => 'x'.repeat(longestPart)).join('/').slice(0, 512)];
    for (const key of keys) good(await put(key, `of ${key}`, 'text/plain'));
    for (const key of keys) assert.equal(bytes(await get(key)).toString(), `of ${key}`, key);
    for (const key of keys) assert.equal(good(await head(key)).byteCount, Buffer.byteLength(`of ${key}`), key);
    for (const key of keys) good(await remove(key));
    for (const key of keys) assert.equal((await get(key)).error?.code, 'not_found', key);
  });

  await t.test('refuses what is no key', async () => {
    for (const key of ['', '/etc/passwd', '..', '../up', 'a/../../up', 'a/..', '.', './a', 'a//b', 'a/', '/', 'x'.repeat(513), 'a\0b', 'a\nb', 'a\x7f']) {
      for (const op of ['put', 'get', 'head', 'remove']) {
        const answer = await driver.ask({ slot: 'storage', op, key, contentType: 'text/plain', bytesBase64: '' });
        assert.equal(answer.error?.code, 'invalid_argument', `${op} ${JSON.stringify(key)}`);
      }
    }
  });

  await t.test('refuses content types that could split a header', async () => {
    assert.equal((await put('k', 'x', 'text/html\r\nx: y')).error?.code, 'invalid_argument');
    assert.equal((await put('k', 'x', 't'.repeat(256))).error?.code, 'invalid_argument');
    const type = `text/plain; charset="${'t'.repeat(200)}"`;
    good(await put('k', 'x', type));
    assert.equal(good(await head('k')).contentType, type);
  });

  await t.test('stores and gives large objects whole', async () => {
    const piece = Buffer.alloc(1024 * 1024);
    for (let i = 0; i < piece.length; i += 4) piece.writeUInt32LE(i * 2654435761 >>> 0, i);
    good(await driver.ask({ slot: 'storage', op: 'put', key: 'large', contentType: 'video/mp4', bytesBase64: piece.toString('base64'), repeat: 21, limitMs: 120_000 }));
    const whole = createHash('sha256');
    for (let i = 0; i < 21; ++i) whole.update(piece);
    const found = good(await driver.ask({ slot: 'storage', op: 'get', key: 'large', limitMs: 120_000 }));
    assert.equal(found.byteCount, 21 * piece.length);
    assert.equal(found.sha256, whole.digest('hex'));
    assert.equal(found.contentType, 'video/mp4');
    const part = good(await get('large', { offset: 16 * piece.length - 10, length: piece.length }));
    assert.equal(part.sha256, sha256(Buffer.concat([piece.subarray(-10), piece.subarray(0, -10)])));
    good(await remove('large'));
  });
}

/** Plays signed URLs: what they allow, until when, and that nothing in them can be changed. */
export async function playSignedUrls(t, driver, { methods = ['GET', 'PUT'], type = (answer) => answer.headers.get('content-type') } = {}) {
  const sign = (key, method = 'GET', ttlSeconds = 60) => driver.ask({ slot: 'storage', op: 'signed_url', key, method, ttlSeconds });
  const put = (key, data) => driver.do({ slot: 'storage', op: 'put', key, contentType: 'text/plain', bytesBase64: Buffer.from(data).toString('base64') });

  await t.test('a signed URL gives the object to whoever has it', async () => {
    for (const key of ['signed', 'dir/é+&=?#%.txt', '北京 👋🏽', 'a=b&c=d/%2F']) {
      await put(key, `of ${key}`);
      const { url, error } = await sign(key);
      assert.equal(error, undefined, JSON.stringify(error));
      const answer = await fetch(url);
      assert.equal(answer.status, 200, `${key}: ${await answer.clone().text()}`);
      assert.equal(await answer.text(), `of ${key}`);
      assert.match(type(answer), /^text\/plain/);
    }
  });

  await t.test('it is for one key, one method and some time', async () => {
    await put('signed', 'x');
    await put('other', 'secret');
    const { url } = await sign('signed');
    for (const changed of [url.replace('signed', 'other'), url.slice(0, -1) + (url.endsWith('0') ? '1' : '0')]) {
      const answer = await fetch(changed);
      assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status}`);
      assert.ok(!(await answer.text()).includes('secret'));
    }
    assert.ok((await fetch(url, { method: 'PUT', body: 'changed' })).status >= 400);
    const short = (await sign('signed', 'GET', 1)).url;
    await new Promise((resolve) => { setTimeout(resolve, 2500); });
    assert.ok((await fetch(short)).status >= 400, 'over');
    assert.equal((await fetch(url)).status, 200);
  });

  await t.test('a week is the most', async () => {
    assert.equal((await sign('signed', 'GET', 7 * 86_400)).error, undefined);
    assert.equal((await sign('signed', 'GET', 7 * 86_400 + 1)).error?.code, 'invalid_argument');
    assert.equal((await sign('signed', 'GET', 0)).error?.code, 'invalid_argument');
    assert.equal((await sign('signed', 'DELETE')).error?.code, 'invalid_argument');
    assert.equal((await sign('../x')).error?.code, 'invalid_argument');
  });

  await t.test(methods.includes('PUT') ? 'one for PUT stores an object' : 'there is none for PUT', async () => {
    const { url, error } = await sign('put by others', 'PUT');
    if (!methods.includes('PUT')) {
      assert.equal(error.code, 'unsupported');
      return;
    }
    const stored = await fetch(url, { method: 'PUT', body: 'from outside' });
    assert.ok(stored.ok, `${stored.status} ${await stored.text()}`);
    const found = await driver.do({ slot: 'storage', op: 'get', key: 'put by others' });
    assert.equal(Buffer.from(found.bytesBase64, 'base64').toString(), 'from outside');
  });
}
