// Organization 2 sees and changes nothing of organization 1: generated from the OpenAPI document, the tool,
// resource and template lists, and the server's own list of routes, so that what is new is tested as well.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { World, personUs } from './lib/world.mjs';
import { modern } from './lib/client.mjs';
import { eventually } from './lib/server.mjs';
import { events, ModernWire } from './lib/wire.mjs';
import { callRest, openapi, operations } from './lib/rest.mjs';

const run = promisify(execFile);
/** What only organization 1 knows; none of it may be in an answer to anybody else. */
const secrets = ['Secret display name', 'secret body of ours', 'secret inbound text', 'our-secret-label'];

describe('tenants', () => {
  let world;
  let ours;
  let ourIds;
  let theirs;
  let callers;
  let known;
  let outsider;

  const query = async (sql) => {
    const { stdout } = await run('sqlite3', ['-json', world.server.databaseFile, sql], { maxBuffer: 64 << 20 });
    return stdout.trim() ? JSON.parse(stdout) : [];
  };
  /** Every row of organization 1 in every table that has organizations. */
  const rows = async () => {
    const tables = await query("SELECT m.name FROM sqlite_master m WHERE m.type = 'table' AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) WHERE name = 'org_id') ORDER BY 1");
    assert.ok(tables.length > 8, `${tables.length} tables`);
    const all = {};
    for (const { name } of tables) {
      const columns = (await query(`SELECT name FROM pragma_table_info('${name}')`)).map((c) => c.name).filter((c) => c !== 'last_used_at');
      all[name] = await query(`SELECT ${columns.map((c) => `quote("${c}") AS "${c}"`).join(', ')} FROM "${name}" WHERE org_id = '${world.organization}' ORDER BY 1, 2`);
    }
    return all;
  };
  const sees = (text, planted, what) => {
    for (const secret of [...secrets, ours.phone, ours.email, outsider, ...Object.values(ourIds)]) {
      if (secret !== planted) assert.ok(!text.includes(secret), `${what} shows ${secret}: ${text.slice(0, 400)}`);
    }
  };

  before(async () => {
    world = await World.start();
    outsider = personUs(960);
    ours = await world.agent({ displayName: secrets[0] });
    await world.server.token('agent', '--agent', ours.id, '--label', secrets[3]);
    await world.twilio.inbound(ours.hook('sms'), { from: outsider, to: ours.phone, body: secrets[2] });
    const { messageId } = await ours.client.call('comms_send_message', { channel: 'sms', to: outsider, body: secrets[1] });
    const { tokens } = await world.server.ctl('tokens', 'list', '--organization', world.organization, '--json');
    const inbox = (await ours.client.call('comms_get_waiting_messages', { includeAcknowledged: true })).messages;
    ourIds = { agent: ours.id, message: messageId, organization: world.organization, token: tokens.find((t) => t.agent === ours.id).id, item: inbox[0].id, vendor: (await ours.client.call('comms_get_message', { messageId })).message.externalId };
    const id = await world.createOrganization('Theirs');
    const admin = await world.server.token('organization', '--organization', id);
    const provisioned = await callRest(world.server, admin, operations(await openapi(world.server)).find((o) => o.id === 'comms_provision_channels'), { displayName: 'Their agent', country: 'US', capabilities: { phone: true } });
    assert.equal(provisioned.status, 200, provisioned.text);
    theirs = { id, agent: provisioned.body.agentId };
    callers = { organization: admin, agent: provisioned.body.securityToken };
    known = operations(await openapi(world.server)).filter((o) => !o.isPublic);
    // Until nothing of ours moves on its own any more.
    let last = '';
    await eventually(async () => { const now = JSON.stringify(await rows()); const still = now === last; last = now; return still; }, 'our rows rest', { everyMs: 1200 });
  });
  after(() => world?.dispose());

  /** The example, with one of our ids in every argument that could be one, alone and in all of them at once. */
  const plantings = (op) => {
    const names = Object.entries(op.schema.properties).filter(([name, s]) => [s.type].flat().includes('string') && !s.enum && (/(id|sid|key|cursor|since|slug)$/i.test(name) || op.inPath.includes(name))).map(([name]) => name);
    const plain = { ...op.example };
    if ('timeoutSeconds' in op.schema.properties) plain.timeoutSeconds = 1;
    if ('includeAcknowledged' in op.schema.properties) plain.includeAcknowledged = true;
    if ('agentId' in plain && !op.inPath.includes('agentId')) delete plain.agentId;
    const found = [{ planted: '', args: { ...plain, ...Object.fromEntries(op.inPath.map((name) => [name, 'agt_none'])) } }];
    for (const planted of Object.values(ourIds)) {
      if (names.length > 1) found.push({ planted, args: { ...plain, ...Object.fromEntries(names.map((name) => [name, planted])) } });
      for (const name of names) {
        found.push({ planted, args: { ...plain, [name]: planted } });
        if (name !== 'agentId' && 'agentId' in op.schema.properties) found.push({ planted, args: { ...plain, agentId: theirs.agent, [name]: planted } });
      }
    }
    return found;
  };

  test('no operation, over REST or MCP, shows or changes anything of ours', async () => {
    const before = await rows();
    const vendors = () => world.twilio.sent().filter((m) => m.from === ours.phone).length;
    const sent = vendors();
    let calls = 0;
    // Last what takes the other side's own agent away.
    for (const op of [...known].sort((a, b) => Number(a.destructive) - Number(b.destructive))) {
      for (const [role, token] of Object.entries(callers)) {
        for (const { planted, args } of plantings(op)) {
          const over = [['REST', await callRest(world.server, token, op, args)]];
          if (op.tool) over.push(['MCP', await modern(world.server, token, 'tools/call', { name: op.id, arguments: args })]);
          for (const [wire, answer] of over) {
            sees(answer.text, planted, `${wire} ${role} ${op.id} ${JSON.stringify(args)}`);
            assert.ok(answer.status < 500, `${wire} ${role} ${op.id} ${JSON.stringify(args)}: ${answer.status}`);
            calls++;
          }
        }
      }
    }
    assert.ok(calls > 100, `${calls} calls`);
    assert.deepEqual(await rows(), before, 'no row of ours has changed');
    assert.equal(vendors(), sent);
    assert.ok(world.twilio.numberOf(ours.phone), 'our number is still ours');
    assert.equal((await ours.client.call('comms_ping', {})).status, 'ok', 'our token still works');
  });

  test('no resource of ours can be listed, read or listened to', async () => {
    const admin = world.adminToken;
    const list = async (token, method, member) => {
      const found = [];
      for (let cursor; ;) {
        const { message } = await modern(world.server, token, method, cursor ? { cursor } : {});
        found.push(...message.result[member]);
        if (!(cursor = message.result.nextCursor)) return found;
      }
    };
    const inbox = (await ours.client.call('comms_get_waiting_messages', { includeAcknowledged: true })).messages[0];
    const uris = new Set([...(await list(admin, 'resources/list', 'resources')).map((r) => r.uri), inbox.thread]);
    const templates = await list(admin, 'resources/templates/list', 'resourceTemplates');
    for (const { uriTemplate } of templates) for (const id of Object.values(ourIds)) uris.add(uriTemplate.replace(/\{[^}]*\}/g, id));
    assert.ok(uris.size > templates.length);
    // An organization of its own: the first test has made agents of planted ids, and ended others.
    const strangers = await world.server.token('organization', '--organization', await world.createOrganization('Strangers'));
    const fresh = await callRest(world.server, strangers, known.find((o) => o.id === 'comms_provision_channels'), { displayName: 'Their other agent', country: 'US', capabilities: { phone: true } });
    for (const [role, token] of [['organization', strangers], ['agent', fresh.body.securityToken]]) {
      for (const method of ['resources/list', 'prompts/list', 'tools/list']) sees((await modern(world.server, token, method)).text, '', `${role} ${method}`);
      for (const uri of uris) {
        const { message, text } = await modern(world.server, token, 'resources/read', { uri });
        assert.ok(message.error, `${role} reads ${uri}: ${text.slice(0, 200)}`);
      }
      for (const { uriTemplate } of templates) {
        for (const [, name] of uriTemplate.matchAll(/\{[+?&]?([A-Za-z_]+)\}/g)) {
          for (const value of ['', ours.id.slice(0, 8), ours.id]) sees((await modern(world.server, token, 'completion/complete', { ref: { type: 'ref/resource', uri: uriTemplate }, argument: { name, value } })).text, value, `${role} completes ${uriTemplate}`);
        }
      }
      const wire = await ModernWire.open(world.server, token);
      const ended = new AbortController();
      const response = await wire.fetch('subscriptions/listen', { notifications: { toolsListChanged: true, resourcesListChanged: true, resourceSubscriptions: [...uris] } }, { signal: ended.signal });
      const reading = (async () => { for await (const event of events(response.body)) if (event.data) wire.take(JSON.parse(event.data), 'subscriptions/listen'); })().catch(() => {});
      await eventually(() => wire.received.length > 0, 'the subscription is acknowledged');
      const sse = await fetch(`${world.server.url}/sse`, { headers: { authorization: `Bearer ${token}` }, signal: ended.signal });
      let heard = '';
      const hearing = (async () => { for await (const chunk of sse.body) heard += Buffer.from(chunk).toString(); })().catch(() => {});
      await world.twilio.inbound(ours.hook('sms'), { from: outsider, to: ours.phone, body: secrets[2] });
      await eventually(async () => (await ours.client.call('comms_get_waiting_messages')).messages.length > 0, 'our message is there');
      // Something of their own, to know that what was to come has come.
      const next = await callRest(world.server, strangers, known.find((o) => o.id === 'comms_provision_channels'), { displayName: 'Third', country: 'US', capabilities: { phone: true } });
      assert.equal(next.status, 200, next.text);
      if (role === 'organization') await eventually(() => wire.received.some(({ message }) => message.method === 'notifications/resources/list_changed'), 'their own news arrives');
      ended.abort();
      await Promise.all([reading, hearing]);
      assert.ok(!wire.received.some(({ message }) => message.method === 'notifications/resources/updated'), JSON.stringify(wire.received));
      sees(JSON.stringify(wire.received) + heard, '', `${role} streams`);
    }
  });

  test('webhooks of ours take nothing that their vendor did not sign', async () => {
    const { routes } = await world.server.ctl('routes', '--json');
    const hooks = routes.filter((r) => r.path.startsWith('/webhooks/') && r.method !== 'OPTIONS');
    assert.ok(hooks.length >= 5);
    const before = await rows();
    for (const { method, path } of hooks) {
      const url = world.server.url + path.replace(/:[A-Za-z]+/g, ours.id).replace('*', ours.id);
      const form = new URLSearchParams({ From: outsider, To: ours.phone, Body: 'STOP', MessageSid: 'SM' + '0'.repeat(32), CallSid: 'CA' + '0'.repeat(32) }).toString();
      for (const [type, body] of [['application/x-www-form-urlencoded', form], ['application/json', JSON.stringify({ type: 'email.received', data: { from: 'a@example.com', to: [ours.email], text: 'STOP' } })]]) {
        const init = method === 'GET' ? {} : { body, headers: { 'content-type': type, 'x-twilio-signature': 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=', authorization: `Bearer ${callers.organization}` } };
        const answer = await fetch(method === 'GET' ? `${url}?${form}` : url, { method, ...init });
        sees(await answer.text(), '', `${method} ${path}`);
        assert.ok(answer.status >= 400, `${method} ${path}: ${answer.status}`);
      }
    }
    assert.deepEqual(await rows(), before);
  });

  test('without a token no route but the public ones answers', async () => {
    const open = [/^\/health(\/ready)?$/, /^\/metrics$/, /^\/api\/v1\/(health|openapi\.json|integration-guide)$/];
    const { routes } = await world.server.ctl('routes', '--json');
    assert.ok(routes.length > 30, `${routes.length} routes`);
    for (const { method, path } of routes) {
      if (method === 'OPTIONS') continue;
      const response = await fetch(world.server.url + path.replace(/:[A-Za-z]+/g, ours.id).replace('*', 'x'), { method, ...(method === 'POST' ? { body: '{}', headers: { 'content-type': 'application/json' } } : {}) });
      await response.body?.cancel();
      const isOpen = (method === 'GET' || method === 'HEAD') && open.some((p) => p.test(path));
      assert.ok(isOpen ? response.status === 200 : response.status >= 400 && response.status < 500, `${method} ${path}: ${response.status}`);
    }
  });
});
