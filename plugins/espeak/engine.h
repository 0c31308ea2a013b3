#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include "voices.h"

namespace espeak {

struct Utterance {
  std::string voice;  // as Voices gave it
  std::string text;   // UTF-8
  int words_per_minute = 0;
  int pitch = 0;
};

/// libespeak-ng, which speaks one utterance at a time: calls wait for each other. Shared by the
/// instances of the plugin and never ended: it has no threads (see unused.cpp), and to begin it
/// means to look into some three hundred files. [any thread that may block]
class Engine {
 public:
  /// Throws comms::Error when the library's data is not installed.
  static Engine& get();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  const Voices& voices() const { return voices_; }
  std::uint32_t sample_rate() const { return sample_rate_; }  // Hz

  /// Gives pieces of about 100 ms to `take` until it says false. What it throws comes out.
  void speak(const Utterance& utterance,
             const std::function<bool(const std::int16_t* samples, std::size_t count)>& take);

 private:
  Engine();

  std::mutex speaking_;
  std::uint32_t sample_rate_ = 0;
  Voices voices_;
};

}  // namespace espeak
