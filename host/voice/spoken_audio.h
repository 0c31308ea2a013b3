#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "plugin/providers.h"
#include "plugin/storage_provider.h"
#include "plugin/tts_provider.h"
#include "store/store.h"

namespace commsd::voice {

/// Turns text into audio that a vendor can fetch by a URL: through the tts slot into object
/// storage. The URL is the storage's own where it signs some, else one of this server; either way
/// it expires. The object goes when what plays it is over, or after a day. [any executor]
class SpokenAudio {
 public:
  using Storage = std::function<std::shared_ptr<plugin::StorageProvider>(const plugin::Scope&)>;

  SpokenAudio(store::Store& store, plugin::Providers& providers, Storage storage,
              const Clock& clock, const Ids& ids, std::string public_url, std::string key)
      : store_(store),
        providers_(providers),
        storage_(std::move(storage)),
        clock_(clock),
        ids_(ids),
        public_url_(std::move(public_url)),
        key_(std::move(key)) {}

  struct Audio {
    std::string key;  // in the storage
    std::string url;
    std::optional<std::int64_t> duration_ms;  // where the format tells
  };
  /// What the audio is for decides what it may be.
  enum class Purpose {
    call,       // any format that telephones play
    voice_note  // Ogg with Opus: anything else WhatsApp shows as a file, or refuses
  };
  /// unavailable: no tts or storage provider, or one of them failed; unsupported: the provider does
  /// not speak the format or the voice; invalid_argument, rejected, rate_limited: as it says.
  Task<Result<Audio>> make(plugin::Scope scope, plugin::SpeechRequest wanted, Purpose purpose);

  /// Names the call or message that plays it, and goes when that is over.
  Task<Result<void>> keep_for(std::string org_id, std::string key, std::string subject_id) const;
  /// Nobody is going to play it.
  Task<void> discard(std::string org_id, std::string key) const;

  /// What a URL of this server stands for, by its last segment. not_found: forged or expired.
  Task<Result<plugin::StoredObject>> open(std::string token) const;

  /// Deletes what nobody plays any more and, with `keep`, only what is older than a day; at most
  /// `limit` objects.
  Task<Result<void>> purge(std::int64_t limit, bool keep = false) const;

 private:
  Task<Result<plugin::Speech>> speak(plugin::TtsProvider& tts, plugin::SpeechRequest wanted,
                                     Purpose purpose) const;
  Task<bool> remove(std::string org_id, std::string key) const;
  std::string sign(std::string_view object, UnixMillis expires_at) const;

  store::Store& store_;
  plugin::Providers& providers_;
  Storage storage_;
  const Clock& clock_;
  const Ids& ids_;
  std::string public_url_;
  std::string key_;
};

/// Raw samples with a WAV header before them; what has a container already is left as it is.
/// `duration_ms` is set where it can be told.
struct Recording {
  std::string content_type;
  std::string bytes;
  std::optional<std::int64_t> duration_ms;
};
Recording to_recording(plugin::Speech speech);

}  // namespace commsd::voice
