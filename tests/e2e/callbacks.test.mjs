// What agents' own hosts hear: signed callbacks, checked by the official Standard Webhooks package;
// retries, dead letters, replay, rotation. The schedule is the real one with shorter waits.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { World, person, personUs } from './lib/world.mjs';
import { ToolError } from './lib/client.mjs';
import { eventually, sleep } from './lib/server.mjs';
import { startReceiver } from './lib/receiver.mjs';

describe('callbacks', () => {
  let world;
  let host;
  let agent;
  let secret;
  before(async () => {
    host = await startReceiver();
    world = await World.start({ change: (config) => {
      config.egress.allow.push(host.url);
      config.messaging = { callbacks: { retry_seconds: [1], timeout_seconds: 2 } };
    } });
    agent = await world.agent({ callbackUrl: `${host.url}/hook` });
    secret = agent.provisioned.callback.secret;
    host.secrets = [secret];
  });
  after(async () => { await world?.dispose(); await host?.stop(); });

  const hear = (from, body, more = {}) => world.twilio.inbound(agent.hook('sms'), { from, to: agent.phone, body, ...more });
  const callback = (args) => world.admin.call('comms_set_callback', { agentId: agent.id, ...args });
  const waiting = () => agent.client.call('comms_get_waiting_messages');

  test('an inbound message is told, verifies with the official package, and is acknowledged', async () => {
    assert.equal(agent.provisioned.callback.url, `${host.url}/hook`);
    assert.match(secret, /^whsec_/);
    assert.equal((await hear(personUs(900), 'hello, host')).status, 200);
    const [told] = await eventually(() => host.about('hello, host').length && host.about('hello, host'), 'the host is told');
    assert.equal(told.method, 'POST');
    assert.equal(told.url, '/hook');
    assert.equal(told.event.type, 'message.received');
    const { data } = told.event;
    assert.deepEqual([data.agentId, data.channel, data.direction, data.from, data.to, data.body], [agent.id, 'sms', 'inbound', personUs(900), agent.phone, 'hello, host']);
    assert.deepEqual(new Webhook(secret).verify(told.body, told.headers), told.event);
    assert.throws(() => new Webhook(secret).verify(told.body.replace('hello', 'HELLO'), told.headers));
    await eventually(async () => (await callback({})).delivered === 1, 'the delivery is recorded');
    assert.equal((await waiting()).messages.length, 0, 'what the host took is acknowledged');
    const again = await agent.client.call('comms_get_waiting_messages', { includeAcknowledged: true });
    assert.deepEqual(again.messages.map((m) => m.body), ['hello, host']);
  });

  test('final states are told, steps on the way are not', async () => {
    const sent = await agent.client.call('comms_send_message', { channel: 'sms', to: personUs(901), body: 'tell me' });
    await world.twilio.callback(sent.externalId, 'sent');
    await world.twilio.callback(sent.externalId, 'delivered');
    await eventually(() => host.about(sent.messageId).length > 0, 'the state is told');
    assert.deepEqual(host.about(sent.messageId).map((t) => [t.event.type, t.event.data.status]), [['message.delivered', 'delivered']]);
    assert.ok(!host.about(sent.messageId)[0].body.includes('tell me'), 'no content');
  });

  test('a host that fails is asked again under the same id until it takes it, and then no more', async () => {
    host.answers = [500, 'drop', 302, 'hang'];
    await hear(personUs(902), 'again and again');
    await eventually(() => host.about('again and again').length === 5, 'five tries', { withinMs: 40_000 });
    const tries = host.about('again and again');
    assert.equal(new Set(tries.map((t) => t.id)).size, 1);
    assert.equal(new Set(tries.map((t) => t.body)).size, 1);
    assert.deepEqual(tries.map((t) => t.status), [500, 'drop', 302, 'hang', 200]);
    assert.ok(tries.every((t) => t.url === '/hook'), 'no redirect was followed');
    await sleep(2500);
    assert.equal(host.about('again and again').length, 5);
    assert.deepEqual(host.refused, [], 'every request verified');
  });

  test('after eight failures a dead letter, which waits in the inbox; replay delivers it', async () => {
    host.decide = (entry) => (entry.event.data.body === 'poison' ? 503 : 200);
    await hear(personUs(903), 'poison');
    await hear(personUs(903), 'behind the poison');
    await hear(personUs(904), 'somebody else');
    await eventually(() => host.about('somebody else').length === 1, 'another conversation is not held up');
    assert.equal(host.about('behind the poison').length, 0, 'one conversation stays in order');
    const dead = await eventually(async () => { const shown = await callback({ state: 'dead' }); return shown.dead === 1 && shown; }, 'the dead letter', { withinMs: 60_000 });
    assert.equal(host.about('"poison"').length, 8);
    assert.equal(dead.deliveries[0].attempts, 8);
    assert.equal(dead.deliveries[0].lastStatus, 503);
    await eventually(() => host.about('behind the poison').length === 1, 'the conversation goes on');
    const { messages } = await waiting();
    assert.equal(messages.length, 1);
    assert.equal(messages[0].body, 'poison');
    assert.equal(messages[0].reason, 'agent_offline');
    assert.match(messages[0].errorDetails, /8 times.*503/);

    host.decide = () => 200;
    await callback({ action: 'replay' });
    await eventually(() => host.about('"poison"').length === 9, 'the replay');
    assert.equal(host.about('"poison"')[8].id, host.about('"poison"')[0].id);
    await eventually(async () => (await callback({})).dead === 0, 'nothing dead is left');
  });

  test('a good delivery is replayed by its id, with commsctl too', async () => {
    const [first] = host.about('hello, host');
    const shown = await world.server.ctl('callbacks', 'replay', '--agent', agent.id, '--id', first.id, '--json');
    assert.equal(shown.agentId, agent.id);
    await eventually(() => host.about('hello, host').length === 2, 'it is told again');
    assert.equal(host.about('hello, host')[1].id, first.id);
    await assert.rejects(callback({ action: 'replay', deliveryId: 'cb_none' }), (e) => e instanceof ToolError && /no delivery/.test(e.message));
  });

  test('rotation: for a while both secrets verify, and neither is shown again', async () => {
    const rotated = await callback({ action: 'rotate' });
    assert.notEqual(rotated.secret, secret);
    for (const [i, known] of [[0, secret], [1, rotated.secret]]) {
      host.secrets = [known];
      await hear(personUs(910 + i), `signed twice ${i}`);
      await eventually(() => host.about(`signed twice ${i}`).length === 1, 'it verifies');
    }
    assert.equal((await callback({})).secret, undefined);
    assert.ok(!JSON.stringify(await world.server.ctl('callbacks', 'show', '--agent', agent.id, '--json')).includes('whsec_'));
    assert.deepEqual(host.refused, []);
  });

  test('kill -9 between the host and its record: told again under the same id, nothing lost', async () => {
    host.decide = (entry) => (entry.body.includes('killed') ? 'hang' : 200);
    for (let i = 0; i < 3; i++) await hear(person(920 + i), `killed ${i}`);
    await eventually(() => host.about('killed').length === 3, 'all are under way');
    await world.server.kill();
    host.decide = () => 200;
    await world.server.start({ environment: {} });
    const fresh = await world.connect(agent.token);
    await eventually(() => [0, 1, 2].every((i) => host.about(`killed ${i}`).length >= 2), 'told again', { withinMs: 120_000, everyMs: 500 });
    for (let i = 0; i < 3; i++) assert.equal(new Set(host.about(`killed ${i}`).map((t) => t.id)).size, 1);
    await eventually(async () => (await fresh.call('comms_get_waiting_messages')).messages.length === 0, 'all acknowledged');
  });

  test('addresses the server must not call are refused, and nothing is bought for them', async () => {
    const numbers = world.twilio.numbers.size;
    const admin = await world.connect(world.adminToken);
    for (const url of ['http://198.51.100.7/hook', 'https://127.0.0.1/', 'https://10.0.0.1/', 'https://[::1]/', 'https://localhost:8443/', 'https://user:pass@example.com/', 'ftp://example.com/', 'file:///etc/passwd']) {
      await assert.rejects(admin.call('comms_provision_channels', { displayName: 'x', country: 'US', capabilities: { phone: true }, callbackUrl: url }), ToolError, url);
      await assert.rejects(admin.call('comms_set_callback', { agentId: agent.id, action: 'set', url }), ToolError, url);
    }
    assert.equal(world.twilio.numbers.size, numbers);
    assert.equal((await admin.call('comms_set_callback', { agentId: agent.id })).url, `${host.url}/hook`);
  });

  test('the log has no secret, no text and no number', () => {
    const log = world.server.log();
    assert.ok(log.includes('callback_failed'));
    for (const hidden of [secret, secret.slice(6), 'hello, host', 'poison', personUs(900)]) assert.ok(!log.includes(hidden), hidden);
  });
});
