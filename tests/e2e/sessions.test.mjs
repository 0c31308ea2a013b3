// A legacy session is older than the process that serves it: it goes on after a restart and at another
// worker of the same database, until it is ended, and then it is over everywhere. What was sent in it
// is never sent again.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { eventually, freePort, Server } from './lib/server.mjs';
import { unwrap } from './lib/client.mjs';
import { LegacyWire } from './lib/wire.mjs';
import { World, personUs } from './lib/world.mjs';

const version = '2025-11-25';

/** A second process with the database, data folder and keys of `first`, and a port of its own. */
async function secondWorker(first) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'commsd-second-'));
  const port = await freePort();
  const config = structuredClone(first.config);
  Object.assign(config.server, { listen: `127.0.0.1:${port}`, public_url: `http://127.0.0.1:${port}`, control_socket: path.join(directory, 'control.sock') });
  config.plugins.cache_dir = path.join(directory, 'plugin-cache');
  const worker = new Server({ directory, port, config });
  worker.writeConfig();
  return worker.start();
}

describe('sessions', () => {
  let world;
  let agent;
  before(async () => { world = await World.start(); agent = await world.agent(); });
  after(() => world?.dispose());

  const open = () => LegacyWire.open(world.server, agent.token, version);
  const sentTo = (to) => world.twilio.sent().filter((e) => e.to === to).length;
  const send = (to, key) => ({ name: 'comms_send_message', arguments: { channel: 'sms', to, body: 'once', idempotencyKey: key } });
  const result = (answer) => { assert.ok(answer?.result, JSON.stringify(answer)); return unwrap(answer.result); };
  const call = async (wire, params) => result(await wire.request('tools/call', params));
  /** The status of a request in that session at that worker. */
  const status = async (wire, server) => {
    const response = await fetch(`${server.url}/mcp`, { method: 'POST', headers: wire.headers(), body: JSON.stringify({ jsonrpc: '2.0', id: 'status', method: 'ping' }) });
    return [response.status, (await response.json()).error?.code];
  };

  for (const [how, end] of [['a restart', (server) => server.stop()], ['kill -9', (server) => server.kill()]]) {
    test(`${how}: the next call works and nothing is sent twice`, async () => {
      const to = personUs(how === 'kill -9' ? 801 : 802);
      const wire = await open();
      const first = await call(wire, send(to, `before ${how}`));
      await end(world.server);
      await world.server.start();
      const again = await call(wire, send(to, `before ${how}`));
      assert.equal(again.messageId, first.messageId);
      assert.equal(again.deduplicated, true);
      await call(wire, send(to, `after ${how}`));
      assert.equal(sentTo(to), 2, 'one before, one after');
      await wire.close();
    });
  }

  test('killed while the vendor is thinking: the caller asks again in the same session, the vendor hears once', async () => {
    const to = personUs(803);
    const wire = await open();
    world.twilio.fault({ match: /POST .*Messages/, hang: 'after' });
    const lost = wire.request('tools/call', send(to, 'lost')).catch(() => 'lost');
    await eventually(() => sentTo(to) === 1, 'the vendor has the message');
    await world.server.kill();
    world.twilio.clearFaults();
    assert.equal(await lost, 'lost');
    await world.server.start();
    const settled = await eventually(async () => {
      const answer = await wire.request('tools/call', send(to, 'lost'));
      return /in_progress/.test(JSON.stringify(answer)) ? undefined : answer;
    }, 'the send is settled');
    assert.ok(settled.result, JSON.stringify(settled));
    assert.equal(sentTo(to), 1);
    await wire.close();
  });

  test('another agent\'s token does not get into the session', async () => {
    const wire = await open();
    const other = await world.agent({ displayName: 'Other' });
    const token = wire.token;
    wire.token = other.token;
    assert.deepEqual(await status(wire, world.server), [404, -32001]);
    wire.token = token;
    assert.deepEqual(await status(wire, world.server), [200, undefined]);
    await wire.close();
  });

  describe('with a second worker on the database', () => {
    let second;
    before(async () => { second = await secondWorker(world.server); });
    after(() => second?.dispose());

    test('a session that was ended is refused by both, and stays so after a restart', async () => {
      const wire = await open();
      assert.deepEqual(await status(wire, second), [200, undefined], 'the second worker adopts it');
      await wire.close();
      assert.deepEqual(await status(wire, world.server), [404, -32001]);
      await eventually(async () => (await status(wire, second))[0] === 404, 'the second worker refuses it too');
      await second.stop();
      await second.start();
      assert.deepEqual(await status(wire, second), [404, -32001]);
    });

    test('the first worker dies: the second goes on with the session, and sends nothing again', async () => {
      const to = personUs(804);
      const wire = await open();
      const first = await call(wire, send(to, 'at the first'));
      await world.server.kill();
      wire.server = second;
      const again = await call(wire, send(to, 'at the first'));
      assert.equal(again.messageId, first.messageId);
      await call(wire, send(to, 'at the second'));
      assert.equal(sentTo(to), 2);
      // Its stream too, which the first worker held.
      const stream = await fetch(`${second.url}/mcp`, { headers: { ...wire.headers(), accept: 'text/event-stream' } });
      assert.equal(stream.status, 200);
      await stream.body.cancel();
      await world.server.start();
      assert.deepEqual(await status(wire, world.server), [200, undefined], 'and back');
      await wire.close();
      await eventually(async () => (await status(wire, world.server))[0] === 404, 'ended at the second, refused by the first');
    });
  });

  test('a stream ends soon after its token was replaced; those of others stay', async () => {
    const one = await world.agent();
    const other = await world.agent();
    const aborter = new AbortController();
    const listen = async (token) => {
      const response = await fetch(`${world.server.url}/sse`, { headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' }, signal: aborter.signal });
      assert.equal(response.status, 200);
      const stream = { ended: false };
      (async () => { for await (const chunk of response.body) stream.last = chunk; })().catch(() => {}).finally(() => { stream.ended = true; });
      return stream;
    };
    const [ends, stays] = [await listen(one.token), await listen(other.token)];
    const replaced = await fetch(`${world.server.url}/api/v1/agents/${one.id}/regenerate-token`, {
      method: 'POST', headers: { authorization: `Bearer ${world.adminToken}`, 'content-type': 'application/json' }, body: '{}',
    });
    assert.equal(replaced.status, 200);
    await eventually(() => ends.ended, 'the stream of the old token ended');
    assert.equal(stays.ended, false);
    aborter.abort();
  });
});
