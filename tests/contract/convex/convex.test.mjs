// Convex's provider and its functions, SQLite in WebAssembly on documents, in Convex's own emulator (convex-test,
// tests/mocks/convex.mjs), because the backend is in no registry. First the functions themselves, called with
// Convex's own client; then what every database owes the store; then the server, chosen by one line of YAML.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ConvexHttpClient } from 'convex/browser';
import { makeFunctionReference } from 'convex/server';
import { deployed, limits, startConvex } from '../../mocks/convex.mjs';
import { serverSuite, storeSuites } from '../lib/database_service.mjs';

const functions = path.resolve(import.meta.dirname, '../../../plugins/convex/functions');
const read = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));

/** The database that the documents are, as a file for SQLite to open. */
async function databaseFile(convex, name) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'commsd-convex-file-'));
  after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'commsd.db');
  const pages = await convex.documents(name);
  const size = pages[0].bytes.byteLength;
  const whole = Buffer.alloc(pages.length * size);
  for (const { number, bytes } of pages) Buffer.from(bytes).copy(whole, number * size);
  fs.writeFileSync(file, whole);
  return file;
}

describe('the functions', () => {
  let convex;
  let client;
  before(async () => {
    convex = await startConvex();
    client = new ConvexHttpClient(convex.url, { skipConvexDeploymentUrlCheck: true, logger: false });
    client.setAdminAuth(convex.deployKey);
  });
  after(() => convex?.stop());

  const query = (sql, params = [], who = client) => who.query(makeFunctionReference('store:read'), { protocol: 1, statement: { name: 'q', sql }, params });
  const script = (sql) => client.mutation(makeFunctionReference('store:script'), { protocol: 1, sql });
  const commit = (...units) => client.mutation(makeFunctionReference('store:commit'), {
    protocol: 1, statements: units.flat().map(({ sql }) => ({ name: 's', sql })),
    units: units.map((steps) => ({ steps: steps.map(({ sql, params = [], expect = -1, capture = false }) => ({ statement: units.flat().findIndex((s) => s.sql === sql), params, expect, capture })) })),
  });
  const says = (kind, words) => (error) => error.data?.kind === kind && words.test(error.data.message);

  test("Convex's own client understands them, and every type comes back as it was", async () => {
    await script('CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT, data BLOB, amount REAL)');
    const values = [-(2n ** 63n), '\uFEFFa\0ż👋', new Uint8Array([1, 0, 255]).buffer, 3];
    await commit([{ sql: 'INSERT INTO things VALUES (?1, ?2, ?3, ?4)', params: values, expect: 1 }]);
    const { columns, rows } = await query('SELECT *, NULL FROM things');
    assert.deepEqual(columns, ['id', 'name', 'data', 'amount', 'NULL']);
    assert.deepEqual(rows, [[[...values, null]]]);
    assert.deepEqual(convex.refusals, []);
  });

  test('the code is what Convex takes: its size, and nothing that its runtime has not', async () => {
    const { size, text } = await deployed();
    assert.ok(size < limits.code / 4, `${size} bytes`);
    // Its runtime throws at import.meta, and has no code made from text (crates/isolate, isolate.rs and client.rs).
    for (const word of [/\bimport\.meta\b/, /\beval\(/, /new Function\(/]) assert.ok(!word.test(text), `${word}`);
  });

  test('the packages that are deployed are those that are tested', () => {
    const { dependencies } = read(path.join(functions, 'package.json'));
    const { devDependencies } = read(path.resolve(import.meta.dirname, '../../package.json'));
    for (const [name, version] of Object.entries(dependencies)) assert.equal(devDependencies[name], version, name);
    const { packages } = read(path.join(functions, 'package-lock.json'));
    for (const [name, version] of Object.entries(dependencies)) assert.equal(packages[`node_modules/${name}`].version, version, name);
  });

  test('only the deploy key opens them', async () => {
    const anybody = new ConvexHttpClient(convex.url, { skipConvexDeploymentUrlCheck: true, logger: false });
    await assert.rejects(query('SELECT 1', [], anybody), /Could not find public function/);
    anybody.setAdminAuth('prod:quiet-otter-123|d3Jvbmc=');
    await assert.rejects(query('SELECT 1', [], anybody), /deploy key was invalid/);
  });

  test('what they do not know is refused', async () => {
    await assert.rejects(client.query(makeFunctionReference('store:read'), { protocol: 2, statement: { name: 'q', sql: 'SELECT 1' }, params: [] }), says('protocol', /version 1 and commsd speaks 2/));
    await assert.rejects(client.query(makeFunctionReference('store:read'), { protocol: 1, statement: { name: 'q', sql: 'SELECT 1' }, params: [true] }), /Server Error/);
    await assert.rejects(client.query(makeFunctionReference('store:read'), { protocol: 1, statement: { name: 'q', sql: 'SELECT 1' }, params: [], more: 1 }), /Server Error/);
    await assert.rejects(query('SELECT 1; SELECT 2'), says('statement', /one statement/));
    await assert.rejects(query('DELETE FROM things RETURNING id'), says('statement', /readonly/));
  });

  test('comms_sha256 is SHA-256', async () => {
    const data = crypto.randomBytes(1000);
    const { rows } = await query('SELECT comms_sha256(?1, ?2)', [data.buffer.slice(data.byteOffset, data.byteOffset + 1000), 'ż']);
    assert.deepEqual(Buffer.from(rows[0][0][0]), crypto.createHash('sha256').update(data).update('ż').digest());
  });

  test('a statement without an end is ended, in words', async () => {
    await assert.rejects(query('WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n'), says('slow', /interrupted/));
  });

  test("what is more than a function of Convex's may answer, read or write is refused, and nothing of it is done", async () => {
    await script('CREATE TABLE large (id INTEGER PRIMARY KEY, data BLOB)');
    await assert.rejects(query('SELECT zeroblob(20000000)'), says('limit', /16 MiB/));
    await assert.rejects(commit([{ sql: 'INSERT INTO large VALUES (1, zeroblob(20000000))' }]), says('limit', /Wrote too much data/));
    assert.deepEqual((await query('SELECT COUNT(*) FROM large')).rows, [[[0n]]]);
    for (const id of [1n, 2n, 3n]) await commit([{ sql: 'INSERT INTO large VALUES (?1, zeroblob(7000000))', params: [id], expect: 1 }]);
    await assert.rejects(query("SELECT COUNT(*) FROM large WHERE instr(data, x'01')"), says('limit', /Read too much data/));
    assert.deepEqual((await query('SELECT id, length(data) FROM large WHERE id = 2')).rows, [[[2n, 7000000n]]]);
  });

  test('a group touches the pages of its data alone, and no document is large', async () => {
    await script('CREATE TABLE one (id INTEGER PRIMARY KEY, n INTEGER); CREATE TABLE two (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO one VALUES (1, 0); INSERT INTO two VALUES (1, 0)');
    const before = new Map((await convex.documents()).map((page) => [page.number, Buffer.from(page.bytes)]));
    const { pagesWritten } = await commit([{ sql: 'UPDATE one SET n = n + 1', expect: 1 }]);
    assert.equal(pagesWritten, 1, 'not the header, in which SQLite counts: two processes would meet there always');
    const pages = await convex.documents();
    assert.equal(pages.filter((page) => !before.get(page.number)?.equals(Buffer.from(page.bytes))).length, 1);
    assert.ok(pages.every((page) => page.bytes.byteLength <= 1 << 16));
  });
});

storeSuites('convex', {
  start: () => startConvex({ deployKey: 'prod:tests|key' }), environment: 'COMMSD_TEST_CONVEX', conformance: 13, others: 76,
  without: { 'DatabaseStoreTest.ServesSixtyFourCallersAtOnce': 'it gives 1,600 reads 30 s, and the emulator, unlike the service, runs one function after another' },
});

const refusesToStart = serverSuite('convex', {
  start: () => startConvex(),
  settings: (convex) => ({ url: convex.url, deploy_key: 'secret:convex_key' }),
  secret: (convex) => ['convex_key', convex.deployKey],
  authorization: (key) => `Convex ${key}`,
  write: { when: '"store:commit"' },
  databaseFile,
  more: ({ context, send, state }) => {
    test('writes that meet others are tried again', async () => {
      context.service.fault('conflict', { when: '"store:commit"', times: 3 });
      assert.equal(await state((await send('+12025550190', 'met')).messageId), 'submitted');
      assert.equal(context.service.faults.length, 0);
    });
  },
});

test('a wrong key and functions that are not there are refused at the start, in words', async () => {
  const convex = await startConvex();
  try {
    await refusesToStart(convex, { url: `${convex.url}/a/b/c` }, /must be a Convex deployment/);
    await refusesToStart(convex, { deploy_key: 'prod:wrong|key' }, /deploy key was invalid/);
    convex.code = { ...convex.code, store: {} };
    await refusesToStart(convex, {}, /npm run deploy/);
  } finally {
    await convex.stop();
  }
});
