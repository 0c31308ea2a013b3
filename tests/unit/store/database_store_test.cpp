#include "store/database_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
  auto connection =
      DatabaseConnection::open(load_database(path_), DatabaseConnection::Role::writer);
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
  auto connection =
      DatabaseConnection::open(load_database(path_), DatabaseConnection::Role::writer);
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

TEST_F(DatabaseStoreTest, DataSurvivesAReopening) {
  EXPECT_TRUE(committed(set("a", "42")));
  reopen();
  EXPECT_EQ(get(SettingRepository(*store_).find("org_1", "a")), "42");
}

}  // namespace
}  // namespace commsd::store::test
