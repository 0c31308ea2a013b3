// The elevenlabs provider, loaded as the server loads it, against a mock held to ElevenLabs' own
// OpenAPI document.
import assert from 'node:assert/strict';
import test from 'node:test';
import { startElevenlabs } from '../../mocks/elevenlabs.mjs';
import { unchecked } from '../../mocks/lib/openapi.mjs';
import { Driver } from '../lib/driver.mjs';
import { playBadDays } from '../lib/garbage.mjs';

const text = 'Grüße "😀" & <b>\n\\';
const command = { slot: 'tts', op: 'synthesize', text };
const speech = /POST \/v1\/text-to-speech/;

async function stage(t, { mayFail = false, ...more } = {}) {
  const mock = await startElevenlabs();
  const config = { api_key: mock.account.apiKey, base_url: mock.url, ...more };
  const driver = await Driver.start({ plugins: process.env.COMMSD_PLUGINS, mayFail, allow: [mock.url], providers: { tts: { use: 'elevenlabs', config } } });
  t.after(async () => {
    await driver.stop();
    await mock.stop();
    if (unchecked.requests > 0) console.log(`# spec-checks-not-run ${unchecked.requests} (no ../shared/vendor-lab: elevenlabs)`);
  });
  return { mock, driver };
}

const heard = (answer) => Buffer.from(answer.bytesBase64, 'base64').toString().split(']')[0] + ']';

test('asks for every format as the document names it', async (t) => {
  const { mock, driver } = await stage(t);
  const formats = [
    ['', 0, 'mp3_44100_128', 'audio/mpeg', 44100], ['mp3', 22050, 'mp3_22050_32', 'audio/mpeg', 22050], ['mulaw', 0, 'ulaw_8000', 'audio/basic', 8000],
    ['mulaw', 8000, 'ulaw_8000', 'audio/basic', 8000], ['pcm_s16le', 0, 'pcm_16000', 'audio/pcm', 16000], ['pcm_s16le', 8000, 'pcm_8000', 'audio/pcm', 8000],
    ['pcm_s16le', 24000, 'pcm_24000', 'audio/pcm', 24000], ['pcm_s16le', 48000, 'pcm_48000', 'audio/pcm', 48000], ['opus', 0, 'opus_48000_64', 'audio/ogg; codecs=opus', 48000],
  ];
  for (const [format, sampleRate, name, contentType, rate] of formats) {
    const answer = await driver.do({ ...command, format, sampleRate });
    assert.deepEqual([answer.contentType, answer.sampleRate], [contentType, rate]);
    assert.equal(heard(answer), `${format === 'opus' ? 'OggS' : ''}[${name}|21m00Tcm4TlvDq8ikWAM|${text}]`);
  }
  for (const [format, sampleRate] of [['wav', 0], ['flac', 0], ['mulaw', 16000], ['pcm_s16le', 11025], ['mp3', 8000], ['opus', 16000]]) {
    assert.equal((await driver.ask({ ...command, format, sampleRate })).error?.code, 'unsupported', `${format} ${sampleRate}`);
  }
  assert.equal(mock.spoken().length, formats.length);
  assert.deepEqual(mock.refusals, []);
});

test('gives voice, model, language and settings', async (t) => {
  const { mock, driver } = await stage(t, { voice_id: 'voice7', stability: 0.25, speed: 1.1, zero_retention: true });
  await driver.do({ ...command, language: 'de-AT' });
  await driver.do({ ...command, voice: 'voice9', model: 'eleven_multilingual_v2', language: 'de' });
  const [own, named] = mock.spoken();
  assert.deepEqual([own.voice, own.model_id, own.language_code, own.voice_settings], ['voice7', 'eleven_flash_v2_5', 'de', { stability: 0.25, speed: 1.1 }]);
  assert.equal(own.query.enable_logging, 'false');
  // This model answers with an error when it is told a language.
  assert.deepEqual([named.voice, named.model_id, named.language_code], ['voice9', 'eleven_multilingual_v2', undefined]);
  assert.deepEqual(mock.refusals, []);
});

test('streams, and stops when nobody listens', async (t) => {
  const { mock, driver } = await stage(t);
  const long = { ...command, op: 'stream', text: 'word '.repeat(400), format: 'mulaw' };
  const whole = await driver.do(long);
  assert.ok(whole.pieces > 3, `${whole.pieces} pieces`);
  assert.ok(Buffer.from(whole.bytesBase64, 'base64').length > 4_000_000);
  assert.equal((await driver.ask({ ...long, stopAfterPieces: 2 })).error?.code, 'cancelled');
  await driver.do(command);
  assert.equal(mock.spoken().length, 3);
});

test('lists all voices, page by page', async (t) => {
  const { mock, driver } = await stage(t);
  const { voices } = await driver.do({ slot: 'tts', op: 'list_voices' });
  assert.equal(voices.length, 250);
  assert.deepEqual(voices[0], { id: 'voice0', name: 'Voice 0', language: 'de-DE', gender: 'male' });
  assert.deepEqual(voices[1], { id: 'voice1', name: 'Voice 1', language: 'en', gender: 'female' });
  assert.deepEqual(mock.refusals, []);
});

test('names what ElevenLabs refuses, and what to do', async (t) => {
  const { mock, driver } = await stage(t);
  const detail = (status, message = 'as ElevenLabs says') => ({ detail: { status, message } });
  const cases = [
    [401, detail('invalid_api_key'), 'unauthenticated', /make a new key/],
    [401, detail('quota_exceeded'), 'permission_denied', /buy credits/],
    [401, detail('missing_permissions'), 'permission_denied', /access to text to speech/],
    [429, detail('system_busy'), 'rate_limited', /tried again/],
    [429, detail('too_many_concurrent_requests'), 'rate_limited', /larger plan/],
    [422, { detail: [{ loc: ['body', 'text'], msg: 'field required', type: 'value_error.missing' }] }, 'rejected', /field required/],
    [403, { detail: 'plain words' }, 'permission_denied', /plain words/],
  ];
  for (const [status, body, code, says] of cases) {
    mock.fault({ match: speech, status, body, times: 10 });
    const { error } = await driver.ask({ ...command, limitMs: 1500 });
    mock.clearFaults();
    assert.equal(error?.code, code, JSON.stringify(body));
    assert.match(JSON.stringify(error), says);
    if (!Array.isArray(body.detail) && body.detail.status) assert.equal(error.vendorCode, body.detail.status);
  }
  assert.equal(mock.spoken().length, 0);
  const unknown = await driver.ask({ ...command, voice: '../../v1/user?x=' });
  assert.equal(unknown.error?.code, 'unsupported', 'a voice is one part of the path');
  assert.equal(unknown.error.vendorCode, 'voice_not_found');
  assert.equal((await driver.ask({ ...command, model: 'nonsense' })).error?.code, 'unsupported');
  assert.match(JSON.stringify((await driver.ask({ ...command, text: 'x'.repeat(40_001) })).error), /several parts/);
  for (const empty of ['', ' \n']) assert.equal((await driver.ask({ ...command, text: empty })).error?.code, 'invalid_argument');
  assert.equal(mock.spoken().length, 0);
  assert.deepEqual(mock.refusals, []);
});

test('a bad day at the vendor', async (t) => {
  const { mock, driver } = await stage(t);
  const json = { 'content-type': 'application/json' };
  const days = [
    ['truncated JSON', { raw: '{"detail":{"sta', rawStatus: 200, headers: json }], ['empty body', { raw: '', rawStatus: 200, headers: { 'content-type': 'audio/mpeg' } }],
    ['HTML page', { raw: '<html>nginx</html>', rawStatus: 200, headers: { 'content-type': 'text/html; charset=utf-8' } }],
    ['9 MB of JSON', { raw: Buffer.alloc(9 * 1024 * 1024, 0x20), rawStatus: 200, headers: json }], ['502', { status: 502, body: Buffer.from('<html>'), headers: { 'content-type': 'text/html' } }],
    ['500 having done it', { status: 500, after: true, body: { detail: 'oops' } }], ['no answer', { hang: 'after' }], ['a reset', { drop: 'after' }],
  ];
  for (const [name, fault] of days) {
    await t.test(name, async () => {
      const before = mock.spoken().length;
      mock.fault({ match: speech, ...fault });
      const answer = await driver.ask({ ...command, limitMs: fault.hang ? 1500 : 20_000 });
      assert.equal(answer.error?.code, 'ambiguous', JSON.stringify(answer).slice(0, 300));
      assert.ok(mock.spoken().length - before <= 1, 'asked for once');
      assert.ok(!JSON.stringify(answer).includes(mock.account.apiKey));
      assert.ok(JSON.stringify(answer).length < 4096, 'shows no page');
    });
  }
  await t.test('voices that make no sense', async () => {
    for (const raw of ['{"voices":', '[]', '{"voices":"x","has_more":true}', '{"voices":[null,{},{"voice_id":7}],"has_more":true}']) {
      mock.fault({ match: /voices/, raw, rawStatus: 200 });
      const answer = await driver.ask({ slot: 'tts', op: 'list_voices' });
      assert.ok(answer.error || answer.voices.length <= 1, raw);
    }
    // "More" for ever.
    mock.fault({ match: /voices/, times: 1000, raw: '{"voices":[{"voice_id":"a"}],"has_more":true,"next_page_token":"x"}', rawStatus: 200 });
    assert.ok((await driver.do({ slot: 'tts', op: 'list_voices' })).voices.length <= 20);
    mock.clearFaults();
  });
});

test('its health check tells a wrong key from one that may only speak', async (t) => {
  const { mock, driver } = await stage(t);
  await driver.do({ slot: 'tts', op: 'check' });
  mock.fault({ match: /voices/, status: 401, body: { detail: { status: 'missing_permissions', message: 'voices_read' } } });
  await driver.do({ slot: 'tts', op: 'check' });
  mock.fault({ match: /voices/, status: 401, body: { detail: { status: 'invalid_api_key', message: 'Invalid API key' } } });
  assert.ok((await driver.ask({ slot: 'tts', op: 'check' })).error);
});
