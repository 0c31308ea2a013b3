#include <algorithm>
#include <atomic>
#include <limits>
#include <map>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/database_connection.h"
#include "store/test_database.h"

// What every database provider owes the store, asked of each the same.

namespace commsd::store::test {
namespace {

using testing::HasSubstr;

constexpr std::int64_t any = UnitOfWork::any_changes;

class DatabaseConformanceTest : public testing::TestWithParam<const char*> {
 protected:
  DatabaseConformanceTest() {
    writer_ = connect(DatabaseConnection::Role::writer);
    const Result<void> made = writer_->run_script(
        script("CREATE TABLE things (id INT8 NOT NULL PRIMARY KEY, name TEXT UNIQUE, amount REAL8,"
               "  data BYTES, flag INT8, kind TEXT NOT NULL DEFAULT 'plain', parent INT8 "
               "REFERENCES things (id),"
               "  CHECK (amount >= -1e308));"
               "INSERT INTO things (id, name, flag) VALUES (1, 'one', 0);"
               "INSERT INTO things (id, name, flag) VALUES (2, 'two', 0);"));
    EXPECT_TRUE(made) << made.error().cause;
  }

  /// Or on libSQL or on Convex, whose SQL is the same.
  bool on_sqlite() const {
    const std::string_view engine = GetParam();
    return engine == "sqlite" || engine == "turso" || engine == "convex";
  }
  /// Words of this test for what the dialects call differently.
  std::string script(std::string sql) const {
    const auto replace = [&sql](std::string_view word, std::string_view by) {
      for (std::size_t at; (at = sql.find(word)) != std::string::npos;) {
        sql.replace(at, word.size(), by);
      }
    };
    replace("INT8", on_sqlite() ? "INTEGER" : "BIGINT");
    replace("REAL8", on_sqlite() ? "REAL" : "DOUBLE PRECISION");
    replace("BYTES", on_sqlite() ? "BLOB" : "BYTEA");
    return sql;
  }
  std::unique_ptr<DatabaseConnection> connect(DatabaseConnection::Role role) {
    auto opened = DatabaseConnection::open(handle_, role);
    EXPECT_TRUE(opened) << opened.error().cause;
    return opened ? std::move(*opened) : nullptr;
  }

  struct Step {
    std::string sql;  // parameters are $1, $2, ...
    std::vector<Value> values;
    std::int64_t expect = any;
    bool fetch = false;
  };
  using Unit = std::vector<Step>;

  const Statement& statement(std::string sql) {
    if (on_sqlite()) std::replace(sql.begin(), sql.end(), '$', '?');
    Statement& known = statements_[sql];
    if (known.name.empty()) known = {"t.s" + std::to_string(statements_.size()), sql, {}};
    return known;
  }
  BoundUnit bind(const Unit& unit) {
    BoundUnit bound;
    for (const Step& step : unit) {
      bound.push_back({{&statement(step.sql), step.values}, step.expect, step.fetch});
    }
    return bound;
  }
  std::vector<Result<UnitOutcome>> commit(DatabaseConnection& connection,
                                          const std::vector<Unit>& units) {
    std::vector<BoundUnit> bound;
    std::vector<const BoundUnit*> pointers;
    for (const Unit& unit : units) bound.push_back(bind(unit));
    for (const BoundUnit& unit : bound) pointers.push_back(&unit);
    return connection.commit(pointers);
  }
  Result<UnitOutcome> commit(const Unit& unit) { return commit(*writer_, {unit}).front(); }
  bool committed(const Unit& unit) {
    const Result<UnitOutcome> outcome = commit(unit);
    EXPECT_TRUE(outcome) << outcome.error().cause;
    return outcome && outcome->committed;
  }
  Result<Rows> query(DatabaseConnection& connection, std::string sql,
                     std::vector<Value> values = {}) {
    return connection.query({&statement(std::move(sql)), std::move(values)});
  }
  Rows query(std::string sql, std::vector<Value> values = {}) {
    Result<Rows> rows = query(*writer_, std::move(sql), std::move(values));
    EXPECT_TRUE(rows) << rows.error().cause;
    return rows ? std::move(*rows) : Rows();
  }
  std::int64_t count() { return query("SELECT COUNT(*) AS n FROM things").front().integer("n"); }
  std::string name_of(std::int64_t id) {
    const Rows rows = query("SELECT name FROM things WHERE id = $1", {id});
    return rows.empty() ? "none" : rows.front().text("name");
  }
  static Step insert(std::int64_t id, std::string name) {
    return {"INSERT INTO things (id, name) VALUES ($1, $2)", {id, std::move(name)}};
  }
  static Step rename(std::int64_t id, std::string name, std::int64_t expect = 1) {
    return {"UPDATE things SET name = $2 WHERE id = $1", {id, std::move(name)}, expect};
  }

  const TemporaryFolder folder_;
  /// Many writers wait for each other here.
  static std::string_view patience() {
    const std::string_view engine = GetParam();
    if (engine == "sqlite") return R"(,"busy_timeout_ms":60000)";
    return engine == "turso" || engine == "convex" ? R"(,"lock_timeout_ms":60000)" : "";
  }

  const plugin::DatabaseHandle handle_ =
      load_engine(GetParam(), folder_.file("a.db"), true, patience());
  std::map<std::string, Statement> statements_;
  std::unique_ptr<DatabaseConnection> writer_;
};

TEST_P(DatabaseConformanceTest, ManifestsTellWhetherProcessesCanShareIt) {
  EXPECT_EQ(handle_.one_process, std::string_view(GetParam()) == "sqlite");
}

TEST_P(DatabaseConformanceTest, EveryTypeComesBackAsItWas) {
  const std::int64_t least = std::numeric_limits<std::int64_t>::min();
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const std::string zeroes("a\0\xff", 3);
  const std::string words = "zażółć 北京 👋🏽 '\";--\\ \n\t";
  const std::string sql =
      "INSERT INTO things (id, name, amount, data, flag) VALUES ($1, $2, $3, $4, $5)";
  EXPECT_TRUE(committed({{sql, {least, words, 0.1, Blob{zeroes}, true}}}));
  EXPECT_TRUE(committed({{sql, {most, std::string(), 1.7976931348623157e308, Blob{}, false}}}));
  EXPECT_TRUE(committed({{sql, {std::int64_t{0}, Value(), Value(), Value(), Value()}}}));
  const std::string find = "SELECT id, name, amount, data, flag FROM things WHERE id = $1";
  const Rows first = query(find, {least});
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first.front().integer("id"), least);
  EXPECT_EQ(first.front().text("name"), words);
  EXPECT_EQ(first.front().number("amount"), 0.1);
  EXPECT_EQ(first.front().text("data"), zeroes);
  EXPECT_TRUE(first.front().boolean("flag"));
  const Rows second = query(find, {most});
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second.front().integer("id"), most);
  EXPECT_FALSE(second.front().is_null("name"));
  EXPECT_EQ(second.front().text("name"), "");
  EXPECT_EQ(second.front().number("amount"), 1.7976931348623157e308);
  EXPECT_FALSE(second.front().is_null("data"));
  EXPECT_EQ(second.front().text("data"), "");
  EXPECT_FALSE(second.front().boolean("flag"));
  const Rows third = query(find, {std::int64_t{0}});
  ASSERT_EQ(third.size(), 1u);
  for (const char* column : {"name", "amount", "data", "flag"}) {
    EXPECT_TRUE(third.front().is_null(column)) << column;
  }
}

TEST_P(DatabaseConformanceTest, ATextWithANulIsKeptWholeOrRefused) {
  const std::string text("before\0after", 12);
  const Result<UnitOutcome> outcome = commit({insert(3, text)});
  const Rows rows = query("SELECT id FROM things WHERE id = 3");
  EXPECT_EQ(outcome.has_value(), !rows.empty());
  if (outcome) {
    EXPECT_EQ(name_of(3), text);
  }
  const Result<Rows> found = query(*writer_, "SELECT id FROM things WHERE name = $1", {text});
  EXPECT_EQ(found.has_value(), outcome.has_value());
  EXPECT_TRUE(committed({insert(4, "four")}));
}

TEST_P(DatabaseConformanceTest, BigValuesComeBackWhole) {
  std::string text;
  for (int number = 0; text.size() < 6'000'000; ++number) text += std::to_string(number) + "ż";
  std::string bytes(3'000'000, '\0');
  for (std::size_t at = 0; at < bytes.size(); ++at) bytes[at] = static_cast<char>(at * 7);
  std::vector<Unit> units;
  for (std::int64_t id = 10; id < 14; ++id) {
    units.push_back({{"INSERT INTO things (id, name, data) VALUES ($1, $2, $3)",
                      {id, std::to_string(id), Blob{bytes}}},
                     {"UPDATE things SET data = $2 WHERE id = $1", {id, Blob{text}}, 1},
                     {"SELECT data FROM things WHERE id = $1", {id}, any, true}});
  }
  for (const Result<UnitOutcome>& outcome : commit(*writer_, units)) {
    ASSERT_TRUE(outcome && outcome->committed);
    EXPECT_TRUE(outcome->rows[2].front().text("data") == text);
  }
  EXPECT_TRUE(query("SELECT data FROM things WHERE id = 13").front().text("data") == text);
}

TEST_P(DatabaseConformanceTest, ManyRowsComeInOrder) {
  const Rows rows = query(
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)"
      " SELECT i AS number, 'row ' || i AS name FROM n ORDER BY i");
  ASSERT_EQ(rows.size(), 50'000u);
  std::int64_t number = 0;
  for (const Row& row : rows) ASSERT_EQ(row.integer("number"), ++number);
  EXPECT_TRUE(query("SELECT id, name FROM things WHERE id = 99").empty());
}

TEST_P(DatabaseConformanceTest, AGuardCountsWhatWasChangedOrFound) {
  EXPECT_TRUE(committed({rename(1, "uno"), rename(9, "nine", 0)}));
  EXPECT_TRUE(committed({{"SELECT id FROM things WHERE id IN (1, 2)", {}, 2}}));
  EXPECT_TRUE(committed({{"SELECT id FROM things WHERE id = 9", {}, 0}}));
  EXPECT_TRUE(committed({{"UPDATE things SET flag = 1 RETURNING id", {}, 2}}));
  EXPECT_TRUE(committed({{"DELETE FROM things WHERE id = 9", {}, 0}}));
  EXPECT_TRUE(
      committed({{"INSERT INTO things (id, name) VALUES (1, 'x') ON CONFLICT DO NOTHING", {}, 0}}));
  EXPECT_TRUE(
      committed({{"INSERT INTO things (id, name) VALUES ($1, 'x')"
                  " ON CONFLICT (id) DO UPDATE SET name = excluded.name",
                  {std::int64_t{2}},
                  1}}));
  const std::vector<Step> failing{
      rename(9, "nine"),
      {"SELECT id FROM things WHERE id = 9", {}, 1},
      {"SELECT id FROM things", {}, 1},
      {"UPDATE things SET flag = 1 RETURNING id", {}, 1},
      {"UPDATE things SET flag = 1", {}, 0},
      {"INSERT INTO things (id, name) VALUES (1, 'x') ON CONFLICT DO NOTHING", {}, 1}};
  for (const Step& step : failing) {
    const Result<UnitOutcome> outcome = commit({rename(1, "eins"), step, rename(2, "zwei")});
    ASSERT_TRUE(outcome) << step.sql << ": " << outcome.error().cause;
    EXPECT_FALSE(outcome->committed) << step.sql;
    EXPECT_EQ(outcome->failed_step, 1u) << step.sql;
    EXPECT_EQ(name_of(1), "uno") << step.sql;
  }
}

TEST_P(DatabaseConformanceTest, AGuardedStepGivesItsRowsToo) {
  const Step both{
      "UPDATE things SET flag = 5 WHERE id = $1 RETURNING id, name", {std::int64_t{1}}, 1, true};
  const Result<UnitOutcome> outcome = commit({both});
  ASSERT_TRUE(outcome && outcome->committed);
  ASSERT_EQ(outcome->rows[0].size(), 1u);
  EXPECT_EQ(outcome->rows[0].front().text("name"), "one");
  Step none = both;
  none.values = {std::int64_t{9}};
  EXPECT_FALSE(committed({none}));
}

TEST_P(DatabaseConformanceTest, WhatTheSchemaForbidsUndoesTheUnit) {
  EXPECT_FALSE(committed({rename(1, "uno"), insert(2, "again")}));
  EXPECT_FALSE(committed({rename(1, "uno"), insert(3, "two")}));
  EXPECT_FALSE(
      committed({rename(1, "uno"), {"INSERT INTO things (id, parent) VALUES (3, 77)", {}}}));
  // A CHECK, a NOT NULL and a type are faults of the program, not guards.
  for (const Step& step : {Step{"UPDATE things SET amount = -1.5e308", {}},
                           Step{"UPDATE things SET kind = $1", {Value()}},
                           Step{"UPDATE things SET flag = $1", {std::string("no number")}}}) {
    // SQLite keeps a text in a column of numbers, unless the table is STRICT, as all of ours are.
    if (on_sqlite() && step.sql.find("flag") != std::string::npos) continue;
    const Result<UnitOutcome> outcome = commit({rename(1, "uno"), step});
    ASSERT_FALSE(outcome) << step.sql;
    EXPECT_EQ(outcome.error().code, ErrorCode::internal);
    EXPECT_THAT(outcome.error().cause, testing::Not(HasSubstr("no number")));
  }
  EXPECT_EQ(name_of(1), "one");
}

TEST_P(DatabaseConformanceTest, AWrongStatementFailsAloneAndEveryTime) {
  for (int time = 0; time < 2; ++time) {
    const auto outcomes =
        commit(*writer_, {{rename(1, "a" + std::to_string(time))},
                          {rename(2, "never"), {"UPDATE nothing SET a = 1", {}}},
                          {{"SELECT FROM WHERE", {}}},
                          {{"UPDATE things SET flag = $1", {std::int64_t{1}, std::int64_t{2}}}},
                          {rename(2, "b" + std::to_string(time))}});
    ASSERT_EQ(outcomes.size(), 5u);
    EXPECT_TRUE(outcomes[0] && outcomes[0]->committed);
    for (int wrong : {1, 2, 3}) {
      ASSERT_FALSE(outcomes[static_cast<std::size_t>(wrong)]) << wrong;
      EXPECT_EQ(outcomes[static_cast<std::size_t>(wrong)].error().code, ErrorCode::internal);
    }
    EXPECT_TRUE(outcomes[4] && outcomes[4]->committed);
    EXPECT_EQ(name_of(1), "a" + std::to_string(time));
    EXPECT_EQ(name_of(2), "b" + std::to_string(time));
  }
  EXPECT_FALSE(query(*writer_, "SELECT FROM WHERE"));
  EXPECT_FALSE(query(*writer_, "SELECT id FROM things WHERE id = $1"));
  EXPECT_EQ(count(), 2);
}

TEST_P(DatabaseConformanceTest, UnitsOfAGroupSeeThoseBeforeAndFailAlone) {
  // The first group fails in many units, the next runs with care because of that, and the last has
  // nothing that fails.
  for (std::int64_t round = 1; round <= 3; ++round) {
    std::vector<Unit> units;
    for (std::int64_t number = 0; number < 100; ++number) {
      const std::int64_t id = round * 1000 + number;
      Unit unit{insert(id, std::to_string(id)),
                {"SELECT COUNT(*) AS n FROM things WHERE id >= $1", {round * 1000}, any, true}};
      // Every tenth inserts what the one before it has inserted in the same group.
      if (round < 3 && number % 10 == 9) unit.push_back(insert(id - 1, "twin"));
      units.push_back(std::move(unit));
    }
    const auto outcomes = commit(*writer_, units);
    ASSERT_EQ(outcomes.size(), units.size());
    std::int64_t saved = 0;
    for (std::size_t number = 0; number < outcomes.size(); ++number) {
      ASSERT_TRUE(outcomes[number]) << outcomes[number].error().cause;
      const bool fails = round < 3 && number % 10 == 9;
      ASSERT_EQ(outcomes[number]->committed, !fails) << round << ' ' << number;
      if (fails) {
        EXPECT_EQ(outcomes[number]->failed_step, 2u);
        continue;
      }
      ++saved;
      ASSERT_EQ(outcomes[number]->rows[1].size(), 1u);
      EXPECT_EQ(outcomes[number]->rows[1].front().integer("n"), saved);
    }
    EXPECT_EQ(query("SELECT COUNT(*) AS n FROM things WHERE id >= $1", {round * 1000})
                  .front()
                  .integer("n"),
              saved);
  }
}

TEST_P(DatabaseConformanceTest, AReaderSeesWhatIsCommittedAndCannotWrite) {
  const auto reader = connect(DatabaseConnection::Role::reader);
  for (int number = 0; number < 50; ++number) {
    const std::string name = std::to_string(number);
    ASSERT_TRUE(committed({rename(1, name)}));
    const auto seen = query(*reader, "SELECT name FROM things WHERE id = 1");
    ASSERT_TRUE(seen);
    ASSERT_EQ(seen->front().text("name"), name);
  }
  if (std::string_view(GetParam()) != "postgres_pooler") {  // there is no session to tell it
    EXPECT_FALSE(query(*reader, "DELETE FROM things RETURNING id"));
  }
  EXPECT_EQ(count(), 2);
  EXPECT_TRUE(reader->ping());
}

TEST_P(DatabaseConformanceTest, AScriptIsAllOrNothing) {
  EXPECT_FALSE(
      writer_->run_script("INSERT INTO things (id) VALUES (5); INSERT INTO nothing"
                          " (id) VALUES (6);"));
  EXPECT_EQ(count(), 2);
  EXPECT_TRUE(
      writer_->run_script("INSERT INTO things (id) VALUES (5);"
                          "INSERT INTO things (id) VALUES (6); -- the end"));
  EXPECT_EQ(count(), 4);
  // Engines differ in what they make of a comment without an end; done means saved in all.
  const bool done(writer_->run_script("INSERT INTO things (id) VALUES (7); /* no end"));
  EXPECT_EQ(count(), done ? 5 : 4);
  EXPECT_TRUE(writer_->ping());
}

TEST_P(DatabaseConformanceTest, NoIncrementOfManyWritersIsLost) {
  constexpr int writers = 4;
  constexpr int groups = 25;
  constexpr int units_of_a_group = 8;
  // Bound here, because statement() is not for several threads.
  const Step first{"UPDATE things SET flag = flag + 1 WHERE id = 1", {}, 1};
  const Step second{"UPDATE things SET flag = flag + 1 WHERE id = 2", {}, 1};
  const BoundUnit there = bind({first, second});
  const BoundUnit back = bind({second, first});  // the other way round: locks meet
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int number = 0; number < writers; ++number) {
    threads.emplace_back([&, number] {
      const auto connection = connect(DatabaseConnection::Role::writer);
      for (int group = 0; group < groups; ++group) {
        std::vector<const BoundUnit*> units;
        for (int unit = 0; unit < units_of_a_group; ++unit) {
          units.push_back((number + unit) % 2 == 0 ? &there : &back);
        }
        for (const Result<UnitOutcome>& outcome : connection->commit(units)) {
          if (!outcome || !outcome->committed) ++failures;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  const Rows rows = query("SELECT flag FROM things ORDER BY id");
  for (const Row& row : rows) EXPECT_EQ(row.integer("flag"), writers * groups * units_of_a_group);
}

TEST_P(DatabaseConformanceTest, OfManyWhoClaimOneNameOneGetsIt) {
  constexpr int writers = 4;
  constexpr std::int64_t rounds = 40;
  std::vector<BoundUnit> claims;  // per writer and round
  for (std::int64_t writer = 0; writer < writers; ++writer) {
    for (std::int64_t round = 0; round < rounds; ++round) {
      claims.push_back(
          bind({{"INSERT INTO things (id, name) VALUES ($1, $2)"
                 " ON CONFLICT DO NOTHING",
                 {100 + writer * rounds + round, "claim " + std::to_string(round)},
                 1}}));
    }
  }
  std::atomic<int> won{0};
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int writer = 0; writer < writers; ++writer) {
    threads.emplace_back([&, writer] {
      const auto connection = connect(DatabaseConnection::Role::writer);
      std::vector<const BoundUnit*> units;
      for (std::size_t round = 0; round < rounds; ++round) {
        units.push_back(&claims[static_cast<std::size_t>(writer) * rounds + round]);
        if (units.size() < 5) continue;
        for (const Result<UnitOutcome>& outcome : connection->commit(units)) {
          if (!outcome) ++failures;
          if (outcome && outcome->committed) ++won;
        }
        units.clear();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(won, rounds);
  EXPECT_EQ(count(), 2 + rounds);
}

std::vector<const char*> engines() {
  std::vector<const char*> all{"sqlite", "postgres", "postgres_pooler"};
  for (const char* engine : {"turso", "convex"}) {
    if (has_server(engine)) all.push_back(engine);
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Engines, DatabaseConformanceTest, testing::ValuesIn(engines()),
                         [](const auto& engine) { return std::string(engine.param); });

}  // namespace
}  // namespace commsd::store::test
