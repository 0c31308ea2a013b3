#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "store/fixture.h"
#include "store/setting_repository.h"

// What is SQLite's own: its lock, its file and its disk. What every engine owes is in
// database_conformance_test.cpp.

namespace commsd::store::test {
namespace {

UnitOfWork set(std::string_view name, std::string_view value) {
  UnitOfWork unit;
  SettingRepository::add_set(unit, "org_1", name, value, 1);
  return unit;
}

Task<bool> wait_for(Completion<bool> all_done) {
  co_return co_await all_done;
}

using SqliteStoreTest = StoreTest;

TEST_F(SqliteStoreTest, IsNotSharedWithOtherProcesses) {
  EXPECT_FALSE(store_->is_shared());
  plugin::DatabaseHandle handle = load_sqlite(path_);
  handle.one_process = false;
  open(handle, {});
  EXPECT_TRUE(store_->is_shared()) << "unless the provider says that it is for one process";
}

TEST_F(SqliteStoreTest, ALockedDatabaseIsUnavailableAndRecovers) {
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

TEST_F(SqliteStoreTest, AFullQueueAnswersBusyAtOnce) {
  open(load_sqlite(path_, R"(,"busy_timeout_ms":400)"), {1, 4, 2});
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

TEST_F(SqliteStoreTest, AFullDatabaseIsUnavailableAndRecovers) {
  open(load_sqlite(path_, R"(,"max_megabytes":2)"), {});
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

TEST_F(SqliteStoreTest, AWriteErrorIsUnavailableAndRecovers) {
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

TEST_F(SqliteStoreTest, TheFileIsForItsOwnerOnly) {
  for (const char* suffix : {"", "-wal"}) {
    struct stat file {};
    ASSERT_EQ(stat((path_ + suffix).c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 0777, 0600u) << suffix;
  }
}

TEST_F(SqliteStoreTest, ABackupHoldsWhatWasCommitted) {
  EXPECT_TRUE(committed(set("a", "42")));
  const std::string copy = folder_.file("copy.db");
  EXPECT_TRUE(executor_.run(store_->backup(copy)));
  EXPECT_FALSE(executor_.run(store_->backup(copy)));  // it is there already
  EXPECT_TRUE(committed(set("a", "43")));
  path_ = copy;
  reopen();
  EXPECT_EQ(get(SettingRepository(*store_).find("org_1", "a")), "42");
}

TEST_F(SqliteStoreTest, ABackupThatDoesNotFitLeavesNothing) {
  EXPECT_TRUE(committed(set("large", std::string(2'000'000, 'x'))));
  const std::string copy = folder_.file("copy.db");
  {
    const FileSizeLimit limit(1'000'000);
    const Result<void> refused = executor_.run(store_->backup(copy));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  }
  struct stat file {};
  EXPECT_NE(stat(copy.c_str(), &file), 0);
  EXPECT_TRUE(executor_.run(store_->backup(copy)));
}

TEST_F(SqliteStoreTest, ABackupSaysWhyItsPlaceWillNotDo) {
  const std::pair<std::string, const char*> places[] = {
      {path_, "overwrites nothing"},
      {folder_.path(), "overwrites nothing"},
      {folder_.file("none/copy.db"), "folder is not there"},
      {path_ + "/copy.db", "folder is not there"},
      {"/sys/commsd-copy.db", "cannot make /sys/commsd-copy.db: "}};
  for (const auto& [path, why] : places) {
    const Result<void> refused = executor_.run(store_->backup(path));
    ASSERT_FALSE(refused) << path;
    EXPECT_NE(refused.error().cause.find(why), std::string::npos) << refused.error().cause;
    EXPECT_FALSE(refused.error().remedy.empty()) << path;
  }
  EXPECT_TRUE(committed(set("a", "still there")));
}

TEST_F(SqliteStoreTest, GivesTheSpaceOfWhatWasDeletedBack) {
  const std::string large(1 << 20, 'x');
  for (int number = 0; number < 8; ++number) {
    EXPECT_TRUE(committed(set("name" + std::to_string(number), large)));
  }
  for (int number = 0; number < 8; ++number) {
    EXPECT_TRUE(committed(set("name" + std::to_string(number), "small")));
  }
  EXPECT_TRUE(executor_.run(store_->vacuum()));
  struct stat file {};
  ASSERT_EQ(stat(path_.c_str(), &file), 0);
  EXPECT_LT(file.st_size, 4 << 20);
  EXPECT_TRUE(executor_.run(store_->check()));
  EXPECT_EQ(get(SettingRepository(*store_).find("org_1", "name7")), "small");
  EXPECT_TRUE(committed(set("a", "after")));
}

TEST_F(SqliteStoreTest, AVacuumThatCannotWriteChangesNothing) {
  EXPECT_TRUE(committed(set("a", "1")));
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_FALSE(executor_.run(store_->vacuum()));
  sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr);
  sqlite3_close(other);
  EXPECT_EQ(get(SettingRepository(*store_).find("org_1", "a")), "1");
}

TEST_F(SqliteStoreTest, ACheckThatIsAskedForFindsDamageAndEndsWriting) {
  EXPECT_TRUE(committed(set("a", std::string(200'000, 'x'))));
  EXPECT_TRUE(executor_.run(store_->vacuum()));  // which empties the log into the file
  EXPECT_TRUE(executor_.run(store_->check()));
  struct stat file {};
  ASSERT_EQ(stat(path_.c_str(), &file), 0);
  const int descriptor = ::open(path_.c_str(), O_WRONLY);
  const std::string rubbish(4096 * 8, '\x5a');
  for (off_t at = 4096 * 4; at + 4096 * 8 < file.st_size; at += 4096 * 8) {
    ASSERT_GT(pwrite(descriptor, rubbish.data(), rubbish.size(), at), 0);
  }
  close(descriptor);
  const Result<void> found = executor_.run(store_->check());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::rejected);
  EXPECT_TRUE(store_->damage());
  EXPECT_FALSE(try_commit(set("a", "2")));
}

}  // namespace
}  // namespace commsd::store::test
