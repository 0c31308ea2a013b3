// Route duplication: what a second number, mailbox and host get of an agent's messages, that calls are
// recorded, and that none of it is in the way of the originals; through a crash as well.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { World, personUs } from './lib/world.mjs';
import { ToolError } from './lib/client.mjs';
import { eventually, sleep } from './lib/server.mjs';
import { startReceiver } from './lib/receiver.mjs';
import { callRest, openapi, operations } from './lib/rest.mjs';

describe('routes', () => {
  let world;
  let second;
  let agent;
  const mirror = personUs(700);
  const archive = 'archive@records.example.com';
  before(async () => {
    second = await startReceiver();
    world = await World.start({ change: (config) => {
      config.egress.allow.push(second.url);
      config.messaging = { callbacks: { retry_seconds: [1], timeout_seconds: 2 } };
    } });
    agent = await world.agent({ capabilities: { phone: true, whatsapp: false, email: true, voiceAi: true }, routeDuplication: { smsMirror: mirror, emailBcc: archive } });
  });
  after(async () => { await world?.dispose(); await second?.stop(); });

  const routes = (routeDuplication, agentId = agent.id) => world.admin.call('comms_set_route_duplication', { agentId, ...(routeDuplication && { routeDuplication }) });
  const timeline = async (messageId) => (await agent.client.call('comms_get_message', { messageId })).timeline.map((e) => `${e.state}: ${e.detail}`).join('\n');
  const copiesTo = (to) => world.twilio.sent().filter((e) => e.to === to);
  const hear = (who, from, body) => world.twilio.inbound(who.hook('sms'), { from, to: who.phone, body });

  test('set at provisioning, shown and changed over MCP and REST', async () => {
    assert.deepEqual(agent.provisioned.routeDuplication, { smsMirror: mirror, emailBcc: archive });
    assert.deepEqual((await routes()).routeDuplication, { emailBcc: archive, smsMirror: mirror });
    const operation = operations(await openapi(world.server)).find((o) => o.path === '/route-duplication');
    const over = await callRest(world.server, world.adminToken, operation, { agentId: agent.id, routeDuplication: { callRecording: 'on' } });
    assert.equal(over.status, 200);
    assert.equal(over.body.routeDuplication.callRecording, 'on');
    await assert.rejects(routes({ smsMirror: agent.phone }), (e) => e instanceof ToolError && /the agent itself/.test(e.message));
    await assert.rejects(routes({ emailBcc: agent.email }), (e) => e instanceof ToolError && /the agent itself/.test(e.message));
    await assert.rejects(routes({ webhookCopy: 'https://127.0.0.1/' }), ToolError);
    await assert.rejects(agent.client.call('comms_set_route_duplication', { agentId: agent.id, routeDuplication: { smsMirror: '' } }));
  });

  test('an SMS in either direction reaches the mirror, once, and says so in its timeline', async () => {
    const sent = await agent.client.call('comms_send_message', { channel: 'sms', to: personUs(701), body: 'your table is ready' });
    assert.equal((await hear(agent, personUs(701), 'on my way')).status, 200);
    await eventually(() => copiesTo(mirror).length === 2, 'both copies');
    assert.deepEqual(copiesTo(mirror).map((e) => e.body).sort(), [`[Copy] from ${personUs(701)}: on my way`, `[Copy] to ${personUs(701)}: your table is ready`]);
    assert.ok(copiesTo(mirror).every((e) => e.from === agent.phone));
    await eventually(async () => /copy submitted: sms_mirror as msg_/.test(await timeline(sent.messageId)), 'the copy is in the timeline');
    const { messages } = await agent.client.call('comms_get_waiting_messages');
    const item = messages.find((m) => m.body === 'on my way');
    await eventually(async () => /copy submitted: sms_mirror as msg_/.test(await timeline(item.id)), 'also of what came in');
    const usage = await agent.client.call('comms_get_usage_dashboard', {});
    assert.equal(usage.actions['sms.copy'], 2);
    await sleep(1500);
    assert.equal(copiesTo(mirror).length, 2);
  });

  test('a copy that fails leaves its original alone', async () => {
    world.twilio.fault({ match: /POST .*Messages\.json/, skip: 1, status: 400, body: { code: 21211, message: 'Invalid To', more_info: 'https://www.twilio.com/docs/errors/21211', status: 400 } });
    const sent = await agent.client.call('comms_send_message', { channel: 'sms', to: personUs(702), body: 'this one counts' });
    assert.equal(sent.status, 'submitted');
    await eventually(async () => /copy failed: sms_mirror/.test(await timeline(sent.messageId)), 'the failure is visible');
    assert.equal((await agent.client.call('comms_get_message', { messageId: sent.messageId })).failure, null);
    assert.equal((await agent.client.call('comms_get_waiting_messages')).messages.filter((m) => m.reason).length, 0, 'no dead letter');
  });

  test('two agents that mirror each other do not go round in circles', async () => {
    const other = await world.agent({ routeDuplication: { smsMirror: agent.phone } });
    await routes({ smsMirror: other.phone });
    await agent.client.call('comms_send_message', { channel: 'sms', to: personUs(703), body: 'round and round' });
    const [copy] = await eventually(() => copiesTo(other.phone).length && copiesTo(other.phone), 'the copy to the other agent');
    assert.equal((await hear(other, agent.phone, copy.body)).status, 200);
    await sleep(2500);
    assert.equal(copiesTo(agent.phone).length, 0, 'what came back as a copy is not copied');
    assert.equal((await hear(other, personUs(704), 'somebody else')).status, 200);
    await eventually(() => copiesTo(agent.phone).length === 1, 'a message of somebody else is');
    await routes({ smsMirror: mirror });
  });

  test('a mail is copied, without the links of its recipient', async () => {
    const sent = await agent.client.call('comms_send_message', { channel: 'email', to: 'guest@example.com', subject: 'Booking', body: 'See you at eight.', html: '<p>See you at eight.</p>' });
    const [copy] = await eventually(() => { const found = world.resend.sent().filter((e) => e.to.includes(archive)); return found.length && found; }, 'the mail in the archive');
    assert.equal(copy.subject, 'Booking');
    assert.equal(copy.mailHeaders['X-Original-To'], 'guest@example.com');
    assert.ok(!Object.keys(copy.mailHeaders).some((name) => name.startsWith('List-')));
    await eventually(async () => /copy submitted: email_bcc/.test(await timeline(sent.messageId)), 'the timeline says so');
  });

  test('a second host hears what callbacks say, signed with a secret of its own', async () => {
    const { webhookCopySecret } = await routes({ webhookCopy: `${second.url}/copies` });
    second.secrets = [webhookCopySecret];
    second.answers = [503];
    await hear(agent, personUs(705), 'for two hosts');
    await eventually(() => second.about('for two hosts').length === 2, 'told again after a failure');
    const [first, again] = second.about('for two hosts');
    assert.equal(first.id, again.id);
    assert.deepEqual(new Webhook(webhookCopySecret).verify(again.body, again.headers).data.body, 'for two hosts');
    assert.ok((await agent.client.call('comms_get_waiting_messages')).messages.some((m) => m.body === 'for two hosts'), 'the copy acknowledges nothing');
    const shown = await routes();
    assert.equal(shown.webhookCopySecret, undefined);
    assert.deepEqual(second.refused, []);
  });

  test('a placed call is recorded, and says so first', async () => {
    const made = await agent.client.call('comms_make_call', { to: personUs(706), greeting: 'Your table is ready.', messageClass: 'transactional' });
    assert.equal(world.twilio.placed().find((e) => e.sid === made.callSid).record, true);
    const answered = await world.twilio.answerCall(made.callSid);
    assert.match(answered.text, /being recorded.*AI-generated.*Your table is ready/s);
    assert.match(await timeline(made.callId), /recording: by the agent's route, announced/);
  });

  test('kill -9 with copies under way: each is sent once', async () => {
    await routes({ smsMirror: personUs(710), webhookCopy: '' });
    const sends = [...Array(20).keys()].map((i) => agent.client.call('comms_send_message', { channel: 'sms', to: personUs(720 + i), body: `crash ${i}`, idempotencyKey: `crash-${i}` }));
    await Promise.all(sends);
    await eventually(() => copiesTo(personUs(710)).length > 0, 'copies go out');
    await world.server.kill();
    await world.server.start();
    const bodies = () => copiesTo(personUs(710)).map((e) => e.body);
    const fresh = await world.connect(agent.token);
    const originals = await Promise.all([...Array(20).keys()].map((i) => fresh.call('comms_send_message', { channel: 'sms', to: personUs(720 + i), body: `crash ${i}`, idempotencyKey: `crash-${i}` })));
    const states = await eventually(async () => {
      const views = await Promise.all(originals.map((m) => fresh.call('comms_get_message', { messageId: m.messageId })));
      const found = views.map((v) => v.timeline.find((e) => e.state.startsWith('copy '))?.state);
      return found.every((state) => ['copy submitted', 'copy unknown'].includes(state)) && found;
    }, 'every copy comes to rest', { withinMs: 60_000, everyMs: 300 });
    assert.equal(states.length, 20);
    assert.equal(new Set(bodies()).size, bodies().length, 'none twice');
    assert.ok(bodies().length >= states.filter((s) => s === 'copy submitted').length);
  });

  test('the log has no text, number or secret', () => {
    for (const hidden of ['your table is ready', 'for two hosts', mirror, archive, 'whsec_']) assert.ok(!world.server.log().includes(hidden), hidden);
  });

  test('vendors saw nothing they would refuse', () => world.assertVendorsContent());
});
