#include <cstdlib>
#include <set>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/crash_point.h"
#include "store/fixture.h"
#include "store/setting_repository.h"

namespace commsd::store::test {
namespace {

constexpr int callers = 8;

Task<void> write_and_tell(Store& store, int caller, int pipe) {
  for (int number = caller;; number += callers) {
    UnitOfWork unit;
    SettingRepository::add_set(unit, "org_1", std::to_string(number), "1", 1);
    const Result<UnitOutcome> outcome = co_await store.commit(std::move(unit));
    if (!outcome || !outcome->committed) _exit(1);
    if (write(pipe, &number, sizeof number) != sizeof number) _exit(2);
  }
}

/// In a child process: opens the store and writes until the crash point ends it. Each number that
/// was answered as saved goes into the pipe.
[[noreturn]] void live_and_die(const std::string& path, const char* point, int passes, int pipe) {
  setenv("COMMSD_CRASH_POINT", point, 1);
  setenv("COMMSD_CRASH_SKIP", std::to_string(passes).c_str(), 1);
  if (!arm_crash_point_from_environment()) _exit(3);
  const ManualClock clock(0);
  auto store = DatabaseStore::open(load_database(path), clock);
  if (!store) _exit(4);
  ManualExecutor executor;
  for (int caller = 0; caller < callers; ++caller) {
    spawn(executor, write_and_tell(**store, caller, pipe));
  }
  for (;;) executor.run_ready();
}

class CrashTest : public testing::TestWithParam<std::tuple<const char*, int>> {};

TEST_P(CrashTest, WhatWasAnsweredIsThereAndTheDatabaseIsWhole) {
  const auto [point, passes] = GetParam();
  const TemporaryFolder folder;
  const std::string path = folder.file("commsd.db");
  load_database(path);  // makes it, and the server it is on, before there are two processes
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) live_and_die(path, point, passes, ends[1]);
  close(ends[1]);
  std::set<int> answered;
  for (int number = 0; read(ends[0], &number, sizeof number) == sizeof number;) {
    answered.insert(number);
  }
  close(ends[0]);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  ASSERT_EQ(WEXITSTATUS(status), crash_point_exit_status);

  const ManualClock clock(0);
  auto store = DatabaseStore::open(load_database(path), clock);  // checks its integrity
  ASSERT_TRUE(store) << store.error().message;
  ManualExecutor executor;
  const SettingRepository settings(**store);
  const int most = answered.empty() ? callers : *answered.rbegin() + 2 * callers;
  int saved = 0;
  for (int number = 0; number < most; ++number) {
    const auto found = executor.run(settings.find("org_1", std::to_string(number)));
    ASSERT_TRUE(found);
    if (found->has_value()) ++saved;
    EXPECT_TRUE(found->has_value() || !answered.contains(number)) << number << " was lost";
  }
  // Saved without an answer is at most what each caller had under way.
  EXPECT_LE(saved - static_cast<int>(answered.size()), callers);
  if (std::string_view(point) == "store.after_commit") {
    EXPECT_GT(saved, static_cast<int>(answered.size()));
  }
}

INSTANTIATE_TEST_SUITE_P(Store, CrashTest,
                         testing::Combine(testing::Values("store.before_commit",
                                                          "store.after_commit"),
                                          testing::Values(0, 1, 20)));

TEST(CrashPoint, RefusesANameThatIsNone) {
  setenv("COMMSD_CRASH_POINT", "store.before_comit", 1);
  EXPECT_FALSE(arm_crash_point_from_environment());
  unsetenv("COMMSD_CRASH_POINT");
  EXPECT_TRUE(arm_crash_point_from_environment());
  crash_point("store.before_commit");  // off: nothing happens
  EXPECT_EQ(list_crash_points().size(), 33u);
}

}  // namespace
}  // namespace commsd::store::test
