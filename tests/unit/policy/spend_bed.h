#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/ids.h"
#include "base/manual_executor.h"
#include "base/random.h"
#include "policy/limit_service.h"
#include "policy/spend_guard.h"
#include "policy/usage_report.h"
#include "store/database_store.h"
#include "store/test_database.h"

namespace commsd::policy::test {

/// Makes the organization "org_1" with the agents "agt_1" and "agt_2", and "org_2" with "agt_3".
void fill(store::Store& store, ManualExecutor& executor);

/// What a pipeline does with a reservation: the unit holds nothing but the guards.
Task<Result<std::int64_t>> spend(store::Store& store, SpendGuard& guard, Spending spending);

/// Limits on the real SQLite provider, with a clock of the test's.
class SpendBed : public testing::Test {
 protected:
  SpendBed();

  /// One action of 10 000 micros, now.
  Spending action(const std::string& subject, const std::string& agent_id = "agt_1") const;
  Result<std::int64_t> act(Spending spending);
  Result<std::int64_t> act() { return act(action(next_subject())); }
  std::string next_subject() { return "msg_" + std::to_string(++subjects_); }
  void set(store::LimitSettings settings);
  void settle(const Spending& spending, std::int64_t micros, const std::string& currency);
  store::LimitSituation situation(const std::string& agent_id = "agt_1");
  std::vector<std::string> audited();
  /// Opens the database (again, once store_ was reset) and builds everything on it.
  void reopen();

  store::test::TemporaryFolder folder_;
  ManualClock clock_{1'700'000'000'000};  // 2023-11-14T22:13:20Z
  SeededRandom random_{1};
  Ids ids_{clock_, random_};
  ManualExecutor executor_;
  std::unique_ptr<store::DatabaseStore> store_;
  PriceTable prices_;
  TierTable tiers_ = TierTable::standard();
  std::optional<store::AuditLog> audit_;
  std::optional<LimitAlerts> alerts_;
  std::optional<SpendGuard> guard_;
  std::optional<LimitService> service_;
  std::optional<UsageReport> report_;
  int subjects_ = 0;
};

/// Everything costs 0.01.
PriceTable flat_prices();

}  // namespace commsd::policy::test
