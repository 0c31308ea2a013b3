#include "mcp/session_table.h"

#include <gtest/gtest.h>

namespace commsd::mcp {
namespace {

TEST(SessionTable, AdoptsOnce) {
  ManualClock clock(1'000'000);
  SeededRandom random(1);
  SessionTable table(clock, random, true);
  const auto first = table.adopt("a", "agent:o:a", "2025-11-25", {});
  EXPECT_EQ(table.adopt("a", "agent:o:a", "2025-11-25", {}), first);
  EXPECT_EQ(table.find("a"), first);
  EXPECT_EQ(table.find("b"), nullptr);
  EXPECT_EQ(table.size(), 1u);
}

TEST(SessionTable, AnEndedSessionStaysEnded) {
  ManualClock clock(1'000'000);
  SeededRandom random(1);
  SessionTable table(clock, random, true);
  table.adopt("a", "p", "2025-11-25", {});
  table.end("a");
  EXPECT_EQ(table.find("a"), nullptr);
  EXPECT_EQ(table.adopt("a", "p", "2025-11-25", {}), nullptr);
  EXPECT_EQ(table.size(), 0u);
}

TEST(SessionTable, ForgetsIdleSessionsButNotBusyOnes) {
  ManualClock clock(1'000'000);
  SeededRandom random(1);
  SessionTable table(clock, random, true);
  const auto busy = table.adopt("busy", "p", "2025-11-25", {});
  const Session::Running running(busy, "1");
  for (int i = 0; i < 200; ++i) table.adopt("idle" + std::to_string(i), "p", "2025-11-25", {});
  clock.advance(std::chrono::milliseconds(SessionTable::idle_limit));
  for (int i = 0; i < 200; ++i) table.adopt("new" + std::to_string(i), "p", "2025-11-25", {});
  EXPECT_EQ(table.find("idle7"), nullptr);
  EXPECT_EQ(table.find("busy"), busy);
}

TEST(Session, CancelsTheRequestOfThatId) {
  const ManualClock clock(1'000'000);
  const auto session =
      std::make_shared<Session>("s", "p", "2025-11-25", ClientCapabilities(), clock, "e");
  const Session::Running one(session, "1");
  const Session::Running two(session, "\"1\"");
  EXPECT_TRUE(session->cancel("1"));
  EXPECT_TRUE(one.token().stop_requested());
  EXPECT_FALSE(two.token().stop_requested());
  EXPECT_FALSE(session->cancel("2"));
  session->cancel_all();
  EXPECT_TRUE(two.token().stop_requested());
  EXPECT_EQ(session->running(), 2u);
}

TEST(Session, IsIdleWhenNothingRuns) {
  const ManualClock clock(1'000'000);
  const auto session =
      std::make_shared<Session>("s", "p", "2025-11-25", ClientCapabilities(), clock, "e");
  EXPECT_TRUE(session->idle());
  {
    const Session::Running running(session, "1");
    EXPECT_FALSE(session->idle());
  }
  EXPECT_TRUE(session->idle());
  EXPECT_FALSE(session->cancel("1"));
}

}  // namespace
}  // namespace commsd::mcp
