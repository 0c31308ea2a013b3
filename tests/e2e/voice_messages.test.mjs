// A voice message from words to what the vendor plays: the real binary with the sandbox's voice, a
// folder as storage, and Twilio, who fetches the audio as Twilio does.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { World, personUs } from './lib/world.mjs';
import { ToolError } from './lib/client.mjs';
import { eventually } from './lib/server.mjs';

describe('voice messages', () => {
  let world;
  let agent;
  let media;
  before(async () => {
    world = await World.start({ change: (config, directory) => {
      media = path.join(directory, 'media');
      config.providers.tts = { use: 'sandbox' };
      config.providers.storage = { use: 'local', config: { root: media } };
    } });
    agent = await world.agent({ capabilities: { phone: true, whatsapp: true, email: false, voiceAi: true } });
  });
  after(() => world?.dispose());

  const say = (to, more = {}) => agent.client.call('comms_send_voice_message', { to, text: 'Your table is ready.', messageClass: 'transactional', ...more });
  const seen = (messageId) => agent.client.call('comms_get_message', { messageId });
  const files = () => (fs.existsSync(media) ? fs.readdirSync(media, { recursive: true, withFileTypes: true }).filter((f) => f.isFile()) : []);

  test('by phone: spoken, stored, played from a signed address, gone when the call is over', async () => {
    const made = await say(personUs(800), { language: 'en-GB' });
    assert.equal(made.status, 'queued');
    assert.ok(made.durationSeconds > 1, 'longer words take longer');
    const answered = await world.twilio.answerCall(made.callSid);
    const [, url] = /<Play>([^<]+)<\/Play>/.exec(answered.text);
    assert.equal(url, made.audioUrl);
    assert.ok(!answered.text.includes('Your table is ready'), 'the words are in the audio');
    const audio = await fetch(url);
    assert.equal(audio.status, 200);
    assert.equal(audio.headers.get('content-type'), 'audio/wav');
    const bytes = Buffer.from(await audio.arrayBuffer());
    assert.equal(bytes.subarray(0, 4).toString(), 'RIFF');
    assert.equal(bytes.readUInt32LE(24), 8000, 'as telephones carry it');
    assert.equal((await fetch(url, { method: 'HEAD' })).status, 200);
    assert.equal(audio.headers.get('x-content-type-options'), 'nosniff');
    assert.match(audio.headers.get('content-disposition'), /^attachment/);
    const part = await fetch(url, { headers: { range: 'bytes=0-3' } });
    assert.deepEqual([part.status, await part.text()], [206, 'RIFF']);
    await world.twilio.callProgress(made.callSid, 'in-progress', { fields: { AnsweredBy: 'machine_end_beep' } });
    await world.twilio.callProgress(made.callSid, 'completed', { fields: { CallDuration: '9' } });
    const { message, timeline } = await seen(made.callId);
    assert.equal(message.status, 'completed');
    assert.equal(message.answeredBy, 'machine');
    assert.ok(timeline.some((e) => /answered by machine/.test(e.detail)), JSON.stringify(timeline));
    await eventually(async () => (await fetch(url)).status === 404, 'the audio is gone', { withinMs: 150_000, everyMs: 1000 });
    assert.equal(files().length, 0);
  });

  test('addresses that were changed open nothing', async () => {
    const { audioUrl } = await say(personUs(801));
    const [object, expires, signature] = audioUrl.slice(audioUrl.lastIndexOf('/') + 1).split('.');
    const base = audioUrl.slice(0, audioUrl.lastIndexOf('/') + 1);
    for (const token of [`${object}.${Number(expires) + 1}.${signature}`, `${object}.1.${signature}`, `${object}.${expires}.${'0'.repeat(64)}`, object]) {
      assert.equal((await fetch(base + token)).status, 404, token);
    }
    assert.ok([400, 404].includes((await fetch(`${base}..%2f..%2fcommsd.db`)).status));
    assert.equal((await fetch(audioUrl)).status, 200);
  });

  test('as a WhatsApp voice note: Ogg with Opus, one message for a repeat', async () => {
    const to = `whatsapp:${agent.provisioned.channels.whatsapp.number}`;
    await world.twilio.inbound(agent.hook('whatsapp'), { from: `whatsapp:${personUs(802)}`, to, body: 'hola' });
    const sent = await say(personUs(802), { channel: 'whatsapp', idempotencyKey: 'note' });
    assert.equal(sent.success, true);
    const [entry] = world.twilio.sent().filter((e) => e.to === `whatsapp:${personUs(802)}`);
    assert.deepEqual(entry.media, [sent.audioUrl]);
    const audio = await fetch(sent.audioUrl);
    assert.match(audio.headers.get('content-type'), /^audio\/ogg/);
    const bytes = Buffer.from(await audio.arrayBuffer());
    assert.equal(bytes.subarray(0, 4).toString(), 'OggS');
    assert.equal(bytes.subarray(28, 36).toString(), 'OpusHead');
    const again = await say(personUs(802), { channel: 'whatsapp', idempotencyKey: 'note' });
    assert.equal(again.messageId, sent.messageId);
    assert.equal(again.deduplicated, true);
    const twin = await say(personUs(802), { channel: 'whatsapp', text: 'Twice the same.' });
    assert.equal((await say(personUs(802), { channel: 'whatsapp', text: 'Twice the same.' })).messageId, twin.messageId);
    assert.equal(world.twilio.sent().filter((e) => e.to === `whatsapp:${personUs(802)}`).length, 2);
  });

  test('a repeat by phone is answered without a second call or a second recording', async () => {
    const made = await say(personUs(803), { idempotencyKey: 'again' });
    const stored = files().length;
    const again = await say(personUs(803), { idempotencyKey: 'again' });
    assert.equal(again.callId, made.callId);
    assert.equal(files().length, stored);
    assert.equal(world.twilio.placed().filter((e) => e.to === personUs(803)).length, 1);
  });

  test('too much text, and storage that is full, are refused before anybody is called', async () => {
    await assert.rejects(say(personUs(804), { text: 'x'.repeat(4001) }), ToolError);
    const made = await say(personUs(805));
    fs.rmSync(media, { recursive: true, force: true });
    fs.writeFileSync(media, 'no folder');
    await assert.rejects(say(personUs(806)), (e) => e instanceof ToolError && /could not be stored/.test(e.message));
    assert.equal(world.twilio.placed().filter((e) => [personUs(804), personUs(806)].includes(e.to)).length, 0);
    assert.ok((await fetch(made.audioUrl)).status >= 400, 'what is not there is not served');
  });

  test('vendors saw nothing they would refuse', () => world.assertVendorsContent());
});
