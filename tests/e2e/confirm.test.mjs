// "Confirm before sending": by a second call with a token, for clients that have no forms.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { World, personUs } from './lib/world.mjs';
import { ToolError, callModern } from './lib/client.mjs';

describe('confirmation', () => {
  let world;
  let agent;
  before(async () => {
    world = await World.start({ change: (config) => { config.mcp = { confirm: ['comms_send_message'] }; } });
    agent = await world.agent({ displayName: 'Careful' });
  });
  after(() => world?.dispose());
  const refused = (pattern) => (e) => e instanceof ToolError && pattern.test(e.message);

  test('the first call sends nothing, the second with its token sends once', async () => {
    const args = { channel: 'sms', to: personUs(800), body: 'shall I?' };
    const asked = await agent.client.call('comms_send_message', args);
    assert.equal(asked.success, false);
    assert.equal(asked.status, 'confirmation_required');
    assert.match(asked.question, /shall I\?/);
    assert.equal(world.twilio.sent().length, 0);

    await assert.rejects(agent.client.call('comms_send_message', { ...args, body: 'something else', confirmToken: asked.confirmToken }), refused(/for these arguments/));
    const sent = await agent.client.call('comms_send_message', { ...args, confirmToken: asked.confirmToken });
    assert.equal(sent.success, true);
    await assert.rejects(agent.client.call('comms_send_message', { ...args, confirmToken: asked.confirmToken }), refused(/used before/));
    assert.equal(world.twilio.sent().length, 1);
  });

  test('a token survives a restart, and so does its use', async () => {
    const args = { channel: 'sms', to: personUs(801), body: 'after the restart' };
    const { confirmToken } = await callModern(world.server, agent.token, 'comms_send_message', args);
    const before = world.twilio.sent().length;
    await world.server.stop();
    await world.server.start();
    assert.equal((await callModern(world.server, agent.token, 'comms_send_message', { ...args, confirmToken })).success, true);
    await world.server.stop();
    await world.server.start();
    await assert.rejects(callModern(world.server, agent.token, 'comms_send_message', { ...args, confirmToken }), refused(/used before/));
    assert.equal(world.twilio.sent().length, before + 1);
  });

  test('another agent cannot use it', async () => {
    const args = { channel: 'sms', to: personUs(802), body: 'mine' };
    const { confirmToken } = await callModern(world.server, agent.token, 'comms_send_message', args);
    const before = world.twilio.sent().length;
    await assert.rejects(callModern(world.server, world.adminToken, 'comms_send_message', { ...args, agentId: agent.id, confirmToken }), refused(/for these arguments/));
    const other = await world.agent({ displayName: 'Other' });
    await assert.rejects(callModern(world.server, other.token, 'comms_send_message', { ...args, confirmToken }), refused(/for these arguments/));
    assert.equal(world.twilio.sent().length, before);
  });

  test('tools that are not named do not ask', async () => {
    assert.equal((await world.agent({ displayName: 'At once' })).provisioned.success, true);
  });
});
