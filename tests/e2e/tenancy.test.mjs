// Organizations do not see each other, agents do not act for each other.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { World, personUs } from './lib/world.mjs';
import { ToolError, callModern } from './lib/client.mjs';

describe('tenancy', () => {
  let world;
  let ours;
  let theirs;
  let theirToken;
  before(async () => {
    world = await World.start();
    ours = await world.agent({ displayName: 'Ours' });
    theirToken = await world.server.token('organization', '--organization', await world.createOrganization('Theirs'));
    theirs = await callModern(world.server, theirToken, 'comms_provision_channels', { displayName: 'Their agent', country: 'US', capabilities: { phone: true }, emailDomain: 'theirs.example.com' });
  });
  after(() => world?.dispose());
  const refused = (e) => e instanceof ToolError;

  test('another organization\'s agent cannot be read, used or removed', async () => {
    for (const [tool, args] of [['comms_get_channel_status', {}], ['comms_send_message', { channel: 'sms', to: personUs(500), body: 'x' }],
      ['comms_set_route_duplication', {}], ['comms_set_route_duplication', { routeDuplication: { smsMirror: '+14155550177' } }], ['comms_set_callback', {}], ['comms_set_callback', { action: 'set', url: 'https://example.com/' }], ['comms_set_callback', { action: 'remove' }],
      ['comms_deprovision_channels', { releaseNumber: true }]]) {
      await assert.rejects(callModern(world.server, theirToken, tool, { agentId: ours.id, ...args }), refused, tool);
    }
    await world.twilio.inbound(ours.hook('sms'), { from: personUs(504), to: ours.phone, body: 'for ours only' });
    const theirView = await callModern(world.server, theirToken, 'comms_get_waiting_messages', { agentId: ours.id, includeAcknowledged: true }).catch((e) => { assert.ok(refused(e)); return { messages: [] }; });
    assert.deepEqual(theirView.messages, []);
    assert.equal((await ours.client.call('comms_get_waiting_messages')).messages.length, 1);
    assert.ok(world.twilio.numberOf(ours.phone), 'our number is still ours');
    assert.equal(world.twilio.sent().length, 0);
  });

  test('the refusal does not say whether the agent exists', async () => {
    const text = async (agentId) => callModern(world.server, theirToken, 'comms_get_channel_status', { agentId }).then(() => assert.fail('allowed'), (e) => e.message.replaceAll(agentId, 'ID'));
    assert.equal(await text(ours.id), await text('00000000-0000-4000-8000-000000000000'));
  });

  test('an agent acts only for itself, whatever agentId says', async () => {
    await assert.rejects(callModern(world.server, theirs.securityToken, 'comms_send_message', { agentId: ours.id, channel: 'sms', to: personUs(501), body: 'x' }), refused);
    const sent = await callModern(world.server, ours.token, 'comms_send_message', { channel: 'sms', to: personUs(502), body: 'mine' });
    await assert.rejects(callModern(world.server, theirs.securityToken, 'comms_get_message', { messageId: sent.messageId }), refused);
    await assert.rejects(callModern(world.server, theirToken, 'comms_get_message', { messageId: sent.messageId }), refused);
    const later = await callModern(world.server, ours.token, 'comms_send_message', { channel: 'sms', to: personUs(502), body: 'later', sendAt: new Date(Date.now() + 3_600_000).toISOString() });
    for (const token of [theirs.securityToken, theirToken]) {
      await assert.rejects(callModern(world.server, token, 'comms_cancel_message', { messageId: later.messageId }), refused);
      await assert.rejects(callModern(world.server, token, 'comms_cancel_message', { agentId: ours.id, messageId: later.messageId }), refused);
    }
    assert.equal((await callModern(world.server, ours.token, 'comms_get_message', { messageId: later.messageId })).message.status, 'scheduled');
  });

  test('an agent cannot provision, and sees only the tools of its role', async () => {
    await assert.rejects(callModern(world.server, ours.token, 'comms_provision_channels', { displayName: 'x', country: 'US', capabilities: { phone: true } }), refused);
    const { tools } = await ours.client.listTools();
    assert.ok(tools.length > 0 && tools.length <= 20, `${tools.length} tools`);
    assert.ok(!tools.some((t) => /provision|set_agent_limits/.test(t.name)));
    assert.ok(JSON.stringify(tools).length <= 20 * 1024, `${JSON.stringify(tools).length} bytes`);
    for (const tool of tools) assert.ok(tool.title && tool.description && tool.inputSchema && tool.annotations, tool.name);
  });

  test('inbound signed for one agent does not reach another', async () => {
    await world.twilio.inbound(ours.hook('sms'), { from: personUs(503), to: ours.phone, body: 'for ours' });
    const { messages } = await callModern(world.server, theirs.securityToken, 'comms_get_waiting_messages', {});
    assert.equal(messages.length, 0);
    assert.equal((await ours.client.call('comms_get_waiting_messages')).messages.length, 1);
  });

  test('an organization in sandbox mode reaches no vendor: nothing bought, nothing sent', async () => {
    const { id } = await world.server.ctl('organizations', 'create', '--mode', 'sandbox', '--json', 'Trying it out');
    const token = await world.server.token('organization', '--organization', id);
    const before = [world.twilio, world.resend].map((mock) => mock.journal.filter((e) => e.accepted).length);
    const trial = await callModern(world.server, token, 'comms_provision_channels', { displayName: 'Trial', country: 'US', capabilities: { phone: true, email: true }, emailDomain: 'trial.example.com' }).catch((e) => e);
    if (!(trial instanceof Error)) {
      await callModern(world.server, trial.securityToken, 'comms_send_message', { channel: 'sms', to: personUs(510), body: 'only a trial' }).catch(() => {});
      await callModern(world.server, trial.securityToken, 'comms_send_message', { channel: 'email', to: 'a@example.com', subject: 'trial', body: 'only a trial' }).catch(() => {});
    }
    assert.deepEqual([world.twilio, world.resend].map((mock) => mock.journal.filter((e) => e.accepted).length), before);
  });
});
