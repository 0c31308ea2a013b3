#include "ops/health.h"

#include <gtest/gtest.h>

#include "base/manual_executor.h"

namespace commsd::ops {
namespace {

/// A part whose answer and number of questions the test controls.
struct FakePart {
  int asked = 0;
  bool works = true;
  std::chrono::nanoseconds takes{0};

  Task<Result<void>> probe() {
    ++asked;
    if (takes.count() > 0) co_await sleep_for(takes);
    if (!works) co_return fail(ErrorCode::unavailable, "no answer", "connection refused");
    co_return Result<void>();
  }
};

class HealthTest : public testing::Test {
 protected:
  void add(const std::string& name, FakePart& part, bool required = true) {
    health_.add(name, required, [&part] { return part.probe(); });
  }
  HealthReport report() { return executor_.run(health_.report()); }

  ManualExecutor executor_;
  ManualClock clock_{1000000};
  Health health_{clock_};
};

TEST_F(HealthTest, SaysWhatEveryPartAnswered) {
  FakePart database;
  FakePart email;
  add("database", database);
  add("email", email, false);
  health_.add("tts", false, nullptr);
  EXPECT_EQ(report().to_json(), R"({"status":"ready","providers":{"database":"ok","email":"ok",)"
                                R"("tts":"not_configured"}})");
}

TEST_F(HealthTest, OnlyRequiredPartsMakeItDegraded) {
  FakePart database;
  FakePart email;
  add("database", database);
  add("email", email, false);
  email.works = false;
  EXPECT_TRUE(report().ready);
  clock_.advance(Health::kept_for);
  database.works = false;
  const HealthReport second = report();
  EXPECT_FALSE(second.ready);
  EXPECT_EQ(second.to_json(),
            R"({"status":"degraded","providers":{"database":"degraded","email":"degraded"}})");
}

TEST_F(HealthTest, KeepsAnswersForTenSeconds) {
  FakePart database;
  add("database", database);
  report();
  clock_.advance(std::chrono::milliseconds(9999));
  report();
  EXPECT_EQ(database.asked, 1);
  clock_.advance(std::chrono::milliseconds(1));
  report();
  EXPECT_EQ(database.asked, 2);
  clock_.set(0);  // set back: the age of the answer is unknown
  report();
  EXPECT_EQ(database.asked, 3);
}

TEST_F(HealthTest, CallersAtTheSameTimeShareOneRound) {
  FakePart database;
  database.takes = std::chrono::seconds(1);
  add("database", database);
  int answered = 0;
  const auto ask = [](Health& health, int& count) -> Task<void> {
    const HealthReport report = co_await health.report();
    if (report.ready) ++count;
  };
  for (int caller = 0; caller < 5; ++caller) spawn(executor_, ask(health_, answered));
  executor_.run_ready();
  EXPECT_EQ(answered, 0);
  executor_.advance(std::chrono::seconds(2));
  EXPECT_EQ(answered, 5);
  EXPECT_EQ(database.asked, 1);
}

TEST_F(HealthTest, APartThatNeverAnswersIsDegradedInTime) {
  FakePart database;
  FakePart email;
  database.takes = std::chrono::hours(1);
  email.takes = std::chrono::hours(1);
  add("database", database);
  add("email", email);
  std::optional<HealthReport> got;
  const auto ask = [](Health& health, std::optional<HealthReport>& out) -> Task<void> {
    HealthReport report = co_await health.report();
    out = std::move(report);
  };
  spawn(executor_, ask(health_, got));
  executor_.advance(Health::probe_deadline);  // once, not once per part
  ASSERT_TRUE(got);
  EXPECT_FALSE(got->ready);
  executor_.advance(std::chrono::hours(2));  // the probes end later and hurt nobody
  executor_.run(health_.stop());
}

TEST_F(HealthTest, StopRefusesNewRounds) {
  FakePart database;
  add("database", database);
  executor_.run(health_.stop());
  EXPECT_FALSE(report().ready);
  EXPECT_EQ(database.asked, 0);
}

TEST_F(HealthTest, LivenessAsksNobody) {
  FakePart database;
  add("database", database);
  clock_.advance(std::chrono::milliseconds(12345));
  EXPECT_EQ(health_.liveness_json("0.1.0"), R"({"status":"ok","uptime":12,"version":"0.1.0"})");
  EXPECT_EQ(database.asked, 0);
}

}  // namespace
}  // namespace commsd::ops
