#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace espeak {

using Samples = std::vector<std::int16_t>;

/// Changes the sample rate of one channel, piece by piece, without the aliases that would hiss in
/// a telephone: a windowed sinc, one row of weights for each place between two samples.
class Resampler {
 public:
  /// Rates in Hz, not 0.
  Resampler(std::uint32_t from, std::uint32_t to);

  Samples push(const std::int16_t* samples, std::size_t count);
  /// What is still inside; the last call.
  Samples flush();

 private:
  Samples drain(std::uint64_t end);

  std::uint32_t up_, down_;     // to : from in lowest terms
  std::size_t reach_ = 0;       // samples before and after a place that weigh in; 0: same rate
  std::vector<float> weights_;  // up_ rows of 2 * reach_
  std::vector<float> held_;
  std::uint64_t held_from_ = 0;  // place of held_[0], counted with the silence before the first
  std::uint64_t taken_ = 0;      // samples pushed
  std::uint64_t made_ = 0;       // samples given out
};

/// Little endian, as pcm_s16le has it.
std::string to_pcm(const Samples& samples);
/// ITU-T G.711, one byte a sample.
std::string to_mulaw(const Samples& samples);
/// RIFF WAVE of one channel of 16 bits around `pcm`.
std::string to_wav(std::string_view pcm, std::uint32_t rate);

}  // namespace espeak
