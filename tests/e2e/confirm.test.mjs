// "Confirm before sending": by a form, or by a second call with a token for clients that have none.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { World, personUs } from './lib/world.mjs';
import { ToolError, bearer, callModern, unwrap } from './lib/client.mjs';

/** An official client whose person gives that answer to every form. */
async function clientWithForms(world, token, answer) {
  const client = new Client({ name: 'commsd-suite', version: '1.0.0' }, { capabilities: { elicitation: {} } });
  const forms = [];
  client.setRequestHandler(ElicitRequestSchema, async ({ params }) => { forms.push(params); return answer; });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${world.server.url}/mcp`), { requestInit: { headers: bearer(token) } }));
  world.clients.push(client);
  return { forms, send: async (args) => unwrap(await client.callTool({ name: 'comms_send_message', arguments: args })) };
}

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

  test('a client with forms is asked, and only a yes sends', async () => {
    const before = world.twilio.sent().length;
    const args = { channel: 'sms', to: personUs(803), body: 'in a form' };
    for (const answer of [{ action: 'decline' }, { action: 'cancel' }, { action: 'accept', content: { confirm: false } }]) {
      const { forms, send } = await clientWithForms(world, agent.token, answer);
      await assert.rejects(send(args), refused(/nothing was done/), answer.action);
      assert.equal(forms.length, 1);
      assert.match(forms[0].message, /in a form/);
    }
    assert.equal(world.twilio.sent().length, before);
    const { forms, send } = await clientWithForms(world, agent.token, { action: 'accept', content: { confirm: true } });
    assert.equal((await send(args)).success, true);
    assert.equal(forms.length, 1);
    assert.equal(world.twilio.sent().length, before + 1);
  });

  test('tools that are not named do not ask', async () => {
    assert.equal((await world.agent({ displayName: 'At once' })).provisioned.success, true);
  });
});
