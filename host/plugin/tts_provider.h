#pragma once

#include <chrono>
#include <cstdint>
#include <string>

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

/// Text to speech, as a whole. [any executor]
class TtsProvider {
 public:
  virtual ~TtsProvider() = default;

  virtual const std::string& name() const = 0;
  /// unsupported: unknown voice or format. too_large: over 64 MiB.
  virtual Task<Result<Speech>> synthesize(SpeechRequest request,
                                          std::chrono::milliseconds limit) = 0;
};

}  // namespace commsd::plugin
