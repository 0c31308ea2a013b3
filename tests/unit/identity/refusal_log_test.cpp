#include "identity/refusal_log.h"

#include <gtest/gtest.h>

#include "base/manual_executor.h"
#include "base/random.h"
#include "identity/token_service.h"
#include "store/agent_repository.h"
#include "store/database_store.h"
#include "store/organization_repository.h"
#include "store/sqlite_loader.h"

namespace commsd::identity {
namespace {

class RefusalLogTest : public testing::Test {
 protected:
  RefusalLogTest() {
    auto opened =
        store::DatabaseStore::open(store::test::load_sqlite(folder_.file("commsd.db")), clock_);
    if (!opened) std::abort();
    store_ = std::move(*opened);
    audit_.emplace(*store_, clock_, ids_);
    log_.emplace(*store_, *audit_, clock_, 3);
    store::UnitOfWork unit;
    store::OrganizationRepository::add_create(unit, {"org_1", "One", "production", "active", 1});
    store::AgentRepository::add_create(unit, {"agt_1", "org_1", "Ada", "active", "US", 1});
    EXPECT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  }

  void write(std::string token_id, std::string tool = "comms_ping", std::string rule = "") {
    executor_.run(log_->write({"org_1", std::move(token_id), std::move(tool), "rejected", rule}));
  }
  std::vector<store::AuditEntry> lines() {
    auto all = executor_.run(audit_->list("", 0, 100));
    EXPECT_TRUE(all);
    return all.value_or(std::vector<store::AuditEntry>());
  }

  store::test::TemporaryFolder folder_;
  ManualClock clock_{1'700'000'000'000};
  SystemRandom random_;
  Ids ids_{clock_, random_};
  ManualExecutor executor_;
  std::unique_ptr<store::DatabaseStore> store_;
  std::optional<store::AuditLog> audit_;
  std::optional<RefusalLog> log_;
};

TEST_F(RefusalLogTest, ARefusedCallIsOneLine) {
  write("tok_1", "comms_send_message", "opt_out");
  const auto all = lines();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].org_id, "org_1");
  EXPECT_EQ(all[0].actor, "tok_1");
  EXPECT_EQ(all[0].action, "call_refused");
  EXPECT_EQ(all[0].target, "comms_send_message");
  EXPECT_EQ(all[0].details_json, R"({"code":"rejected","rule":"opt_out"})");
}

TEST_F(RefusalLogTest, NobodyLeavesNoLine) {
  write("");
  EXPECT_TRUE(lines().empty());
}

TEST_F(RefusalLogTest, AFloodIsCountedAndNotWritten) {
  for (int i = 0; i < 10; ++i) write("tok_1");
  write("tok_2");
  EXPECT_EQ(lines().size(), 4U) << "three of the one, one of the other";
  clock_.advance(std::chrono::seconds(60));
  write("tok_1");
  const auto all = lines();
  ASSERT_EQ(all.size(), 5U);
  EXPECT_EQ(all[4].details_json, R"({"code":"rejected","leftOut":7})");
  clock_.advance(std::chrono::seconds(60));
  write("tok_1");
  EXPECT_EQ(lines()[5].details_json, R"({"code":"rejected"})") << "told once";
}

TEST_F(RefusalLogTest, ATokenThatWasGoodOnceLeavesALine) {
  TokenService tokens(*store_, clock_, random_, ids_);
  tokens.write_refusals_to(*log_);
  TokenService::Terms terms;
  terms.expires_at = clock_.now() + 1000;
  const auto kept = executor_.run(tokens.issue(Role::agent, "org_1", "agt_1", "", terms));
  const auto revoked = executor_.run(tokens.issue(Role::agent, "org_1", "agt_1", ""));
  ASSERT_TRUE(kept && revoked);
  ASSERT_TRUE(executor_.run(tokens.revoke("org_1", revoked->id)));
  EXPECT_TRUE(executor_.run(tokens.verify(kept->text)));
  EXPECT_TRUE(lines().empty());
  clock_.advance(std::chrono::seconds(2));
  EXPECT_FALSE(executor_.run(tokens.verify(kept->text)));
  EXPECT_FALSE(executor_.run(tokens.verify(revoked->text)));
  EXPECT_FALSE(executor_.run(tokens.verify("cmd_live_nobody")));
  const auto all = lines();
  ASSERT_EQ(all.size(), 2U) << "noise leaves none";
  EXPECT_EQ(all[0].action, "token_refused");
  EXPECT_EQ(all[0].actor, kept->id);
  EXPECT_EQ(all[0].details_json, R"({"code":"expired"})");
  EXPECT_EQ(all[1].actor, revoked->id);
  EXPECT_EQ(all[1].details_json, R"({"code":"revoked"})");
}

}  // namespace
}  // namespace commsd::identity
