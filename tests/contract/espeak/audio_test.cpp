#include "espeak/audio.h"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace espeak {
namespace {

Samples tone(double hertz, std::uint32_t rate, std::size_t count) {
  Samples samples;
  for (std::size_t i = 0; i < count; ++i) {
    const double angle = 2 * M_PI * hertz * static_cast<double>(i) / rate;
    samples.push_back(static_cast<std::int16_t>(std::lround(10'000 * std::sin(angle))));
  }
  return samples;
}

/// Without the first and last tenth, where the silence around it is heard.
double loudness(const Samples& samples) {
  double sum = 0;
  const std::size_t edge = samples.size() / 10;
  for (std::size_t i = edge; i < samples.size() - edge; ++i) sum += samples[i] * samples[i];
  return std::sqrt(sum / static_cast<double>(samples.size() - 2 * edge));
}

Samples resampled(const Samples& in, std::uint32_t from, std::uint32_t to, std::size_t piece) {
  Resampler resampler(from, to);
  Samples out;
  for (std::size_t at = 0; at < in.size(); at += piece) {
    const Samples made = resampler.push(&in[at], std::min(piece, in.size() - at));
    out.insert(out.end(), made.begin(), made.end());
  }
  const Samples last = resampler.flush();
  out.insert(out.end(), last.begin(), last.end());
  return out;
}

/// The decoder of ITU-T G.711, written from its table and not from the encoder.
int decoded(char byte) {
  const int code = ~byte & 0xff;
  const int magnitude = ((((code & 0x0f) << 3) + 0x84) << (code >> 4 & 7)) - 0x84;
  return code & 0x80 ? -magnitude : magnitude;
}

TEST(Resampler, KeepsWhatATelephoneCarries) {
  for (const std::uint32_t to : {8000U, 16'000U}) {
    for (const double hertz : {100.0, 1000.0, 3300.0}) {
      const Samples out = resampled(tone(hertz, 22'050, 22'050), 22'050, to, 2205);
      EXPECT_NEAR(loudness(out), 10'000 / std::sqrt(2), 150) << hertz << " Hz at " << to;
    }
  }
}

TEST(Resampler, RemovesWhatWouldComeBackAsAnotherTone) {
  for (const double hertz : {4700.0, 6000.0, 9000.0}) {
    EXPECT_LT(loudness(resampled(tone(hertz, 22'050, 22'050), 22'050, 8000, 2205)), 20) << hertz;
  }
  EXPECT_LT(loudness(resampled(tone(9500, 22'050, 22'050), 22'050, 16'000, 2205)), 20);
}

TEST(Resampler, IsTheSameInPiecesOfAnySize) {
  const Samples in = tone(440, 22'050, 5000);
  const Samples whole = resampled(in, 22'050, 8000, in.size());
  EXPECT_EQ(whole.size(), (5000U * 8000 + 22'049) / 22'050);
  for (const std::size_t piece : {1U, 7U, 1000U}) {
    EXPECT_EQ(resampled(in, 22'050, 8000, piece), whole) << piece;
  }
}

TEST(Resampler, TakesNothingAndVeryLittle) {
  EXPECT_TRUE(resampled({}, 22'050, 8000, 100).empty());
  EXPECT_EQ(resampled({1}, 22'050, 8000, 100).size(), 1U);
  EXPECT_EQ(resampled({1, 2, 3}, 22'050, 22'050, 2), (Samples{1, 2, 3}));
}

TEST(Resampler, DoesNotWrapAroundWhenItIsLoud) {
  Samples square;
  for (int i = 0; i < 5000; ++i) square.push_back(i / 20 % 2 ? 32'767 : -32'768);
  const Samples out = resampled(square, 22'050, 16'000, 500);
  for (std::size_t i = 1; i < out.size(); ++i) {
    // From one end to the other takes more than one step of a signal without high frequencies.
    ASSERT_LT(std::abs(out[i] - out[i - 1]), 60'000) << i;
  }
}

TEST(Mulaw, IsReadBackWithinItsSteps) {
  for (int value = -32'768; value <= 32'767; ++value) {
    const std::string coded = to_mulaw({static_cast<std::int16_t>(value)});
    const int step = std::max(8, std::abs(value) / 16);
    ASSERT_NEAR(decoded(coded[0]), std::max(-32'124, std::min(value, 32'124)), step) << value;
  }
  EXPECT_EQ(to_mulaw({0}), "\xff");
}

TEST(Wav, SaysWhatIsInIt) {
  const std::string wav = to_wav(to_pcm({1, -2}), 8000);
  const std::string expected(
      "RIFF\x28\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\4\0\0\0"
      "\1\0\xfe\xff",
      48);
  EXPECT_EQ(wav, expected);
}

}  // namespace
}  // namespace espeak
