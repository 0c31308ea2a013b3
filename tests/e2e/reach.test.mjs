// Scheduled sends and their cancelling, messages between agents, dead letters, and the WhatsApp window,
// through the official client.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { twilioTemplates } from '../mocks/twilio.mjs';
import { World, personUs } from './lib/world.mjs';
import { ToolError } from './lib/client.mjs';
import { eventually, sleep } from './lib/server.mjs';

describe('reach', () => {
  let world;
  let agent;
  let colleague;
  before(async () => {
    world = await World.start();
    agent = await world.agent({ displayName: 'Ada', capabilities: { phone: true, whatsapp: true, email: true, voiceAi: false } });
    colleague = await world.agent({ displayName: 'Bob' });
  });
  after(() => world?.dispose());

  const send = (args, from = agent) => from.client.call('comms_send_message', { channel: 'sms', ...args });
  const status = async (messageId) => (await agent.client.call('comms_get_message', { messageId })).message;
  const sentTo = (to) => world.twilio.sent().filter((e) => e.to === to);
  const ahead = (ms) => new Date(Date.now() + ms).toISOString();

  test('a scheduled message goes out when its time has come', async () => {
    const to = personUs(950);
    const sendAt = ahead(3000);
    const sent = await send({ to, body: 'later', sendAt });
    assert.equal(sent.status, 'scheduled');
    assert.equal(sent.sendAt, sendAt);
    assert.equal(sentTo(to).length, 0);
    await eventually(() => sentTo(to).length === 1, 'the vendor has it');
    assert.ok(Date.now() >= Date.parse(sendAt), 'not before its time');
    await eventually(async () => (await status(sent.messageId)).status === 'submitted', 'it says so');
  });

  test('kill -9: what was due meanwhile is sent once', async () => {
    const ids = [];
    for (let i = 0; i < 5; i++) ids.push((await send({ to: personUs(960 + i), body: `due ${i}`, sendAt: ahead(2500), idempotencyKey: `due-${i}` })).messageId);
    await world.server.kill();
    await sleep(3000);
    await world.server.start();
    agent.client = await world.connect(agent.token);
    colleague.client = await world.connect(colleague.token);
    world.admin = await world.connect(world.adminToken);
    for (const [i, id] of ids.entries()) {
      await eventually(async () => (await status(id)).status === 'submitted', `${i} went out`);
      assert.equal(sentTo(personUs(960 + i)).length, 1);
    }
  });

  test('a cancelled message never goes out', async () => {
    const to = personUs(951);
    const sent = await send({ to, body: 'never', sendAt: ahead(2500) });
    const cancelled = await agent.client.call('comms_cancel_message', { messageId: sent.messageId });
    assert.equal(cancelled.status, 'cancelled');
    await sleep(4500);
    assert.equal(sentTo(to).length, 0);
    assert.equal((await status(sent.messageId)).status, 'cancelled');
    const gone = await send({ to, body: 'now' });
    await assert.rejects(agent.client.call('comms_cancel_message', { messageId: gone.messageId }), (e) => e instanceof ToolError && /cannot be taken back/.test(e.message));
  });

  test('STOP between the accept and the time: it is not sent, and a dead letter says why', async () => {
    const to = personUs(952);
    const sent = await send({ to, body: 'too late', sendAt: ahead(3000) });
    await world.twilio.inbound(agent.hook('sms'), { from: to, to: agent.phone, body: 'STOP' });
    await eventually(async () => (await status(sent.messageId)).status === 'failed', 'refused at its time');
    assert.ok(!sentTo(to).some((e) => e.body === 'too late'));
    const { messages } = await agent.client.call('comms_get_waiting_messages');
    const letter = messages.find((m) => m.direction === 'outbound' && m.originalRequest.messageId === sent.messageId);
    assert.equal(letter.reason, 'send_failed');
    assert.match(letter.errorDetails, /opt.?out|opted out/);
    assert.ok(!JSON.stringify(letter).includes('too late'), 'without its words');
    assert.ok(!(await agent.client.call('comms_get_waiting_messages')).messages.some((m) => m.id === letter.id), 'fetched is acknowledged');
  });

  test('agent to agent: both records agree and no vendor hears of it', async () => {
    const before = world.twilio.sent().length;
    const waiter = colleague.client.call('comms_wait_for_messages', { timeoutSeconds: 20 }, { timeout: 30_000 });
    const sent = await send({ to: colleague.id, body: 'hello, colleague' });
    assert.equal(sent.status, 'delivered');
    assert.equal(sent.to, colleague.phone);
    const { messages } = await waiter;
    assert.equal(messages.length, 1);
    assert.deepEqual([messages[0].id, messages[0].externalId, messages[0].fromAgentId, messages[0].from, messages[0].body],
      [sent.externalId, sent.messageId, agent.id, agent.phone, 'hello, colleague']);
    const message = await status(sent.messageId);
    assert.deepEqual([message.status, message.provider, message.externalId], ['delivered', 'internal', messages[0].id]);
    const answer = await send({ to: agent.id, body: 'hello, Ada' }, colleague);
    assert.equal(answer.status, 'delivered');
    assert.equal(world.twilio.sent().length, before);
  });

  test('an agent of another organization is nobody', async () => {
    const organization = await world.createOrganization('Others');
    const theirs = await world.connect(await world.server.token('organization', '--organization', organization));
    const other = await theirs.call('comms_provision_channels', { displayName: 'Eve', country: 'US', capabilities: { phone: true }, agentId: 'eve-1' });
    for (const to of [other.agentId, 'nobody-at-all']) {
      await assert.rejects(send({ to, body: 'x' }), (e) => e instanceof ToolError && /'to'/.test(e.message));
    }
    await assert.rejects(send({ to: agent.id, body: 'x' }), (e) => e instanceof ToolError && /itself/.test(e.message));
  });

  test('WhatsApp: own words need a contact who wrote within a day, a template does not', async () => {
    const to = personUs(953);
    const channel = 'whatsapp';
    await assert.rejects(send({ channel, to, body: 'hello?' }), (e) => e instanceof ToolError && /whatsapp_window/.test(e.message) && /templateId/.test(e.message));
    assert.equal(sentTo(`whatsapp:${to}`).length, 0);
    await send({ channel, to, templateId: twilioTemplates.table_ready, templateVars: { 1: 'Saturday' } });
    await world.twilio.inbound(agent.hook('whatsapp'), { from: `whatsapp:${to}`, to: `whatsapp:${agent.provisioned.channels.whatsapp.number}`, body: 'yes?' });
    assert.equal((await send({ channel, to, body: 'now in my own words' })).success, true);
    assert.equal(sentTo(`whatsapp:${to}`).length, 2);
  });

  for (const [name, args] of Object.entries({
    'a time in the past': { sendAt: '2020-01-01T00:00:00Z' },
    'a time too far ahead': { sendAt: '2099-01-01T00:00:00Z' },
    'a time without a zone': { sendAt: '2026-12-01T10:00:00' },
    'a day that no month has': { sendAt: '2027-02-30T10:00:00Z' },
    'a time that is a number': { sendAt: 1_800_000_000 },
    'an empty time': { sendAt: '' },
  })) {
    test(`refused before anything is stored: ${name}`, async () => {
      const to = personUs(954);
      await assert.rejects(send({ to, body: 'x', ...args }), (e) => (e instanceof ToolError || e.code === -32602) && /sendAt/.test(e.message));
      assert.equal(sentTo(to).length, 0);
    });
  }

  test('vendors saw nothing they would refuse', () => world.assertVendorsContent());
});
