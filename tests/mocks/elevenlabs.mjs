// An ElevenLabs that checks: every request is held to ElevenLabs' OpenAPI document. Its speech is a
// run of bytes that says what was asked for, so that a suite sees which request it hears.
//
// As a program: node elevenlabs.mjs [PORT] [JOURNAL]
import { loadOperations } from './lib/openapi.mjs';
import { startFront } from './lib/front.mjs';

export const elevenlabsAccount = { apiKey: 'sk_mock_0123456789abcdef0123456789abcdef' };
export const elevenlabsDocuments = [['elevenlabs/openapi.json', (name) => ['POST /v1/text-to-speech/{voice_id}/stream', 'GET /v2/voices'].includes(name)]];

const TYPES = { mp3: 'audio/mpeg', pcm: 'audio/pcm', ulaw: 'audio/basic', opus: 'audio/ogg' };
const MODELS = ['eleven_flash_v2_5', 'eleven_turbo_v2_5', 'eleven_multilingual_v2'];

const voice = (n) => ({ voice_id: `voice${n}`, name: `Voice ${n}`, category: 'premade', available_for_tiers: [], high_quality_base_model_ids: [],
  labels: { gender: n % 2 ? 'female' : 'male', language: 'en', accent: 'american' },
  verified_languages: n % 3 ? null : [{ language: 'de', model_id: MODELS[0], accent: 'standard', locale: 'de-DE' }] });

export async function startElevenlabs({ voices = 250, ...options } = {}) {
  const account = { ...elevenlabsAccount, ...options.account };
  const all = Array.from({ length: voices }, (_, n) => voice(n));
  const operations = elevenlabsDocuments.flatMap(([file, keep]) => loadOperations(file, keep));
  const error = (status, code, message) => ({ status, body: { detail: { status: code, message } } });
  const handlers = {
    'POST /v1/text-to-speech/{voice_id}/stream': ({ values, query, parsed, entry }) => {
      const known = all.some((v) => v.voice_id === values.voice_id) || values.voice_id === '21m00Tcm4TlvDq8ikWAM';
      if (!known) return error(404, 'voice_not_found', `A voice with the voice_id ${values.voice_id} was not found.`);
      if (!MODELS.includes(parsed.model_id)) return error(400, 'model_not_found', `A model with model ID ${parsed.model_id} does not exist`);
      if (parsed.language_code && !/_v2_5$/.test(parsed.model_id)) return error(400, 'unsupported_language', 'The model does not support language_code');
      if (parsed.text.length > 40_000) return error(400, 'max_character_limit_exceeded', `This request's text has ${parsed.text.length} characters and exceeds the character limit of 40000 characters`);
      const format = query.get('output_format') ?? 'mp3_44100_128';
      const head = format.startsWith('opus') ? 'OggS' : '';
      const said = Buffer.from(`${head}[${format}|${values.voice_id}|${parsed.text}]`);
      Object.assign(entry, { accepted: true, voice: values.voice_id, format, ...parsed });
      return { status: 200, body: Buffer.concat([said, Buffer.alloc(parsed.text.length * 2000, said)]),
        headers: { 'content-type': TYPES[format.split('_')[0]], 'request-id': 'mock', 'character-cost': String(parsed.text.length) } };
    },
    'GET /v2/voices': ({ query }) => {
      const size = Math.min(Number(query.get('page_size') ?? 10), 100);
      const from = Number(query.get('next_page_token') ?? 0);
      const more = from + size < all.length;
      return { status: 200, body: { voices: all.slice(from, from + size), has_more: more, total_count: all.length, ...(more ? { next_page_token: String(from + size) } : {}) }, unchecked: true };
    },
  };
  const front = await startFront({
    name: 'elevenlabs', operations, badRequestStatus: 422,
    authorize: (request) => (request.headers['xi-api-key'] === account.apiKey ? null : 'Invalid API key'),
    handle: (context) => handlers[context.operation.name](context),
    // What the validator answers with, and what everything else does.
    refuse: (status, why) => (status === 422 ? { detail: why.map((msg) => ({ loc: ['body'], msg, type: 'value_error' })) }
      : { detail: { status: { 401: 'invalid_api_key', 429: 'too_many_concurrent_requests' }[status] ?? 'error', message: why.join('; ') } }),
  }, options);
  return { ...front, account, spoken: () => front.journal.filter((e) => e.accepted) };
}

if (import.meta.url === `file://${process.argv[1]}`) {
  const mock = await startElevenlabs({ port: Number(process.argv[2] ?? 24122), journalFile: process.argv[3] ?? null });
  console.log(`elevenlabs mock on ${mock.url}`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => mock.stop().then(() => process.exit(0)));
}
