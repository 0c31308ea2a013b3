#include "mcp/legacy_sessions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/completion.h"
#include "base/manual_executor.h"

namespace commsd::mcp {
namespace {

using identity::Principal;
using identity::Role;
using ::testing::HasSubstr;

/// One record, and readers that wait until they are let go.
class SlowStore final : public SessionStore {
 public:
  Task<Result<std::optional<Record>>> find(std::string, std::string) override {
    const Completion<bool> turn;
    waiting.push_back(turn);
    const Record before = record;
    co_await turn;
    co_return std::optional<Record>(before);
  }
  Task<Result<void>> save(std::string, std::string, std::string wishes, UnixMillis) override {
    record.wishes_json = std::move(wishes);
    co_return Result<void>();
  }
  Task<Result<void>> end(std::string, std::string, UnixMillis) override {
    record.ended = true;
    co_return Result<void>();
  }
  Task<Result<bool>> use_once(std::string, std::string, UnixMillis) override { co_return true; }

  Record record;
  std::vector<Completion<bool>> waiting;
};

class LegacySessionsTest : public ::testing::Test {
 protected:
  using Found = std::vector<std::shared_ptr<Session>>;

  static Task<void> look(LegacySessions* sessions, std::string id, Principal principal,
                         Found* found) {
    Task<Result<std::shared_ptr<Session>>> finding =
        sessions->find(std::move(id), std::move(principal));
    const Result<std::shared_ptr<Session>> session = co_await std::move(finding);
    found->push_back(session ? *session : nullptr);
  }

  ManualClock clock_{1'790'000'000'000};
  SystemRandom random_;
  ManualExecutor executor_;
  SlowStore store_;
  LegacySessions before_{std::string(32, 'k'), clock_, random_, std::chrono::hours(24), store_};
  LegacySessions after_{std::string(32, 'k'), clock_, random_, std::chrono::hours(24), store_};
  Principal agent_{Role::agent, "t1", "org_1", "agt_1"};
};

TEST_F(LegacySessionsTest, NobodyGetsASessionBeforeItsWishesAreRead) {
  const std::string id = before_.open(agent_, "2025-11-25", {})->id();
  store_.record.wishes_json = R"({"resources":["test://kept"]})";
  Found found;
  spawn(executor_, look(&after_, id, agent_, &found));
  spawn(executor_, look(&after_, id, agent_, &found));
  executor_.run_ready();
  EXPECT_EQ(found.size(), 0u);
  ASSERT_EQ(store_.waiting.size(), 2u);

  store_.waiting[1].complete(true);
  executor_.run_ready();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0]->subscribe("test://new"));
  EXPECT_TRUE(executor_.run(after_.keep_wishes(found[0], "org_1")));
  EXPECT_THAT(store_.record.wishes_json, HasSubstr("test://kept"));
  EXPECT_THAT(store_.record.wishes_json, HasSubstr("test://new"));

  store_.waiting[0].complete(true);  // what it read is older than the client's own change
  executor_.run_ready();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_THAT(found[1]->wishes_json(), HasSubstr("test://new"));
}

TEST_F(LegacySessionsTest, ASessionEndedElsewhereIsServedToNobodyMeanwhile) {
  const std::string id = before_.open(agent_, "2025-11-25", {})->id();
  store_.record.ended = true;
  Found found;
  spawn(executor_, look(&after_, id, agent_, &found));
  spawn(executor_, look(&after_, id, agent_, &found));
  executor_.run_ready();
  for (const Completion<bool>& reader : store_.waiting) reader.complete(true);
  executor_.run_ready();
  EXPECT_EQ(found, Found(2, nullptr));
}

}  // namespace
}  // namespace commsd::mcp
