// The espeak provider, loaded as the server loads it, with Debian's eSpeak NG. What it says is judged
// by its length, loudness and header: nobody listens here.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Driver } from '../lib/driver.mjs';

const text = 'Hello, this is a test of the telephone. Grüße an alle.';
const command = { slot: 'tts', op: 'synthesize', text };

async function stage(t, config = {}, mayFail = false) {
  const driver = await Driver.start({ plugins: process.env.COMMSD_PLUGINS, mayFail, providers: { tts: { use: 'espeak', config } } });
  t.after(() => driver.stop());
  return driver;
}

const bytesOf = (answer) => Buffer.from(answer.bytesBase64, 'base64');
const seconds = (answer, width) => bytesOf(answer).length / width / answer.sampleRate;

function loudness(pcm) {
  let sum = 0;
  for (let i = 0; i + 1 < pcm.length; i += 2) sum += pcm.readInt16LE(i) ** 2;
  return Math.sqrt(sum / (pcm.length / 2));
}

test('speaks every format at every rate', async (t) => {
  const driver = await stage(t);
  const own = await driver.do(command);
  assert.deepEqual([own.contentType, own.sampleRate], ['audio/pcm', 22050]);
  const length = seconds(own, 2);
  assert.ok(length > 1.5 && length < 8, `${length} s`);
  assert.ok(loudness(bytesOf(own)) > 500, 'is not silence');
  for (const sampleRate of [8000, 16000, 22050]) {
    const pcm = await driver.do({ ...command, format: 'pcm_s16le', sampleRate });
    assert.deepEqual([pcm.contentType, pcm.sampleRate], ['audio/pcm', sampleRate]);
    // The voice varies a little from one time to the next.
    assert.ok(Math.abs(seconds(pcm, 2) - length) < length / 10, `pcm at ${sampleRate}`);
    assert.ok(loudness(bytesOf(pcm)) > 500);
    const mulaw = await driver.do({ ...command, format: 'mulaw', sampleRate });
    assert.equal(mulaw.contentType, sampleRate === 8000 ? 'audio/basic' : `audio/PCMU; rate=${sampleRate}`);
    assert.ok(Math.abs(seconds(mulaw, 1) - length) < length / 10, `mulaw at ${sampleRate}`);
    const wav = await driver.do({ ...command, format: 'wav', sampleRate });
    const file = bytesOf(wav);
    assert.equal(wav.contentType, 'audio/wav');
    assert.equal(file.toString('latin1', 0, 4) + file.toString('latin1', 8, 16), 'RIFFWAVEfmt ');
    assert.deepEqual([file.readUInt32LE(4), file.readUInt16LE(20), file.readUInt16LE(22), file.readUInt32LE(24), file.readUInt16LE(34)],
      [file.length - 8, 1, 1, sampleRate, 16]);
    assert.equal(file.readUInt32LE(40), file.length - 44);
  }
  assert.equal((await driver.do({ ...command, format: 'mulaw' })).sampleRate, 8000);
});

test('speaks piece by piece, and stops when nobody listens', async (t) => {
  const driver = await stage(t);
  const long = { slot: 'tts', op: 'stream', text: text.repeat(20), format: 'mulaw' };
  const heard = await driver.do(long);
  assert.ok(heard.pieces > 100, `${heard.pieces} pieces`);
  const stopped = await driver.ask({ ...long, text: text.repeat(200), stopAfterPieces: 2 });
  assert.equal(stopped.error.code, 'cancelled');
  const next = await driver.do(command); // of the next one nothing is missing or too much
  assert.ok(Math.abs(seconds(next, 2) - seconds(await driver.do(command), 2)) < 0.5);
});

test('has voices and languages', async (t) => {
  const driver = await stage(t, { voice: 'de', words_per_minute: 120 });
  const { voices } = await driver.do({ slot: 'tts', op: 'list_voices' });
  assert.ok(voices.length > 100);
  assert.ok(voices.every((v) => v.id && v.name && v.language));
  for (const voice of voices) assert.ok(bytesOf(await driver.do({ ...command, text: 'A 1', voice: voice.id })).length > 0, voice.id);
  for (const voice of ['en-us', 'gmw/en-US', 'EN-US+f3', 'English (America)']) await driver.do({ ...command, voice });
  for (const language of ['en-GB', 'de-AT', 'zh-Hans-CN', 'fr']) await driver.do({ ...command, language });
  const slow = await driver.do({ ...command, voice: 'en-us' });
  const fast = await (await stage(t, { words_per_minute: 400 })).do({ ...command, voice: 'en-us' });
  assert.ok(seconds(slow, 2) > 1.5 * seconds(fast, 2), 'as fast as was set');
});

test('refuses what it cannot speak, and says why', async (t) => {
  const driver = await stage(t);
  const bad = {
    'no voice': { voice: 'nobody' }, 'path': { voice: '../../../../etc/passwd' }, 'variant': { voice: 'en-us+../../x' },
    'does not speak': { language: 'xx-YY' }, 'pcm_s16le, mulaw and wav': { format: 'mp3' }, 'samples a second': { sampleRate: 44100 },
  };
  for (const [what, change] of Object.entries(bad)) {
    const { error } = await driver.ask({ ...command, ...change });
    assert.equal(error?.code, 'unsupported', what);
    assert.ok(error.message.startsWith('espeak: eSpeak NG'), error.message);
  }
  for (const empty of ['', ' \n\t', '\u0000']) {
    assert.equal((await driver.ask({ ...command, text: empty })).error?.code, 'invalid_argument');
  }
  for (const odd of ['<audio src="/etc/passwd"/>one', '[[h@loU]]', '😀😀', 'a\u0000b', '\u202e\ufeffx', '((((((((', '9'.repeat(5000)]) {
    const answer = await driver.ask({ ...command, text: odd });
    assert.ok(answer.error === undefined || answer.error.code === 'invalid_argument', `${odd.slice(0, 20)}: ${JSON.stringify(answer.error)}`);
  }
  await driver.do(command);
});

test('says which setting is wrong', async (t) => {
  const driver = await stage(t, { voice: 'nobody' }, true);
  assert.match(JSON.stringify(driver.state), /voice: eSpeak NG has no voice 'nobody'/);
});
