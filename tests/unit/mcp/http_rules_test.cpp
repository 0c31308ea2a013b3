#include "mcp/http_rules.h"

#include <gtest/gtest.h>

#include "mcp/failed_attempts.h"
#include "mcp/request_guard.h"

namespace commsd::mcp {
namespace {

TEST(HttpRules, ReadsBearerTokens) {
  EXPECT_EQ(bearer_token("Bearer abc"), "abc");
  EXPECT_EQ(bearer_token("bearer   abc "), "abc");
  EXPECT_EQ(bearer_token("BEARER abc"), "abc");
  for (const char* text : {"", "Bearer", "Bearer ", "Basic abc", "Bearerabc", "Bearer a b"}) {
    EXPECT_FALSE(bearer_token(text)) << text;
  }
  EXPECT_FALSE(bearer_token(std::nullopt));
}

TEST(HttpRules, ReadsAcceptLists) {
  EXPECT_TRUE(accepts("application/json, text/event-stream", "text/event-stream"));
  EXPECT_TRUE(accepts("Application/JSON;q=0.5", "application/json"));
  EXPECT_TRUE(accepts("*/*", "application/json"));
  EXPECT_TRUE(accepts("text/*", "text/event-stream"));
  EXPECT_TRUE(accepts("*/*;q=0, application/json", "application/json"));
  EXPECT_FALSE(accepts("application/json;q=0, */*", "application/json"));
  EXPECT_FALSE(accepts("application/json", "text/event-stream"));
  EXPECT_FALSE(accepts("application/jsonx", "application/json"));
  EXPECT_FALSE(accepts("", "application/json"));
  EXPECT_FALSE(accepts(std::nullopt, "application/json"));
}

TEST(HttpRules, KnowsJson) {
  EXPECT_TRUE(is_json_type("application/json"));
  EXPECT_TRUE(is_json_type("Application/Json ; charset=utf-8"));
  EXPECT_FALSE(is_json_type("text/plain"));
  EXPECT_FALSE(is_json_type("application/json-patch+json"));
  EXPECT_FALSE(is_json_type(std::nullopt));
}

TEST(HttpRules, TakesOnlyPlainPrefixes) {
  EXPECT_EQ(forwarded_prefix("/comms"), "/comms");
  EXPECT_EQ(forwarded_prefix("/a/b/"), "/a/b");
  for (const char* text : {"", "/", "//evil.example", "comms", "/a b", "/a?b", "/../x", "/a\\b",
                           "http://evil.example", "/a,/b"}) {
    EXPECT_EQ(forwarded_prefix(text), "") << text;
  }
  EXPECT_EQ(forwarded_prefix(std::nullopt), "");
}

TEST(RequestGuard, KnowsItsHosts) {
  RequestGuard::Options options;
  options.public_url = "https://Comms.example.org/base";
  options.allowed_hosts = {"other.example.org:9000"};
  options.loopback = false;
  const RequestGuard guard(options);
  EXPECT_TRUE(guard.host_allowed("comms.example.org"));
  EXPECT_TRUE(guard.host_allowed("COMMS.example.org:443"));
  EXPECT_TRUE(guard.host_allowed("other.example.org"));
  EXPECT_TRUE(guard.host_allowed("192.0.2.7:3100"));
  EXPECT_TRUE(guard.host_allowed("[2001:db8::1]:3100"));
  for (const char* host : {"", "evil.example.com", "localhost:3100", "comms.example.org.evil.com",
                           "comms.example.org:x", "[::1", "[::1]x", "192.0.2.7.evil.com"}) {
    EXPECT_FALSE(guard.host_allowed(host)) << host;
  }
}

TEST(RequestGuard, KnowsItsOrigins) {
  RequestGuard::Options options;
  options.public_url = "https://comms.example.org";
  options.allowed_origins = {"https://app.example.org:8443"};
  options.loopback = false;
  const RequestGuard guard(options);
  EXPECT_TRUE(guard.origin_allowed(std::nullopt));
  EXPECT_TRUE(guard.origin_allowed("https://comms.example.org"));
  EXPECT_TRUE(guard.origin_allowed("https://comms.example.org:443"));
  EXPECT_TRUE(guard.origin_allowed("https://app.example.org:8443"));
  for (const char* origin :
       {"http://comms.example.org", "https://app.example.org", "https://evil.example.com", "null",
        "", "http://localhost:3100", "https://comms.example.org.evil.com"}) {
    EXPECT_FALSE(guard.origin_allowed(origin)) << origin;
  }
}

TEST(RequestGuard, TrustsLoopbackPagesOnlyWhenBoundThere) {
  const RequestGuard guard(RequestGuard::Options{});
  EXPECT_TRUE(guard.host_allowed("localhost:3100"));
  EXPECT_TRUE(guard.host_allowed("127.0.0.1:3100"));
  EXPECT_TRUE(guard.host_allowed("[::1]:3100"));
  EXPECT_TRUE(guard.origin_allowed("http://localhost:6274"));
  EXPECT_TRUE(guard.origin_allowed("http://127.0.0.1"));
  EXPECT_FALSE(guard.host_allowed("evil.example.com"));
  EXPECT_FALSE(guard.origin_allowed("http://evil.example.com"));
  EXPECT_FALSE(guard.origin_allowed("http://localhost.evil.example.com"));
}

TEST(FailedAttempts, BlocksAfterTen) {
  ManualClock clock(1'000'000);
  FailedAttempts attempts(clock);
  for (int i = 0; i < FailedAttempts::limit - 1; ++i) attempts.failed("192.0.2.1");
  EXPECT_EQ(attempts.blocked_for("192.0.2.1").count(), 0);
  attempts.failed("192.0.2.1");
  EXPECT_EQ(attempts.blocked_for("192.0.2.1"), FailedAttempts::window);
  EXPECT_EQ(attempts.blocked_for("192.0.2.2").count(), 0);
  clock.advance(FailedAttempts::window);
  EXPECT_EQ(attempts.blocked_for("192.0.2.1").count(), 0);
}

TEST(FailedAttempts, ForgetsAfterSuccessOrTime) {
  ManualClock clock(1'000'000);
  FailedAttempts attempts(clock);
  for (int i = 0; i < FailedAttempts::limit - 1; ++i) attempts.failed("192.0.2.1");
  attempts.succeeded("192.0.2.1");
  attempts.failed("192.0.2.1");
  EXPECT_EQ(attempts.blocked_for("192.0.2.1").count(), 0);
  for (int i = 0; i < FailedAttempts::limit - 2; ++i) attempts.failed("192.0.2.1");
  clock.advance(FailedAttempts::window);
  attempts.failed("192.0.2.1");
  EXPECT_EQ(attempts.blocked_for("192.0.2.1").count(), 0);
}

TEST(FailedAttempts, CountsIpv6ByNetwork) {
  ManualClock clock(1'000'000);
  FailedAttempts attempts(clock);
  for (int i = 0; i < FailedAttempts::limit; ++i) {
    attempts.failed("2001:db8:1:2::" + std::to_string(i + 1));
  }
  EXPECT_GT(attempts.blocked_for("2001:db8:1:2:ffff::1").count(), 0);
  EXPECT_EQ(attempts.blocked_for("2001:db8:1:3::1").count(), 0);
}

TEST(FailedAttempts, RemembersABoundedNumber) {
  ManualClock clock(1'000'000);
  FailedAttempts attempts(clock);
  for (int i = 0; i < FailedAttempts::limit; ++i) attempts.failed("198.51.100.1");
  clock.advance(std::chrono::seconds(1));
  for (std::size_t i = 0; i < FailedAttempts::max_addresses; ++i) {
    attempts.failed("host-" + std::to_string(i));
  }
  EXPECT_EQ(attempts.blocked_for("198.51.100.1").count(), 0);
}

}  // namespace
}  // namespace commsd::mcp
