#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/ids.h"
#include "base/manual_executor.h"
#include "base/random.h"
#include "store/database_store.h"
#include "store/records.h"
#include "store/test_database.h"

namespace commsd::store::test {

/// Runs SQL on the database by another way than ours: what an intruder, or a test, does to it.
void execute_aside(const std::string& path, const std::string& sql);

/// A store on a new database, with one organization "org_1" and its agent "agt_1".
class StoreTest : public testing::Test {
 protected:
  StoreTest();

  void open(DatabaseStore::Options options = {});
  void open(const plugin::DatabaseHandle& provider, DatabaseStore::Options options);
  void reopen();

  UnitOutcome commit(UnitOfWork unit);
  bool committed(UnitOfWork unit) { return commit(std::move(unit)).committed; }
  Result<UnitOutcome> try_commit(UnitOfWork unit);
  Rows query(std::string_view statement, Parameters parameters);
  /// The value of a read that must succeed.
  template <typename T>
  T get(Task<Result<T>> task) {
    Result<T> result = executor_.run(std::move(task));
    if (!result) ADD_FAILURE() << result.error().message << ": " << result.error().cause;
    return result ? std::move(*result) : T();
  }

  static Message message(std::string id);

  TemporaryFolder folder_;
  std::string path_ = folder_.file("commsd.db");
  ManualClock clock_{1'700'000'000'000};
  SeededRandom random_{1};
  Ids ids_{clock_, random_};
  ManualExecutor executor_;
  std::unique_ptr<DatabaseStore> store_;
};

}  // namespace commsd::store::test
