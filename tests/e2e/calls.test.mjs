// The whole way of phone calls and one-time codes, through the real binary and the real plugin.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { World, personUs } from './lib/world.mjs';
import { callModern, ToolError } from './lib/client.mjs';
import { build, eventually, sleep } from './lib/server.mjs';

describe('calls', () => {
  let world;
  let agent;
  before(async () => {
    world = await World.start();
    agent = await world.agent({ capabilities: { phone: true, whatsapp: false, email: false, voiceAi: true } });
  });
  after(() => world?.dispose());

  const seen = (messageId) => agent.client.call('comms_get_message', { messageId });
  const make = (to, more = {}) => agent.client.call('comms_make_call', { to, greeting: 'Your table is ready.', messageClass: 'transactional', ...more });
  const inbox = (args = {}) => agent.client.call('comms_get_waiting_messages', { channel: 'voice', ...args });
  const placedTo = (to) => world.twilio.placed().filter((e) => e.to === to);

  test('call, answer, end: status, duration and cost are visible', async () => {
    const to = personUs(200);
    const made = await make(to, { record: true });
    assert.equal(made.status, 'queued');
    assert.equal(made.from, agent.phone);
    const [entry] = placedTo(to);
    assert.equal(entry.sid, made.callSid);
    assert.equal(entry.record, true);
    assert.equal((await world.twilio.callProgress(made.callSid, 'ringing')).status, 200);
    const answered = await world.twilio.answerCall(made.callSid);
    assert.equal(answered.status, 200);
    assert.match(answered.type, /xml/);
    assert.equal(answered.text.match(/AI-generated/g).length, 1, 'the disclosure is spoken once');
    assert.match(answered.text, /recorded.*AI-generated.*Your table is ready\./);
    assert.equal((await world.twilio.callProgress(made.callSid, 'in-progress', { fields: { AnsweredBy: 'human' } })).status, 200);
    world.twilio.calls.get(made.callSid).price = '-0.01300';
    assert.equal((await world.twilio.callProgress(made.callSid, 'completed', { fields: { CallDuration: '42' } })).status, 200);
    const { message, failure } = await eventually(async () => {
      const view = await seen(made.callId);
      return view.message.cost !== null && view;
    }, 'the price is fetched from the vendor', { withinMs: 30_000 });
    assert.equal(message.status, 'completed');
    assert.equal(message.durationSeconds, 42);
    assert.equal(message.cost, 0.013);
    assert.equal(message.currency, 'USD');
    assert.equal(message.answeredBy, 'human');
    assert.equal(failure, null);
  });

  test('a repeated and a late callback are 200 and change nothing', async () => {
    const made = await make(personUs(201));
    for (const status of ['ringing', 'in-progress', 'completed', 'completed', 'ringing']) {
      assert.equal((await world.twilio.callProgress(made.callSid, status)).status, 200);
    }
    assert.equal((await seen(made.callId)).message.status, 'completed');
    const again = await world.twilio.callProgress(made.callSid, 'completed', { to: `${agent.hook('voice')}/status` });
    assert.equal(again.status, 200);
  });

  test('a forged callback is 403 on every address', async () => {
    const made = await make(personUs(202));
    for (const kind of ['voice', 'outbound-voice', 'callee-voice', 'call-status', 'voice/status']) {
      const forged = await world.twilio.callProgress(made.callSid, 'completed', { to: agent.hook(kind), tamper: (s) => s.slice(0, -3) + (s.endsWith('AA=') ? 'BA=' : 'AA=') });
      assert.equal(forged.status, 403, kind);
    }
    const bridge = await world.twilio.callProgress(made.callSid, 'completed', { to: `${world.server.url}/webhooks/bridge-status?bridgeCallId=${made.callId}&agentId=${agent.id}`, tamper: () => 'x' });
    assert.equal(bridge.status, 403);
    assert.equal((await seen(made.callId)).message.status, 'queued');
  });

  test('reply lost after the vendor took it: found, not dialled again', async () => {
    const to = personUs(203);
    world.twilio.fault({ match: /POST .*Calls\.json/, drop: 'after' });
    const made = await make(to, { idempotencyKey: 'lost' });
    assert.equal(made.callSid, placedTo(to)[0].sid);
    const again = await make(to, { idempotencyKey: 'lost' });
    assert.equal(again.callId, made.callId);
    assert.equal(placedTo(to).length, 1);
  });

  test('64 callers with one key are one call', async () => {
    const to = personUs(204);
    const made = await Promise.all([...Array(64)].map(() => make(to, { idempotencyKey: 'together' })));
    assert.equal(new Set(made.map((m) => m.callId)).size, 1);
    assert.equal(placedTo(to).length, 1);
  });

  test('the vendor refuses: an error with its reason', async () => {
    world.twilio.fault({ match: /POST .*Calls\.json/, status: 400, body: { code: 21215, message: 'Geo permission', more_info: 'https://www.twilio.com/docs/errors/21215', status: 400 } });
    await assert.rejects(make(personUs(205)), (e) => e instanceof ToolError && e.document.error.vendorCode === '21215');
  });

  test('transfer and hang up', async () => {
    const made = await make(personUs(206));
    await world.twilio.callProgress(made.callSid, 'in-progress');
    const moved = await agent.client.call('comms_transfer_call', { callSid: made.callSid, to: personUs(207), announcementText: 'One moment & hold on.', messageClass: 'transactional' });
    assert.equal(moved.status, 'transferred');
    assert.match(world.twilio.calls.get(made.callSid).twiml, /One moment &amp; hold on\..*<Number[^>]*>\+14155550207</s);
    await agent.client.call('comms_end_call', { callSid: made.callId });
    assert.equal(world.twilio.calls.get(made.callSid).status, 'completed');
    assert.ok((await seen(made.callId)).timeline.some((e) => e.state === 'transferring'));
  });

  test('an incoming call is greeted, told to the agent, and missed when nobody answers', async () => {
    const call = await world.twilio.callIn(agent.hook('voice'), { from: personUs(210), to: agent.phone });
    assert.equal(call.status, 200);
    assert.match(call.text, /<Say[^>]*>.*AI-generated.*How can I help you/s);
    const repeat = await world.twilio.callIn(agent.hook('voice'), { from: personUs(210), to: agent.phone, callSid: call.callSid });
    assert.equal(repeat.text, call.text);
    const ended = await world.twilio.callProgress(call.callSid, 'no-answer', { to: agent.hook('call-status') });
    assert.equal(ended.status, 200);
    const { messages } = await inbox();
    assert.deepEqual(messages.filter((m) => m.externalId === call.callSid).map((m) => m.subject), ['Incoming call', 'Missed call']);
  });

  test('a bridge puts calls through', async () => {
    const made = await world.admin.call('comms_bridge_call', { action: 'setup', localNumber: agent.phone, fromNumber: personUs(211), destinationNumber: personUs(212) });
    const call = await world.twilio.callIn(agent.hook('voice'), { from: personUs(211), to: agent.phone });
    const listed = await world.admin.call('comms_bridge_call', { action: 'list' });
    assert.equal(listed.routes.length, 1);
    const open = listed.recentCalls.length === 1;
    assert.ok(open ? /<Dial[^>]*>/.test(call.text) : /<Say/.test(call.text), call.text);
    await world.admin.call('comms_bridge_call', { action: 'remove', bridgeId: made.bridgeId });
  });

  const transfer = (callSid, more = {}) => agent.client.call('comms_transfer_call', { callSid, to: personUs(280), messageClass: 'transactional', ...more });
  const recorded = async (to) => {
    const made = await make(to, { record: true });
    await world.twilio.callProgress(made.callSid, 'in-progress');
    return made;
  };
  const only = (words) => new RegExp(`<Response><Say[^>]*>${words}</Say></Response>$`);

  test('who is new in a recorded call is told so before being joined', async () => {
    const made = await recorded(personUs(281));
    const moved = await transfer(made.callSid);
    const { twiml } = world.twilio.calls.get(made.callSid);
    const answer = await world.twilio.calleeAnswers(twiml, { parent: made.callSid });
    assert.equal(answer.joined, true);
    assert.match(answer.text, only('This call is being recorded\\.'));
    assert.ok(answer.url.startsWith(`${agent.hook('callee-voice')}?ref=`));
    assert.equal(new URL(answer.url).searchParams.get('provider'), 'twilio', 'whose words the answer is in');
    const { timeline } = await seen(moved.logId);
    assert.match(timeline.find((e) => e.state === 'recording').detail, /^goes on, announced \(rule us\.recording\.all_party\)$/);
    assert.ok(timeline.some((e) => e.state === 'announced'));
    assert.ok(!(await seen(made.callId)).timeline.some((e) => e.state === 'completed'), 'what the new one hears is no news of the call');
  });

  test('who is new in a call that is not recorded is asked nothing', async () => {
    const made = await make(personUs(282));
    await world.twilio.callProgress(made.callSid, 'in-progress');
    await transfer(made.callSid);
    assert.deepEqual(await world.twilio.calleeAnswers(world.twilio.calls.get(made.callSid).twiml), { url: null, joined: true });
  });

  test('a forged, foreign, unknown or late question joins nobody', async () => {
    const made = await recorded(personUs(283));
    const moved = await transfer(made.callSid, { to: personUs(284) });
    const { twiml } = world.twilio.calls.get(made.callSid);
    const { url } = await world.twilio.calleeAnswers(twiml);
    const forged = await world.twilio.calleeAnswers(twiml, { tamper: () => 'x' });
    assert.deepEqual([forged.status, forged.joined, /Say/.test(forged.text)], [403, false, false]);
    const other = await world.agent();
    const elderly = url.replace('&provider=twilio', '');
    assert.notEqual(elderly, url);
    assert.equal((await world.twilio.calleeAnswers(twiml, { url: elderly })).joined, true, 'of a call that was under way at an upgrade');
    const wrongs = [url.replace(agent.id, other.id), url.replace(agent.id, 'agt_none'), url.replace(/ref=[^&]*/, 'ref=att_none'), elderly.replace(/ref=.*/, 'ref=att_none'), url.replace(/\?.*/, '')];
    for (const wrong of wrongs) {
      const answer = await world.twilio.calleeAnswers(twiml, { url: wrong });
      assert.deepEqual([answer.status, answer.joined], [200, false], wrong);
      assert.match(answer.text, /<Response><Hangup\/><\/Response>$/);
    }
    const nobody = await world.twilio.calleeAnswers(twiml, { url: url.replace('=twilio', '=nobody') });
    assert.deepEqual([nobody.status, nobody.joined], [503, false], 'nobody whose words are known');
    const statusUrl = /statusCallback="([^"]*)"/.exec(twiml)[1].replaceAll('&amp;', '&');
    assert.equal((await world.twilio.callProgress(made.callSid, 'in-progress', { to: statusUrl, fields: { CallSid: `CA${'9'.repeat(32)}` } })).status, 200);
    assert.equal((await world.twilio.calleeAnswers(twiml)).joined, true);
    assert.equal((await world.twilio.callProgress(made.callSid, 'completed', { to: statusUrl, fields: { CallSid: `CA${'9'.repeat(32)}` } })).status, 200);
    assert.equal((await seen(moved.logId)).message.status, 'completed');
    assert.equal((await world.twilio.calleeAnswers(twiml)).joined, false, 'the leg is over');
  });

  test('both ends of a bridge that is recorded are told', async () => {
    await world.admin.call('comms_set_route_duplication', { agentId: agent.id, routeDuplication: { callRecording: 'on' } });
    const bridge = await world.admin.call('comms_bridge_call', { action: 'setup', localNumber: agent.phone, fromNumber: personUs(285), destinationNumber: personUs(286) });
    const rung = await world.admin.call('comms_bridge_call', { action: 'call', bridgeId: bridge.bridgeId, callerNumber: personUs(285), messageClass: 'transactional' });
    assert.equal(placedTo(personUs(285))[0].record, true);
    const answered = await world.twilio.answerCall(rung.callSid);
    assert.match(answered.text, /<Say[^>]*>This call is being recorded\..*<Dial/);
    const answer = await world.twilio.calleeAnswers(answered.text, { parent: rung.callSid });
    assert.equal(answer.joined, true);
    assert.match(answer.text, only('This call is being recorded\\.'));
    await world.admin.call('comms_bridge_call', { action: 'remove', bridgeId: bridge.bridgeId });
    await world.admin.call('comms_set_route_duplication', { agentId: agent.id, routeDuplication: { callRecording: '' } });
  });

  test('one-time code: sent, guessed wrong, right, used', async () => {
    const to = personUs(220);
    const sent = await agent.client.call('comms_send_otp', { to, channel: 'sms' });
    assert.equal(sent.success, true);
    const code = /\d{6}/.exec(world.twilio.sent().find((e) => e.to === to).body)[0];
    const verify = (value) => agent.client.call('comms_verify_otp', { contactAddress: to, code: value });
    assert.equal((await verify(code === '000000' ? '111111' : '000000')).valid, false);
    assert.equal((await verify(code)).valid, true);
    assert.equal((await verify(code)).valid, false);
    assert.ok(!world.server.log().includes(code), 'the code is in no log');
  });

  test('64 guesses at once are three', async () => {
    const to = personUs(221);
    await agent.client.call('comms_send_otp', { to, channel: 'sms' });
    const code = /\d{6}/.exec(world.twilio.sent().find((e) => e.to === to).body)[0];
    const wrong = code === '000000' ? '111111' : '000000';
    const answers = await Promise.all([...Array(64)].map(() => agent.client.call('comms_verify_otp', { contactAddress: to, code: wrong })));
    assert.equal(answers.filter((a) => a.reason === 'the code is wrong').length, 3);
    assert.equal((await agent.client.call('comms_verify_otp', { contactAddress: to, code })).valid, false);
  });

  for (const [n, point] of ['call.before_accept', 'call.after_accept', 'call.before_vendor', 'call.after_vendor', 'call.before_result', 'call.after_result'].entries()) {
    test(`killed at ${point}: not dialled twice`, async () => {
      const to = personUs(230 + n);
      await world.server.stop();
      await world.server.start({ environment: { COMMSD_CRASH_POINT: point } });
      const ask = () => callModern(world.server, agent.token, 'comms_make_call', { to, greeting: 'Hello.', messageClass: 'transactional', idempotencyKey: point });
      await assert.rejects(ask());
      await world.server.exited;
      await world.server.start();
      const answer = await eventually(ask, 'asked again under the same key').catch((error) => error);
      await sleep(300);
      assert.ok(placedTo(to).length <= 1, `${placedTo(to).length} times`);
      if (point !== 'call.before_accept') {
        const { message } = await eventually(async () => {
          const view = await callModern(world.server, agent.token, 'comms_get_message', { messageId: answer.callId ?? answer.document?.callId });
          return view.message.status !== 'attempting' && view;
        }, 'it comes to rest');
        assert.equal(placedTo(to).length === 1, message.externalId !== null, 'our record agrees with the vendor');
      }
    });
  }

  test('vendors saw nothing they would refuse', () => world.assertVendorsContent());
});

test('a provider that cannot tell who is new does not transfer a recorded call', async () => {
  const world = await World.start({ change: (config, directory) => {
    const folder = path.join(directory, 'more-plugins');
    fs.mkdirSync(folder);
    fs.copyFileSync(path.join(build, 'test-plugins/scripted_calls.so'), path.join(folder, 'calls.so'));
    config.plugins.path.push(folder);
    Object.assign(config.providers.telephony, { fallback: ['calls'], configs: { calls: {} } });
  } });
  try {
    const agent = await world.agent({ capabilities: { phone: true, whatsapp: false, email: false, voiceAi: true } });
    await world.server.ctl('numbers', 'set', '--organization', world.organization, '--to', 'provider', '--provider', 'calls', agent.phone);
    const call = (to, more) => agent.client.call('comms_make_call', { to, greeting: 'Hello.', messageClass: 'transactional', ...more });
    const transfer = ({ callId }) => agent.client.call('comms_transfer_call', { callSid: callId, to: personUs(290), messageClass: 'transactional' });
    const made = await call(personUs(291), { record: true });
    assert.equal((await agent.client.call('comms_get_message', { messageId: made.callId })).message.provider, 'calls');
    await assert.rejects(transfer(made), (error) => {
      const { code, rule, message, remedy } = error.document.error;
      assert.deepEqual([code, rule], ['rejected', 'us.recording.all_party']);
      assert.match(message, /must be told so before.*'calls' cannot/);
      assert.match(remedy, /without 'record'/);
      return true;
    });
    assert.equal((await transfer(await call(personUs(292)))).status, 'transferred');
  } finally { await world.dispose(); }
});
