// Turso's provider on a server of Hrana: an emulator (tests/mocks/turso.mjs), because libsql-server is in no
// registry. First what every database owes the store, asked by the store's own suites; then the server itself,
// chosen by one line of YAML: answers that are lost, streams that are forgotten, two servers on one database.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { connect } from '@tursodatabase/serverless';
import { callModern } from '../../e2e/lib/client.mjs';
import { Server, build, eventually } from '../../e2e/lib/server.mjs';
import { World, personUs } from '../../e2e/lib/world.mjs';
import { startTurso } from '../../mocks/turso.mjs';

const run = promisify(execFile);

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

describe('the store on Hrana', () => {
  let turso;
  before(async () => { turso = await startTurso({ token: '' }); });
  after(() => turso?.stop());

  /** How many tests of the store passed. */
  async function store(filter, environment = {}) {
    const { stdout } = await run(path.join(build, 'tests/unit/unit_store'), [`--gtest_filter=${filter}`, '--gtest_brief=1'],
      { env: { ...process.env, COMMSD_TEST_TURSO: turso.url, ...environment }, maxBuffer: 64 << 20 }).catch((error) => assert.fail(`${error.stdout}${error.stderr}`.slice(-4000)));
    assert.deepEqual(turso.refusals, []);
    return Number(/\[ {2}PASSED {2}\] (\d+) test/.exec(stdout)[1]);
  }

  test('the conformance suite of databases', { timeout: 120_000 }, async () => {
    assert.ok(await store('*/turso') >= 13);
  });

  test('the tests of the store that do not look into a file of SQLite behind its back', { timeout: 240_000 }, async () => {
    const not = ['Sqlite*', 'Postgres*', 'IntegrityCheckTest.*', '*/*', 'AuditLogTest.Finds*', 'AuditLogTest.AnOldRoot*', 'MigratorTest.Refuses*'];
    assert.ok(await store(`-${not.join(':')}`, { COMMSD_TEST_DATABASE: 'turso' }) >= 77);
  });
});

describe('the server on Turso', () => {
  let turso;
  let world;
  let agent;
  const onTurso = (config, directory) => {
    config.providers.database = { use: 'turso', config: { url: turso.url, auth_token: 'secret:turso_token' } };
    config.egress.allow.push(turso.url);
    fs.writeFileSync(path.join(directory, 'secrets', 'turso_token'), turso.token, { mode: 0o600 });
  };
  before(async () => {
    turso = await startTurso({ baseUrl: true, expireAfterMs: 300 }); // every pause of a test loses a stream
    world = await World.start({ change: onTurso });
    Object.defineProperty(world.server, 'databaseFile', { value: path.join(turso.folder, 'commsd.db') });
    agent = await world.agent();
  });
  after(async () => { await world?.dispose(); await turso?.stop(); });

  const call = (tool, args = {}, server = world.server) => callModern(server, agent.token, tool, args);
  const send = (to, body, more = {}) => call('comms_send_message', { channel: 'sms', to, body, ...more });
  const state = async (messageId, server) => (await call('comms_get_message', { messageId }, server)).message.status;
  const arrived = (pattern) => world.twilio.sent().filter((e) => pattern.test(e.body)).map((e) => e.body);
  /** Sends until it is answered, as an agent does, always with the same key. */
  async function patiently(to, body) {
    for (let asks = 0; ; asks++) {
      try { return await send(to, body, { idempotencyKey: body }); } catch (error) { if (asks > 50) throw error; await new Promise((resolve) => setTimeout(resolve, 100)); }
    }
  }

  test('sends, takes the callbacks, and hears what is answered', async () => {
    const sent = await send(personUs(1), 'On Turso.', { idempotencyKey: 'first' });
    assert.equal((await world.twilio.callback(sent.externalId, 'delivered')).status, 200);
    assert.equal(await state(sent.messageId), 'delivered');
    assert.equal((await send(personUs(1), 'On Turso.', { idempotencyKey: 'first' })).messageId, sent.messageId);
    assert.equal(arrived(/^On Turso/).length, 1);
    assert.equal((await world.twilio.inbound(agent.hook('sms'), { from: personUs(1), to: agent.phone, body: 'Heard.' })).status, 200);
    assert.ok((await call('comms_get_waiting_messages')).messages.some((m) => m.body === 'Heard.'));
  });

  test('the token is in its header and nowhere else', () => {
    assert.ok(turso.requests.every((r) => r.authorization === `Bearer ${turso.token}` && !r.text.includes(turso.token)));
    assert.ok(!world.server.log().includes(turso.token));
  });

  test('answers that are lost at every point of a send: nothing twice, nothing forgotten', async () => {
    let n = 10;
    for (const kind of ['unsent', 'unanswered', 'cut']) {
      for (let which = 0; which < 4; which++) {
        for (let skip = 0; skip < which; skip++) turso.fault('none', { when: 'COMMIT' });
        turso.fault(kind, { when: 'COMMIT', behind: 'step_end' });
        const body = `lost ${kind} ${which}`;
        const sent = await patiently(personUs(n++), body);
        await eventually(async () => !['accepted', 'attempting'].includes(await state(sent.messageId)), `${body} comes to rest`);
        turso.faults.length = 0;
      }
    }
    const bodies = arrived(/^lost /);
    assert.equal(new Set(bodies).size, bodies.length, 'none twice');
    assert.equal(bodies.length, 12, 'each once');
  });

  test('a server that forgets every stream, again and again', async () => {
    let stop = false;
    const answered = [];
    const senders = [...Array(4).keys()].map(async (sender) => { for (let m = 0; !stop; m++) answered.push(await patiently(personUs(200 + sender), `through ${sender} ${m}`)); });
    for (let times = 0; times < 5; times++) {
      await new Promise((resolve) => setTimeout(resolve, 150));
      turso.restart();
    }
    stop = true;
    await Promise.all(senders);
    assert.ok(answered.length > 10);
    for (const one of answered) await eventually(async () => !['accepted', 'attempting'].includes(await state(one.messageId)), 'all come to rest');
    const bodies = arrived(/^through /);
    assert.equal(new Set(bodies).size, bodies.length, 'none twice');
    assert.equal(bodies.length, answered.length);
  });

  test('kill -9: everything answered is there again', async () => {
    const sent = await Promise.all([...Array(20).keys()].map((k) => send(personUs(100 + k), `kept ${k}`)));
    await world.server.kill();
    await world.server.start();
    for (const one of sent) assert.equal(await state(one.messageId), 'submitted');
    assert.equal(arrived(/^kept /).length, 20);
  });

  test('a second server on the same database answers for the same agent', async () => {
    const other = await Server.prepare({ twilio: world.twilio, resend: world.resend, change: (config, directory) => {
      for (const key of ['limits', 'compliance', 'provisioning']) config[key] = world.server.config[key];
      onTurso(config, directory);
    } });
    other.secret('credentials_key', fs.readFileSync(path.join(world.server.directory, 'credentials.key'), 'utf8').trim());
    try {
      await other.start();
      const sent = await send(personUs(300), 'seen by both');
      assert.equal(await state(sent.messageId, other), await state(sent.messageId));
      const through = await call('comms_send_message', { channel: 'sms', to: personUs(301), body: 'by the other' }, other);
      assert.equal(await state(through.messageId), 'submitted');
    } finally {
      await other.dispose();
    }
  });

  test('backup, check and vacuum are left to the service, in words', async () => {
    for (const words of [['backup', '/tmp/never.db'], ['check'], ['vacuum']]) {
      await assert.rejects(world.server.ctl('database', ...words), (error) => /database's own tools/.test(error.stderr));
    }
  });

  test('the audit log verifies: its hashes were worked out in SQL', async () => {
    assert.equal(await world.server.auditChain(), 'ok');
    assert.equal(await world.server.integrity(), 'ok');
  });

  test('every request was as the specification has it', () => {
    assert.deepEqual(turso.refusals, []);
    assert.ok(turso.requests.length > 100);
  });

  test('a wrong token and a wrong address are refused at the start, in words', async () => {
    for (const [change, words] of [[(c) => { c.url = `${turso.url}/a/b/c`; }, /Hrana 3/], [(c) => { c.auth_token = 'wrong'; }, /JWT is invalid/]]) {
      const server = await Server.prepare({ change: (config, directory) => { onTurso(config, directory); change(config.providers.database.config); } });
      try { await assert.rejects(server.start(), words); } finally { await server.dispose(); }
    }
  });
});
