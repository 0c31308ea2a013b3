// The wires beside the one the other suites use: HTTP+SSE of 2024-11-05, sessions that outlive a
// restart, the stateless wire of 2026-07-28 by hand. Other people's clients are in matrix/.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { World, personUs } from './lib/world.mjs';
import { bearer, envelope, modern, MODERN, postRaw, unwrap } from './lib/client.mjs';

describe('wires', () => {
  let world;
  let agent;
  before(async () => { world = await World.start(); agent = await world.agent(); });
  after(() => world?.dispose());

  test('SSE: list, call, send and receive', async () => {
    const client = await world.connect(agent.token, 'sse');
    assert.ok((await client.listTools()).tools.some((t) => t.name === 'comms_send_message'));
    assert.equal((await client.call('comms_ping', { message: 'hello' })).echo, 'hello');
    const sent = await client.call('comms_send_message', { channel: 'sms', to: personUs(600), body: 'over sse' });
    assert.ok(world.twilio.messages.has(sent.externalId));
    const waiter = client.call('comms_wait_for_messages', { timeoutSeconds: 20 }, { timeout: 30_000 });
    await world.twilio.inbound(agent.hook('sms'), { from: personUs(601), to: agent.phone, body: 'over sse, back' });
    assert.equal((await waiter).messages[0].body, 'over sse, back');
  });

  test('a legacy session survives a restart of the server', async () => {
    const client = await world.connect(agent.token);
    assert.equal((await client.call('comms_ping', {})).status, 'ok');
    await world.server.stop();
    await world.server.start();
    assert.equal((await client.call('comms_ping', { message: 'after' })).echo, 'after');
  });

  test('2026-07-28 by hand: discover, list, call, and the errors of the revision', async () => {
    const discovered = await modern(world.server, agent.token, 'server/discover');
    assert.equal(discovered.status, 200);
    assert.equal(discovered.message.result.resultType, 'complete');
    assert.ok(discovered.message.result.supportedVersions.includes(MODERN));
    assert.ok(Number.isInteger(discovered.message.result.ttlMs));

    const listed = await modern(world.server, agent.token, 'tools/list');
    assert.equal(listed.message.result.cacheScope, 'private', 'the list depends on who asks');
    const called = await modern(world.server, agent.token, 'tools/call', { name: 'comms_ping', arguments: { message: 'hi' } });
    assert.equal(called.message.result.resultType, 'complete');
    assert.equal(unwrap(called.message.result).echo, 'hi');

    const code = async (promise) => { const a = await promise; return [a.status, a.message?.error?.code]; };
    assert.deepEqual(await code(modern(world.server, agent.token, 'no/such')), [404, -32601]);
    assert.deepEqual(await code(modern(world.server, agent.token, 'tools/list', {}, { headers: { 'mcp-method': 'tools/call' } })), [400, -32020]);
    assert.deepEqual(await code(modern(world.server, agent.token, 'tools/call', { name: 'comms_ping' }, { headers: { 'mcp-name': 'comms_other' } })), [400, -32020]);
    assert.deepEqual(await code(modern(world.server, agent.token, 'tools/list', {}, { meta: {} })), [400, -32602]);
    const wrong = await modern(world.server, agent.token, 'tools/list', {}, { headers: { 'mcp-protocol-version': '2099-01-01' }, meta: envelope({ 'io.modelcontextprotocol/protocolVersion': '2099-01-01' }) });
    assert.deepEqual([wrong.status, wrong.message.error.code], [400, -32022]);
    assert.ok(wrong.message.error.data.supported.includes(MODERN));
  });

  test('notification: 202 and no body; GET without a session is an error', async () => {
    const answer = await postRaw(world.server, agent.token, JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1, _meta: envelope() } }), { 'mcp-protocol-version': MODERN, 'mcp-method': 'notifications/cancelled' });
    assert.equal(answer.status, 202);
    assert.equal(answer.text, '');
    const get = await fetch(`${world.server.url}/mcp`, { headers: { accept: 'text/event-stream', 'mcp-protocol-version': MODERN, ...bearer(agent.token) } });
    await get.body?.cancel();
    assert.ok(get.status >= 400 && get.status < 500, `HTTP ${get.status}`);
  });

  test('health, readiness and metrics', async () => {
    for (const [path, type] of [['/health', /json/], ['/health/ready', /json/], ['/metrics', /text\/plain|openmetrics/]]) {
      const response = await fetch(world.server.url + path);
      assert.equal(response.status, 200, path);
      assert.match(response.headers.get('content-type'), type);
      const text = await response.text();
      assert.ok(!text.includes(agent.phone) && !text.includes(agent.email), `${path} names nobody`);
    }
  });
});
