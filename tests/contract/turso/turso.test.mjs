// Turso's provider on a server of Hrana: an emulator (tests/mocks/turso.mjs), because libsql-server is in no
// registry. First what every database owes the store, asked by the store's own suites; then the server itself,
// chosen by one line of YAML: answers that are lost, streams that are forgotten, two servers on one database.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { connect } from '@tursodatabase/serverless';
import { personUs } from '../../e2e/lib/world.mjs';
import { startTurso } from '../../mocks/turso.mjs';
import { serverSuite, storeSuites } from '../lib/database_service.mjs';

test("the emulator is one that the vendor's own driver understands", async () => {
  const turso = await startTurso();
  try {
    const client = connect({ url: turso.url, authToken: turso.token });
    await client.exec('CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT, data BLOB, amount REAL); CREATE TABLE others (id)');
    const insert = await client.prepare('INSERT INTO things VALUES (?, ?, ?, ?)');
    assert.equal((await insert.run([7, 'zażółć', new Uint8Array([1, 0, 255]), 1.5])).changes, 1);
    const [row] = await (await client.prepare('SELECT * FROM things')).all();
    assert.deepEqual([row.id, row.name, [...row.data], row.amount], [7, 'zażółć', [1, 0, 255], 1.5]);
    await assert.rejects(client.batch(['INSERT INTO things (id) VALUES (1)', 'INSERT INTO things (id) VALUES (1)'], 'immediate'), /UNIQUE constraint failed: things.id/);
    assert.deepEqual((await (await client.prepare('SELECT COUNT(*) AS n FROM things')).get()).n, 1);
    await client.close();
    assert.deepEqual(turso.refusals, []);
    assert.ok(turso.requests.some((r) => r.path === '/v3/cursor'));
  } finally {
    await turso.stop();
  }
});

storeSuites('turso', { start: () => startTurso({ token: '' }), environment: 'COMMSD_TEST_TURSO', conformance: 13, others: 77 });

const refusesToStart = serverSuite('turso', {
  start: () => startTurso({ baseUrl: true, expireAfterMs: 300 }), // every pause of a test loses a stream
  settings: (turso) => ({ url: turso.url, auth_token: 'secret:turso_token' }),
  secret: (turso) => ['turso_token', turso.token],
  authorization: (token) => `Bearer ${token}`,
  write: { when: 'COMMIT', behind: 'step_end' },
  databaseFile: (turso) => path.join(turso.folder, 'commsd.db'), // its hashes were worked out in SQL
  more: ({ context, patiently, rested, arrived }) => {
    test('a server that forgets every stream, again and again', async () => {
      let stop = false;
      const answered = [];
      const senders = [...Array(4).keys()].map(async (sender) => { for (let m = 0; !stop; m++) answered.push(await patiently(personUs(200 + sender), `through ${sender} ${m}`)); });
      for (let times = 0; times < 5; times++) {
        await new Promise((resolve) => setTimeout(resolve, 150));
        context.service.restart();
      }
      stop = true;
      await Promise.all(senders);
      assert.ok(answered.length > 10);
      for (const one of answered) await rested(one, 'each');
      const bodies = arrived(/^through /);
      assert.equal(new Set(bodies).size, bodies.length, 'none twice');
      assert.equal(bodies.length, answered.length);
    });
  },
});

test('a wrong token and a wrong address are refused at the start, in words', async () => {
  const turso = await startTurso();
  try {
    await refusesToStart(turso, { url: `${turso.url}/a/b/c` }, /Hrana 3/);
    await refusesToStart(turso, { auth_token: 'wrong' }, /JWT is invalid/);
  } finally {
    await turso.stop();
  }
});
