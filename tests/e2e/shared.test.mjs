// Agents that share the organization's numbers: what goes out picks one by the recipient's country, and
// what comes back finds the agent it is for.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { World, person, personUs } from './lib/world.mjs';
import { ToolError } from './lib/client.mjs';
import { eventually } from './lib/server.mjs';

const phone = { phone: true, whatsapp: false, email: false, voiceAi: true };
const german = '+4915112345678';

describe('numbers that agents share', () => {
  let world;
  let us;
  let gb;
  let first;
  let second;
  let hybrid;
  before(async () => {
    world = await World.start();
    await world.server.meetRequirements(world.organization, 'GB');
    us = (await numbers('add', '--country', 'US')).number;
    gb = (await numbers('add', '--country', 'GB')).number;
    await numbers('set', us, '--to', 'default');
    [first, second] = [await world.agent({ displayName: 'First', capabilities: phone, identity: 'shared' }), await world.agent({ displayName: 'Second', capabilities: phone, identity: 'shared' })];
    hybrid = await world.agent({ displayName: 'Both', capabilities: phone, identity: 'hybrid' });
  });
  after(() => world?.dispose());

  const numbers = (...args) => world.server.ctl('numbers', ...args, '--organization', world.organization, '--json');
  const hook = (kind) => `${world.server.url}/webhooks/pool:${world.organization}/${kind}`;
  const send = (agent, to, body, more = {}) => agent.client.call('comms_send_message', { channel: 'sms', to, body, messageClass: 'service', ...more });
  const hear = (from, to, body, more = {}) => world.twilio.inbound(hook('sms'), { from, to, body, ...more });
  const inbox = async (agent) => (await agent.client.call('comms_get_waiting_messages', {})).messages.map((m) => m.body || m.subject);
  const wentFrom = (to) => world.twilio.sent().filter((e) => e.to === to).map((e) => e.from);
  const rule = async (call) => (await call.then(() => assert.fail('was let through'), (e) => { assert.ok(e instanceof ToolError, String(e)); return e; })).document.error.rule;

  test('a shared agent buys none and names none; the numbers of the pool point at this server', async () => {
    assert.equal(first.provisioned.channels.phone.number, null);
    assert.equal(first.provisioned.channels.phone.status, 'active');
    assert.ok(hybrid.phone);
    assert.equal(world.twilio.numbers.size, 3);
    assert.equal(world.twilio.numberOf(gb).fields.SmsUrl, hook('sms'));
  });

  test('messages, calls and codes go out from the same country, else the default', async () => {
    assert.equal((await send(first, person(1), 'to Britain')).from, gb);
    assert.equal((await send(first, personUs(1), 'to America')).from, us);
    assert.equal((await send(first, german, 'to Germany')).from, us, 'the default');
    assert.deepEqual([...wentFrom(person(1)), ...wentFrom(personUs(1)), ...wentFrom(german)], [gb, us, us]);
    const call = await first.client.call('comms_make_call', { to: person(2), greeting: 'Hello.', messageClass: 'transactional' });
    assert.equal(call.from, gb);
    await first.client.call('comms_send_otp', { to: person(3), channel: 'sms' });
    assert.deepEqual(wentFrom(person(3)), [gb]);
  });

  test('a hybrid agent uses the pool first and its own number last', async () => {
    assert.equal((await send(hybrid, person(4), 'from the pool')).from, gb);
    for (const number of [us, gb]) await numbers('set', number, '--to', 'disabled');
    assert.equal((await send(hybrid, person(4), 'from its own')).from, hybrid.phone);
    assert.equal(await rule(send(first, person(4), 'from nowhere')), 'sender');
    for (const number of [us, gb]) await numbers('set', number, '--to', 'active');
  });

  test('what is tried again keeps its number', async () => {
    world.twilio.fault({ match: /POST .*Messages\.json/, status: 429, headers: { 'retry-after': '1' } });
    const sent = await send(first, german, 'patience');
    await numbers('set', gb, '--to', 'default');
    await eventually(async () => (await first.client.call('comms_get_message', { messageId: sent.messageId })).message.externalId, 'it went out in the end');
    assert.deepEqual(wentFrom(german).at(-1), us);
    await numbers('set', us, '--to', 'default');
  });

  test('an answer reaches the agent that wrote last, a call too', async () => {
    await send(first, person(10), 'from the first');
    assert.equal((await hear(person(10), gb, 'for the first')).status, 200);
    await send(second, person(10), 'from the second');
    assert.equal((await hear(person(10), gb, 'for the second')).status, 200);
    const call = await world.twilio.callIn(hook('voice'), { from: person(10), to: gb });
    assert.match(call.text, /<Say/);
    assert.deepEqual(await inbox(first), ['for the first']);
    assert.deepEqual(await inbox(second), ['for the second', 'Incoming call']);
  });

  test('what answers nobody is refused where operators and vendors see it, until an agent is named', async () => {
    assert.equal((await hear(person(11), gb, 'who is this?')).status, 404);
    const call = await world.twilio.callIn(hook('voice'), { from: person(11), to: gb });
    assert.match(call.text, /<Reject/);
    assert.match(await (await fetch(`${world.server.url}/metrics`)).text(), /commsd_inbound_unrouted_total\{channel="sms"\} 1/);
    assert.ok(world.server.log().includes('"inbound_unrouted"') && !world.server.log().includes(person(11)));
    await numbers('set', gb, '--to', 'agent', '--agent', hybrid.id);
    assert.equal((await hear(person(11), gb, 'who is this?')).status, 200);
    assert.deepEqual(await inbox(hybrid), ['who is this?']);
  });

  test('STOP on a shared number holds for every agent of the organization, and is confirmed from there', async () => {
    const to = person(12);
    await send(first, to, 'news');
    assert.equal((await hear(to, gb, 'STOP')).status, 200);
    await eventually(() => wentFrom(to).length === 2, 'the confirmation is sent');
    assert.equal(wentFrom(to)[1], gb);
    for (const agent of [first, second, hybrid]) assert.equal(await rule(send(agent, to, 'more')), 'opt_out');
    assert.equal(wentFrom(to).length, 2);
  });

  test('a forged message is 403, and an unknown pool 404', async () => {
    assert.equal((await hear(person(13), gb, 'forged', { tamper: (s) => s.slice(0, -3) + (s.endsWith('AA=') ? 'BA=' : 'AA=') })).status, 403);
    assert.equal((await world.twilio.inbound(`${world.server.url}/webhooks/pool:nobody/sms`, { from: person(13), to: gb, body: 'x' })).status, 404);
  });

  test('vendors saw nothing they would refuse', () => world.assertVendorsContent());
});
