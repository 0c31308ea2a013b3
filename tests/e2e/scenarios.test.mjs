// What the product is for, from one end to the other, each as one story: an organization in production
// with every rule on, its agents, the vendors, and the people they write to.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { World, personUs } from './lib/world.mjs';
import { ToolError, callModern } from './lib/client.mjs';
import { Database } from './lib/database.mjs';
import { eventually } from './lib/server.mjs';

describe('scenarios', () => {
  let world;
  let database;
  before(async () => {
    world = await World.start({ change: (config) => { config.compliance = { enforce: 'production' }; } });
    database = new Database(world.server.databaseFile);
  });
  after(async () => { database?.close(); await world?.dispose(); });

  const refusal = async (call) => {
    const error = await call.then(() => assert.fail('was let through'), (e) => e);
    assert.ok(error instanceof ToolError, String(error));
    return error.document.error;
  };
  const agreed = (agent, contactAddress, channel = 'sms') => agent.client.call('comms_record_consent', { contactAddress, channel, source: 'sign-up form' });
  const send = (agent, to, body, more = {}) => agent.client.call('comms_send_message', { channel: 'sms', to, body, messageClass: 'service', ...more });
  const textsTo = (to) => world.twilio.sent().filter((e) => e.to === to).map((e) => e.body);

  test('provision -> send -> inbound -> dashboard', async () => {
    const guest = personUs(700);
    const agent = await world.agent({ displayName: 'Front desk', capabilities: { phone: true, whatsapp: true, email: true, voiceAi: true } });
    assert.ok(world.twilio.numberOf(agent.phone), 'the number is one that the vendor sold');
    for (const channel of ['phone', 'whatsapp', 'email', 'voiceAi']) assert.equal(agent.provisioned.channels[channel].status, 'active', channel);

    await agreed(agent, guest);
    const sent = await send(agent, guest, 'Your table is booked for 19:00.');
    assert.deepEqual(textsTo(guest), ['Your table is booked for 19:00.']);
    await world.twilio.callback(sent.externalId, 'sent');
    await world.twilio.callback(sent.externalId, 'delivered');
    const seen = await agent.client.call('comms_get_message', { messageId: sent.messageId });
    assert.equal(seen.message.status, 'delivered');

    const waiter = agent.client.call('comms_wait_for_messages', { timeoutSeconds: 20 }, { timeout: 30_000 });
    assert.equal((await world.twilio.inbound(agent.hook('sms'), { from: guest, to: agent.phone, body: 'We are five now.' })).status, 200);
    const { messages } = await waiter;
    assert.deepEqual(messages.map((m) => [m.channel, m.from, m.to, m.body]), [['sms', guest, agent.phone, 'We are five now.']]);
    assert.equal((await send(agent, guest, 'Five it is.')).success, true);

    const mine = await agent.client.call('comms_get_usage_dashboard', { period: 'today' });
    assert.deepEqual([mine.totalActions, mine.actions.sms, mine.currentUsage.actionsToday], [2, 2, 2]);
    assert.ok(mine.totalCost > 0);
    const all = await world.admin.call('comms_get_usage_dashboard', { period: 'today' });
    assert.equal(all.agents.find((a) => a.agentId === agent.id).totalActions, 2);
  });

  test('limit -> block -> alert', async () => {
    const agent = await world.agent({ displayName: 'Limited' });
    const guest = personUs(710);
    await agreed(agent, guest);
    await world.admin.call('comms_set_agent_limits', { agentId: agent.id, limits: { maxActionsPerDay: 5 } });
    const audited = await database.lastAudit();
    const alerts = async () => (await database.audit(audited)).filter((line) => line.action.startsWith('limit_') && line.target === agent.id).map((line) => line.action);
    for (let i = 0; i < 4; i++) await send(agent, guest, `message ${i}`);
    await eventually(async () => (await alerts()).length === 1, 'a warning at 80 %');
    await send(agent, guest, 'message 4');

    const error = await refusal(send(agent, guest, 'one too many'));
    assert.deepEqual([error.code, error.rule], ['rate_limited', 'limit.per_day']);
    assert.ok(Date.parse(error.nextAllowedAt) > Date.now() && error.remedy.length > 0);
    assert.equal(textsTo(guest).length, 5, 'nothing more left');
    await eventually(async () => (await alerts()).length === 2, 'and one that the limit is reached');
    await refusal(send(agent, guest, 'and another'));
    assert.deepEqual(await alerts(), ['limit_warning', 'limit_reached'], 'once each');
    for (const level of ['warning', 'reached']) assert.ok(world.server.log().split('\n').some((line) => line.includes('"limit_alert"') && line.includes(agent.id) && line.includes(`"${level}"`)), level);
    const metrics = await (await fetch(`${world.server.url}/metrics`)).text();
    assert.match(metrics, /commsd_limit_alerts_total\{[^}]*\} [1-9]/);
  });

  test('a replayed webhook has no second effect, and a forged or an old one is refused', async () => {
    const agent = await world.agent({ displayName: 'Replayed' });
    const guest = personUs(720);
    const first = await world.twilio.inbound(agent.hook('sms'), { from: guest, to: agent.phone, body: 'once' });
    const again = await world.twilio.inbound(agent.hook('sms'), { from: guest, to: agent.phone, body: 'once', messageSid: first.messageSid });
    assert.deepEqual([first.status, again.status], [200, 200], 'vendors repeat what is not answered 2xx');
    const elsewhere = await world.twilio.inbound(agent.hook('sms'), { from: guest, to: agent.phone, body: 'forged', tamper: (s) => s.slice(0, -3) + (s.endsWith('AA=') ? 'BA=' : 'AA=') });
    assert.equal(elsewhere.status, 403);

    const mail = { from: 'guest@example.com', to: agent.email, subject: 'Table', text: 'by mail' };
    assert.equal((await world.resend.inbound(agent.hook('email'), mail)).status, 200);
    const old = await world.resend.inbound(agent.hook('email'), { ...mail, text: 'kept for an hour', webhook: { at: new Date(Date.now() - 3_600_000) } });
    assert.equal(old.status, 403, 'a signature is good for minutes');
    const { messages } = await agent.client.call('comms_get_waiting_messages');
    assert.deepEqual(messages.map((m) => m.channel).sort(), ['email', 'sms']);
  });

  test('agent to agent', async () => {
    const [ada, bob] = [await world.agent({ displayName: 'Ada' }), await world.agent({ displayName: 'Bob' })];
    const left = world.twilio.sent().length;
    const waiter = bob.client.call('comms_wait_for_messages', { timeoutSeconds: 20 }, { timeout: 30_000 });
    const sent = await send(ada, bob.id, 'Can you take table 4?');
    assert.equal(sent.status, 'delivered');
    const [heard] = (await waiter).messages;
    assert.deepEqual([heard.fromAgentId, heard.from, heard.to, heard.body, heard.externalId], [ada.id, ada.phone, bob.phone, 'Can you take table 4?', sent.messageId]);
    const record = (await ada.client.call('comms_get_message', { messageId: sent.messageId })).message;
    assert.deepEqual([record.status, record.provider, record.externalId], ['delivered', 'internal', heard.id], 'both records agree');
    assert.equal(world.twilio.sent().length, left, 'no vendor hears of it');
  });

  test('a sandbox organization cannot reach a real provider, on any path', async () => {
    const { id } = await world.server.ctl('organizations', 'create', '--mode', 'sandbox', '--json', 'Trying it out');
    const token = await world.server.token('organization', '--organization', id);
    const call = (tool, args) => callModern(world.server, token, tool, args);
    const asked = () => world.twilio.journal.length + world.resend.journal.length;
    const before = asked();
    for (const capabilities of [{ phone: true }, { whatsapp: true }, { voiceAi: true }, { email: true }]) {
      const error = await refusal(call('comms_provision_channels', { displayName: 'Trial', capabilities, ...(capabilities.email ? { emailDomain: 'trial.example.com' } : {}) }));
      assert.equal(error.rule, 'sandbox', JSON.stringify(capabilities));
    }
    const theirs = { account_sid: world.twilio.account.accountSid, auth_token: world.twilio.account.authToken, base_url: world.twilio.url };
    assert.match((await refusal(call('comms_register_provider', { provider: 'twilio', credentials: theirs }))).message, /sandbox mode/);
    assert.equal(asked(), before, 'nobody was asked anything');

    // With the sandbox in place of the vendors everything works, and still nothing leaves.
    await call('comms_register_provider', { provider: 'sandbox', credentials: {} });
    const trial = await call('comms_provision_channels', { displayName: 'Trial', capabilities: { phone: true, voiceAi: true } });
    const sent = await callModern(world.server, trial.securityToken, 'comms_send_message', { channel: 'sms', to: personUs(730), body: 'only a trial' });
    assert.equal(sent.success, true);
    const made = await callModern(world.server, trial.securityToken, 'comms_make_call', { to: personUs(731), greeting: 'only a trial' });
    assert.equal(made.success, true);
    assert.equal(asked(), before);
  });

  test('consent revoked -> blocked', async () => {
    const agent = await world.agent({ displayName: 'Polite', capabilities: { phone: true, whatsapp: false, email: false, voiceAi: true } });
    const guest = personUs(740);
    assert.equal((await refusal(send(agent, guest, 'before'))).rule, 'consent');
    await agreed(agent, guest);
    await agreed(agent, guest, 'voice');
    await send(agent, guest, 'with leave');
    const later = await send(agent, guest, 'for later', { sendAt: new Date(Date.now() + 2500).toISOString() });
    await agent.client.call('comms_revoke_consent', { contactAddress: guest, channel: 'sms' });
    for (const messageClass of ['marketing', 'service', 'transactional', 'otp', 'emergency']) {
      const error = await refusal(send(agent, guest, messageClass, { messageClass }));
      assert.equal(error.rule, 'consent', messageClass);
      assert.match(error.message, /revoked/);
    }
    await eventually(async () => (await agent.client.call('comms_get_message', { messageId: later.messageId })).message.status === 'failed', 'what was scheduled is refused at its time');
    assert.deepEqual(textsTo(guest), ['with leave']);
    assert.equal((await agent.client.call('comms_make_call', { to: guest, greeting: 'Hello.', messageClass: 'service' })).success, true, 'another channel is another consent');
    const other = await world.agent({ displayName: 'Other' });
    await agreed(other, guest);
    assert.equal((await send(other, guest, 'from another agent')).success, true, 'it was said to one agent');
  });

  test('vendors saw nothing they would refuse, and the audit log is whole', async () => {
    world.assertVendorsContent();
    assert.equal(await world.server.auditChain(), 'ok');
  });
});
