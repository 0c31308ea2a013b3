// The deepgram provider, loaded as the server loads it, against a mock held to Deepgram's own OpenAPI
// and AsyncAPI documents.
import assert from 'node:assert/strict';
import test from 'node:test';
import { startDeepgram } from '../../mocks/deepgram.mjs';
import { unchecked } from '../../mocks/lib/openapi.mjs';
import { Driver } from '../lib/driver.mjs';
import { playBadDays } from '../lib/garbage.mjs';

const audio = (bytes, fill = 0x7f) => Buffer.alloc(bytes, fill).toString('base64');
const live = { slot: 'stt', op: 'listen', encoding: 'mulaw', sampleRate: 8000, partials: true, audioBase64: audio(8000) };
const recording = { slot: 'stt', op: 'transcribe', encoding: 'audio/mpeg', audioBase64: audio(5000) };

async function stage(t, more = {}) {
  const mock = await startDeepgram();
  const config = { api_key: mock.account.apiKey, base_url: mock.url, live_url: mock.liveUrl, ...more };
  const driver = await Driver.start({ plugins: process.env.COMMSD_PLUGINS, allow: [mock.url, mock.liveUrl], providers: { stt: { use: 'deepgram', config } } });
  t.after(async () => {
    await driver.stop();
    await mock.stop();
    if (unchecked.requests > 0) console.log(`# spec-checks-not-run ${unchecked.requests} (no ../shared/vendor-lab: deepgram)`);
  });
  return { mock, driver };
}

test('hears partial and final results and the end of an utterance', async (t) => {
  const { mock, driver } = await stage(t);
  const { heard, refused } = await driver.do({ ...live, language: 'en-US', hints: 'Deepgram, Grüße & co', endpointingMs: 300 });
  assert.equal(refused, 0);
  assert.deepEqual(heard.map((h) => h.kind), ['speech_start', 'partial', 'final', 'utterance_end']);
  assert.deepEqual([heard[1].text, heard[2].text, heard[2].language, heard[2].confidence], ['hel', 'hello world', 'en', 0.98]);
  assert.equal(heard[0].startMs, 20);
  const [session] = mock.sessions;
  assert.equal(session.bytes, 8000);
  assert.deepEqual(session.frames, ['Finalize', 'CloseStream']);
  assert.deepEqual([...session.query], [['model', 'nova-3'], ['smart_format', 'true'], ['language', 'en-US'], ['keyterm', 'Deepgram'], ['keyterm', 'Grüße & co'],
    ['encoding', 'mulaw'], ['sample_rate', '8000'], ['channels', '1'], ['vad_events', 'true'], ['interim_results', 'true'], ['utterance_end_ms', '1000'], ['endpointing', '300']]);
  assert.deepEqual(session.why, []);
});

test('keeps partial results from those who want none, and finalizes what is left', async (t) => {
  const { mock, driver } = await stage(t, { model: 'nova-2', no_training: true });
  const { heard } = await driver.do({ ...live, partials: false, hints: 'one', encoding: 'pcm_s16le', sampleRate: 16000, audioBase64: audio(3200) });
  assert.deepEqual(heard.map((h) => [h.kind, h.text]), [['speech_start', ''], ['final', 'goodbye']]);
  const { query } = mock.sessions[0];
  assert.deepEqual([query.get('encoding'), query.get('keywords'), query.get('mip_opt_out')], ['linear16', 'one', 'true']);
});

test('keeps a silent session alive', async (t) => {
  const { mock, driver } = await stage(t);
  await driver.do({ ...live, silenceMs: 7000 }); // it is due after four ticks of the host, a second each
  assert.deepEqual([...new Set(mock.sessions[0].frames)], ['KeepAlive', 'Finalize', 'CloseStream']);
  assert.deepEqual(mock.sessions[0].why, []);
});

test('says how a session failed', async (t) => {
  const { mock, driver } = await stage(t);
  const cases = [
    [{ status: 401 }, 'unauthenticated', /401/], [{ status: 402 }, 'permission_denied', /402/], [{ status: 429 }, 'rate_limited', /429/], [{ status: 500 }, 'unavailable', /500/],
    [{ closeAfterBytes: 160, code: 1008, reason: 'DATA-0000' }, 'rejected', /encoding and at the rate/],
    [{ closeAfterBytes: 160, code: 1011, reason: 'NET-0001 no audio' }, 'unavailable', /ten seconds/],
    [{ reset: true }, 'unavailable', /ended the live session/],
  ];
  for (const [plan, code, says] of cases) {
    mock.plan(plan);
    const { error } = await driver.ask(live);
    assert.equal(error?.code, code, JSON.stringify([plan, error]));
    assert.match(JSON.stringify(error), says);
    assert.ok(!JSON.stringify(error).includes(mock.account.apiKey));
  }
  mock.plan({ say: ['{"type":', '[]', '{"type":"Results"}', '{"type":"Results","is_final":true,"start":-1e300,"channel":{"alternatives":[]}}', '{"type":"New"}', Buffer.from([0, 1, 2])] });
  assert.deepEqual((await driver.do(live)).heard.map((h) => h.kind), ['speech_start', 'partial', 'final', 'utterance_end'], 'what makes no sense is passed over');
  for (const [what, change, code] of [['encoding', { encoding: 'audio/mpeg' }, 'unsupported'], ['no rate', { sampleRate: 0 }, 'invalid_argument']]) {
    assert.equal((await driver.ask({ ...live, ...change })).error?.code, code, what);
  }
});

test('transcribes a recording', async (t) => {
  const { mock, driver } = await stage(t);
  const answer = await driver.do({ ...recording, hints: 'one,,two ' });
  assert.deepEqual(answer, { text: 'Hello world.', language: 'en', confidence: 0.98, durationMs: 1250 });
  assert.deepEqual([mock.heard()[0].type, mock.heard()[0].bytes, mock.heard()[0].keyterms], ['audio/mpeg', 5000, ['one', 'two']]);
  await driver.do({ ...recording, encoding: 'audio/basic' });
  await driver.do({ ...recording, encoding: 'audio/pcm', sampleRate: 16000 });
  const heads = mock.heard().slice(1).map((e) => Buffer.from(e.head, 'latin1'));
  assert.deepEqual(heads.map((h) => [h.toString('latin1', 0, 4), h.readUInt16LE(20), h.readUInt32LE(24), h.readUInt32LE(40)]), [['RIFF', 7, 8000, 5000], ['RIFF', 1, 16000, 5000]]);
  assert.equal((await driver.ask({ ...recording, encoding: 'audio/pcm' })).error?.code, 'invalid_argument');
  assert.equal((await driver.ask({ ...recording, audioBase64: '' })).error?.code, 'invalid_argument');
  assert.deepEqual(mock.refusals, []);
});

test('a bad day at the vendor', async (t) => {
  const { mock, driver } = await stage(t);
  await playBadDays(t, { driver, mock, command: recording, match: /listen/, count: () => mock.heard().length, secrets: [mock.account.apiKey] });
  for (const [status, code, class_, says] of [[401, 'INVALID_AUTH', 'unauthenticated', /make a new key/], [402, 'ASR_PAYMENT_REQUIRED', 'permission_denied', /add credit/], [429, 'TOO_MANY_REQUESTS', 'rate_limited', /tried again/]]) {
    mock.fault({ match: /listen/, status, body: { err_code: code, err_msg: 'as Deepgram says', request_id: 'x' }, times: 10 });
    const { error } = await driver.ask({ ...recording, limitMs: 1500 });
    mock.clearFaults();
    assert.deepEqual([error?.code, error?.vendorCode], [class_, code]);
    assert.match(JSON.stringify(error), says);
  }
  await driver.do({ slot: 'stt', op: 'check' });
  assert.deepEqual(mock.refusals, []);
});
