#pragma once

#include <memory>

#include <comms/cpp/call.hpp>

#include "audio.h"
#include "engine.h"

namespace espeak {

enum class Format { pcm = 1, mulaw, wav };

struct Output {
  Format format = Format::pcm;
  std::uint32_t sample_rate = 0;  // Hz
};

/// Speaks while the op waits, and hands each piece over as it is made, so that an answer begins at
/// once and ends when nobody listens any more. A WAV names its length first, so it comes whole.
class Speaking final : public comms::Pending<comms::Blob> {
 public:
  Speaking(Engine& engine, Utterance utterance, Output output);

  comms::Status start(const comms::Host& host, comms_op* op,
                      std::unique_ptr<comms::Pending<comms::Blob>> self) override;

 private:
  bool hand_over(const comms::Host& host, comms_op* op, const Samples& samples);

  Engine& engine_;
  Utterance utterance_;
  Output output_;
  Resampler resampler_;
  std::string whole_;  // of a WAV
  bool spoke_ = false;
  comms::Status stopped_ = COMMS_OK;
};

}  // namespace espeak
