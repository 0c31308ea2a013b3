#include "ops/database_commands.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "base/manual_executor.h"
#include "store/test_database.h"

namespace commsd::ops {
namespace {

using testing::HasSubstr;

class DatabaseCommandsTest : public testing::Test {
 protected:
  DatabaseCommandsTest() {
    auto opened =
        store::DatabaseStore::open(store::test::load_database(folder_.file("commsd.db")), clock_);
    if (!opened) std::abort();
    store_ = std::move(*opened);
    add_database_commands(registry_, *store_);
  }

  Result<std::string> run(std::string_view command, const std::string& arguments = "{}") {
    const JsonDocument given = *JsonDocument::parse(arguments);
    return executor_.run(registry_.find(command)->handler(given.root()));
  }

  store::test::TemporaryFolder folder_;
  ManualClock clock_{1'700'000'000'000};
  ManualExecutor executor_;
  ControlRegistry registry_;
  std::unique_ptr<store::DatabaseStore> store_;
};

TEST_F(DatabaseCommandsTest, LookAfterTheDatabaseOrNameItsOwnTools) {
  const std::string copy = folder_.file("copy.db");
  const Result<std::string> backed_up = run("database.backup", R"({"path":")" + copy + R"("})");
  const Result<std::string> checked = run("database.check");
  const Result<std::string> vacuumed = run("database.vacuum");
  if (store::test::on_postgres()) {
    const std::pair<const Result<std::string>*, const char*> told[] = {
        {&backed_up, "pg_dump"}, {&checked, "pg_amcheck"}, {&vacuumed, "VACUUM"}};
    for (const auto& [answer, tool] : told) {
      ASSERT_FALSE(*answer);
      EXPECT_EQ(answer->error().code, ErrorCode::unsupported);
      EXPECT_THAT(answer->error().remedy, HasSubstr(tool));
    }
    EXPECT_FALSE(std::filesystem::exists(copy));
    return;
  }
  ASSERT_TRUE(backed_up) << backed_up.error().message;
  EXPECT_EQ(*backed_up, R"({"path":")" + copy + R"("})");
  EXPECT_GT(std::filesystem::file_size(copy), 0u);
  EXPECT_EQ(checked.value_or(""), R"({"sound":true})");
  EXPECT_EQ(vacuumed.value_or(""), R"({"vacuumed":true})");
}

TEST_F(DatabaseCommandsTest, ABackupOverwritesNothingAndKnowsItsPlace) {
  for (const char* path : {"", "copy.db", "../copy.db"}) {
    const Result<std::string> refused =
        run("database.backup", R"({"path":")" + std::string(path) + R"("})");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
  }
  if (store::test::on_postgres()) return;
  const Result<std::string> taken =
      run("database.backup", R"({"path":")" + folder_.file("commsd.db") + R"("})");
  ASSERT_FALSE(taken);
  EXPECT_THAT(taken.error().message, HasSubstr("overwrites nothing"));
  EXPECT_FALSE(run("database.backup", R"({"path":"/no/such/folder/copy.db"})"));
}

}  // namespace
}  // namespace commsd::ops
