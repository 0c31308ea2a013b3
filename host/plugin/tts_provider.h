#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/task.h"

namespace commsd::plugin {

struct SpeechRequest {
  std::string text;
  std::string voice;     // "" = the provider's own
  std::string language;  // BCP 47, or ""
  std::string format;    // pcm_s16le | mulaw | mp3 | wav | opus; "" = the provider's own
  std::string model;
  std::uint32_t sample_rate = 0;  // Hz; 0 = the provider's own
};

struct Speech {
  std::string content_type;
  std::uint32_t sample_rate = 0;  // Hz; 0 = not stated
  std::string bytes;
};

struct VoiceInfo {
  std::string id;  // for SpeechRequest::voice
  std::string name;
  std::string language;  // BCP 47, or ""
  std::string gender;
};

/// Text to speech. [any executor]
class TtsProvider {
 public:
  virtual ~TtsProvider() = default;

  virtual const std::string& name() const = 0;
  /// As MessageProvider::is_sandbox.
  virtual bool is_sandbox() const = 0;
  /// unsupported: unknown voice or format. rejected: over 64 MiB.
  virtual Task<Result<Speech>> synthesize(SpeechRequest request,
                                          std::chrono::milliseconds limit) = 0;
  /// The same piece by piece as the provider makes it, each given to `on_piece` on the calling
  /// executor; the result has no bytes. A stop, when a caller speaks over us, ends the operation at
  /// the vendor too: cancelled, and no piece comes after.
  virtual Task<Result<Speech>> stream(SpeechRequest request,
                                      std::function<void(std::string_view)> on_piece,
                                      std::chrono::milliseconds limit, std::stop_token stop) = 0;
  virtual Task<Result<std::vector<VoiceInfo>>> list_voices(std::chrono::milliseconds limit) = 0;
};

}  // namespace commsd::plugin
