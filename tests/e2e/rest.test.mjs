// REST answers what MCP answers, for every tool, and its document is a true one.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { validate } from '@readme/openapi-parser';
import { World, personUs } from './lib/world.mjs';
import { ToolError, bearer } from './lib/client.mjs';
import { base, callRest, openapi, operations } from './lib/rest.mjs';

/** Where integrators of the reference look. What is not built yet is not in the document. */
const contract = {
  comms_send_message: 'POST /send-message', comms_make_call: 'POST /make-call', comms_call_on_behalf: 'POST /call-on-behalf', comms_send_voice_message: 'POST /send-voice-message',
  comms_transfer_call: 'POST /transfer-call', comms_get_waiting_messages: 'GET /waiting-messages', comms_provision_channels: 'POST /provision', comms_deprovision_channels: 'POST /deprovision',
  comms_list_agent_tokens: 'GET /agents/{agentId}/tokens', comms_regenerate_agent_token: 'POST /agents/{agentId}/regenerate-token', comms_get_channel_status: 'GET /channel-status',
  comms_onboard_customer: 'POST /onboard', comms_get_usage_dashboard: 'GET /usage', comms_get_billing_summary: 'GET /billing', comms_set_billing_config: 'POST /billing/config', comms_set_agent_limits: 'POST /agent-limits',
};

describe('REST', () => {
  let world;
  let agent;
  let spare;
  let tokens;
  let clients;
  let messageId;
  let document;
  let known;
  before(async () => {
    world = await World.start();
    agent = await world.agent({ displayName: 'Main' });
    spare = { mcp: await world.agent({ displayName: 'For MCP' }), rest: await world.agent({ displayName: 'For REST' }) };
    tokens = { agent: agent.token, organization: world.adminToken, orchestrator: await world.server.token('orchestrator') };
    clients = { agent: agent.client, organization: world.admin, orchestrator: await world.connect(tokens.orchestrator) };
    messageId = (await agent.client.call('comms_send_message', { channel: 'sms', to: personUs(900), body: 'first' })).messageId;
    document = await openapi(world.server);
    known = operations(document);
  });
  after(() => world?.dispose());

  const operation = (id) => known.find((o) => o.id === id) ?? assert.fail(`no operation ${id}`);
  const rest = (token, id, args, options) => callRest(world.server, token, operation(id), args, options);

  /** The example of the document with ids that are there. */
  let asked = 0;
  const argumentsFor = (op, role, wire) => {
    const args = { ...op.example };
    const own = op.destructive && role !== 'agent' ? spare[wire].id : agent.id;
    if ('agentId' in op.schema.properties && !/provision_channels$|onboard/.test(op.id)) args.agentId = own;
    if (/deprovision/.test(op.id)) args.agentId = own;
    if (/block_channels/.test(op.id)) Object.assign(args, { agentId: agent.id, channels: [] }); // the spare ones are given up by then
    if ('messageId' in op.schema.properties) args.messageId = messageId;
    if (role === 'orchestrator' && 'organizationId' in op.schema.properties) args.organizationId = world.organization;
    if ('timeoutSeconds' in op.schema.properties) args.timeoutSeconds = 1;
    if ('idempotencyKey' in op.schema.properties) args.idempotencyKey = `parity-${role}-${wire}`;
    if (op.id === 'comms_send_otp') args.to = personUs(600 + (asked += 1)); // one person is sent five an hour
    return args;
  };

  const overMcp = async (role, name, args) => {
    try {
      return { result: await clients[role].call(name, args) };
    } catch (error) {
      if (error instanceof ToolError) return { error: error.document.error ?? error.document };
      if (error.code === -32602) return { unknown: true };
      throw error;
    }
  };

  test('the document is valid OpenAPI 3.1.0', async () => {
    assert.equal(document.openapi, '3.1.0');
    assert.match(document.info.title, /VOS/);
    assert.equal(document.components.securitySchemes.BearerAuth.scheme, 'bearer');
    const result = await validate(structuredClone(document));
    assert.deepEqual(result.errors ?? [], []);
    assert.equal(result.valid, true);
    const broken = structuredClone(document);
    delete broken.info.title;
    assert.equal((await validate(broken)).valid, false, 'the validator finds what is wrong');
    for (const op of known.filter((o) => !o.isPublic)) {
      assert.ok(op.roles.length > 0, `${op.id} says who may use it`);
      for (const status of ['200', '400', '401', '403', '429', '500', '503']) assert.ok(op.responses[status], `${op.id} ${status}`);
    }
  });

  test('every tool of every role is an operation, where the contract has it', async () => {
    for (const [role, client] of Object.entries(clients)) {
      const { tools } = await client.listTools();
      for (const { name } of tools) assert.ok(operation(name).roles.includes(role), `${name} as ${role}`);
      // What agents may call and are not listed: onRequest in schema/tools.
      const unlisted = role === 'agent' ? ['comms_call_on_behalf', 'comms_get_billing_summary', 'comms_get_usage_dashboard', 'comms_link_contact', 'comms_send_otp', 'comms_send_voice_message', 'comms_verify_otp'] : [];
      assert.deepEqual(known.filter((o) => o.tool && o.roles.includes(role)).map((o) => o.id).sort(), [...tools.map((t) => t.name), ...unlisted].sort());
    }
    for (const [id, place] of Object.entries(contract)) {
      const op = known.find((o) => o.id === id);
      if (op) assert.equal(`${op.method} ${op.path}`, place);
    }
  });

  test('the same call gives the same answer', async () => {
    let done = 0;
    const order = known.filter((o) => o.tool).sort((a, b) => Number(a.destructive) - Number(b.destructive));
    for (const role of Object.keys(tokens)) {
      for (const op of order) {
        const mcp = await overMcp(role, op.id, argumentsFor(op, role, 'mcp'));
        const answer = await callRest(world.server, tokens[role], op, argumentsFor(op, role, 'rest'));
        const what = `${op.id} as ${role}: MCP ${JSON.stringify(mcp).slice(0, 300)}, REST ${answer.status} ${answer.text.slice(0, 300)}`;
        if (mcp.unknown) assert.equal(answer.status, 403, what);
        else if (mcp.error) assert.deepEqual([answer.body.code, answer.body.message], [mcp.error.code, mcp.error.message], what);
        else {
          assert.equal(answer.status, 200, what);
          done++;
          if (op.acts) assert.deepEqual(Object.keys(answer.body).sort(), Object.keys(mcp.result).sort(), what);
          else assert.deepEqual(answer.body, mcp.result, what);
        }
      }
    }
    assert.ok(done >= 15, `${done} calls succeeded`);
  });

  test('the same mistake gives the same refusal', async () => {
    const mistakes = (op, role) => {
      const good = argumentsFor(op, role, 'mcp');
      const found = [{ ...good, noSuchArgument: 'x' }];
      for (const name of op.schema.required ?? []) {
        if (op.inPath.includes(name)) continue;
        const { [name]: left, ...less } = good;
        found.push(less);
      }
      for (const [name, schema] of Object.entries(op.schema.properties)) {
        const wrong = [];
        if (schema.enum) wrong.push('no such value');
        if (schema.type === 'string' && schema.minLength > 0) wrong.push('');
        if (schema.type === 'string' && schema.maxLength < 2000) wrong.push('x'.repeat(schema.maxLength + 1));
        if (schema.type === 'integer') wrong.push('ten', ...('minimum' in schema ? [schema.minimum - 1] : []), ...('maximum' in schema ? [schema.maximum + 1] : []));
        if (schema.type === 'boolean') wrong.push('perhaps');
        if (op.method === 'POST') wrong.push([{}], schema.type === 'string' ? 7 : 'text');
        for (const value of wrong) found.push({ ...good, [name]: value });
      }
      found.push({ ...good, ...('agentId' in op.schema.properties ? { agentId: 'agt_none' } : {}), ...('messageId' in op.schema.properties ? { messageId: 'msg_none' } : {}) });
      return found;
    };
    let refused = 0;
    for (const role of Object.keys(tokens)) {
      for (const op of known.filter((o) => o.tool && o.roles.includes(role))) {
        const cases = mistakes(op, role);
        for (const args of cases.slice(0, -1).concat(op.acts && /provision_channels$/.test(op.id) ? [] : cases.slice(-1))) {
          const mcp = await overMcp(role, op.id, args);
          if (!mcp.error) continue;
          const answer = await callRest(world.server, tokens[role], op, args);
          const what = `${op.id} as ${role} ${JSON.stringify(args).slice(0, 200)}: MCP ${JSON.stringify(mcp)}, REST ${answer.status} ${answer.text}`;
          assert.ok(answer.status >= 400 && answer.status < 500, what);
          assert.deepEqual([answer.body.code, answer.body.message, answer.body.remedy], [mcp.error.code, mcp.error.message, mcp.error.remedy], what);
          assert.ok(answer.body.error.startsWith(answer.body.message), what);
          refused++;
        }
      }
    }
    assert.ok(refused > 100, `${refused} refusals compared`);
  });

  test('a missing field is named, with an example', async () => {
    const { status, body } = await rest(agent.token, 'comms_send_message', {});
    assert.equal(status, 400);
    assert.match(body.error, /'to'[^]*\n[^]*Example: POST \/api\/v1\/send-message/);
  });

  test('one Idempotency-Key acts once, over REST and MCP together', async () => {
    const args = { channel: 'sms', to: personUs(901), body: 'once' };
    const sent = world.twilio.sent().length;
    const first = await rest(agent.token, 'comms_send_message', args, { headers: { 'Idempotency-Key': 'once-1' } });
    const again = await rest(agent.token, 'comms_send_message', { ...args, idempotencyKey: 'once-1' });
    const over = await agent.client.call('comms_send_message', { ...args, idempotencyKey: 'once-1' });
    assert.equal(first.status, 200, first.text);
    assert.deepEqual([again.body.messageId, over.messageId], [first.body.messageId, first.body.messageId]);
    assert.equal(world.twilio.sent().length, sent + 1);
    const other = await rest(agent.token, 'comms_send_message', { ...args, body: 'other' }, { headers: { 'Idempotency-Key': 'once-1' } });
    assert.deepEqual([other.status, other.body.code], [422, 'idempotency_mismatch']);
    const unkept = await rest(world.adminToken, 'comms_deprovision_channels', { agentId: 'agt_none' }, { headers: { 'Idempotency-Key': 'x' } });
    assert.equal(unkept.status, 400, 'what cannot keep a key says so');
  });

  test('fetching acknowledges what was written, and only that', async () => {
    await world.twilio.inbound(agent.hook('sms'), { from: personUs(902), to: agent.phone, body: 'over REST' });
    // A client that is gone before the answer: whether or not it was on its way, the message stays within reach.
    await new Promise((resolve) => {
      const request = http.get(`${world.server.url}${base}/waiting-messages`, { headers: bearer(agent.token) }, (response) => { response.destroy(); resolve(); });
      request.on('error', resolve);
    });
    const seen = await rest(agent.token, 'comms_get_waiting_messages', { includeAcknowledged: true });
    assert.ok(seen.body.messages.some((m) => m.body === 'over REST'), seen.text);
    await world.twilio.inbound(agent.hook('sms'), { from: personUs(903), to: agent.phone, body: 'second' });
    const fresh = await rest(agent.token, 'comms_get_waiting_messages', { limit: 5, channel: 'sms' });
    assert.ok(fresh.body.messages.some((m) => m.body === 'second'));
    assert.equal((await rest(agent.token, 'comms_get_waiting_messages')).body.count, 0);
    const head = await fetch(`${world.server.url}${base}/waiting-messages`, { method: 'HEAD', headers: bearer(agent.token) });
    assert.equal(head.status, 405, 'nothing is fetched without a body to write it in');
  });

  test('statuses: no token, no path, no method, no JSON', async () => {
    const ask = async (path, init = {}) => { const r = await fetch(world.server.url + base + path, init); return { status: r.status, headers: r.headers, body: await r.json() }; };
    const anonymous = await ask('/channel-status');
    assert.equal(anonymous.status, 401);
    assert.match(anonymous.headers.get('www-authenticate'), /^Bearer/);
    assert.equal(typeof anonymous.body.error, 'string');
    assert.equal((await ask('/no-such-thing', { headers: bearer(agent.token) })).body.code, 'not_found');
    const wrong = await ask('/send-message', { headers: bearer(agent.token) });
    assert.deepEqual([wrong.status, wrong.headers.get('allow')], [405, 'POST, OPTIONS']);
    const post = (body, type = 'application/json') => ask('/send-message', { method: 'POST', body, headers: { ...bearer(agent.token), 'content-type': type } });
    assert.equal((await post('{', 'application/json')).status, 400);
    assert.equal((await post('[]')).status, 400);
    assert.equal((await post('{"to":"a","to":"b"}')).status, 400);
    assert.equal((await post('to=1', 'application/x-www-form-urlencoded')).status, 415);
    assert.equal((await ask('/waiting-messages?limit=1&limit=2', { headers: bearer(agent.token) })).status, 400);
    assert.equal((await ask('/channel-status', { headers: { cookie: `__Host-commsd=${agent.token}; token=${agent.token}` } })).status, 401, 'a cookie is no token');
    assert.equal((await ask(`/channel-status?token=${agent.token}`)).status, 401, 'nor is a query');
  });

  test('pages of other origins are refused, and our own are told what they may', async () => {
    for (const path of ['/channel-status', '/openapi.json', '/health', '/no-such-thing']) {
      const evil = await fetch(world.server.url + base + path, { headers: { ...bearer(agent.token), origin: 'https://evil.example' } });
      assert.equal(evil.status, 403, path);
      assert.equal(evil.headers.get('access-control-allow-origin'), null);
    }
    const preflight = await fetch(`${world.server.url}${base}/send-message`, { method: 'OPTIONS', headers: { origin: world.server.url, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization, idempotency-key' } });
    assert.equal(preflight.status, 204);
    assert.match(preflight.headers.get('access-control-allow-headers'), /idempotency-key/);
  });

  test('an address that tried too many tokens at REST is blocked at MCP as well', async () => {
    const elsewhere = (path, token, method = 'GET') => new Promise((resolve, reject) => {
      const request = http.request(world.server.url + path, { method, localAddress: '127.0.0.9', headers: { ...bearer(token), 'content-type': 'application/json' } }, (response) => { response.resume(); response.on('end', () => resolve(response.statusCode)); });
      request.on('error', reject).end();
    });
    for (let i = 0; i < 10; i++) assert.equal(await elsewhere(`${base}/channel-status`, `wrong-${i}`), 401);
    assert.equal(await elsewhere(`${base}/channel-status`, agent.token), 429);
    assert.equal(await elsewhere('/mcp', agent.token, 'POST'), 429);
    assert.equal((await rest(agent.token, 'comms_get_channel_status')).status, 200, 'others are not');
  });

  test('a limited token meets a 403 that names the scope', async () => {
    const reader = await world.server.token('agent', '--agent', agent.id, '--scopes', 'comms:read');
    assert.equal((await rest(reader, 'comms_get_channel_status')).status, 200);
    const refused = await rest(reader, 'comms_send_message', { to: personUs(904), body: 'x' });
    assert.equal(refused.status, 403);
    assert.match(refused.headers.get('www-authenticate'), /insufficient_scope.*comms:send/);
  });

  test('tokens of an agent: listed, replaced at once, written down, never shown to models', async () => {
    const one = await world.agent({ displayName: 'Tokens' });
    const before = await rest(world.adminToken, 'comms_list_agent_tokens', { agentId: one.id });
    assert.equal(before.status, 200, before.text);
    assert.deepEqual(Object.keys(before.body.tokens[0]).sort(), ['createdAt', 'id', 'label', 'lastUsedAt']);
    assert.ok(!before.text.includes(one.token));
    const replaced = await rest(tokens.orchestrator, 'comms_regenerate_agent_token', { agentId: one.id });
    assert.deepEqual([replaced.body.success, replaced.body.revokedCount], [true, before.body.tokens.length]);
    assert.equal((await rest(one.token, 'comms_ping', {})).status, 401);
    assert.equal((await rest(replaced.body.token, 'comms_ping', {})).status, 200);
    assert.equal((await rest(world.adminToken, 'comms_list_agent_tokens', { agentId: one.id })).body.tokens.length, 1);
    assert.equal((await rest(agent.token, 'comms_list_agent_tokens', { agentId: agent.id })).status, 403);
    assert.equal((await rest(world.adminToken, 'comms_regenerate_agent_token', { agentId: 'agt_none' })).status, 404);
    assert.equal((await overMcp('organization', 'comms_list_agent_tokens', { agentId: one.id })).unknown, true);
    assert.equal(await world.server.auditChain(), 'ok');
  });

  test('health and the guide need no token', async () => {
    const health = await (await fetch(`${world.server.url}${base}/health`)).json();
    assert.equal(health.status, 'ok');
    assert.ok(Number.isInteger(health.uptime) && health.version && health.mode === 'live');
    const guide = await fetch(`${world.server.url}${base}/integration-guide`);
    assert.match(guide.headers.get('content-type'), /^text\/markdown/);
    assert.ok((await guide.text()).includes(`${world.server.url}/api/v1/send-message`));
  });
});
