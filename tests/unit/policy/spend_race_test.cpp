#include <atomic>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "policy/spend_bed.h"

namespace commsd::policy::test {
namespace {

constexpr int callers = 64;
constexpr int tries_each = 4;

/// What is used by everybody at once.
struct Shared {
  store::Store& store;
  SpendGuard& guard;
  const Clock& clock;
};

Spending spending_of(const Clock& clock, const std::string& subject) {
  Spending spending;
  spending.org_id = "org_1";
  spending.agent_id = "agt_1";
  spending.subject = subject;
  spending.action = "sms";
  spending.item = "sms";
  spending.at = clock.now();
  return spending;
}

/// On threads of their own, all at the same time; how many were let through.
int race(Shared shared, const std::string& prefix, std::atomic<int>* wrong_rule = nullptr,
         std::string_view rule = {}) {
  std::atomic<int> passed{0};
  std::atomic<int> waiting{callers};
  std::vector<std::thread> threads;
  for (int caller = 0; caller < callers; ++caller) {
    threads.emplace_back([&, caller] {
      ManualExecutor executor;
      --waiting;
      while (waiting > 0) std::this_thread::yield();
      for (int number = 0; number < tries_each; ++number) {
        const std::string subject = prefix + std::to_string(caller * tries_each + number);
        auto outcome =
            executor.run(spend(shared.store, shared.guard, spending_of(shared.clock, subject)));
        if (outcome) {
          ++passed;
        } else if (wrong_rule && outcome.error().rule != rule) {
          ++*wrong_rule;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return passed;
}

class SpendRaceTest : public SpendBed {
 protected:
  struct Case {
    const char* rule;
    std::optional<std::int64_t> store::LimitSettings::*member;
    std::int64_t max;
    int passes;
  };

  /// Each limit in turn, the others out of the way.
  static std::vector<Case> cases() {
    using Settings = store::LimitSettings;
    return {{"limit.per_minute", &Settings::per_minute, 37, 37},
            {"limit.per_hour", &Settings::per_hour, 41, 41},
            {"limit.per_day", &Settings::per_day, 43, 43},
            {"spend.daily", &Settings::spend_per_day, 305'000, 30},
            {"spend.monthly", &Settings::spend_per_month, 310'000, 31}};
  }
  static store::LimitSettings open_limits() {
    store::LimitSettings settings;
    settings.org_id = "org_1";
    settings.agent_id = "agt_1";
    settings.per_minute = settings.per_hour = settings.per_day = 100'000;
    settings.spend_per_day = settings.spend_per_month = 1'000'000'000;
    return settings;
  }
};

TEST_F(SpendRaceTest, SixtyFourCallersNeverPassALimit) {
  for (const Case& one : cases()) {
    clock_.advance(std::chrono::hours(24 * 40));  // every window is a new one
    store::LimitSettings settings = open_limits();
    settings.*one.member = one.max;
    set(settings);
    std::atomic<int> wrong{0};
    EXPECT_EQ(race({*store_, *guard_, clock_}, std::string(one.rule) + '_', &wrong, one.rule),
              one.passes)
        << one.rule;
    EXPECT_EQ(wrong, 0) << one.rule;
    EXPECT_EQ(situation().day_count, one.passes) << one.rule;
    EXPECT_EQ(situation().day_spend, one.passes * 10'000) << one.rule;
    EXPECT_EQ(situation().month_spend, one.passes * 10'000) << one.rule;
  }
}

TEST_F(SpendRaceTest, SixtyFourCallersNeverPassACapOfTheOrganization) {
  set(open_limits());
  store::LimitSettings caps;
  caps.org_id = "org_1";
  caps.cap_per_day = 275'000;
  set(caps);
  EXPECT_EQ(race({*store_, *guard_, clock_}, "cap_"), 27);
  EXPECT_EQ(situation().organization_day_spend, 270'000);
}

/// In a child process: its own store on the same file. Its exit status is how many passed.
[[noreturn]] void child(const std::string& path, int number, UnixMillis now) {
  const ManualClock clock(now);
  auto store = store::DatabaseStore::open(store::test::load_database(path), clock);
  if (!store) _exit(255);
  SeededRandom random(static_cast<std::uint64_t>(number) + 10);
  const Ids ids(clock, random);
  const store::AuditLog audit(**store, clock, ids);
  const PriceTable prices = flat_prices();
  const TierTable tiers = TierTable::standard();
  LimitAlerts alerts(**store, audit, clock);
  SpendGuard guard(**store, prices, tiers, alerts, clock, Limits());
  const int passed = race({**store, guard, clock}, "child_" + std::to_string(number) + '_');
  store->reset();
  _exit(passed > 200 ? 254 : passed);
}

TEST_F(SpendRaceTest, TwoProcessesOnOneDatabaseNeverPassALimit) {
  for (const Case& one : cases()) {
    clock_.advance(std::chrono::hours(24 * 40));
    store::LimitSettings settings = open_limits();
    settings.*one.member = one.max;
    set(settings);
    const std::string path = folder_.file("commsd.db");
    pid_t children[2];
    store_.reset();  // a fork takes no threads along
    for (int number = 0; number < 2; ++number) {
      children[number] = fork();
      ASSERT_GE(children[number], 0);
      if (children[number] == 0) child(path, subjects_ * 2 + number, clock_.now());
    }
    ++subjects_;
    int passed = 0;
    for (const pid_t pid : children) {
      int status = 0;
      ASSERT_EQ(waitpid(pid, &status, 0), pid);
      ASSERT_TRUE(WIFEXITED(status));
      ASSERT_LT(WEXITSTATUS(status), 250);
      passed += WEXITSTATUS(status);
    }
    reopen();
    EXPECT_EQ(passed, one.passes) << one.rule;
    EXPECT_EQ(situation().day_count, one.passes) << one.rule;
    EXPECT_EQ(situation().day_spend, one.passes * 10'000) << one.rule;
  }
}

}  // namespace
}  // namespace commsd::policy::test
