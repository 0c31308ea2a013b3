#include "mcp/session_id.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace commsd::mcp {
namespace {

using std::chrono::hours;

class SessionIdTest : public ::testing::Test {
 protected:
  static std::string key(char fill) { return std::string(32, fill); }

  ManualClock clock_{1'790'000'000'000};
  SeededRandom random_{1};
  SessionIds ids_{key('k'), clock_, random_, hours(24)};
};

TEST_F(SessionIdTest, AnotherProcessWithTheKeyReadsIt) {
  ClientCapabilities capabilities;
  capabilities.elicitation_form = capabilities.roots = true;
  const std::string id = ids_.make("agent:o:a", "2025-06-18", capabilities);
  SeededRandom other_random{2};
  const SessionIds other(key('k'), clock_, other_random, hours(1));
  const auto claims = other.check(id, "agent:o:a");
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->version, "2025-06-18");
  EXPECT_EQ(claims->capabilities, capabilities);
  EXPECT_EQ(claims->expires_at, clock_.now() + 24 * 3600 * 1000);
}

TEST_F(SessionIdTest, IsVisibleAsciiAndUnlikeTheLast) {
  const std::string id = ids_.make("agent:o:a", "2025-11-25");
  EXPECT_EQ(id.size(), 64u);
  EXPECT_TRUE(std::all_of(id.begin(), id.end(), [](char c) { return c > 0x20 && c < 0x7f; }));
  EXPECT_NE(id, ids_.make("agent:o:a", "2025-11-25"));
}

TEST_F(SessionIdTest, BelongsToOnePrincipal) {
  const std::string id = ids_.make("agent:o:a", "2025-11-25");
  EXPECT_FALSE(ids_.check(id, "agent:o:b"));
  EXPECT_FALSE(ids_.check(id, ""));
}

TEST_F(SessionIdTest, Expires) {
  const std::string id = ids_.make("agent:o:a", "2025-11-25");
  clock_.advance(hours(24) - std::chrono::seconds(1));
  EXPECT_TRUE(ids_.check(id, "agent:o:a"));
  clock_.advance(std::chrono::seconds(1));
  EXPECT_FALSE(ids_.check(id, "agent:o:a"));
}

TEST_F(SessionIdTest, NoChangedCharacterPasses) {
  const std::string id = ids_.make("agent:o:a", "2025-11-25");
  for (std::size_t at = 0; at < id.size(); ++at) {
    std::string forged = id;
    forged[at] = forged[at] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(ids_.check(forged, "agent:o:a")) << at;
  }
  for (const std::string& garbage : {std::string(), std::string("x"), std::string(64, '*'),
                                     std::string(64, 'A'), id + "A", id.substr(1)}) {
    EXPECT_FALSE(ids_.check(garbage, "agent:o:a")) << garbage;
  }
}

TEST_F(SessionIdTest, AnotherKeyDoesNot) {
  const SessionIds other(key('x'), clock_, random_, hours(24));
  EXPECT_FALSE(other.check(ids_.make("agent:o:a", "2025-11-25"), "agent:o:a"));
}

}  // namespace
}  // namespace commsd::mcp
