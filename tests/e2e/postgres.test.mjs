// The server on PostgreSQL, chosen by one line of YAML: it starts on an empty database, sends, hears,
// forgets nothing when it or the database is killed, and shares the database with a second server.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';

process.env.COMMSD_TEST_DATABASE = 'postgres';
const { World, personUs } = await import('./lib/world.mjs');
const { MODERN, bearer, callModern, connect, envelope } = await import('./lib/client.mjs');
const { postgres } = await import('./lib/postgres.mjs');
const { Server, eventually } = await import('./lib/server.mjs');

describe('the store on PostgreSQL', () => {
  let world;
  let agent;
  before(async () => { world = await World.start(); agent = await world.agent(); });
  after(() => world?.dispose());

  // Without a session, so that the calls outlive the servers.
  const call = (tool, args = {}, server = world.server) => callModern(server, agent.token, tool, args);
  const send = (to, body, more = {}) => call('comms_send_message', { channel: 'sms', to, body, ...more });
  const state = async (messageId, server) => (await call('comms_get_message', { messageId }, server)).message.status;
  const database = () => world.server.config.providers.database.config.dbname;

  test('the configuration says postgres, and nothing of SQLite was made', async () => {
    assert.equal(world.server.config.providers.database.use, 'postgres');
    assert.notEqual(await (await postgres()).ask(database(), 'SELECT MAX(version) FROM schema_version'), '');
  });

  test('sends, takes the callbacks, and hears what is answered', async () => {
    const sent = await send(personUs(1), 'On PostgreSQL.', { idempotencyKey: 'first' });
    assert.equal((await world.twilio.callback(sent.externalId, 'delivered')).status, 200);
    assert.equal(await state(sent.messageId), 'delivered');
    const again = await send(personUs(1), 'On PostgreSQL.', { idempotencyKey: 'first' });
    assert.equal(again.messageId, sent.messageId);
    assert.equal(world.twilio.sent().filter((e) => e.to === personUs(1)).length, 1);
    assert.equal((await world.twilio.inbound(agent.hook('sms'), { from: personUs(1), to: agent.phone, body: 'Heard.' })).status, 200);
    const waiting = await call('comms_get_waiting_messages');
    assert.ok(waiting.messages.some((m) => m.body === 'Heard.'));
  });

  test('kill -9: everything answered is there again', async () => {
    const sent = await Promise.all([...Array(20).keys()].map((n) => send(personUs(100 + n), `kept ${n}`)));
    await world.server.kill();
    await world.server.start();
    for (const one of sent) assert.equal(await state(one.messageId), 'submitted');
    assert.equal(world.twilio.sent().filter((e) => /^kept /.test(e.body)).length, 20);
  });

  test('a database that dies and comes back: nothing answered is lost, nothing goes twice', async () => {
    const answered = [];
    let stop = false;
    const senders = [...Array(8).keys()].map(async (sender) => {
      for (let n = 0; !stop; n++) {
        const body = `through ${sender} ${n}`;
        for (let asks = 0; asks < 100; asks++) {
          try { answered.push({ body, ...await send(personUs(200 + sender), body, { idempotencyKey: body }) }); break; } catch { await new Promise((resolve) => setTimeout(resolve, 50)); }
        }
      }
    });
    await new Promise((resolve) => setTimeout(resolve, 400));
    for (let times = 0; times < 2; times++) {
      await (await postgres()).crash();
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
    stop = true;
    await Promise.all(senders);
    const through = world.twilio.sent().filter((e) => /^through /.test(e.body));
    assert.equal(new Set(through.map((e) => e.body)).size, through.length, 'none twice');
    assert.ok(answered.length > 20);
    for (const one of answered) await eventually(async () => !['accepted', 'attempting'].includes(await state(one.messageId)), `${one.body} comes to rest`);
  });

  async function second() {
    const other = await Server.prepare({ twilio: world.twilio, resend: world.resend, change: (config) => { for (const key of ['providers', 'limits', 'compliance', 'provisioning']) config[key] = world.server.config[key]; } });
    other.secret('credentials_key', fs.readFileSync(path.join(world.server.directory, 'credentials.key'), 'utf8').trim());
    return other;
  }

  test('a second server on the same database answers for the same agent', async () => {
    const other = await second();
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

  test('who subscribed at one server hears of what the other one did, on both wires', async () => {
    const other = await second();
    try {
      await other.start();
      const uri = `comms://agents/${agent.id}/inbox`;
      const client = await connect(other, agent.token);
      const updated = [];
      client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => { updated.push(params.uri); });
      await client.subscribeResource({ uri });
      const answer = await fetch(`${other.url}/mcp`, {
        method: 'POST',
        headers: { ...bearer(agent.token), 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': MODERN, 'mcp-method': 'subscriptions/listen' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'subscriptions/listen', params: { notifications: { resourceSubscriptions: [uri] }, _meta: envelope() } }),
      });
      assert.equal(answer.status, 200);
      let streamed = '';
      (async () => { for await (const chunk of answer.body) streamed += Buffer.from(chunk).toString(); })().catch(() => {});
      await eventually(() => streamed.includes('acknowledged'), 'the stream is open');
      assert.equal((await world.twilio.inbound(agent.hook('sms'), { from: personUs(310), to: agent.phone, body: 'to the first server' })).status, 200);
      await eventually(() => updated.includes(uri), 'the session of the other server is told');
      await eventually(() => streamed.includes('notifications/resources/updated') && streamed.includes(uri), 'its stream is told');
      await client.close();
    } finally {
      await other.dispose();
    }
  });

  test('the audit log verifies and the database is whole', async () => {
    assert.equal(await world.server.auditChain(), 'ok');
    assert.equal(await world.server.integrity(), 'ok');
  });
});
