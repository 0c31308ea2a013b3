// What is kept of what was said, for how long, and how a person is forgotten.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { eventually } from './lib/server.mjs';
import { World, person } from './lib/world.mjs';

const run = promisify(execFile);
const secret = 'canary-of-what-was-said';
let world;
let ada;

test.before(async () => {
  world = await World.start({ change: (config) => { config.retention = { hour: 0 }; } });
  ada = await world.agent({ displayName: 'Ada' });
});
test.after(async () => { await world?.dispose(); });

async function sql(query) {
  const { stdout } = await run('sqlite3', ['-json', world.server.databaseFile, query], { maxBuffer: 64 << 20 });
  return stdout.trim() ? JSON.parse(stdout) : [];
}
async function api(token, method, route, body) {
  const response = await fetch(`${world.server.url}/api/v1${route}`, {
    method, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: body && JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}
/** Every file of the database, write-ahead log included: what a thief would carry away. */
function bytesAtRest() {
  const folder = path.dirname(world.server.databaseFile);
  return fs.readdirSync(folder).filter((name) => name.startsWith('commsd.db'))
    .map((name) => fs.readFileSync(path.join(folder, name), 'latin1')).join('');
}
/** table.column of every text that holds the needle. */
async function places(needle) {
  const found = [];
  for (const { name } of await sql("SELECT name FROM sqlite_schema WHERE type = 'table'")) {
    for (const column of await sql(`PRAGMA table_info(${name})`)) {
      const [{ n }] = await sql(`SELECT COUNT(*) AS n FROM ${name} WHERE instr(CAST(${column.name} AS TEXT), '${needle}') > 0`);
      if (n > 0) found.push(`${name}.${column.name}`);
    }
  }
  return found;
}
const send = (to, body, more = {}) => ada.client.call('comms_send_message', { to, body, ...more });
const inbound = (from, text) => world.twilio.inbound(ada.hook('sms'), { from, to: ada.phone, body: text });

test('nothing of what was said is kept by default', async () => {
  const sent = await send(person(1), secret);
  const shown = await ada.client.call('comms_get_message', { messageId: sent.messageId });
  assert.equal(shown.content, undefined);
  assert.deepEqual(await sql('SELECT COUNT(*) AS n FROM message_payloads'), [{ n: 0 }]);
  assert.ok(!bytesAtRest().includes(secret));
});

test('what waits to be sent is encrypted while it waits', async () => {
  const later = new Date(Date.now() + 3_600_000).toISOString();
  const sent = await send(person(2), `${secret} later`, { sendAt: later });
  const [row] = await sql('SELECT content FROM message_payloads');
  assert.match(row.content, /^sealed1:dk_/);
  assert.ok(!bytesAtRest().includes(secret));
  await ada.client.call('comms_cancel_message', { messageId: sent.messageId });
  assert.deepEqual(await sql('SELECT COUNT(*) AS n FROM message_payloads'), [{ n: 0 }]);
});

test('kept by choice it is encrypted, shown to whom it concerns, and survives a restart', async () => {
  const chosen = await api(world.adminToken, 'POST', '/body-storage', { agentId: ada.id, retentionDays: 2 });
  assert.deepEqual([chosen.status, chosen.body.retentionDays], [200, 2]);
  const sent = await send(person(3), `${secret} kept`);
  await world.server.stop();
  await world.server.start();
  await ada.client.close().catch(() => {});
  ada.client = await world.connect(ada.token);
  const shown = await ada.client.call('comms_get_message', { messageId: sent.messageId });
  assert.equal(shown.content.body, `${secret} kept`);
  const rest = await api(world.adminToken, 'GET', `/message?messageId=${sent.messageId}`);
  assert.equal(rest.body.content.body, `${secret} kept`);
  const operator = await world.server.token('orchestrator');
  const blind = await api(operator, 'GET', `/message?messageId=${sent.messageId}&agentId=${ada.id}`);
  assert.equal(blind.status, 200);
  assert.equal(blind.body.content, undefined);
  assert.ok(!bytesAtRest().includes(secret));

  await world.server.ctl('bodies', 'set', '--organization', world.organization, '--agent', ada.id, '--days', '0');
  const quiet = await send(person(3), `${secret} not kept`);
  const after = await ada.client.call('comms_get_message', { messageId: quiet.messageId });
  assert.equal(after.content, undefined);
});

test('a new key is for what comes, and destroyed keys leave nothing to read', async () => {
  await world.server.ctl('bodies', 'set', '--organization', world.organization, '--days', '5');
  await world.server.ctl('bodies', 'set', '--organization', world.organization, '--agent', ada.id, '--days', 'default');
  const before = await send(person(4), `${secret} before`);
  const { key } = await world.server.ctl('keys', 'rotate', '--organization', world.organization, '--json');
  const sent = await send(person(4), `${secret} after`);
  const [row] = await sql(`SELECT content FROM message_payloads WHERE message_id = '${sent.messageId}'`);
  assert.ok(row.content.startsWith(`sealed1:${key}:`));
  const show = async (id) => (await ada.client.call('comms_get_message', { messageId: id })).content?.body;
  assert.deepEqual([await show(before.messageId), await show(sent.messageId)], [`${secret} before`, `${secret} after`]);
  await world.server.ctl('keys', 'destroy', '--organization', world.organization);
  assert.deepEqual([await show(before.messageId), await show(sent.messageId)], [undefined, undefined]);
  await world.server.ctl('bodies', 'set', '--organization', world.organization, '--days', 'default');
});

test('a server with another credentials key refuses to start, and says why', async () => {
  await send(person(5), 'makes a key');
  await world.server.stop();
  const file = path.join(world.server.directory, 'credentials.key');
  const right = fs.readFileSync(file);
  fs.writeFileSync(file, 'a'.repeat(64));
  await world.server.start({ wait: false });
  await world.server.exited;
  assert.notEqual(world.server.exit.code, 0);
  assert.match(world.server.log(), /another credentials_key/);
  fs.writeFileSync(file, right);
  await world.server.start();
  await ada.client.close().catch(() => {});
  ada.client = await world.connect(ada.token);
});

test('a new credentials key takes over without a word being lost', async () => {
  await world.server.ctl('bodies', 'set', '--organization', world.organization, '--days', '5');
  const sent = await send(person(8), `${secret} under the old key`);
  const shown = async () => (await ada.client.call('comms_get_message', { messageId: sent.messageId })).content?.body;
  const again = async () => {
    await world.server.start();
    await ada.client.close().catch(() => {});
    ada.client = await world.connect(ada.token);
    assert.equal(await shown(), `${secret} under the old key`);
  };
  const reseal = () => world.server.ctl('keys', 'reseal', '--json');
  const credentials = { webhook_secret: `${secret} of a provider` };
  assert.equal((await api(world.adminToken, 'POST', '/register-provider', { provider: 'sandbox', slots: ['email'], credentials })).status, 200);
  const sealed = async () => (await sql('SELECT config_sealed FROM registered_providers'))[0].config_sealed;
  const old = await sealed();
  await world.server.stop();
  world.server.secret('credentials_key_before', fs.readFileSync(path.join(world.server.directory, 'credentials.key'), 'utf8').trim());
  world.server.secret('credentials_key', 'b'.repeat(64));
  await again();
  const counts = await reseal();
  assert.ok(counts.dataKeys > 0);
  assert.equal(counts.providers, 1);
  assert.notEqual(await sealed(), old);
  assert.deepEqual(await reseal(), { dataKeys: 0, providers: 0, erasures: 0 });
  await world.server.stop();
  fs.rmSync(path.join(world.server.directory, 'secrets', 'credentials_key_before'));
  await again();
  const mail = JSON.stringify({ id: 'resealed', from: 'guest@example.com', to: ada.email, subject: 'Hello', text: 'Hello' });
  const posted = async (key) => (await fetch(ada.hook('email'), { method: 'POST', body: mail, headers: {
    'content-type': 'application/json', 'x-sandbox-signature': crypto.createHmac('sha256', key).update(mail).digest('hex') } })).status;
  assert.equal(await posted('another secret of one'), 403);
  assert.equal(await posted(credentials.webhook_secret), 200, 'the provider has its settings');
  await world.server.ctl('bodies', 'set', '--organization', world.organization, '--days', 'default');
});

test('a person is forgotten everywhere, but for the STOP', async () => {
  const whom = person(6);
  await send(whom, 'first words');
  await send(whom, 'second words', { idempotencyKey: `greet:${whom}` });
  await send(whom, 'later words', { sendAt: new Date(Date.now() + 3_600_000).toISOString() });
  await inbound(whom, 'hello there');
  await inbound(whom, 'STOP');
  await inbound(person(7), 'somebody else');
  await eventually(async () => (await sql(`SELECT state FROM messages WHERE to_address = '${whom}' AND state = 'submitted'`)).length === 3, 'the opt-out is confirmed');
  assert.ok((await places(whom)).length >= 3);

  const erased = await api(world.adminToken, 'POST', '/contacts/erase', { contactAddress: whom });
  assert.equal(erased.status, 200, JSON.stringify(erased.body));
  assert.equal(erased.body.status, 'completed');
  assert.equal(erased.body.cancelled, 1);
  assert.ok(erased.body.erased.messages >= 3);
  assert.equal(erased.body.erased.inbox, 2);
  assert.ok(erased.body.suppressionsKept >= 1);
  assert.deepEqual(await places(whom), []);
  assert.deepEqual(await places(whom.slice(1)), []);
  assert.ok((await places(person(7))).length > 0);
  assert.equal(await world.server.auditChain(), 'ok');
  assert.equal(await world.server.integrity(), 'ok');
  assert.ok(!world.server.log().includes(whom.slice(1)));

  const refused = await ada.client.call('comms_send_message', { to: whom, body: 'again' }).then(() => null, (error) => error);
  const answer = refused ? String(refused.message ?? refused) : '';
  assert.match(answer, /opt/i);
  const again = await api(world.adminToken, 'POST', '/contacts/erase', { contactAddress: whom });
  assert.equal(again.body.erased.messages, 0);
});

test('agents and other organizations cannot erase', async () => {
  await send(person(8), 'stays');
  const agent = await api(ada.token, 'POST', '/contacts/erase', { contactAddress: person(8) });
  assert.equal(agent.status, 403);
  const other = await world.createOrganization('Other');
  const token = await world.server.token('organization', '--organization', other);
  const foreign = await api(token, 'POST', '/contacts/erase', { contactAddress: person(8), organizationId: world.organization });
  assert.equal(foreign.status, 403);
  const own = await api(token, 'POST', '/contacts/erase', { contactAddress: person(8) });
  assert.equal(own.body.erased.messages, 0);
  assert.ok((await places(person(8))).includes('messages.to_address'));
  const wrong = await api(world.adminToken, 'POST', '/contacts/erase', { contactAddress: 'nobody' });
  assert.equal(wrong.status, 400);
});

test('what is old goes once a day, and a legal hold stops it', async () => {
  const dry = async () => Object.fromEntries((await world.server.ctl('purge', '--dry-run', '--json')).rows.map((row) => [row.what, row.rows]));
  await send(person(9), 'grows old');
  await world.server.stop();
  const old = Date.now() - 400 * 86_400_000;
  await run('sqlite3', [world.server.databaseFile,
    `INSERT INTO one_time_codes (id, org_id, agent_id, contact_hash, code_hash, guesses, created_at, expires_at) VALUES ('otp_old', '${world.organization}', '${ada.id}', 'h', 'c', 0, ${old}, ${old}); DELETE FROM purge_runs;`]);
  await world.server.start();
  await world.server.ctl('holds', 'place', '--organization', world.organization, '--reason', 'a case');
  assert.equal((await dry()).one_time_codes, 0);
  const held = await api(world.adminToken, 'POST', '/contacts/erase', { contactAddress: person(9) });
  assert.match(JSON.stringify(held.body), /legal hold/);
  await world.server.ctl('holds', 'lift', '--organization', world.organization);
  const { rows } = await world.server.ctl('purge', '--json');
  const purged = Object.fromEntries(rows.map((row) => [row.what, row.rows]));
  assert.ok(purged.one_time_codes <= 1);
  assert.deepEqual(await sql("SELECT id FROM one_time_codes WHERE id = 'otp_old'"), []);
  const line = await eventually(async () => (await sql("SELECT details_json FROM audit WHERE action = 'records_purged' AND actor = 'commsctl'"))[0], 'the purge is in the audit log');
  assert.ok(line);
  assert.equal(await world.server.auditChain(), 'ok');
  const metrics = await (await fetch(`${world.server.url}/metrics`)).text();
  assert.match(metrics, /commsd_purged_rows_total\{rule="one_time_codes"\}/);
});
