// The whole way of a text message, out and back, through the real binary and the real plugin.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { World, personUs } from './lib/world.mjs';
import { callModern, ToolError } from './lib/client.mjs';
import { eventually, sleep } from './lib/server.mjs';

describe('sms', () => {
  let world;
  let agent;
  before(async () => { world = await World.start(); agent = await world.agent(); });
  after(() => world?.dispose());

  const timeline = async (messageId) => (await agent.client.call('comms_get_message', { messageId }));
  const inbound = (fields, hook = agent.hook('sms')) => world.twilio.inbound(hook, { to: agent.phone, ...fields });
  const waiting = (args = {}) => agent.client.call('comms_get_waiting_messages', args);

  test('provisioning bought a number and pointed it at this server', () => {
    const [bought] = [...world.twilio.numbers.values()].filter((n) => n.number === agent.phone);
    assert.ok(bought, 'the number in the answer is one the vendor sold');
    assert.equal(bought.fields.SmsUrl, agent.hook('sms'));
    assert.equal(bought.fields.VoiceUrl, agent.hook('voice'));
    assert.equal(agent.provisioned.channels.phone.status, 'active');
  });

  test('send, then a signed delivery callback: the message says delivered', async () => {
    const sent = await agent.client.call('comms_send_message', { channel: 'sms', to: personUs(100), body: 'Your table is ready.' });
    assert.equal(sent.success, true);
    assert.equal(sent.from, agent.phone);
    assert.equal(sent.deduplicated, false);
    const [entry] = world.twilio.sent().filter((e) => e.to === personUs(100));
    assert.equal(entry.sid, sent.externalId, 'the id we report is the vendor\'s');
    assert.equal(entry.body, 'Your table is ready.');

    assert.equal((await world.twilio.callback(sent.externalId, 'sent')).status, 200);
    assert.equal((await world.twilio.callback(sent.externalId, 'delivered')).status, 200);
    const { message, timeline: states, failure } = await timeline(sent.messageId);
    assert.equal(message.status, 'delivered');
    assert.equal(failure, null);
    assert.ok(states.length >= 3, 'accepted, submitted, delivered at least');
    assert.deepEqual(states.map((s) => s.at), states.map((s) => s.at).slice().sort(), 'in order of time');
  });

  test('callbacks are monotonic: a late "sent" does not undo "delivered"', async () => {
    const sent = await agent.client.call('comms_send_message', { channel: 'sms', to: personUs(101), body: 'one' });
    await world.twilio.callback(sent.externalId, 'delivered');
    assert.equal((await world.twilio.callback(sent.externalId, 'sent')).status, 200);
    assert.equal((await timeline(sent.messageId)).message.status, 'delivered');
  });

  test('a callback that overtakes the vendor\'s reply is not lost, and brings the vendor\'s id', async () => {
    world.twilio.fault({ match: /POST .*Messages\.json/, holdMs: 1500 });
    const sending = agent.client.call('comms_send_message', { channel: 'sms', to: personUs(106), body: 'overtaken' });
    const entry = await eventually(() => world.twilio.sent().find((e) => e.to === personUs(106)), 'the vendor has it');
    assert.equal((await world.twilio.callback(entry.sid, 'delivered')).status, 200);
    const sent = await sending;
    assert.equal(sent.externalId, entry.sid);
    const { message } = await timeline(sent.messageId);
    assert.equal(message.status, 'delivered');
    assert.equal(message.externalId, entry.sid);
  });

  test('after a kill, a callback still finds its message and brings the vendor\'s id', async () => {
    world.twilio.fault({ match: /POST .*Messages\.json/, hang: 'after' });
    const lost = callModern(world.server, agent.token, 'comms_send_message', { channel: 'sms', to: personUs(107), body: 'killed', idempotencyKey: 'killed' }).catch((e) => e);
    const entry = await eventually(() => world.twilio.sent().find((e) => e.to === personUs(107)), 'the vendor has it');
    await world.server.kill();
    await lost;
    world.twilio.fault({ match: /GET .*Messages\.json/, times: 20, status: 503 }); // no look-up for now
    await world.server.start();
    assert.equal((await world.twilio.callback(entry.sid, 'delivered')).status, 200);
    world.twilio.clearFaults();
    const again = await callModern(world.server, agent.token, 'comms_send_message', { channel: 'sms', to: personUs(107), body: 'killed', idempotencyKey: 'killed' });
    const { message } = await timeline(again.messageId);
    assert.equal(message.status, 'delivered');
    assert.equal(message.externalId, entry.sid);
    assert.equal(world.twilio.sent().filter((e) => e.to === personUs(107)).length, 1);
  });

  test('undelivered explains itself: why, and what to do', async () => {
    const sent = await agent.client.call('comms_send_message', { channel: 'sms', to: personUs(102), body: 'two' });
    await world.twilio.callback(sent.externalId, 'undelivered');
    const { message, failure } = await timeline(sent.messageId);
    assert.equal(message.status, 'undelivered');
    assert.ok(failure.why.length > 0 && failure.whatToDo.length > 0);
  });

  test('a vendor\'s refusal is an error with its reason, and is not sent again', async () => {
    world.twilio.fault({ match: /POST .*Messages\.json/, status: 400, body: { code: 21610, message: 'Attempt to send to unsubscribed recipient', more_info: 'https://www.twilio.com/docs/errors/21610', status: 400 } });
    const before = world.twilio.journal.length;
    await assert.rejects(agent.client.call('comms_send_message', { channel: 'sms', to: personUs(103), body: 'three' }), (e) => e instanceof ToolError);
    assert.equal(world.twilio.journal.slice(before).filter((e) => e.method === 'POST').length, 1);
  });

  test('throttled (429, Retry-After): sent once, later', async () => {
    world.twilio.fault({ match: /POST .*Messages\.json/, status: 429, headers: { 'retry-after': '1' } });
    const sent = await agent.client.call('comms_send_message', { channel: 'sms', to: personUs(104), body: 'four' });
    await eventually(() => world.twilio.sent().some((e) => e.to === personUs(104)), 'the message went out after the pause');
    await eventually(async () => (await timeline(sent.messageId)).message.externalId, 'our record has the vendor\'s id');
    assert.equal(world.twilio.sent().filter((e) => e.to === personUs(104)).length, 1);
  });

  test('reply lost after the vendor took it: looked up, never sent twice', async () => {
    world.twilio.fault({ match: /POST .*Messages\.json/, drop: 'after' });
    let messageId;
    try {
      ({ messageId } = await agent.client.call('comms_send_message', { channel: 'sms', to: personUs(105), body: 'five', idempotencyKey: 'lost-reply' }));
    } catch (error) {
      messageId = error.document?.messageId;
    }
    const taken = world.twilio.sent().filter((e) => e.to === personUs(105));
    assert.equal(taken.length, 1);
    if (messageId) {
      await eventually(async () => {
        const { message } = await timeline(messageId);
        return message.externalId === taken[0].sid || message.status === 'unknown';
      }, 'found by look-up, or said to be unknown');
    }
    await sleep(1500);
    assert.equal(world.twilio.sent().filter((e) => e.to === personUs(105)).length, 1, 'still once after every retry timer');
  });

  test('signed inbound arrives in comms_wait_for_messages while it waits', async () => {
    // What failed above on purpose is waiting too, as dead letters.
    const failed = (await waiting()).messages;
    assert.ok(failed.every((m) => m.direction === 'outbound' && m.reason && m.errorDetails && m.originalRequest.messageId));
    const waiter = agent.client.call('comms_wait_for_messages', { timeoutSeconds: 20, channel: 'sms' }, { timeout: 30_000 });
    await sleep(200);
    const { status, type, messageSid } = await inbound({ from: personUs(110), body: 'Are you open today?' });
    assert.equal(status, 200);
    assert.match(type, /xml/);
    const { messages } = await waiter;
    assert.equal(messages.length, 1);
    assert.equal(messages[0].body, 'Are you open today?');
    assert.equal(messages[0].from, personUs(110));
    assert.equal(messages[0].to, agent.phone);
    assert.equal(messages[0].externalId, messageSid);
    assert.equal(messages[0].channel, 'sms');
  });

  test('a duplicate webhook is answered 2xx and has no second effect', async () => {
    await waiting();
    const first = await inbound({ from: personUs(111), body: 'once' });
    const again = await inbound({ from: personUs(111), body: 'once', messageSid: first.messageSid });
    assert.equal(first.status, 200);
    assert.equal(again.status, 200);
    assert.equal((await waiting()).messages.filter((m) => m.externalId === first.messageSid).length, 1);
  });

  test('fetching acknowledges; acknowledged items stay readable', async () => {
    await inbound({ from: personUs(112), body: 'kept' });
    assert.ok((await waiting()).messages.some((m) => m.body === 'kept'));
    assert.ok(!(await waiting()).messages.some((m) => m.body === 'kept'));
    assert.ok((await waiting({ includeAcknowledged: true })).messages.some((m) => m.body === 'kept'));
  });

  test('200 inbound at once: none lost, none twice, order kept per sender', async () => {
    await waiting({ limit: 200 });
    const senders = [120, 121, 122, 123].map(personUs);
    await Promise.all(senders.map(async (from) => { for (let i = 0; i < 50; i++) assert.equal((await inbound({ from, body: `storm ${i}` })).status, 200); }));
    const got = [];
    for (let page = await waiting({ limit: 50 }); page.messages.length > 0; page = await waiting({ limit: 50 })) got.push(...page.messages);
    assert.equal(new Set(got.map((m) => m.id)).size, 200, 'none lost');
    assert.equal(got.length, 200, 'none handed out twice to one reader who asks again at once');
    for (const from of senders) {
      assert.deepEqual(got.filter((m) => m.from === from).map((m) => m.body), [...Array(50)].map((_, i) => `storm ${i}`));
    }
  });

  test('STOP blocks the next send, START lifts it, HELP is answered', async () => {
    const to = personUs(130);
    const stop = await inbound({ from: to, body: 'STOP' });
    assert.equal(stop.status, 200);
    await assert.rejects(agent.client.call('comms_send_message', { channel: 'sms', to, body: 'offer' }), (e) => e instanceof ToolError && /opt|stop|unsubscrib/i.test(e.message));
    assert.ok(!world.twilio.sent().some((e) => e.body === 'offer'), 'it did not reach the vendor');
    // The confirmations the law asks for may come in the webhook's reply or as messages of their own.
    const toThem = () => world.twilio.sent().filter((e) => e.to === to).length;
    await eventually(() => /<Message>/.test(stop.text) || toThem() === 1, 'STOP is confirmed');
    const confirmed = toThem();
    const help = await inbound({ from: to, body: 'help' });
    assert.equal(help.status, 200);
    await eventually(() => /<Message>/.test(help.text) || toThem() === confirmed + 1, 'HELP is answered, after STOP too');
    assert.equal((await inbound({ from: to, body: ' start ' })).status, 200);
    const sent = await agent.client.call('comms_send_message', { channel: 'sms', to, body: 'welcome back' });
    assert.equal(sent.success, true);
  });

  test('a bad signature is 403 and changes nothing', async () => {
    await waiting();
    const to = personUs(131);
    const tampered = await inbound({ from: to, body: 'STOP', tamper: (s) => s.slice(0, -3) + 'AA=' });
    assert.equal(tampered.status, 403);
    const none = await fetch(agent.hook('sms'), { method: 'POST', body: new URLSearchParams({ From: to, To: agent.phone, Body: 'x', MessageSid: 'SM' + '0'.repeat(32) }) });
    assert.equal(none.status, 403);
    await none.arrayBuffer();
    const elsewhere = await world.twilio.post(agent.hook('sms'), { From: to, To: agent.phone, Body: 'x', MessageSid: 'SM' + '1'.repeat(32) }, { headers: { 'x-twilio-signature': world.twilio.signature('http://other.example.com/', {}) } });
    assert.equal(elsewhere.status, 403);
    assert.equal((await waiting()).messages.length, 0);
    assert.equal((await agent.client.call('comms_send_message', { channel: 'sms', to, body: 'still allowed' })).success, true);
  });

  test('MMS: media reaches the vendor', async () => {
    const mediaUrls = ['https://media.example.com/a.jpg', 'https://media.example.com/b.jpg'];
    await agent.client.call('comms_send_message', { channel: 'sms', to: personUs(132), body: 'look', mediaUrls });
    assert.deepEqual(world.twilio.sent().find((e) => e.to === personUs(132)).media, mediaUrls);
  });

  test('channel status counts and deprovisioning gives the number back', async () => {
    const other = await world.agent({ displayName: 'Short lived' });
    const status = await other.client.call('comms_get_channel_status');
    assert.equal(status.channels.phone.number, other.phone);
    const gone = await world.admin.call('comms_deprovision_channels', { agentId: other.id, releaseNumber: true });
    assert.equal(gone.success, true);
    assert.equal(world.twilio.numberOf(other.phone), undefined, 'released at the vendor');
    await assert.rejects(other.client.call('comms_send_message', { channel: 'sms', to: personUs(133), body: 'x' }));
    const stop = await world.twilio.inbound(other.hook('sms'), { to: other.phone, from: personUs(134), body: 'STOP' });
    assert.equal(stop.status, 200, 'STOP is honoured for an inactive agent too');
  });

  test('vendors saw nothing they would refuse', () => world.assertVendorsContent());
});
