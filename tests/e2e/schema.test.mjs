// Every message that leaves the server, on every wire and in every version, is held to the official
// schema of that version: what each tool, resource, prompt and method answers when it succeeds and when
// it is asked wrongly, and the notifications in between.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { personUs, World } from './lib/world.mjs';
import { eventually } from './lib/server.mjs';
import { contentFault, messageFault, unchecked } from './lib/mcp_schema.mjs';
import { events, LegacyWire, ModernWire, SseWire } from './lib/wire.mjs';

const wires = [
  ['streamable HTTP', '2026-07-28', ModernWire], ['streamable HTTP', '2025-11-25', LegacyWire], ['streamable HTTP', '2025-06-18', LegacyWire],
  ['streamable HTTP', '2025-03-26', LegacyWire], ['HTTP+SSE', '2024-11-05', SseWire],
];

/** How each tool is called so that it succeeds. A tool that is not here fails the test: add it. */
const calls = {
  comms_ping: () => ({ message: 'suite' }),
  comms_send_message: ({ agent, person }) => ({ agentId: agent.id, channel: 'sms', to: person, body: 'held to the schema' }),
  comms_cancel_message: ({ agent, scheduledId }) => ({ agentId: agent.id, messageId: scheduledId }),
  comms_set_callback: ({ agent }) => ({ agentId: agent.id }),
  comms_link_contact: ({ agent }) => ({ agentId: agent.id, addresses: [personUs(696), 'guest@example.com'] }),
  comms_set_route_duplication: ({ agent }) => ({ agentId: agent.id, routeDuplication: { emailBcc: 'archive@example.com' } }),
  comms_get_message: ({ agent, messageId }) => ({ agentId: agent.id, messageId }),
  comms_get_waiting_messages: ({ agent }) => ({ agentId: agent.id, includeAcknowledged: true }),
  comms_wait_for_messages: ({ agent }) => ({ agentId: agent.id, includeAcknowledged: true, timeoutSeconds: 1 }),
  comms_get_channel_status: ({ agent }) => ({ agentId: agent.id }),
  comms_get_me: () => ({}),
  comms_erase_contact: ({ organization }) => ({ organizationId: organization, contactAddress: personUs(977) }),
  comms_set_body_storage: ({ organization }) => ({ organizationId: organization, retentionDays: null }),
  comms_block_channels: ({ agent }) => ({ agentId: agent.id, channels: [] }),
  comms_expand_agent_pool: ({ organization }) => ({ organizationId: organization, maxAgents: 1000 }),
  comms_meet_requirement: ({ organization }) => ({ organizationId: organization, requirement: 'us.a2p_10dlc.brand', evidence: 'BRAND-1' }),
  comms_register_provider: ({ organization }) => ({ organizationId: organization, provider: 'sandbox', credentials: {}, slots: ['tts'] }),
  comms_create_organization: () => ({ name: 'Held to the schema', slug: `schema-${crypto.randomUUID()}`, company: 'Schema Ltd', settings: { a: 1 } }),
  comms_list_organizations: () => ({}),
  comms_onboard_customer: ({ organization }) => ({ organizationId: organization, displayName: 'Held to the schema', capabilities: { phone: false, whatsapp: false, email: true, voiceAi: false }, emailDomain: 'agents.example.com' }),
  comms_provision_channels: ({ organization }) => ({ organizationId: organization, displayName: 'Held to the schema', country: 'US', capabilities: { phone: false, whatsapp: false, email: true, voiceAi: false }, emailDomain: 'agents.example.com' }),
  comms_deprovision_channels: ({ provisioned }) => ({ agentId: provisioned }),
  comms_record_consent: ({ agent, person }) => ({ agentId: agent.id, contactAddress: person, channel: 'sms', source: 'form' }),
  comms_check_consent: ({ agent, person }) => ({ agentId: agent.id, contactAddress: person, channel: 'sms' }),
  comms_revoke_consent: ({ agent, person }) => ({ agentId: agent.id, contactAddress: person, channel: 'sms' }),
  comms_get_usage_dashboard: ({ agent }) => ({ agentId: agent.id }),
  comms_set_agent_limits: ({ agent }) => ({ agentId: agent.id, limits: { maxActionsPerDay: 100_000 } }),
  comms_get_billing_summary: ({ agent }) => ({ agentId: agent.id }),
  comms_set_billing_config: ({ agent }) => ({ agentId: agent.id, markupPercent: 10 }),
  comms_send_otp: ({ agent, person }) => ({ agentId: agent.id, to: person, channel: 'sms' }),
  comms_verify_otp: ({ agent, person }) => ({ agentId: agent.id, contactAddress: person, code: '000000' }),
  comms_make_call: ({ agent, person }) => ({ agentId: agent.id, to: person }),
  comms_call_on_behalf: ({ agent, person }) => ({ agentId: agent.id, target: person, requesterPhone: personUs(697) }),
  comms_transfer_call: async (context) => ({ agentId: context.agent.id, callSid: await called(context), to: personUs(targets++) }),
  comms_end_call: async (context) => ({ agentId: context.agent.id, callSid: await called(context) }),
  comms_send_voice_message: ({ agent, person }) => ({ agentId: agent.id, to: person, text: 'held to the schema' }),
  comms_bridge_call: ({ organization }) => ({ organizationId: organization, action: 'list' }),
};
let targets = 300;
const called = async ({ agent, person }) => (await agent.client.call('comms_make_call', { to: person })).callSid;
/** Tools that change what the others need come last, in this order. */
const last = ['comms_provision_channels', 'comms_deprovision_channels'];

describe('every message satisfies the official schema of its version', () => {
  let world;
  let agent;
  let orchestrator;
  let messageId;
  let people = 700;
  before(async () => {
    world = await World.start({ change: (config) => { config.edition = 'saas'; config.providers.tts = { use: 'sandbox' }; config.providers.storage = { use: 'local', config: { root: 'media' } }; } }); // which has every tool
    agent = await world.agent({ capabilities: { phone: true, whatsapp: false, email: true, voiceAi: true } });
    orchestrator = await world.server.token('orchestrator');
    await world.twilio.inbound(agent.hook('sms'), { from: personUs(699), to: agent.phone, body: 'hello' });
    messageId = (await agent.client.call('comms_send_message', { channel: 'sms', to: personUs(698), body: 'hello' })).messageId;
  });
  after(async () => {
    await world?.dispose();
    if (unchecked.messages > 0) console.log(`# spec-checks-not-run ${unchecked.messages} (no ../shared/mcp-schema: official schemas of MCP)`);
  });

  const faultsOf = (wire) => wire.received.map(({ message, method }) => [message, method, messageFault(wire.version, message, method)]).filter(([, , fault]) => fault)
    .map(([message, method, fault]) => `${method ?? message.method ?? 'answer'}: ${fault}\n  ${JSON.stringify(message).slice(0, 400)}`);

  async function callTools(wire, role) {
    const { tools } = (await wire.request('tools/list')).result;
    const order = [...tools].sort((a, b) => last.indexOf(a.name) - last.indexOf(b.name));
    const context = { agent, messageId, organization: world.organization };
    context.scheduledId = (await agent.client.call('comms_send_message', { channel: 'sms', to: personUs(people++), body: 'to be cancelled', sendAt: new Date(Date.now() + 3_600_000).toISOString() })).messageId;
    for (const tool of order) {
      assert.ok(calls[tool.name], `${tool.name} has no call in this test`);
      context.person = personUs(people++);
      const answer = await wire.request('tools/call', { name: tool.name, arguments: await calls[tool.name](context), _meta: { progressToken: `p${people}` } });
      assert.ok(answer?.result && !answer.result.isError, `${role} ${tool.name}: ${JSON.stringify(answer).slice(0, 500)}`);
      const { structuredContent, content } = answer.result;
      if (tool.outputSchema) {
        assert.equal(contentFault(tool, structuredContent), '', `${tool.name}: structuredContent`);
        assert.deepEqual(JSON.parse(content[0].text), structuredContent, `${tool.name}: the text is the same JSON`);
      }
      if (tool.name === 'comms_provision_channels') context.provisioned = structuredContent.agentId;
      const refused = await wire.request('tools/call', { name: tool.name, arguments: { noSuchArgument: true } });
      assert.equal(refused.result?.isError, true, `${tool.name} refuses an argument it does not have`);
    }
    return tools.length;
  }

  async function readEverything(wire) {
    const all = async (method, member) => {
      const found = [];
      for (let cursor; ;) {
        const { result } = await wire.request(method, cursor ? { cursor } : {});
        found.push(...result[member]);
        if (!(cursor = result.nextCursor)) return found;
      }
    };
    const resources = await all('resources/list', 'resources');
    assert.ok(resources.length > 0, 'an agent with messages has resources');
    for (const { uri } of resources) assert.ok((await wire.request('resources/read', { uri })).result, uri);
    const templates = await all('resources/templates/list', 'resourceTemplates');
    for (const { uriTemplate } of templates) {
      for (const [, name] of uriTemplate.matchAll(/\{[+?&]?([A-Za-z_]+)\}/g)) await wire.request('completion/complete', { ref: { type: 'ref/resource', uri: uriTemplate }, argument: { name, value: '' } });
    }
    for (const prompt of await all('prompts/list', 'prompts')) {
      const required = Object.fromEntries((prompt.arguments ?? []).map((a) => [a.name, 'suite']));
      assert.ok((await wire.request('prompts/get', { name: prompt.name, arguments: required })).result, prompt.name);
      await wire.request('prompts/get', { name: prompt.name, arguments: { noSuchArgument: 'x' } });
      for (const { name } of prompt.arguments ?? []) await wire.request('completion/complete', { ref: { type: 'ref/prompt', name: prompt.name }, argument: { name, value: '' } });
    }
    return resources;
  }

  async function askWrongly(wire) {
    const refused = [['no/such/method'], ['tools/call', { name: 'no_such_tool', arguments: {} }], ['tools/call', {}], ['tools/list', { cursor: 'no such cursor' }],
      ['resources/read', { uri: 'comms://no/such/thing' }], ['resources/read', {}], ['resources/list', { cursor: 'no such cursor' }], ['prompts/get', { name: 'no_such_prompt' }],
      ['completion/complete', { ref: { type: 'ref/prompt', name: 'no_such_prompt' }, argument: { name: 'x', value: '' } }], ['completion/complete', {}]];
    for (const [method, params] of refused) {
      const answer = await wire.request(method, params ?? {});
      assert.ok(answer?.error, `${method} ${JSON.stringify(params)} is refused: ${JSON.stringify(answer).slice(0, 300)}`);
    }
  }

  /** A subscription, a change, and its notification. */
  async function listen(wire, resources) {
    const uri = resources.find((r) => /inbox/.test(r.uri))?.uri ?? resources[0].uri;
    const inbound = () => world.twilio.inbound(agent.hook('sms'), { from: personUs(people++), to: agent.phone, body: 'news' });
    const seen = () => wire.received.some(({ message }) => message.method === 'notifications/resources/updated');
    if (wire instanceof ModernWire) {
      const ended = new AbortController();
      const response = await wire.fetch('subscriptions/listen', { notifications: { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true, resourceSubscriptions: [uri] } }, { signal: ended.signal });
      const reading = (async () => { for await (const event of events(response.body)) if (event.data) wire.take(JSON.parse(event.data), 'subscriptions/listen'); })().catch(() => {});
      await eventually(() => wire.received.some(({ message }) => message.method === 'notifications/subscriptions/acknowledged'), 'the subscription is acknowledged');
      await inbound();
      await eventually(seen, 'the subscriber hears of the message');
      ended.abort();
      await reading;
    } else {
      assert.deepEqual((await wire.request('resources/subscribe', { uri })).result, {});
      await inbound();
      await eventually(seen, 'the subscriber hears of the message');
      assert.deepEqual((await wire.request('resources/unsubscribe', { uri })).result, {});
      assert.ok((await wire.request('resources/subscribe', { uri: 'comms://no/such/thing' })).error);
    }
  }

  for (const [name, version, kind] of wires) {
    const open = (token) => kind.open(world.server, token, version);
    test(`${version}, ${name}: tools, as every role`, async () => {
      for (const [role, token] of [['agent', agent.token], ['organization', world.adminToken], ['orchestrator', orchestrator]]) {
        const wire = await open(token);
        assert.ok(await callTools(wire, role) > 0);
        await wire.close();
        assert.deepEqual(faultsOf(wire), []);
      }
    });
    test(`${version}, ${name}: every other method, and every way to be refused`, async () => {
      const wire = await open(agent.token);
      if (version === '2026-07-28') await wire.request('server/discover');
      else {
        assert.deepEqual((await wire.request('ping')).result, {});
        assert.deepEqual((await wire.request('logging/setLevel', { level: 'debug' })).result, {});
        assert.ok((await wire.request('logging/setLevel', { level: 'loud' })).error);
      }
      const resources = await readEverything(wire);
      await listen(wire, resources);
      await askWrongly(wire);
      await wire.close();
      assert.ok(wire.received.length > 20);
      assert.deepEqual(faultsOf(wire), []);
    });
  }

  test('the headers and envelope of 2026-07-28 refused', async () => {
    const wire = await ModernWire.open(world.server, agent.token);
    const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} };
    const refused = [
      [{ 'mcp-method': 'ping' }, { _meta: meta }, -32020], [{ 'mcp-protocol-version': '2025-11-25' }, { _meta: meta }, -32020], [{}, {}, -32602],
      [{ 'mcp-protocol-version': 'v9' }, { _meta: { ...meta, 'io.modelcontextprotocol/protocolVersion': 'v9' } }, -32022],
    ];
    for (const [headers, params, code] of refused) {
      const response = await fetch(`${world.server.url}/mcp`, { method: 'POST', headers: { ...wire.headers('tools/list'), ...headers }, body: JSON.stringify({ jsonrpc: '2.0', id: 'refused', method: 'tools/list', params }) });
      assert.equal(response.status, 400);
      await wire.read(response, 'tools/list');
      assert.equal(wire.received.at(-1).message.error?.code, code);
    }
    for (const body of ['{', '[]', '{"jsonrpc":"1.0","id":1,"method":"ping"}', '{"jsonrpc":"2.0","id":null,"method":"ping"}']) {
      await wire.read(await fetch(`${world.server.url}/mcp`, { method: 'POST', headers: wire.headers('ping'), body }), 'ping');
    }
    assert.deepEqual(faultsOf(wire), []);
  });

  test('the check itself finds what is wrong', () => {
    const before = unchecked.messages;
    const wrong = messageFault('2025-11-25', { jsonrpc: '2.0', id: 1, result: { tools: [{ name: 'x' }] } }, 'tools/list');
    if (unchecked.messages === before) assert.match(wrong, /inputSchema/);
    assert.notEqual(contentFault({ outputSchema: { type: 'object', required: ['a'] } }, {}), '');
  });
});
