#include "ops/scheduler.h"

#include <gtest/gtest.h>

#include "base/manual_executor.h"

namespace commsd::ops {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class SchedulerTest : public testing::Test {
 protected:
  ManualExecutor executor_;
  SeededRandom random_{42};
  Scheduler scheduler_{executor_, random_};
};

TEST_F(SchedulerTest, RunsJobsAboutEveryPeriod) {
  int runs = 0;
  scheduler_.every(minutes(10), "count", [&runs]() -> Task<Result<void>> {
    ++runs;
    co_return Result<void>();
  });
  scheduler_.start();
  executor_.advance(minutes(10));  // the first run is somewhere in the first period
  EXPECT_EQ(runs, 1);
  executor_.advance(minutes(1000));
  EXPECT_GE(runs, 91);  // periods of 9 to 11 minutes
  EXPECT_LE(runs, 112);
  executor_.run(scheduler_.stop());
}

TEST_F(SchedulerTest, AJobNeverOverlapsItself) {
  int inside = 0;
  int most = 0;
  int runs = 0;
  scheduler_.every(seconds(1), "slow", [&]() -> Task<Result<void>> {
    most = std::max(most, ++inside);
    co_await sleep_for(minutes(1));
    --inside;
    ++runs;
    co_return Result<void>();
  });
  scheduler_.start();
  executor_.advance(minutes(10));
  EXPECT_EQ(most, 1);
  EXPECT_GE(runs, 9);
  bool stopped = false;
  const auto stop = [](Scheduler& scheduler, bool& done) -> Task<void> {
    co_await scheduler.stop();
    done = true;
  };
  spawn(executor_, stop(scheduler_, stopped));
  executor_.run_ready();
  EXPECT_EQ(stopped, inside == 0);
  executor_.advance(minutes(2));
  EXPECT_TRUE(stopped);
  EXPECT_EQ(inside, 0);
}

TEST_F(SchedulerTest, AFailureDoesNotStopTheJob) {
  int runs = 0;
  scheduler_.every(seconds(10), "failing", [&runs]() -> Task<Result<void>> {
    ++runs;
    co_return fail(ErrorCode::unavailable, "the database is down");
  });
  scheduler_.start();
  executor_.advance(minutes(10));
  EXPECT_GE(runs, 54);
  executor_.run(scheduler_.stop());
  const int before = runs;
  executor_.advance(minutes(10));
  EXPECT_EQ(runs, before);
}

TEST_F(SchedulerTest, StopBeforeTheFirstRunMeansNoRun) {
  int runs = 0;
  scheduler_.every(seconds(10), "never", [&runs]() -> Task<Result<void>> {
    ++runs;
    co_return Result<void>();
  });
  scheduler_.start();
  executor_.run(scheduler_.stop());
  executor_.advance(minutes(10));
  EXPECT_EQ(runs, 0);
}

}  // namespace
}  // namespace commsd::ops
