#include "store/integrity_check.h"

#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "store/database_connection.h"
#include "store/fixture.h"
#include "store/setting_repository.h"

namespace commsd::store::test {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

/// A provider that is the real one but for its check, which takes as long and finds what a test
/// says.
class SlowCheck {
 public:
  explicit SlowCheck(const std::string& path) : real_(load_sqlite(path)) {
    table_ = *real_.table;
    table_.dialect = [](void* self) { return of(self).table->dialect(of(self).self); };
    table_.connect = [](void* self, std::int32_t role, const comms_report* report, void** out) {
      return of(self).table->connect(of(self).self, role, report, out);
    };
    table_.checkpoint = [](void* self, const comms_report* report) {
      return of(self).table->checkpoint(of(self).self, report);
    };
    table_.check = [](void* self, const comms_report* report) -> comms_status {
      const comms_status status = static_cast<SlowCheck*>(self)->result_.get_future().get();
      const std::string_view text = "page 7 is never used";
      comms_error error{};
      error.size = sizeof error;
      error.status = status;
      error.message = {text.data(), text.size()};
      if (status != COMMS_OK) report->fail(report->ctx, &error);
      return status;
    };
    table_.stop_check = [](void* self) { static_cast<SlowCheck*>(self)->end(COMMS_CANCELLED); };
  }

  plugin::DatabaseHandle handle() {
    plugin::DatabaseHandle handle = real_;
    handle.table = &table_;
    handle.self = this;
    return handle;
  }
  /// The first result counts.
  void end(comms_status status) {
    if (!ended_.exchange(true)) result_.set_value(status);
  }

 private:
  static const plugin::DatabaseHandle& of(void* self) {
    return static_cast<SlowCheck*>(self)->real_;
  }

  plugin::DatabaseHandle real_;
  comms_database table_{};
  std::promise<comms_status> result_;
  std::atomic<bool> ended_{false};
};

class IntegrityCheckTest : public testing::Test {
 protected:
  static DatabaseStore::Options at_once() {
    DatabaseStore::Options options;
    options.check_wait = milliseconds(0);
    return options;
  }
  Result<UnitOutcome> set(Store& store, std::string_view name) {
    UnitOfWork unit;
    SettingRepository::add_set(unit, "org_1", name, "1", 1);
    return executor_.run(store.commit(std::move(unit)));
  }
  bool is_set(Store& store, std::string_view name) {
    const SettingRepository settings(store);
    return executor_.run(settings.find("org_1", name))->has_value();
  }

  const TemporaryFolder folder_;
  const std::string path_ = folder_.file("commsd.db");
  const ManualClock clock_{5};
  ManualExecutor executor_;
};

TEST_F(IntegrityCheckTest, ASoundDatabaseIsServedAndKnownToBeSound) {
  const auto store = DatabaseStore::open(load_sqlite(path_), clock_);
  ASSERT_TRUE(store);
  IntegrityCheck check(load_sqlite(path_));
  EXPECT_TRUE(check.wait());
  EXPECT_FALSE(check.damage());
}

TEST_F(IntegrityCheckTest, AStoppedCheckSaysNothingAboutTheDatabase) {
  ASSERT_TRUE(DatabaseStore::open(load_sqlite(path_), clock_));
  const plugin::DatabaseHandle handle = load_sqlite(path_);
  handle.table->stop_check(handle.self);
  IntegrityCheck check(handle);
  const Result<void> result = check.wait();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::unavailable);
  EXPECT_FALSE(check.damage());
}

TEST_F(IntegrityCheckTest, DamageFoundAfterTheStartEndsWritingButNotReading) {
  ASSERT_TRUE(DatabaseStore::open(load_sqlite(path_), clock_));
  SlowCheck provider(path_);
  auto opened = DatabaseStore::open(provider.handle(), clock_, at_once());
  ASSERT_TRUE(opened) << opened.error().message;
  DatabaseStore& store = **opened;
  EXPECT_TRUE(set(store, "before"));
  EXPECT_FALSE(store.damage());

  provider.end(COMMS_INVALID);
  while (!store.damage()) std::this_thread::yield();
  const Result<UnitOutcome> refused = set(store, "after");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("damaged; nothing was saved"));
  EXPECT_TRUE(is_set(store, "before"));
  EXPECT_FALSE(is_set(store, "after"));
  EXPECT_THAT(telemetry::metrics().render(), HasSubstr("commsd_store_damaged 1"));
}

TEST_F(IntegrityCheckTest, ACheckThatCouldNotLookChangesNothing) {
  ASSERT_TRUE(DatabaseStore::open(load_sqlite(path_), clock_));
  SlowCheck provider(path_);
  auto opened = DatabaseStore::open(provider.handle(), clock_, at_once());
  ASSERT_TRUE(opened);
  provider.end(COMMS_UNAVAILABLE);
  EXPECT_TRUE(set(**opened, "after"));
  EXPECT_FALSE((*opened)->damage());
}

TEST_F(IntegrityCheckTest, ASchemaIsNotChangedBeforeTheCheckHasEnded) {
  SlowCheck provider(path_);
  auto opening = std::async(std::launch::async, [&] {
    return DatabaseStore::open(provider.handle(), clock_, at_once());
  });
  EXPECT_EQ(opening.wait_for(milliseconds(50)), std::future_status::timeout);
  provider.end(COMMS_INVALID);
  const auto opened = opening.get();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::rejected);
  EXPECT_THAT(opened.error().cause, HasSubstr("page 7"));

  sqlite3* file = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &file), SQLITE_OK);
  sqlite3_stmt* tables = nullptr;
  sqlite3_prepare_v2(file, "SELECT COUNT(*) FROM sqlite_schema", -1, &tables, nullptr);
  ASSERT_EQ(sqlite3_step(tables), SQLITE_ROW);
  EXPECT_EQ(sqlite3_column_int(tables, 0), 0);
  sqlite3_finalize(tables);
  sqlite3_close(file);
}

TEST_F(IntegrityCheckTest, AStoreThatClosesDoesNotWaitForItsCheck) {
  ASSERT_TRUE(DatabaseStore::open(load_sqlite(path_), clock_));
  SlowCheck provider(path_);
  auto opened = DatabaseStore::open(provider.handle(), clock_, at_once());
  ASSERT_TRUE(opened);
  opened->reset();
}

}  // namespace
}  // namespace commsd::store::test
