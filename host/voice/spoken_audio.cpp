#include "voice/spoken_audio.h"

#include <charconv>

#include "base/digest.h"
#include "base/text.h"

namespace commsd::voice {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds speak_limit{30'000};
constexpr milliseconds store_limit{15'000};
constexpr std::chrono::seconds url_lifetime{3'600};
constexpr UnixMillis object_lifetime = 24 * 3'600'000;
/// A vendor that fetches late, or twice, still finds what is over only since then.
constexpr UnixMillis over_for = 60'000;

void put(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

/// RIFF WAVE of one channel (Multimedia Programming Interface 1.0): format 1 is PCM, 7 mu-law.
std::string wav_header(std::uint32_t format, std::uint32_t rate, std::uint32_t sample_bytes,
                       std::size_t size) {
  const auto bytes = static_cast<std::uint32_t>(size);
  std::string out = "RIFF";
  put(out, 36 + bytes, 4);
  out += "WAVEfmt ";
  put(out, 16, 4);
  put(out, format, 2);
  put(out, 1, 2);
  put(out, rate, 4);
  put(out, rate * sample_bytes, 4);
  put(out, sample_bytes, 2);
  put(out, sample_bytes * 8, 2);
  out += "data";
  put(out, bytes, 4);
  return out;
}

}  // namespace

Recording to_recording(plugin::Speech speech) {
  Recording recording{speech.content_type, std::move(speech.bytes), std::nullopt};
  const std::string type = to_lower_ascii(speech.content_type);
  const bool pcm = type.starts_with("audio/pcm") || type.starts_with("audio/l16");
  const bool mulaw = type.starts_with("audio/basic") || type.starts_with("audio/x-mulaw") ||
                     type.starts_with("audio/pcmu");
  if (!pcm && !mulaw) return recording;
  const std::uint32_t rate = speech.sample_rate ? speech.sample_rate : 8'000;
  const std::uint32_t sample_bytes = pcm ? 2 : 1;
  recording.duration_ms =
      static_cast<std::int64_t>(recording.bytes.size()) * 1'000 / (rate * sample_bytes);
  recording.bytes.insert(0, wav_header(pcm ? 1 : 7, rate, sample_bytes, recording.bytes.size()));
  recording.content_type = "audio/wav";
  return recording;
}

Task<Result<plugin::Speech>> SpokenAudio::speak(plugin::TtsProvider& tts,
                                                plugin::SpeechRequest wanted,
                                                Purpose purpose) const {
  const bool note = purpose == Purpose::voice_note;
  std::vector<std::string> formats = {"wav", "mulaw", "pcm_s16le", "mp3"};
  if (note) formats = {"opus"};
  if (!note) wanted.sample_rate = 8'000;  // what telephones carry
  Result<plugin::Speech> speech = fail(ErrorCode::unsupported, "");
  for (const std::string& format : formats) {
    wanted.format = format;
    speech = co_await tts.synthesize(wanted, speak_limit);
    if (speech || speech.error().code != ErrorCode::unsupported) break;
  }
  const bool wrong = note && speech && !speech->content_type.starts_with("audio/ogg");
  if (note && (wrong || (!speech && speech.error().code == ErrorCode::unsupported))) {
    Error refusal;
    refusal.code = ErrorCode::unsupported;
    refusal.message = "the speech provider '" + tts.name() +
                      "' does not speak Ogg with Opus, which a WhatsApp voice note has to be";
    refusal.remedy = "use the channel 'phone', or a speech provider that has the format 'opus'";
    co_return fail(std::move(refusal));
  }
  if (!speech) {
    Error error = speech.error();
    const bool ours = error.code == ErrorCode::unsupported || error.code == ErrorCode::rejected ||
                      error.code == ErrorCode::rate_limited ||
                      error.code == ErrorCode::invalid_argument;
    // Nothing was sent to anybody, so nothing is ambiguous about it.
    if (!ours) error.code = ErrorCode::unavailable;
    error.message = "the text could not be spoken: " + error.message;
    co_return fail(std::move(error));
  }
  co_return speech;
}

Task<Result<SpokenAudio::Audio>> SpokenAudio::make(plugin::Scope scope,
                                                   plugin::SpeechRequest wanted, Purpose purpose) {
  const auto tts = providers_.tts(scope);
  if (!tts) {
    co_return fail(providers_.why_none("speech (the slot 'tts')", scope));
  }
  const auto storage = storage_(scope);
  if (!storage) {
    co_return fail(ErrorCode::unavailable,
                   "spoken audio has nowhere to be kept: name a provider under "
                   "'providers.storage' in the configuration");
  }
  Task<Result<plugin::Speech>> speaking = speak(*tts, std::move(wanted), purpose);
  Result<plugin::Speech> speech = co_await std::move(speaking);
  if (!speech) co_return fail(speech.error());
  Recording recording = to_recording(std::move(*speech));

  const UnixMillis now = clock_.now();
  Audio audio;
  audio.key = "spoken/" + scope.org_id + '/' + ids_.make("aud");
  audio.duration_ms = recording.duration_ms;
  // Before the object: one that nobody knows of would stay for ever.
  store::UnitOfWork unit;
  unit.expect(
      1, "spoken_audio.add",
      {{"key", audio.key}, {"org_id", scope.org_id}, {"expires_at", now + object_lifetime}});
  Result<store::UnitOutcome> noted = co_await store_.commit(std::move(unit));
  if (!noted) co_return fail(noted.error());
  Result<void> stored = co_await storage->put(audio.key, std::move(recording.content_type),
                                              std::move(recording.bytes), store_limit);
  if (!stored) {  // what is there of it goes with its row
    Error error = stored.error();
    error.code = ErrorCode::unavailable;
    error.message = "the spoken audio could not be stored: " + error.message;
    co_return fail(std::move(error));
  }
  if (Result<std::string> url = storage->signed_url(audio.key, "GET", url_lifetime)) {
    audio.url = std::move(*url);
  } else {
    const UnixMillis expires_at = now + milliseconds(url_lifetime).count();
    audio.url = public_url_ + "/media/spoken/" + base64url_encode(audio.key) + '.' +
                std::to_string(expires_at) + '.' + sign(audio.key, expires_at);
  }
  co_return audio;
}

Task<Result<void>> SpokenAudio::keep_for(std::string org_id, std::string key,
                                         std::string subject_id) const {
  store::UnitOfWork unit;
  unit.run("spoken_audio.set_subject",
           {{"org_id", org_id}, {"key", key}, {"subject_id", subject_id}});
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  co_return Result<void>();
}

Task<void> SpokenAudio::discard(std::string org_id, std::string key) const {
  Task<bool> removing = remove(std::move(org_id), std::move(key));
  co_await std::move(removing);  // what stays goes after a day
}

Task<Result<plugin::StoredObject>> SpokenAudio::open(std::string token) const {
  const auto unknown = [] { return fail(ErrorCode::not_found, "there is nothing here"); };
  const std::vector<std::string_view> parts = split(token, '.');
  if (parts.size() != 3) co_return unknown();
  const auto object = base64url_decode(parts[0]);
  UnixMillis expires_at = 0;
  const auto end = parts[1].data() + parts[1].size();
  const auto parsed = std::from_chars(parts[1].data(), end, expires_at);
  if (!object || parsed.ec != std::errc() || parsed.ptr != end) co_return unknown();
  if (!constant_time_equal(sign(*object, expires_at), parts[2]) || expires_at < clock_.now()) {
    co_return unknown();
  }
  const std::vector<std::string_view> path = split(*object, '/');
  const auto storage = path.size() == 3 ? storage_({std::string(path[1]), {}}) : nullptr;
  if (!storage) co_return unknown();
  Result<plugin::StoredObject> found = co_await storage->get(*object, 0, 0, store_limit);
  co_return found;
}

Task<Result<void>> SpokenAudio::purge(std::int64_t limit, bool keep) const {
  const UnixMillis now = clock_.now();
  store::Parameters which{
      {"now", now}, {"ended_before", keep ? UnixMillis{0} : now - over_for}, {"limit", limit}};
  Task<Result<store::Rows>> reading = store_.query("spoken_audio.expired", std::move(which));
  Result<store::Rows> expired = co_await std::move(reading);
  if (!expired) co_return fail(expired.error());
  for (const store::Row& row : *expired) {
    Task<bool> removing = remove(row.text("org_id"), row.text("key"));
    co_await std::move(removing);  // what stays is found by the next purge
  }
  co_return Result<void>();
}

Task<bool> SpokenAudio::remove(std::string org_id, std::string key) const {
  const auto storage = storage_({org_id, {}});
  if (!storage) co_return false;
  Result<void> removed = co_await storage->remove(key, store_limit);
  if (!removed) co_return false;
  store::UnitOfWork unit;
  unit.run("spoken_audio.remove", {{"org_id", org_id}, {"key", key}});
  Result<store::UnitOutcome> forgotten = co_await store_.commit(std::move(unit));
  co_return forgotten.has_value();
}

std::string SpokenAudio::sign(std::string_view object, UnixMillis expires_at) const {
  return to_hex(hmac_sha256(key_, std::string(object) + '\n' + std::to_string(expires_at)));
}

}  // namespace commsd::voice
