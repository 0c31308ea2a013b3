#include "policy/money.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace commsd::policy {
namespace {

TEST(Money, IsReadExactlyOrNotAtAll) {
  EXPECT_EQ(parse_micros("0.0083"), 8'300);
  EXPECT_EQ(parse_micros("0.000001"), 1);
  EXPECT_EQ(parse_micros("12"), 12'000'000);
  EXPECT_EQ(parse_micros("1000000000"), most_micros);
  for (const char* bad : {"", ".5", "1.", "-1", "+1", "1e3", "0.0000001", "1,5", " 1", "0x1",
                          "1000000001", "1000000000.000001", "99999999999"}) {
    EXPECT_EQ(parse_micros(bad), std::nullopt) << bad;
  }
}

TEST(Money, IsTakenFromANumberOnlyIfItIsOneOfSixPlaces) {
  EXPECT_EQ(to_micros(0.1), 100'000);
  EXPECT_EQ(to_micros(0.0083), 8'300);
  EXPECT_EQ(to_micros(0), 0);
  EXPECT_EQ(to_micros(1e9), most_micros);
  for (const double bad : {-0.1, 0.0000001, 0.12345678, 1e9 + 1, 1.0 / 0.0, 0.0 / 0.0}) {
    EXPECT_EQ(to_micros(bad), std::nullopt) << bad;
  }
}

TEST(Money, IsWrittenAsItIsRead) {
  EXPECT_EQ(format_micros(0), "0");
  EXPECT_EQ(format_micros(8'300), "0.0083");
  EXPECT_EQ(format_micros(1'500'000), "1.5");
  EXPECT_EQ(format_micros(-8'300), "-0.0083");
  EXPECT_EQ(format_micros(INT64_MIN), "-9223372036854.775808");
  SeededRandom random(1);
  for (int i = 0; i < 10'000; ++i) {
    std::uint8_t noise[8];
    random.fill(noise);
    std::uint64_t bits = 0;
    for (const std::uint8_t byte : noise) bits = bits << 8 | byte;
    const auto micros = static_cast<std::int64_t>(bits % static_cast<std::uint64_t>(most_micros));
    ASSERT_EQ(parse_micros(format_micros(micros)), micros);
    ASSERT_EQ(to_micros(static_cast<double>(micros) / 1e6), micros);
  }
}

TEST(Money, IsBilledWithItsMarkupToTheMicro) {
  EXPECT_EQ(billed(1'000'000, 0), 1'000'000);
  EXPECT_EQ(billed(1'000'000, 125'000), 1'125'000);
  EXPECT_EQ(billed(8'300, 125'000), 9'338);  // 9337.5, half up
  EXPECT_EQ(billed(1, 500'000), 2);          // 1.5
  EXPECT_EQ(billed(1, 499'999), 1);
  EXPECT_EQ(billed(3, 5'000'000), 18);  // 500 %
  EXPECT_EQ(billed(most_micros, 5'000'000), 6 * most_micros);
  // Against the definition, as far as the product fits.
  SeededRandom random(2);
  for (int i = 0; i < 10'000; ++i) {
    std::uint8_t noise[8];
    random.fill(noise);
    std::int64_t cost = 0;
    for (int at = 0; at < 5; ++at) cost = cost << 8 | noise[at];
    const std::int64_t ppm = (noise[6] << 8 | noise[7]) * 76;
    const std::int64_t product = cost * (1'000'000 + ppm);
    ASSERT_EQ(billed(cost, ppm), (product + 500'000) / 1'000'000);
  }
}

}  // namespace
}  // namespace commsd::policy
