#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/task.h"

namespace commsd::plugin {

struct ListenRequest {
  std::string encoding;           // pcm_s16le | mulaw for sessions; a media type for transcribe
  std::uint32_t sample_rate = 0;  // Hz
  std::string language;           // BCP 47, or ""
  std::string model;
  std::string hints;                 // words to expect, comma-separated
  bool partials = false;             // interim results are wanted
  std::uint32_t endpointing_ms = 0;  // silence that ends an utterance; 0 = the provider's own
};

enum class HeardKind {
  partial = 1,
  final,  // will not change; the utterance may go on
  speech_start,
  utterance_end,
};

struct Heard {
  HeardKind kind = HeardKind::partial;
  std::string text;
  std::string language;
  std::optional<double> confidence;  // 0..1
  std::uint32_t start_ms = 0;        // within the session's audio
  std::uint32_t end_ms = 0;
};

struct Transcript {
  std::string text;
  std::string language;
  std::optional<double> confidence;  // 0..1
  std::uint32_t duration_ms = 0;     // 0 = not stated
};

/// Who hears what a session heard. Called on the executor the session was opened on, never from
/// within a call into the session, so either may destroy it.
struct SttListener {
  std::function<void(Heard)> heard;
  /// The last call, exactly once unless the session was destroyed before. timeout: the provider did
  /// not end within the limit given to finish().
  std::function<void(Result<void>)> ended;
};

/// One live session. On the executor it was opened on only; destroying it ends it at once.
class SttSession {
 public:
  virtual ~SttSession() = default;

  /// rate_limited: the provider lags behind by more than 256 KiB; nothing of this was taken.
  /// unavailable: the session is over.
  virtual Result<void> audio(std::string_view samples) = 0;
  /// No more audio; what is still to be heard follows, then `ended`, within `limit`.
  virtual void finish(std::chrono::milliseconds limit) = 0;
};

/// Speech to text. [any executor]
class SttProvider {
 public:
  virtual ~SttProvider() = default;

  virtual const std::string& name() const = 0;
  /// As MessageProvider::is_sandbox.
  virtual bool is_sandbox() const = 0;
  /// On the calling executor, without waiting. Nothing is heard of a session that did not open.
  virtual Result<std::shared_ptr<SttSession>> open(ListenRequest request, SttListener listener) = 0;
  /// A whole recording.
  virtual Task<Result<Transcript>> transcribe(ListenRequest request, std::string recording,
                                              std::chrono::milliseconds limit) = 0;
};

}  // namespace commsd::plugin
