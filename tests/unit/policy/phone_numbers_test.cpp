#include "policy/phone_numbers.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "policy/time_zone.h"

namespace commsd::policy {
namespace {

constexpr UnixMillis day = 86'400'000;

// Another implementation said what each is (scripts/phone-vectors.mjs).
TEST(PhoneNumbers, AgreesWithLibphonenumberOnTenThousandNumbers) {
  std::ifstream file(COMMSD_SOURCE_DIR "/tests/vectors/phone/numbers.txt");
  ASSERT_TRUE(file);
  const PhoneNumbers& numbers = PhoneNumbers::standard();
  std::size_t count = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream fields(line);
    std::string number, country, valid, type;
    fields >> number >> country >> valid >> type;
    const PhoneNumber found = numbers.describe(number);
    EXPECT_EQ(found.country, country == "-" ? "" : country) << line;
    EXPECT_EQ(found.valid, valid == "valid") << line;
    EXPECT_EQ(to_string(found.type), type == "-" ? "unknown" : type) << line;
    ++count;
  }
  EXPECT_EQ(count, 10'000U);
}

TEST(PhoneNumbers, TellsTheStateAndTheZonesFromThePrefix) {
  const PhoneNumbers& numbers = PhoneNumbers::standard();
  const auto arizona = numbers.describe("+19285550123");
  EXPECT_EQ(arizona.country, "US");
  EXPECT_EQ(arizona.region, "AZ");
  EXPECT_EQ(arizona.time_zones, std::vector<std::string_view>{"America/Phoenix"});
  const auto hawaii = numbers.describe("+18085550123");
  EXPECT_EQ(hawaii.region, "HI");
  EXPECT_EQ(hawaii.time_zones, std::vector<std::string_view>{"Pacific/Honolulu"});
  EXPECT_EQ(numbers.describe("+12275550123").region, "MD");  // an area code of 2023
  EXPECT_EQ(numbers.describe("+33612345678").time_zones,
            std::vector<std::string_view>{"Europe/Paris"});
}

TEST(PhoneNumbers, ANumberThatTellsNoZoneMayBeAnywhereInItsCountry) {
  const PhoneNumbers& numbers = PhoneNumbers::standard();
  const auto toll_free = numbers.describe("+18005550123");
  EXPECT_EQ(toll_free.country, "US");
  EXPECT_EQ(toll_free.region, "");
  EXPECT_GT(toll_free.time_zones.size(), 6U);
  for (const std::string_view zone : toll_free.time_zones) {
    EXPECT_NE(zone, "America/Toronto") << "that is Canada's";
  }
}

TEST(PhoneNumbers, WhatIsNoNumberIsNothing) {
  const PhoneNumbers& numbers = PhoneNumbers::standard();
  for (const char* text :
       {"", "+", "someone@example.com", "0049301234567", "+0123456789", "+999123456"}) {
    const PhoneNumber found = numbers.describe(text);
    EXPECT_EQ(found.country, "") << text;
    EXPECT_FALSE(found.valid) << text;
    EXPECT_TRUE(found.time_zones.empty()) << text;
  }
}

TEST(PhoneNumbers, EveryZoneOfTheTableIsKnownToTheSystem) {
  const PhoneNumbers& numbers = PhoneNumbers::standard();
  for (const char* country : {"US", "RU", "AU", "BR", "FR", "IN", "AE", "CA", "MX"}) {
    const auto zones = numbers.zones_of(country);
    EXPECT_FALSE(zones.empty()) << country;
    for (const std::string_view zone : zones) EXPECT_TRUE(TimeZone::find(zone)) << zone;
  }
  EXPECT_TRUE(numbers.zones_of("ZZ").empty());
}

TEST(PhoneNumbers, ATableKnowsItsAge) {
  const auto numbers = PhoneNumbers::parse("date\t2026-01-01\n");
  ASSERT_TRUE(numbers);
  const UnixMillis new_year = 1'767'225'600'000;  // 2026-01-01
  EXPECT_EQ(numbers->age_days(new_year + 3 * day), 3);
}

TEST(PhoneNumbers, ABrokenTableIsNamedByItsLine) {
  for (const char* table : {"date\t2026-01-01\nplan\tXX\t[0-\t9\t\n", "a\tb\nplan\tXX\t1*\t9\t\n",
                            "\nzones\t1\t0\n", "plan\tXX\t1\tnine\t\n", "\ncode\t1\tXX\n"}) {
    const auto numbers = PhoneNumbers::parse(table);
    ASSERT_FALSE(numbers) << table;
    EXPECT_NE(numbers.error().message.find("line "), std::string::npos);
  }
}

}  // namespace
}  // namespace commsd::policy
