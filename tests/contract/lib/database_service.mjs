// The store and the server on a database at a service, asked of each such provider the same: an emulator stands for
// the service, because none of these servers is in a registry. It has url, requests, refusals, faults, fault() and stop().
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { callModern } from '../../e2e/lib/client.mjs';
import { Server, build, eventually } from '../../e2e/lib/server.mjs';
import { World, personUs } from '../../e2e/lib/world.mjs';

const run = promisify(execFile);

/**
 * Runs the store's own suites on `engine`, at the address of what `start` gives; `environment` names it for them,
 * `without` the tests that cannot pass there, each with its reason.
 */
export function storeSuites(engine, { start, environment, conformance, others, without = {} }) {
  describe(`the store on ${engine}`, () => {
    let service;
    before(async () => { service = await start(); });
    after(() => service?.stop());

    /** How many tests of the store passed. */
    async function store(filter, more = {}) {
      const { stdout } = await run(path.join(build, 'tests/unit/unit_store'), [`--gtest_filter=${filter}`, '--gtest_brief=1'],
        { env: { ...process.env, [environment]: service.url, ...more }, maxBuffer: 64 << 20 }).catch((error) => assert.fail(`${error.stdout}${error.stderr}`.slice(-4000)));
      assert.deepEqual(service.refusals, []);
      return Number(/\[ {2}PASSED {2}\] (\d+) test/.exec(stdout)[1]);
    }

    test('the conformance suite of databases', { timeout: 240_000 }, async () => {
      assert.ok(await store(`*/${engine}`) >= conformance);
    });

    test('the tests of the store that do not look into a file of SQLite behind its back', { timeout: 400_000 }, async () => {
      const not = ['Sqlite*', 'Postgres*', 'IntegrityCheckTest.*', '*/*', 'AuditLogTest.Finds*', 'AuditLogTest.AnOldRoot*', 'MigratorTest.Refuses*', ...Object.keys(without)];
      assert.ok(await store(`-${not.join(':')}`, { COMMSD_TEST_DATABASE: engine }) >= others);
    });
  });
}

/**
 * The server itself on it, chosen by one line of YAML: answers that are lost, kill -9, two servers on one database.
 * `settings(service)` is the provider's configuration, `secret(service)` the [name, value] that it speaks of,
 * `write` says which request saves, `databaseFile(service)` gives a file of SQLite with what is stored, and
 * `more(context)` adds tests.
 */
export function serverSuite(provider, { start, settings, secret, authorization, write, databaseFile, more = () => {} }) {
  describe(`the server on ${provider}`, () => {
    const context = {};
    const onService = (config, directory) => {
      const { service } = context;
      config.providers.database = { use: provider, config: settings(service) };
      config.egress.allow.push(service.url);
      const [name, value] = secret(service);
      fs.writeFileSync(path.join(directory, 'secrets', name), value, { mode: 0o600 });
    };
    before(async () => {
      context.service = await start();
      context.world = await World.start({ change: onService });
      context.agent = await context.world.agent();
    });
    after(async () => { await context.world?.dispose(); await context.service?.stop(); });

    const call = (tool, args = {}, server = context.world.server) => callModern(server, context.agent.token, tool, args);
    const send = (to, body, rest = {}) => call('comms_send_message', { channel: 'sms', to, body, ...rest });
    const state = async (messageId, server) => (await call('comms_get_message', { messageId }, server)).message.status;
    const arrived = (pattern) => context.world.twilio.sent().filter((e) => pattern.test(e.body)).map((e) => e.body);
    const rested = (sent, what) => eventually(async () => !['accepted', 'attempting'].includes(await state(sent.messageId)), `${what} comes to rest`);
    /** Sends until it is answered, as an agent does, always with the same key. */
    async function patiently(to, body) {
      for (let asks = 0; ; asks++) {
        try { return await send(to, body, { idempotencyKey: body }); } catch (error) { if (asks > 50) throw error; await new Promise((resolve) => setTimeout(resolve, 100)); }
      }
    }

    test('sends, takes the callbacks, and hears what is answered', async () => {
      const { world, agent } = context;
      const sent = await send(personUs(1), 'At a service.', { idempotencyKey: 'first' });
      assert.equal((await world.twilio.callback(sent.externalId, 'delivered')).status, 200);
      assert.equal(await state(sent.messageId), 'delivered');
      assert.equal((await send(personUs(1), 'At a service.', { idempotencyKey: 'first' })).messageId, sent.messageId);
      assert.equal(arrived(/^At a service/).length, 1);
      assert.equal((await world.twilio.inbound(agent.hook('sms'), { from: personUs(1), to: agent.phone, body: 'Heard.' })).status, 200);
      assert.ok((await call('comms_get_waiting_messages')).messages.some((m) => m.body === 'Heard.'));
    });

    test('the secret is in its header and nowhere else', () => {
      const { service, world } = context;
      const [, value] = secret(service);
      assert.ok(service.requests.every((r) => r.authorization === authorization(value) && !r.text.includes(value)));
      assert.ok(!world.server.log().includes(value));
    });

    test('answers that are lost at every point of a send: nothing twice, nothing forgotten', async () => {
      const { service } = context;
      let n = 10;
      for (const kind of ['unsent', 'unanswered', 'cut']) {
        for (let which = 0; which < 4; which++) {
          for (let skip = 0; skip < which; skip++) service.fault('none', write);
          service.fault(kind, write);
          const body = `lost ${kind} ${which}`;
          await rested(await patiently(personUs(n++), body), body);
          service.faults.length = 0;
        }
      }
      const bodies = arrived(/^lost /);
      assert.equal(new Set(bodies).size, bodies.length, 'none twice');
      assert.equal(bodies.length, 12, 'each once');
    });

    more({ context, call, send, state, arrived, rested, patiently });

    test('kill -9: everything answered is there again', async () => {
      const { world } = context;
      const sent = await Promise.all([...Array(20).keys()].map((k) => send(personUs(100 + k), `kept ${k}`)));
      await world.server.kill();
      await world.server.start();
      for (const one of sent) assert.equal(await state(one.messageId), 'submitted');
      assert.equal(arrived(/^kept /).length, 20);
    });

    test('a second server on the same database answers for the same agent', async () => {
      const { world } = context;
      const other = await Server.prepare({ twilio: world.twilio, resend: world.resend, change: (config, directory) => {
        for (const key of ['limits', 'compliance', 'provisioning']) config[key] = world.server.config[key];
        onService(config, directory);
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
        await assert.rejects(context.world.server.ctl('database', ...words), (error) => /database's own tools/.test(error.stderr));
      }
    });

    test('what is stored is whole, and the audit log verifies', async () => {
      const { world, service } = context;
      Object.defineProperty(world.server, 'databaseFile', { value: await databaseFile(service), configurable: true });
      assert.equal(await world.server.auditChain(), 'ok');
      assert.equal(await world.server.integrity(), 'ok');
    });

    test('every request was as the documents have it', () => {
      assert.deepEqual(context.service.refusals, []);
      assert.ok(context.service.requests.length > 100);
    });
  });

  /** A server that is to refuse its start in these words. */
  return async function refusesToStart(service, change, words) {
    const server = await Server.prepare({ change: (config, directory) => {
      config.providers.database = { use: provider, config: { ...settings(service), ...change } };
      config.egress.allow.push(service.url);
      const [name, value] = secret(service);
      fs.writeFileSync(path.join(directory, 'secrets', name), value, { mode: 0o600 });
    } });
    try { await assert.rejects(server.start(), words); } finally { await server.dispose(); }
  };
}
