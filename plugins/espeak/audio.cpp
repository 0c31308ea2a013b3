#include "audio.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace espeak {

namespace {

/// Zero crossings of the sinc on either side: about 60 dB between what passes and what does not.
constexpr double crossings = 16;
/// The highest frequency that passes, as a part of what the lower rate can carry.
constexpr double passes = 0.92;

double sinc(double x) {
  constexpr double pi = 3.14159265358979323846;
  return std::abs(x) < 1e-9 ? 1 : std::sin(pi * x) / (pi * x);
}

double hann(double x) {  // 1 in the middle, 0 at -1 and 1
  constexpr double pi = 3.14159265358979323846;
  return std::abs(x) >= 1 ? 0 : 0.5 + 0.5 * std::cos(pi * x);
}

void put(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

}  // namespace

Resampler::Resampler(std::uint32_t from, std::uint32_t to)
    : up_(to / std::gcd(from, to)), down_(from / std::gcd(from, to)) {
  if (up_ == down_) return;
  const double width = passes * std::min(1.0, static_cast<double>(up_) / down_);
  reach_ = static_cast<std::size_t>(std::ceil(crossings / width));
  const auto reach = static_cast<double>(reach_);
  weights_.reserve(up_ * 2 * reach_);
  for (std::uint32_t phase = 0; phase < up_; ++phase) {
    const double place = static_cast<double>(phase) / up_;
    std::vector<double> row;
    double sum = 0;
    for (std::size_t i = 0; i < 2 * reach_; ++i) {
      const double distance = static_cast<double>(i) + 1 - reach - place;
      row.push_back(sinc(width * distance) * hann(distance / reach));
      sum += row.back();
    }
    for (const double weight : row) weights_.push_back(static_cast<float>(weight / sum));
  }
  held_.assign(reach_ - 1, 0.0F);
}

Samples Resampler::push(const std::int16_t* samples, std::size_t count) {
  if (reach_ == 0) return Samples(samples, samples + count);
  held_.insert(held_.end(), samples, samples + count);
  taken_ += count;
  return drain(taken_ > reach_ ? taken_ - reach_ : 0);
}

Samples Resampler::flush() {
  if (reach_ == 0) return {};
  held_.insert(held_.end(), reach_, 0.0F);
  return drain(taken_);
}

/// Every sample whose place lies before the input sample `end`.
Samples Resampler::drain(std::uint64_t end) {
  Samples out;
  for (;; ++made_) {
    const std::uint64_t place = made_ * down_ / up_;
    if (place >= end) break;
    const float* row = &weights_[made_ * down_ % up_ * 2 * reach_];
    const float* first = &held_[place - held_from_];
    const float value = std::inner_product(row, row + 2 * reach_, first, 0.0F);
    const float clipped = std::clamp(value, -32768.0F, 32767.0F);
    out.push_back(static_cast<std::int16_t>(std::lround(clipped)));
  }
  const std::uint64_t needed = std::min(made_ * down_ / up_, held_from_ + held_.size());
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(needed - held_from_));
  held_from_ = needed;
  return out;
}

std::string to_pcm(const Samples& samples) {
  std::string out;
  out.reserve(samples.size() * 2);
  for (const std::int16_t sample : samples) put(out, static_cast<std::uint16_t>(sample), 2);
  return out;
}

std::string to_mulaw(const Samples& samples) {
  constexpr int bias = 0x84, most = 32635;  // G.711, table 2a, on 16 bits
  std::string out;
  out.reserve(samples.size());
  for (const std::int16_t sample : samples) {
    const int magnitude = std::min(std::abs(static_cast<int>(sample)), most) + bias;
    int exponent = 7;
    while (exponent > 0 && (magnitude & 0x80 << exponent) == 0) --exponent;
    const int mantissa = magnitude >> (exponent + 3) & 0x0f;
    const int sign = sample < 0 ? 0x80 : 0;
    out += static_cast<char>(~(sign | exponent << 4 | mantissa) & 0xff);
  }
  return out;
}

std::string to_wav(std::string_view pcm, std::uint32_t rate) {
  const auto bytes = static_cast<std::uint32_t>(pcm.size());
  std::string out = "RIFF";
  put(out, 36 + bytes, 4);
  out += "WAVEfmt ";
  put(out, 16, 4);
  put(out, 1, 2);  // PCM
  put(out, 1, 2);  // channel
  put(out, rate, 4);
  put(out, rate * 2, 4);
  put(out, 2, 2);
  put(out, 16, 2);
  out += "data";
  put(out, bytes, 4);
  out += pcm;
  return out;
}

}  // namespace espeak
