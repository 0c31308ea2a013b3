#include <comms/cpp/timestamp.hpp>
#include <gtest/gtest.h>

namespace comms {
namespace {

TEST(Timestamp, ReadsWhatVendorsWrite) {
  EXPECT_EQ(timestamp_ms("1970-01-01T00:00:01Z"), 1000);
  for (const char* text :
       {"2024-01-15T10:30:00.250Z", "2024-01-15 10:30:00.250", "2024-01-15T10:30:00.250999+00:00",
        "2024-01-15 10:30:00.25+00", "2024-01-15T12:30:00.250+02:00",
        "2024-01-15T12:30:00.250+0200", "2024-01-15T05:00:00.250-05:30"}) {
    EXPECT_EQ(timestamp_ms(text), 1'705'314'600'250) << text;
  }
}

TEST(Timestamp, IsNothingWhenItIsNone) {
  for (const char* text :
       {"", "today", "2024-01-15", "2024-13-15T10:30:00Z", "2024-01-32T10:30:00Z",
        "2024-01-15T24:30:00Z", "2024-01-15T10:30:00Zulu", "2024-01-15T10:30:00+2",
        "2024-01-15T10:30:00+24:00", "2024-1-15T10:30:00Z", "-024-01-15T10:30:00Z"}) {
    EXPECT_EQ(timestamp_ms(text), 0) << text;
  }
}

TEST(Timestamp, ReadsTheDateOfMail) {
  EXPECT_EQ(mail_date_ms("Thu, 15 Jun 2023 09:56:45 +0000"), 1'686'823'005'000);
  for (const char* text : {"", "+0000", "Thu, 15 Jun 2023 09:56:45 +0200", "2023-06-15 +0000"}) {
    EXPECT_EQ(mail_date_ms(text), 0) << text;
  }
}

}  // namespace
}  // namespace comms
