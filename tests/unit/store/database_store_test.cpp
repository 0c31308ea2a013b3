#include "store/database_store.h"

#include <csignal>
#include <sys/resource.h>
#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "store/database_connection.h"
#include "store/fixture.h"
#include "store/setting_repository.h"

namespace commsd::store::test {
namespace {

using testing::HasSubstr;

UnitOfWork set(std::string_view name, std::string_view value) {
  UnitOfWork unit;
  SettingRepository::add_set(unit, "org_1", name, value, 1);
  return unit;
}

UnitOfWork claim(std::string_view name) {
  UnitOfWork unit;
  SettingRepository::add_claim(unit, "org_1", name, "1", 1);
  return unit;
}

TEST(RowDeathTest, AskingForAnotherColumnEndsTheProcess) {
  const Rows rows({"a"}, {{Value(std::int64_t{1})}});
  EXPECT_DEATH(rows.front().text("b"), "column it does not have, 'b'");
  EXPECT_DEATH(rows.front().text("a"), "number was asked for as text, in column 'a'");
}

using DatabaseStoreTest = StoreTest;

TEST_F(DatabaseStoreTest, ReadsEveryTypeBack) {
  const TemporaryFolder folder;
  auto connection =
      DatabaseConnection::open(load_sqlite(folder.file("a.db")), DatabaseConnection::Role::writer);
  ASSERT_TRUE(connection);
  const Statement statement{
      "t.types",
      "SELECT ?1 AS missing, ?2 AS whole, ?3 AS real, ?4 AS words, ?5 AS bytes, ?6 AS flag, "
      "?7 AS empty, ?8 AS none",
      {}};
  const std::string zeroes("a\0b", 3);
  const BoundStatement bound{&statement,
                             {Value(), std::int64_t{-9'223'372'036'854'775'807}, 0.5,
                              std::string("zażółć"), Blob{zeroes}, true, std::string(), Blob{}}};
  const Result<Rows> rows = (*connection)->query(bound);
  ASSERT_TRUE(rows) << rows.error().cause;
  ASSERT_EQ(rows->size(), 1u);
  const Row& row = rows->front();
  EXPECT_TRUE(row.is_null("missing"));
  EXPECT_EQ(row.text("missing"), "");
  EXPECT_EQ(row.integer("missing"), 0);
  EXPECT_EQ(row.maybe_integer("missing"), std::nullopt);
  EXPECT_EQ(row.integer("whole"), -9'223'372'036'854'775'807);
  EXPECT_EQ(row.number("real"), 0.5);
  EXPECT_EQ(row.text("words"), "zażółć");
  EXPECT_EQ(row.text("bytes"), zeroes);
  EXPECT_TRUE(row.boolean("flag"));
  EXPECT_FALSE(row.is_null("empty"));
  EXPECT_FALSE(row.is_null("none"));
}

TEST_F(DatabaseStoreTest, RefusesWrongStatementsWithoutHarm) {
  const Result<Rows> rows = executor_.run(store_->query("settings.nothing", {}));
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::internal);
  UnitOfWork unit = set("a", "1");
  unit.run("settings.set", {{"name", std::string("b")}});
  EXPECT_FALSE(try_commit(std::move(unit)));
  EXPECT_TRUE(query("settings.find", {{"org_id", std::string("org_1")}, {"name", std::string("a")}})
                  .empty());
}

TEST_F(DatabaseStoreTest, AFailedGuardUndoesItsUnitAndNamesTheStep) {
  EXPECT_TRUE(committed(claim("taken")));
  UnitOfWork unit = set("other", "1");
  SettingRepository::add_claim(unit, "org_1", "taken", "2", 1);
  const UnitOutcome outcome = commit(std::move(unit));
  EXPECT_FALSE(outcome.committed);
  EXPECT_EQ(outcome.failed_step, 1u);
  const SettingRepository settings(*store_);
  EXPECT_EQ(get(settings.find("org_1", "other")), std::nullopt);
  EXPECT_EQ(get(settings.find("org_1", "taken")), "1");
}

TEST_F(DatabaseStoreTest, TheSchemasOwnGuardsAreGuardsToo) {
  UnitOfWork foreign;
  foreign.run("agents.create", {{"agent_id", std::string("agt_2")},
                                {"org_id", std::string("org_missing")},
                                {"display_name", std::string("x")},
                                {"status", std::string("active")},
                                {"country", Value()},
                                {"created_at", std::int64_t{1}},
                                {"identity", std::string("dedicated")}});
  EXPECT_FALSE(commit(std::move(foreign)).committed);

  UnitOfWork unique;
  for (int time = 0; time < 2; ++time) {
    unique.run("message_payloads.add", {{"id", std::string("m")},
                                        {"org_id", std::string("org_1")},
                                        {"content", std::string("{}")}});
  }
  EXPECT_FALSE(commit(std::move(unique)).committed);
}

TEST_F(DatabaseStoreTest, AWrongTypeIsOurFaultAndNotAGuard) {
  UnitOfWork unit;
  unit.run("settings.set", {{"org_id", std::string("org_1")},
                            {"name", std::string("a")},
                            {"value_json", std::string("1")},
                            {"at", std::string("not a number")}});
  const Result<UnitOutcome> outcome = try_commit(std::move(unit));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::internal);
  EXPECT_THAT(outcome.error().cause, HasSubstr("settings.set"));
  EXPECT_TRUE(committed(set("b", "1")));
}

TEST_F(DatabaseStoreTest, OneFailingUnitAmongAHundredLeavesTheOthers) {
  const StatementRegistry& registry = store_->statements();
  std::vector<BoundUnit> units;
  for (int number = 0; number < 100; ++number) {
    // Number 57 claims what number 3 has claimed in the same group.
    UnitOfWork unit = set("first_" + std::to_string(number), "1");
    SettingRepository::add_claim(unit, "org_1", "n" + std::to_string(number == 57 ? 3 : number),
                                 "1", 1);
    units.push_back(*registry.bind(std::move(unit)));
  }
  std::vector<const BoundUnit*> pointers;
  for (const BoundUnit& unit : units) pointers.push_back(&unit);
  auto connection = DatabaseConnection::open(load_sqlite(path_), DatabaseConnection::Role::writer);
  ASSERT_TRUE(connection);
  const std::vector<Result<UnitOutcome>> outcomes = (*connection)->commit(pointers);
  ASSERT_EQ(outcomes.size(), 100u);
  const SettingRepository settings(*store_);
  for (std::size_t number = 0; number < 100; ++number) {
    ASSERT_TRUE(outcomes[number]);
    EXPECT_EQ(outcomes[number]->committed, number != 57) << number;
    EXPECT_EQ(get(settings.find("org_1", "first_" + std::to_string(number))).has_value(),
              number != 57);
  }
  EXPECT_EQ(outcomes[57]->failed_step, 1u);
}

TEST_F(DatabaseStoreTest, AGroupThatIsRunAgainGivesItsRowsOnce) {
  auto connection = DatabaseConnection::open(load_sqlite(path_), DatabaseConnection::Role::writer);
  ASSERT_TRUE(connection);
  // The first group fails in its last unit, so all of it is run again; the second runs with care
  // because of that, and the third as usual.
  for (const char* round : {"1", "2", "3"}) {
    std::vector<BoundUnit> units;
    for (const char* name : {"a", "b", "taken"}) {
      UnitOfWork unit = set(name + std::string(round), round);
      unit.fetch("settings.find",
                 {{"org_id", std::string("org_1")}, {"name", name + std::string(round)}});
      SettingRepository::add_claim(unit, "org_1", "claim_" + std::string(name), "1", 1);
      units.push_back(*store_->statements().bind(std::move(unit)));
    }
    if (round == std::string_view("1")) units.push_back(units[2]);  // the claim is taken then
    if (round != std::string_view("1")) {
      for (BoundUnit& unit : units) unit.pop_back();
    }
    std::vector<const BoundUnit*> pointers;
    for (const BoundUnit& unit : units) pointers.push_back(&unit);
    const std::vector<Result<UnitOutcome>> outcomes = (*connection)->commit(pointers);
    for (std::size_t number = 0; number < outcomes.size(); ++number) {
      ASSERT_TRUE(outcomes[number]) << outcomes[number].error().cause;
      EXPECT_EQ(outcomes[number]->committed, number != 3);
      if (number == 3) continue;
      ASSERT_EQ(outcomes[number]->rows[1].size(), 1u);
      EXPECT_EQ(outcomes[number]->rows[1].front().text("value_json"), round);
    }
  }
}

TEST_F(DatabaseStoreTest, RowsOfAStepComeBackWithTheOutcome) {
  UnitOfWork unit = set("a", "7");
  unit.fetch("settings.find", {{"org_id", std::string("org_1")}, {"name", std::string("a")}});
  const UnitOutcome outcome = commit(std::move(unit));
  ASSERT_TRUE(outcome.committed);
  ASSERT_EQ(outcome.rows.size(), 2u);
  EXPECT_TRUE(outcome.rows[0].empty());
  EXPECT_EQ(outcome.rows[1].front().text("value_json"), "7");
}

Task<void> count_up(Store& store, int caller, int times, int& left, Completion<bool> all_done) {
  const SettingRepository settings(store);
  const std::string name = "caller_" + std::to_string(caller);
  for (int time = 1; time <= times; ++time) {
    UnitOfWork unit = set(name, std::to_string(time));
    const Result<UnitOutcome> outcome = co_await store.commit(std::move(unit));
    EXPECT_TRUE(outcome && outcome->committed);
    const Result<std::optional<std::string>> seen = co_await settings.find("org_1", name);
    EXPECT_TRUE(seen && *seen == std::to_string(time));  // a commit that returned is seen
  }
  if (--left == 0) all_done.complete(true);
}

Task<bool> wait_for(Completion<bool> all_done) {
  co_return co_await all_done;
}

TEST_F(DatabaseStoreTest, ServesSixtyFourCallersAtOnce) {
  int left = 64;
  const Completion<bool> all_done;
  for (int caller = 0; caller < 64; ++caller) {
    spawn(executor_, count_up(*store_, caller, 25, left, all_done));
  }
  executor_.run(wait_for(all_done));
  EXPECT_EQ(left, 0);
}

TEST_F(DatabaseStoreTest, ALockedDatabaseIsUnavailableAndRecovers) {
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  const Result<UnitOutcome> refused = try_commit(set("a", "1"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_GT(refused.error().retry_after.count(), 0);
  const SettingRepository settings(*store_);
  EXPECT_EQ(get(settings.find("org_1", "a")), std::nullopt);  // readers go on

  sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr);
  sqlite3_close(other);
  EXPECT_TRUE(committed(set("a", "2")));
  EXPECT_EQ(get(settings.find("org_1", "a")), "2");
}

Task<void> try_set(Store& store, std::string name, int& refused, int& left,
                   Completion<bool> all_done) {
  UnitOfWork unit = set(name, "1");
  const Result<UnitOutcome> outcome = co_await store.commit(std::move(unit));
  if (!outcome) {
    EXPECT_EQ(outcome.error().code, ErrorCode::unavailable);
    ++refused;
  }
  if (--left == 0) all_done.complete(true);
}

TEST_F(DatabaseStoreTest, AFullQueueAnswersBusyAtOnce) {
  open(R"(,"busy_timeout_ms":400)", {1, 4, 2});
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  int refused = 0;
  int left = 40;
  const Completion<bool> all_done;
  for (int caller = 0; caller < 40; ++caller) {
    spawn(executor_, try_set(*store_, "n" + std::to_string(caller), refused, left, all_done));
  }
  executor_.run_ready();
  EXPECT_GE(refused, 40 - 6);  // 4 wait in the queue, 2 are with the writer
  sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr);
  sqlite3_close(other);
  executor_.run(wait_for(all_done));
  EXPECT_TRUE(committed(set("a", "2")));
}

TEST_F(DatabaseStoreTest, AFullDatabaseIsUnavailableAndRecovers) {
  open(R"(,"max_megabytes":1)");
  const SettingRepository settings(*store_);
  const std::string value(100'000, 'x');
  int saved = 0;
  Result<UnitOutcome> last = UnitOutcome{};
  for (; saved < 40; ++saved) {
    last = try_commit(set("n" + std::to_string(saved), value));
    if (!last) break;
  }
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().code, ErrorCode::unavailable);
  EXPECT_GT(saved, 3);
  for (int number = 0; number <= saved; ++number) {  // nothing that was answered is lost
    EXPECT_EQ(get(settings.find("org_1", "n" + std::to_string(number))).has_value(),
              number < saved);
  }
  for (int number = 0; number < 3; ++number) {
    EXPECT_TRUE(committed(set("n" + std::to_string(number), "0")));
  }
  EXPECT_TRUE(committed(set("again", value)));
}

/// While it lives, no file of this process can grow beyond `bytes`: write() fails.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(DatabaseStoreTest, AWriteErrorIsUnavailableAndRecovers) {
  const SettingRepository settings(*store_);
  const std::string value(300'000, 'x');
  EXPECT_TRUE(committed(set("before", value)));
  {
    const FileSizeLimit limit(400'000);
    const Result<UnitOutcome> refused = try_commit(set("during", value));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
    EXPECT_TRUE(get(settings.find("org_1", "before")).has_value());  // readers go on
  }
  EXPECT_TRUE(committed(set("after", value)));
  reopen();  // checks the file's integrity
  const SettingRepository reopened(*store_);
  EXPECT_TRUE(get(reopened.find("org_1", "before")).has_value());
  EXPECT_FALSE(get(reopened.find("org_1", "during")).has_value());
  EXPECT_TRUE(get(reopened.find("org_1", "after")).has_value());
}

TEST_F(DatabaseStoreTest, TheFileIsForItsOwnerOnly) {
  for (const char* suffix : {"", "-wal"}) {
    struct stat file {};
    ASSERT_EQ(stat((path_ + suffix).c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 0777, 0600u) << suffix;
  }
}

TEST_F(DatabaseStoreTest, ABackupHoldsWhatWasCommitted) {
  EXPECT_TRUE(committed(set("a", "42")));
  const std::string copy = folder_.file("copy.db");
  EXPECT_TRUE(executor_.run(store_->backup(copy)));
  EXPECT_FALSE(executor_.run(store_->backup(copy)));  // it is there already
  EXPECT_TRUE(committed(set("a", "43")));
  path_ = copy;
  reopen();
  EXPECT_EQ(get(SettingRepository(*store_).find("org_1", "a")), "42");
}

TEST_F(DatabaseStoreTest, DataSurvivesAReopening) {
  EXPECT_TRUE(committed(set("a", "42")));
  reopen();
  EXPECT_EQ(get(SettingRepository(*store_).find("org_1", "a")), "42");
}

}  // namespace
}  // namespace commsd::store::test
