// ConversationRelay of the twilio provider, loaded as the server loads it: its TwiML is compared with
// what Twilio's own SDK writes, upgrades are signed by that SDK, and every frame is held to the list
// of https://www.twilio.com/docs/voice/conversationrelay/websocket-messages (Twilio ends the session
// over any other, error 64107).
import assert from 'node:assert/strict';
import test from 'node:test';
import twilioSdk from 'twilio';
import { startTwilio } from '../../mocks/twilio.mjs';
import { Driver } from '../lib/driver.mjs';

const frames = {
  text: { needed: { token: 'string' }, optional: { last: 'boolean', lang: 'string', interruptible: 'boolean', preemptible: 'boolean' } },
  play: { needed: { source: 'string' }, optional: { loop: 'number', preemptible: 'boolean', interruptible: 'boolean' } },
  sendDigits: { needed: { digits: 'string' }, optional: {} },
  language: { needed: {}, optional: { ttsLanguage: 'string', transcriptionLanguage: 'string' } },
  end: { needed: {}, optional: { handoffData: 'string' } },
};

function checked(frame) {
  assert.equal(frame.isText, true);
  const { type, ...fields } = JSON.parse(frame.text);
  const rule = frames[type];
  assert.ok(rule, `frame of type ${type}`);
  for (const name of Object.keys(rule.needed)) assert.ok(name in fields, `${type} has ${name}`);
  for (const [name, value] of Object.entries(fields)) assert.equal(typeof value, rule.needed[name] ?? rule.optional[name], `${type}.${name}`);
  return { type, ...fields };
}

async function stage(t) {
  const mock = await startTwilio();
  const config = { account_sid: mock.account.accountSid, auth_token: mock.account.authToken, base_url: mock.url };
  const driver = await Driver.start({ allow: [mock.url], providers: { telephony: { use: 'twilio', config }, voice: { use: 'twilio', config } } });
  t.after(async () => {
    await driver.stop();
    await mock.stop();
  });
  return { mock, driver };
}

test('connects with the TwiML that Twilio itself writes', async (t) => {
  const { driver } = await stage(t);
  const wsUrl = 'wss://comms.example.test/voice/abc', actionUrl = 'https://comms.example.test/voice/done?a=1&b=2';
  const { verb } = await driver.do({ slot: 'voice', op: 'connect_verb', wsUrl, actionUrl, greeting: 'Grüß Gott, "you" & <me>', language: 'de-DE', voice: 'Vicki-Neural',
    ttsProvider: 'Amazon', sttProvider: 'Deepgram', params: { agent: 'a<1>' } });
  const rendered = await driver.do({ slot: 'telephony', op: 'render', verbs: [{ verb: 'native', text: verb }] });
  const theirs = new twilioSdk.twiml.VoiceResponse();
  theirs.connect({ action: actionUrl, method: 'POST' }).conversationRelay({ url: wsUrl, welcomeGreeting: 'Grüß Gott, "you" & <me>', language: 'de-DE',
    ttsProvider: 'Amazon', voice: 'Vicki-Neural', transcriptionProvider: 'Deepgram', dtmfDetection: true }).parameter({ name: 'agent', value: 'a<1>' });
  // The SDK leaves > as it is where XML allows that.
  assert.equal(rendered.body.replaceAll('&gt;', '>'), theirs.toString().replaceAll('&gt;', '>'));
  assert.equal((await driver.ask({ slot: 'voice', op: 'connect_verb', wsUrl: 'https://comms.example.test/' })).error.code, 'invalid_argument');
});

test('carries a conversation', async (t) => {
  const { mock, driver } = await stage(t);
  const incoming = (frame) => ({ text: JSON.stringify(frame) });
  const { steps } = await driver.do({ slot: 'voice', op: 'converse', steps: [
    incoming({ type: 'setup', sessionId: 'VX' + '0'.repeat(32), accountSid: mock.account.accountSid, parentCallSid: '', callSid: 'CA' + 'b'.repeat(32), from: '+15558675310', to: '+15005550006', forwardedFrom: '', callType: 'PSTN', callerName: '', direction: 'inbound', callStatus: 'RINGING', customParameters: { agent: 'a1' } }),
    incoming({ type: 'prompt', voicePrompt: 'Hello, who is this?', lang: 'en-US', last: true }),
    { item: { kind: 'speech', text: 'An ', interruptible: true } },
    { item: { kind: 'speech', text: 'agent. 😀 "quoted"\n', last: true } },
    incoming({ type: 'interrupt', utteranceUntilInterrupt: 'An ag', durationUntilInterruptMs: 460 }),
    incoming({ type: 'dtmf', digit: '5' }),
    { item: { kind: 'digits', text: '12#' } },
    { item: { kind: 'play', text: 'https://comms.example.test/a.mp3' } },
    { item: { kind: 'language', text: 'fr-FR' } },
    { item: { kind: 'clear' } },
    incoming({ type: 'error', description: 'Invalid message' }),
    { text: '{"type":"prompt"' },
    { bytesBase64: Buffer.from('{"type":"dtmf","digit":"1"}').toString('base64') },
    { item: { kind: 'stop', text: '{"reason":"desk"}' } },
  ] });
  const [setup, prompt, an, agent, interrupt, dtmf, digits, play, language, clear, error, truncated, binary, end] = steps;
  assert.equal(setup.items[0].kind, 'start');
  assert.equal(setup.items[0].callId, 'CA' + 'b'.repeat(32));
  assert.ok(JSON.stringify(setup.items[0].params).includes('a1'));
  assert.deepEqual([prompt.items[0].kind, prompt.items[0].text, prompt.items[0].last], ['speech', 'Hello, who is this?', true]);
  assert.deepEqual(checked(an.frames[0]), { type: 'text', token: 'An ', last: false, interruptible: true });
  assert.deepEqual(checked(agent.frames[0]), { type: 'text', token: 'agent. 😀 "quoted"\n', last: true, interruptible: false });
  assert.deepEqual([interrupt.items[0].text, interrupt.items[0].atMs], ['An ag', 460]);
  assert.equal(dtmf.items[0].text, '5');
  assert.deepEqual(checked(digits.frames[0]), { type: 'sendDigits', digits: '12#' });
  assert.equal(checked(play.frames[0]).source, 'https://comms.example.test/a.mp3');
  assert.equal(checked(language.frames[0]).transcriptionLanguage, 'fr-FR');
  assert.equal(clear.code, 'unsupported');
  assert.equal(error.items[0].kind, 'error');
  assert.equal(truncated.code, 'invalid_argument');
  assert.equal(binary.code, 'invalid_argument');
  assert.deepEqual(checked(end.frames[0]), { type: 'end', handoffData: '{"reason":"desk"}' });
});

test('lets only Twilio in', async (t) => {
  const { mock, driver } = await stage(t);
  const { getExpectedTwilioSignature } = twilioSdk;
  const url = 'wss://comms.example.test/voice/abc?turn=1';
  const upgrade = (to, signature) => ({ method: 'GET', url: to, headers: { Upgrade: 'websocket', 'X-Twilio-Signature': signature } });
  const good = getExpectedTwilioSignature(mock.account.authToken, url, {});
  const ask = (request) => driver.webhook('voice', 'verify_connect', request);
  assert.equal((await ask(upgrade(url, good))).error, undefined);
  const withPort = getExpectedTwilioSignature(mock.account.authToken, 'wss://comms.example.test:443/voice/abc?turn=1', {});
  assert.equal((await ask(upgrade(url, withPort))).error, undefined);
  const bad = {
    'another address': upgrade(url.replace('abc', 'abd'), good),
    'another scheme': upgrade(url.replace('wss', 'https'), good),
    'a changed signature': upgrade(url, 'A' + good.slice(1) === good ? 'B' + good.slice(1) : 'A' + good.slice(1)),
    'another token': upgrade(url, getExpectedTwilioSignature('another0token0another0token0', url, {})),
    'no signature': { method: 'GET', url, headers: {} },
  };
  for (const [what, request] of Object.entries(bad)) assert.equal((await ask(request)).error?.code, 'permission_denied', what);
});
