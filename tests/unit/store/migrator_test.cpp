#include "store/migrator.h"

#include <filesystem>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/fixture.h"

namespace commsd::store::test {
namespace {

using testing::HasSubstr;

class MigratorTest : public testing::Test {
 protected:
  Result<std::int64_t> migrate(std::span<const Migration> migrations) {
    connection_.reset();
    Result<std::unique_ptr<DatabaseConnection>> opened =
        DatabaseConnection::open(load_empty_database(path_), DatabaseConnection::Role::writer);
    if (!opened) return fail(opened.error());
    connection_ = std::move(*opened);
    Migrator migrator(*connection_, registry_, clock_);
    return migrator.migrate(migrations);
  }
  Result<std::unique_ptr<DatabaseStore>> open() {
    return DatabaseStore::open(load_empty_database(path_), clock_);
  }
  const TemporaryFolder folder_;
  const std::string path_ = folder_.file("commsd.db");
  const ManualClock clock_{5};
  const std::string dialect_ = dialect();
  const StatementRegistry registry_ = *StatementRegistry::embedded(dialect_);
  const std::vector<Migration> migrations_ = *Migrator::embedded(dialect_);
  std::unique_ptr<DatabaseConnection> connection_;
};

TEST_F(MigratorTest, ASecondRunChangesNothing) {
  const auto newest = static_cast<std::int64_t>(migrations_.size());
  EXPECT_EQ(migrate(migrations_), newest);
  EXPECT_EQ(migrate(migrations_), newest);
}

TEST_F(MigratorTest, AppliesOnlyWhatIsMissing) {
  ASSERT_TRUE(migrate(migrations_));
  std::vector<Migration> more = migrations_;
  const auto next = static_cast<std::int64_t>(more.size()) + 1;
  more.push_back({next, "next.sql", "CREATE TABLE more (a INTEGER); INSERT INTO more VALUES (1);"});
  EXPECT_EQ(migrate(more), next);
  EXPECT_EQ(migrate(more), next);
}

TEST_F(MigratorTest, AMigrationThatFailsLeavesTheOneBefore) {
  std::vector<Migration> more = migrations_;
  const auto newest = static_cast<std::int64_t>(more.size());
  more.push_back(
      {newest + 1, "bad.sql", "CREATE TABLE half (a INTEGER); CREATE TABLE half (b TEXT);"});
  const Result<std::int64_t> failed = migrate(more);
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("migration bad.sql failed"));
  EXPECT_EQ(migrate(migrations_), newest);
  more.back().sql = "CREATE TABLE half (a INTEGER);";
  EXPECT_EQ(migrate(more), newest + 1);
}

/// In a child process; whether its store could be opened, after those of the others.
bool opens(const std::string& path) {
  const ManualClock clock(5);
  const auto handle = load_empty_database(path, R"(,"busy_timeout_ms":60000)");
  return DatabaseStore::open(handle, clock).has_value();
}

TEST_F(MigratorTest, OfProcessesThatStartAtOnceEachFindsTheSchema) {
  ASSERT_TRUE(migrate({}));  // makes the database, with nothing in it
  connection_.reset();
  std::vector<pid_t> children;
  for (int number = 0; number < 4; ++number) {
    children.push_back(fork());
    ASSERT_GE(children.back(), 0);
    if (children.back() == 0) _exit(opens(path_) ? 0 : 1);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(migrate(migrations_), static_cast<std::int64_t>(migrations_.size()));
}

TEST_F(MigratorTest, RefusesANewerSchema) {
  ASSERT_TRUE(migrate(migrations_));
  connection_.reset();
  execute_aside(path_, "INSERT INTO schema_version VALUES (99, 'later.sql', 0);");
  const auto store = open();
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::rejected);
  EXPECT_THAT(store.error().message, HasSubstr("schema version 99"));
}

TEST_F(MigratorTest, RefusesTablesOfSomebodyElse) {
  execute_aside(path_, "CREATE TABLE theirs (a TEXT);");
  const auto store = open();
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::rejected);
  EXPECT_THAT(store.error().message, HasSubstr("something else"));
}

class SqliteMigratorTest : public MigratorTest {
 protected:
  void damage(std::streamoff at, const std::string& bytes) {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(at);
    file << bytes;
  }
};

TEST_F(SqliteMigratorTest, RefusesWhatIsNoDatabase) {
  const std::string text = "Dear diary, today I was not a database. " + std::string(9000, '.');
  std::ofstream(path_) << text;
  const auto store = open();
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, HasSubstr("not a database"));
  EXPECT_EQ(std::filesystem::file_size(path_), text.size());
}

TEST_F(SqliteMigratorTest, RefusesADamagedPage) {
  ASSERT_TRUE(open());
  execute_aside(path_, "PRAGMA wal_checkpoint(TRUNCATE)");  // or a good copy may stand in the log
  damage(4096 * 2, std::string(4096, '\x5a'));
  const auto store = open();
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::rejected);
  EXPECT_THAT(store.error().message, HasSubstr("damaged"));
}

TEST_F(SqliteMigratorTest, RefusesAnEmptyFileBesideALog) {
  std::ofstream(path_ + "-wal") << "what was committed last";
  const auto store = open();
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, HasSubstr("-wal is there"));
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(SqliteMigratorTest, SaysWhatIsWrongWithAPath) {
  const auto store = DatabaseStore::open(load_sqlite(folder_.file("no/such/commsd.db")), clock_);
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, HasSubstr("cannot open or make"));
}

TEST(MigratorNumbers, AreWithoutGaps) {
  for (const char* dialect : {"sqlite", "libsql", "postgres"}) {
    const auto migrations = Migrator::embedded(dialect);
    ASSERT_TRUE(migrations);
    EXPECT_EQ(migrations->front().version, 1);
  }
}

}  // namespace
}  // namespace commsd::store::test
