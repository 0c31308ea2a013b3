#pragma once

#include <string>

#include <comms/cpp/tts.hpp>

#include "engine.h"

namespace espeak {

/// Speech by eSpeak NG (https://github.com/espeak-ng/espeak-ng, GPL-3.0-or-later, and so is this
/// plugin in its built form: a file of its own that the server does not need).
class Espeak final : public comms::TtsProvider {
 public:
  Espeak(const comms::Host& host, const comms::Config& config);

  comms::Outcome<comms::Blob> synthesize(const comms::TtsRequest& request) override;
  comms::Outcome<comms::Fields> list_voices() override;

 private:
  std::string voice_for(const comms::TtsRequest& request) const;

  Engine& engine_;
  std::string voice_;
  int words_per_minute_, pitch_;
};

}  // namespace espeak
