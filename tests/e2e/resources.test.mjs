// Resources, prompts and completion through the official client: what there is, whose it is, and what is not found.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { World, personUs } from './lib/world.mjs';
import { modern } from './lib/client.mjs';
import { eventually } from './lib/server.mjs';

const json = ({ contents }) => {
  assert.equal(contents.length, 1);
  assert.equal(contents[0].mimeType, 'application/json');
  return JSON.parse(contents[0].text);
};

describe('resources and prompts', () => {
  let world;
  let agent;
  let theirs;
  before(async () => {
    world = await World.start();
    agent = await world.agent({ displayName: 'Reader' });
    const organization = await world.createOrganization('Theirs');
    theirs = await world.connect(await world.server.token('organization', '--organization', organization));
  });
  after(() => world?.dispose());

  test('an agent is listed its own, an organization its agents', async () => {
    const own = [`comms://agents/${agent.id}/channels`, `comms://agents/${agent.id}/inbox`];
    const uris = async (client) => (await client.listResources()).resources.map((r) => r.uri).sort();
    assert.deepEqual(await uris(agent.client), own);
    assert.ok((await uris(world.admin)).includes(own[1]));
    assert.deepEqual(await uris(theirs), []);
    const { resourceTemplates } = await agent.client.listResourceTemplates();
    assert.deepEqual(resourceTemplates.map((t) => t.uriTemplate).sort(),
      ['comms://agents/{agentId}/channels', 'comms://agents/{agentId}/inbox', 'comms://calls/{callId}', 'comms://messages/{messageId}', 'comms://threads/{agentId}/{contact}']);
  });

  test('reading the inbox shows what waits and acknowledges nothing', async () => {
    await world.twilio.inbound(agent.hook('sms'), { from: personUs(700), to: agent.phone, body: 'are you there?' });
    const uri = `comms://agents/${agent.id}/inbox`;
    for (let i = 0; i < 2; i++) {
      const inbox = json(await agent.client.readResource({ uri }));
      assert.deepEqual(inbox.messages.map((m) => m.body), ['are you there?']);
    }
    const thread = json(await agent.client.readResource({ uri: json(await agent.client.readResource({ uri })).messages[0].thread }));
    assert.equal(thread.contact, personUs(700));
    assert.deepEqual(thread.entries.map((e) => [e.direction, e.status]), [['inbound', 'waiting']]);
    assert.equal((await agent.client.call('comms_get_waiting_messages')).messages.length, 1);
  });

  test('a message and its thread are read by their URIs, and only by their owners', async () => {
    const sent = await agent.client.call('comms_send_message', { channel: 'sms', to: personUs(701), body: 'on its way' });
    const uri = `comms://messages/${sent.messageId}`;
    const message = json(await agent.client.readResource({ uri }));
    assert.equal(message.message.id, sent.messageId);
    assert.ok(!message.message.thread.includes('415'), 'no number in a URI');
    for (const address of [uri, message.message.thread, `comms://agents/${agent.id}/inbox`, `comms://agents/${agent.id}/channels`, 'comms://nothing']) {
      if (address !== 'comms://nothing') await world.admin.readResource({ uri: address });
      await assert.rejects(theirs.readResource({ uri: address }), (e) => e.code === -32002 && e.data.uri === address, address);
    }
  });

  test('who subscribed hears of a new message, and nobody subscribes to what is another\'s', async () => {
    const uri = `comms://agents/${agent.id}/inbox`;
    const updated = [];
    agent.client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => { updated.push(params.uri); });
    await agent.client.subscribeResource({ uri });
    await world.twilio.inbound(agent.hook('sms'), { from: personUs(703), to: agent.phone, body: 'news' });
    await eventually(async () => updated.includes(uri), 'the update of the inbox');
    assert.ok(updated.every((u) => u === uri), 'only what was asked for');
    await assert.rejects(theirs.subscribeResource({ uri }), (e) => e.code === -32002);
  });

  test('what is not found has the code of its wire', async () => {
    const uri = 'comms://messages/none';
    const answer = await modern(world.server, agent.token, 'resources/read', { uri });
    assert.equal(answer.message.error.code, -32602);
    assert.deepEqual(answer.message.error.data, { uri });
    for (const method of ['tools/list', 'resources/list', 'resources/templates/list', 'prompts/list']) {
      assert.equal((await modern(world.server, agent.token, method, { cursor: 'made up' })).message.error.code, -32602, method);
      const { result } = (await modern(world.server, agent.token, method)).message;
      assert.equal(result.cacheScope, 'private', method);
      assert.equal(result.nextCursor, undefined, method);
    }
  });

  test('prompts are filled in and say what is missing', async () => {
    const { prompts } = await agent.client.listPrompts();
    assert.deepEqual(prompts.map((p) => p.name), ['compose_message', 'follow_up', 'summarise_waiting_messages']);
    const { messages } = await agent.client.getPrompt({ name: 'compose_message', arguments: { to: personUs(702), purpose: 'say hello' } });
    assert.match(messages[0].content.text, new RegExp(`to \\${personUs(702)}\\. Its purpose: say hello`));
    assert.doesNotMatch(messages[0].content.text, /\{\{|Tone/);
    await assert.rejects(agent.client.getPrompt({ name: 'compose_message', arguments: { to: 'x' } }), (e) => e.code === -32602 && /purpose/.test(e.message));
    await assert.rejects(agent.client.getPrompt({ name: 'none' }), (e) => e.code === -32602);
  });

  test('completion knows the caller\'s own and nobody else\'s', async () => {
    const complete = async (client, argument, context) => (await client.complete({ ref: { type: 'ref/prompt', name: 'compose_message' }, argument, context })).completion.values;
    assert.deepEqual(await complete(agent.client, { name: 'channel', value: 's' }), ['sms']);
    assert.ok((await complete(world.admin, { name: 'agentId', value: '' })).includes(agent.id));
    assert.deepEqual(await complete(theirs, { name: 'agentId', value: '' }), []);
    const { completion } = await agent.client.complete({ ref: { type: 'ref/resource', uri: 'comms://agents/{agentId}/inbox' }, argument: { name: 'agentId', value: agent.id.slice(0, 3) } });
    assert.deepEqual(completion, { values: [agent.id], total: 1, hasMore: false });
  });
});
