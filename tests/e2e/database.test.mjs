// How an administrator looks after the database while the server works: a copy that another server starts on,
// a look for damage, the space of what was deleted. PostgreSQL has tools of its own for that, and the server names them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { callModern } from './lib/client.mjs';
import { postgres } from './lib/postgres.mjs';
import { Server, eventually } from './lib/server.mjs';
import { World, personUs } from './lib/world.mjs';

const says = (...patterns) => (error) => patterns.every((pattern) => { assert.match(error.stderr, pattern); return true; });

describe('commsctl database, on SQLite', () => {
  let world;
  let agent;
  const file = (name) => path.join(world.server.directory, name);
  const database = (...args) => world.server.ctl('database', ...args);
  const call = (tool, args) => callModern(world.server, agent.token, tool, args);
  const send = (n) => call('comms_send_message', { channel: 'sms', to: personUs(n % 10_000), body: `number ${n}`, idempotencyKey: `key ${n}` });
  const status = async (messageId) => (await call('comms_get_message', { messageId })).message.status;

  before(async () => {
    world = await World.start({ change: (config, directory) => { config.providers.database = { use: 'sqlite', config: { path: path.join(directory, 'commsd.db') } }; } });
    agent = await world.agent();
  });
  after(() => world?.dispose());

  test('a copy made under writes is whole, holds all that was answered before, and a server starts on it', async () => {
    const first = await Promise.all([...Array(20).keys()].map(send));
    const answered = [...first];
    let next = first.length;
    let copied = false;
    const writers = [...Array(6).keys()].map(async () => { while (!copied) answered.push(await send(next++)); });
    await eventually(() => answered.length > first.length + 10, 'writes are under way');
    const known = answered.map((one) => one.messageId);
    assert.deepEqual(await database('backup', '--json', file('copy.db')), { path: file('copy.db') });
    copied = true;
    await Promise.all(writers);
    assert.equal(fs.statSync(file('copy.db')).mode & 0o777, 0o600);
    assert.equal(execFileSync('sqlite3', [file('copy.db'), 'PRAGMA integrity_check'], { encoding: 'utf8' }).trim(), 'ok');

    // As docs/reference/databases.md says to put it back.
    await world.server.stop();
    for (const end of ['', '-wal', '-shm']) if (fs.existsSync(file(`commsd.db${end}`))) fs.renameSync(file(`commsd.db${end}`), file(`moved.db${end}`));
    fs.renameSync(file('copy.db'), file('commsd.db'));
    await world.server.start();
    for (const messageId of known) assert.match(await status(messageId), /^(submitted|sent|delivered)$/, 'what was answered before the copy is in it');
    assert.equal((await send(0)).messageId, first[0].messageId, 'an idempotency key is known again');
    await send(next);
    assert.equal(await world.server.auditChain(), 'ok');
  });

  test('a backup overwrites nothing and says why a place will not do', async () => {
    fs.writeFileSync(file('mine.txt'), 'mine');
    await assert.rejects(database('backup', file('mine.txt')), says(/overwrites nothing/, /not there yet/));
    assert.equal(fs.readFileSync(file('mine.txt'), 'utf8'), 'mine');
    await assert.rejects(database('backup', world.server.databaseFile), says(/overwrites nothing/));
    await assert.rejects(database('backup', file('none/copy.db')), says(/folder is not there/));
    await assert.rejects(database('backup', '/sys/commsd-copy.db'), says(/cannot make \/sys\/commsd-copy\.db/, /can write to/));
    await assert.rejects(database('backup', 'copy.db'), says(/whole path/));
    await assert.rejects(database('backup'), (error) => error.code === 2);
    await send(9000);
  });

  test('check finds a sound database sound, and vacuum leaves it so', async () => {
    assert.deepEqual(await database('check', '--json'), { sound: true });
    assert.deepEqual(await database('vacuum', '--json'), { vacuumed: true });
    assert.equal(await world.server.integrity(), 'ok');
    await send(9001);
  });

  test('check finds damage; then nothing is saved any more, and a server does not start on it', async () => {
    await database('vacuum'); // empties the log into the file
    const descriptor = fs.openSync(world.server.databaseFile, 'r+');
    const rubbish = Buffer.alloc(4096 * 8, 0x5a);
    for (let at = 4096 * 8; at + rubbish.length < fs.fstatSync(descriptor).size; at += 4096 * 16) fs.writeSync(descriptor, rubbish, 0, rubbish.length, at);
    fs.closeSync(descriptor);
    await assert.rejects(database('check'), says(/damaged/, /[Rr]estore/));
    await assert.rejects(send(9002), /damaged|unavailable|database/);
    assert.match(world.server.log(), /store_damaged/);
    await world.server.kill();
    await assert.rejects(world.server.start(), /damaged/);
  });
});

describe('commsctl database, on PostgreSQL', () => {
  let server;
  before(async () => {
    const database = await (await postgres()).make();
    server = await Server.prepare({ change: (config) => { config.providers.database = database; } });
    await server.start();
  });
  after(() => server?.dispose());

  test('is refused, and the refusal names the tool that does it', async () => {
    const copy = path.join(server.directory, 'copy.sql');
    await assert.rejects(server.ctl('database', 'backup', copy), says(/leaves backups to the database's own tools/, /pg_dump/));
    await assert.rejects(server.ctl('database', 'check'), says(/pg_amcheck/));
    await assert.rejects(server.ctl('database', 'vacuum'), says(/VACUUM in psql/));
    assert.ok(!fs.existsSync(copy));
  });
});
