#include "telemetry/mask.h"

#include <gtest/gtest.h>

namespace commsd::telemetry {
namespace {

std::string mask(std::string_view text) {
  std::string out;
  append_masked(out, text);
  return out;
}

TEST(Mask, HidesPhoneNumbers) {
  EXPECT_EQ(mask("+14155550123"), "[number]");
  EXPECT_EQ(mask("whatsapp:+14155550123"), "whatsapp:[number]");
  EXPECT_EQ(mask("to +1 415-555-0123, now"), "to [number], now");
  EXPECT_EQ(mask("To=%2B14155550123&x=1"), "To=[number]&x=1");
  EXPECT_EQ(mask("number 4155550123 is invalid"), "number [number] is invalid");
  EXPECT_EQ(mask("tel:972501234567"), "tel:[number]");
}

TEST(Mask, HidesMailAddresses) {
  EXPECT_EQ(mask("jane.doe+x@example.com"), "[address]");
  EXPECT_EQ(mask("550 <jane@mail.example.com> unknown"), "550 <[address]> unknown");
  EXPECT_EQ(mask("to=jane%40example.com"), "[address]");
  EXPECT_EQ(mask("jörg@exämple.de!"), "[address]!");
}

TEST(Mask, HidesCredentials) {
  EXPECT_EQ(mask("cmd_live_abc_def123"), "[secret]");
  EXPECT_EQ(mask("key sk-proj-abcdefghij was refused"), "key [secret] was refused");
  EXPECT_EQ(mask("sk_live_12345678"), "[secret]");
  EXPECT_EQ(mask("Authorization: Bearer abcdef.ghi\r\nHost: x"),
            "Authorization: [secret]\r\nHost: x");
  EXPECT_EQ(mask("sent Bearer abcdef.ghi-jkl twice"), "sent Bearer [secret] twice");
  EXPECT_EQ(mask("GET /sse?token=abc&x=1"), "GET /sse?token=[secret]&x=1");
  EXPECT_EQ(mask("whsec_MfKQ9r8GKYqrTwjU"), "[secret]");
  EXPECT_EQ(mask("password: hunter2"), "password: [secret]");
  EXPECT_EQ(mask("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"), "[secret]");
  EXPECT_EQ(mask("-----BEGIN PRIVATE KEY-----\nMIIE"), "[secret]");
}

TEST(Mask, LeavesWhatLogsAreFor) {
  for (const std::string_view text :
       {"msg_01jdc8m3x2k5w9v7q4n6h8t0za", "550e8400-e29b-41d4-a716-446655440000",
        "SM0123456789abcdef0123456789abcdef", "2026-11-22T21:05:00.123Z", "127.0.0.1:3100",
        "10.0.0.12", "21610", "Connection refused", "commsd_messages_sent_total",
        "4bf92f3577b34da6a3ce929d0e0e4736", "/usr/lib/commsd/plugins/twilio.so", "token expired",
        "C++", "50%", "@", "a @ b", "risk-free"}) {
    EXPECT_EQ(mask(text), text);
  }
}

TEST(Mask, KnowsPrivateFieldNamesAndOwnIds) {
  EXPECT_TRUE(names_private_content("body"));
  EXPECT_TRUE(names_private_content("to"));
  EXPECT_FALSE(names_private_content("agent"));
  EXPECT_TRUE(is_own_id("msg_01jdc8m3x2k5w9v7q4n6h8t0za"));
  EXPECT_FALSE(is_own_id("msg_short"));
  EXPECT_FALSE(is_own_id("hello there my old friend_"));
}

}  // namespace
}  // namespace commsd::telemetry
