#include <atomic>
#include <csignal>
#include <deque>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/database_connection.h"
#include "store/plugin_loader.h"
#include "store/postgres_cluster.h"
#include "store/test_database.h"
#ifdef COMMSD_SANITIZED  // of sanitizer/allocator_interface.h, which GCC does not ship
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif

// What is PostgreSQL's own: a server that goes away, timeouts, locks of others, and settings. What
// every engine owes is in database_conformance_test.cpp.

namespace commsd::store::test {
namespace {

using testing::HasSubstr;
using Role = DatabaseConnection::Role;

class PostgresProviderTest : public testing::Test {
 protected:
  PostgresProviderTest() {
    cluster_.execute(database_, "CREATE TABLE t (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)");
    cluster_.execute(database_, "INSERT INTO t VALUES (1, 0), (2, 0)");
  }

  std::unique_ptr<DatabaseConnection> connect(Role role = Role::writer,
                                              std::string_view more = {}) {
    auto opened = DatabaseConnection::open(load_postgres(cluster_.host(), database_, more), role);
    EXPECT_TRUE(opened) << opened.error().cause;
    return opened ? std::move(*opened) : nullptr;
  }
  static Result<Rows> query(DatabaseConnection& connection, const std::string& sql) {
    const Statement statement{sql, sql, {}};
    return connection.query({&statement, {}});
  }
  /// Each unit is a list of statements.
  static std::vector<Result<UnitOutcome>> commit(
      DatabaseConnection& connection, const std::vector<std::vector<std::string>>& units) {
    std::deque<Statement> statements;
    std::vector<BoundUnit> bound;
    std::vector<const BoundUnit*> pointers;
    for (const auto& unit : units) {
      BoundUnit& steps = bound.emplace_back();
      for (const std::string& sql : unit) {
        steps.push_back({{&statements.emplace_back(Statement{sql, sql, {}}), {}}, -1, false});
      }
    }
    for (const BoundUnit& unit : bound) pointers.push_back(&unit);
    return connection.commit(pointers);
  }
  static Result<UnitOutcome> commit_one(DatabaseConnection& connection, std::string sql) {
    return commit(connection, {{std::move(sql)}}).front();
  }
  std::string ask(const std::string& sql) { return cluster_.ask(database_, sql); }
  std::string number(int id) { return ask("SELECT n FROM t WHERE id = " + std::to_string(id)); }

  PostgresCluster& cluster_ = PostgresCluster::shared();
  const TemporaryFolder folder_;
  const std::string database_ = cluster_.database_for(folder_.file("a.db"), true);
};

constexpr const char* add_one = "UPDATE t SET n = n + 1 WHERE id = 1";

TEST_F(PostgresProviderTest, GoesOnAfterTheServerWasRestarted) {
  const auto writer = connect();
  const auto reader = connect(Role::reader);
  ASSERT_TRUE(commit_one(*writer, add_one));
  cluster_.crash();
  EXPECT_TRUE(commit_one(*writer, add_one));
  const auto rows = query(*reader, "SELECT n FROM t WHERE id = 1");
  ASSERT_TRUE(rows) << rows.error().cause;
  EXPECT_EQ(rows->front().integer("n"), 2);
  cluster_.crash();
  EXPECT_FALSE(writer->ping());  // the host then makes a connection anew
}

TEST_F(PostgresProviderTest, AServerThatIsAwayIsUnavailable) {
  const auto writer = connect();
  cluster_.stop(SIGINT);
  for (int time = 0; time < 2; ++time) {
    const auto outcome = commit_one(*writer, add_one);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::unavailable);
    const auto rows = query(*writer, "SELECT 1");
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().code, ErrorCode::unavailable);
  }
  cluster_.start();
  EXPECT_TRUE(commit_one(*writer, add_one));
  EXPECT_EQ(number(1), "1");
}

TEST_F(PostgresProviderTest, AConnectionEndedInAStepSavedNothing) {
  const auto writer = connect();
  const std::string end = "SELECT pg_terminate_backend(pg_backend_pid())";
  for (const auto& units : {std::vector<std::vector<std::string>>{{add_one, end}},
                            std::vector<std::vector<std::string>>{{add_one}, {add_one, end}}}) {
    for (const auto& outcome : commit(*writer, units)) {
      ASSERT_FALSE(outcome);
      EXPECT_EQ(outcome.error().code, ErrorCode::unavailable);
    }
    EXPECT_EQ(number(1), "0");
  }
  EXPECT_TRUE(commit_one(*writer, add_one));
}

TEST_F(PostgresProviderTest, AConnectionLostInTheCommitIsAmbiguous) {
  // Runs when everything is done but the commit itself.
  cluster_.execute(database_,
                   "CREATE FUNCTION hang_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                   "PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;"
                   "CREATE CONSTRAINT TRIGGER hang_up AFTER UPDATE ON t INITIALLY DEFERRED "
                   "FOR EACH ROW EXECUTE FUNCTION hang_up()");
  const auto writer = connect();
  for (const auto& units : {std::vector<std::vector<std::string>>{{add_one}},
                            std::vector<std::vector<std::string>>{{add_one}, {add_one}}}) {
    for (const auto& outcome : commit(*writer, units)) {
      ASSERT_FALSE(outcome);
      EXPECT_EQ(outcome.error().code, ErrorCode::ambiguous);
    }
  }
  cluster_.execute(database_, "DROP TRIGGER hang_up ON t");
  EXPECT_TRUE(commit_one(*writer, add_one));
}

TEST_F(PostgresProviderTest, AServerThatDiesUnderAUnitLeavesItAmbiguous) {
  const auto writer = connect();
  Result<UnitOutcome> outcome = UnitOutcome();
  std::thread saving([&] {
    outcome = commit(*writer, {{add_one, "SELECT pg_sleep(77)"}}).front();
  });
  while (ask("SELECT COUNT(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(77)%'") ==
         "0") {
    std::this_thread::yield();
  }
  cluster_.crash();
  saving.join();
  ASSERT_FALSE(outcome);
  // An immediate shutdown says so in place of the answer, if it is heard; nothing is success.
  EXPECT_TRUE(outcome.error().code == ErrorCode::ambiguous ||
              outcome.error().code == ErrorCode::unavailable);
  EXPECT_EQ(number(1), "0");
  EXPECT_TRUE(commit_one(*writer, add_one));
}

TEST_F(PostgresProviderTest, AStatementThatTakesTooLongIsEnded) {
  const auto writer = connect(Role::writer, R"(,"statement_timeout_ms":300)");
  const auto rows = query(*writer, "SELECT pg_sleep(60)");
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::unavailable);
  EXPECT_EQ(rows.error().vendor_code, "57014");
  const auto outcomes = commit(*writer, {{add_one}, {add_one, "SELECT pg_sleep(60)"}, {add_one}});
  EXPECT_TRUE(outcomes[0] && outcomes[0]->committed);
  ASSERT_FALSE(outcomes[1]);
  EXPECT_EQ(outcomes[1].error().code, ErrorCode::unavailable);
  EXPECT_TRUE(outcomes[2] && outcomes[2]->committed);
  EXPECT_EQ(number(1), "2");
}

TEST_F(PostgresProviderTest, ALockOfAnotherHoldsUpOnlyWhoNeedsIt) {
  const auto other = connect();
  const auto writer = connect(Role::writer, R"(,"lock_timeout_ms":300)");
  std::atomic<bool> held{false};
  std::thread holder([&] {
    held = true;
    const auto outcome = commit(*other, {{add_one, "SELECT pg_sleep(2)"}}).front();
    EXPECT_TRUE(outcome && outcome->committed);
  });
  while (ask("SELECT COUNT(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(2)%'") ==
         "0") {
    std::this_thread::yield();
  }
  const auto outcomes = commit(*writer, {{"UPDATE t SET n = 5 WHERE id = 2"}, {add_one}});
  EXPECT_TRUE(outcomes[0] && outcomes[0]->committed);
  ASSERT_FALSE(outcomes[1]);
  EXPECT_EQ(outcomes[1].error().code, ErrorCode::unavailable);
  EXPECT_EQ(outcomes[1].error().vendor_code, "55P03");
  holder.join();
  EXPECT_TRUE(commit_one(*writer, add_one));
  EXPECT_EQ(number(1), "2");
}

TEST_F(PostgresProviderTest, APlanThatIsOutOfDateIsMadeAnew) {
  const auto writer = connect();
  const std::string all = "SELECT * FROM t WHERE id = 1";
  ASSERT_TRUE(query(*writer, all));
  ASSERT_TRUE(commit_one(*writer, all));
  cluster_.execute(database_, "ALTER TABLE t ADD COLUMN more TEXT");
  const auto rows = query(*writer, all);
  ASSERT_TRUE(rows) << rows.error().cause;
  EXPECT_TRUE(rows->front().is_null("more"));
  cluster_.execute(database_, "ALTER TABLE t ADD COLUMN yet_more TEXT");
  const auto outcomes = commit(*writer, {{add_one}, {all}});
  for (const auto& outcome : outcomes) EXPECT_TRUE(outcome && outcome->committed);
  EXPECT_EQ(number(1), "1");
}

#ifdef COMMSD_SANITIZED  // they keep what is freed, and count the rest
std::size_t held_kilobytes() {
  return __sanitizer_get_current_allocated_bytes() / 1024;
}
#else
std::size_t held_kilobytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
  }
  return 0;
}
#endif

/// Looks at the memory as rows of a kilobyte pass by, and ends after `most`.
struct Watch {
  std::size_t most;
  std::size_t rows = 0;
  std::size_t peak = 0;

  comms_rows sink() {
    comms_rows sink{};
    sink.size = sizeof sink;
    sink.ctx = this;
    sink.columns = [](void*, const comms_str*, std::size_t) {};
    sink.rows = [](void* self, const comms_value*, std::size_t, std::size_t count) -> comms_status {
      Watch& watch = *static_cast<Watch*>(self);
      watch.rows += count;
      if (watch.rows % 5000 == 0) watch.peak = std::max(watch.peak, held_kilobytes());
      return watch.rows < watch.most ? COMMS_OK : COMMS_CANCELLED;
    };
    return sink;
  }
};

TEST_F(PostgresProviderTest, AHugeResultTakesNoMemoryAndCanBeEnded) {
  const plugin::DatabaseHandle handle = load_postgres(cluster_.host(), database_);
  void* connection = nullptr;
  ASSERT_EQ(handle.table->connect(handle.self, COMMS_DB_READER, nullptr, &connection), COMMS_OK);
  const std::string sql = "SELECT repeat('x', 1000) FROM generate_series(1, 100000000)";
  const comms_statement statement{sizeof(comms_statement),  0,       {"t.huge", 6},
                                  {sql.data(), sql.size()}, nullptr, 0};
  const std::size_t before = held_kilobytes();
  Watch watch{100'000};
  const comms_rows sink = watch.sink();
  EXPECT_EQ(handle.table->query(connection, &statement, &sink, nullptr), COMMS_CANCELLED);
  EXPECT_LT(watch.peak, before + 20'000) << "of 100 MB of rows";
  EXPECT_EQ(handle.table->ping(connection, nullptr), COMMS_OK);
  handle.table->disconnect(connection);
}

TEST_F(PostgresProviderTest, TellsWhyItCannotConnect) {
  const auto none =
      DatabaseConnection::open(load_postgres(cluster_.host(), "no_such"), Role::writer);
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().cause, HasSubstr("no_such"));
  EXPECT_THAT(none.error().remedy, HasSubstr("createdb"));
  cluster_.execute("postgres",
                   "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 "
                   "LC_COLLATE 'C' LC_CTYPE 'C'");
  const auto latin =
      DatabaseConnection::open(load_postgres(cluster_.host(), "latin"), Role::writer);
  ASSERT_FALSE(latin);
  EXPECT_THAT(latin.error().cause, HasSubstr("encoding is not UTF8"));
  const auto nowhere = DatabaseConnection::open(load_postgres("/nowhere", database_), Role::reader);
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code, ErrorCode::unavailable);
}

// A parameter that PostgreSQL takes for an INTEGER, as in `:at - 60000`, refuses a moment in time.
TEST_F(PostgresProviderTest, EveryParameterOfOurStatementsHoldsWhatWeBind) {
  const std::string schema = cluster_.database_for(folder_.file("schema"));
  const auto registry = StatementRegistry::embedded("postgres");
  ASSERT_TRUE(registry);
  for (const auto& [name, statement] : registry->all()) {
    EXPECT_EQ(cluster_.ask(schema, "PREPARE one AS " + statement.sql +
                                       "; SELECT string_agg(type::text, ' ')"
                                       " FROM pg_prepared_statements, unnest(parameter_types) type"
                                       " WHERE type::text NOT IN ('bigint', 'text', 'bytea')"),
              "")
        << name;
  }
}

TEST(PostgresSettingsTest, RefusesWhatCannotWork) {
  const auto refusal = [](const std::string& config) {
    return refusal_of_database_plugin("postgres", config);
  };
  EXPECT_EQ(refusal("{}"), "");
  EXPECT_EQ(refusal(R"({"url":"postgresql://a:b@db.example.com/c"})"), "");
  EXPECT_EQ(refusal(R"({"url":"host=db.example.com dbname=c"})"), "");
  const std::string wrong = refusal(R"({"url":"postgresql://a:s3cret@/%zz"})");
  EXPECT_THAT(wrong, HasSubstr("no connection string"));
  EXPECT_THAT(wrong, testing::Not(HasSubstr("s3cret")));
  EXPECT_EQ(refusal(R"({"preset":"neon",
                        "url":"postgresql://a:b@ep-x-1-pooler.eu.aws.neon.tech/c?sslmode=require"})"),
            "");
  EXPECT_THAT(refusal(R"({"preset":"supabase",
                          "url":"postgresql://postgres:b@db.abc.supabase.co:5432/postgres"})"),
              HasSubstr("sslrootcert"));
  EXPECT_THAT(refusal(R"({"preset":"supabase","sslrootcert":"/x.crt",
                          "url":"postgresql://postgres:b@aws-0-eu.pooler.supabase.com:6543/p"})"),
              HasSubstr("user"));
  EXPECT_EQ(refusal(R"({"preset":"supabase","sslrootcert":"/x.crt",
                        "url":"postgresql://postgres.abc:b@aws-0-eu.pooler.supabase.com:6543/p"})"),
            "");
}

}  // namespace
}  // namespace commsd::store::test
