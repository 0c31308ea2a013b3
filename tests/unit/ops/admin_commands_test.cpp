#include "ops/admin_commands.h"

#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "base/manual_executor.h"
#include "plugin/bare_providers.h"
#include "policy/standard_rules.h"
#include "store/agent_repository.h"
#include "store/database_store.h"
#include "store/organization_repository.h"
#include "store/test_database.h"
#include "store/token_repository.h"

namespace commsd::ops {
namespace {

/// The real store, whose disk may be full.
class FullDisk final : public store::Store {
 public:
  bool full = false;
  std::unique_ptr<store::Store> real;

  Task<Result<store::Rows>> query(std::string_view statement,
                                  store::Parameters parameters) override {
    return real->query(statement, std::move(parameters));
  }
  Task<Result<store::UnitOutcome>> commit(store::UnitOfWork unit) override {
    if (full) co_return fail(ErrorCode::unavailable, "the disk is full");
    Task<Result<store::UnitOutcome>> saving = real->commit(std::move(unit));
    co_return co_await std::move(saving);
  }
};

class AdminCommandsTest : public testing::Test {
 protected:
  AdminCommandsTest() {
    auto opened =
        store::DatabaseStore::open(store::test::load_database(folder_.file("commsd.db")), clock_);
    if (!opened) std::abort();
    store_.real = std::move(*opened);
    store::UnitOfWork unit;
    store::OrganizationRepository::add_create(unit, {"org_1", "One", "sandbox", "active", 1});
    store::AgentRepository::add_create(unit, {"ada", "org_1", "Ada", "active", "", 1});
    EXPECT_TRUE(executor_.run(store_.commit(std::move(unit)))->committed);
    add_admin_commands(registry_, {store_, tokens_, provisioning_, outbound_, history_, modes_,
                                   audit_, clock_, ids_});
  }

  Result<std::string> run(std::string_view command, const std::string& arguments) {
    const JsonDocument given = *JsonDocument::parse(arguments);
    return executor_.run(registry_.find(command)->handler(given.root()));
  }
  std::vector<std::string> audited() {
    std::vector<std::string> lines;
    const auto entries = executor_.run(audit_.list("", 0, 100));
    for (const store::AuditEntry& entry : *entries) {
      lines.push_back(entry.action + " " + entry.target);
    }
    return lines;
  }
  std::size_t tokens_of(std::string_view org_id) {
    const store::TokenRepository tokens(store_);
    return executor_.run(tokens.list(org_id))->size();
  }

  store::test::TemporaryFolder folder_;
  ManualClock clock_{1'700'000'000'000};
  SystemRandom random_;
  Ids ids_{clock_, random_};
  ManualExecutor executor_;
  FullDisk store_;
  plugin::test::BareProviders providers_;
  identity::OrganizationModes modes_{store_};
  identity::TokenService tokens_{store_, clock_, random_, ids_};
  store::AuditLog audit_{store_, clock_, ids_};
  messaging::InFlight in_flight_;
  messaging::CircuitBreaker breaker_{clock_};
  policy::DncLists lists_{store_};
  policy::PolicyGate gate_{
      store_,
      {modes_, policy::test::standard_countries(), policy::test::standard_content(), lists_},
      clock_,
      {"key"}};
  messaging::Delivery delivery_{store_,     providers_, gate_, breaker_,
                                in_flight_, clock_,     ids_,  messaging::DeliverySettings()};
  policy::PriceTable prices_ = policy::PriceTable::standard();
  policy::TierTable tiers_ = policy::TierTable::standard();
  policy::LimitAlerts alerts_{store_, audit_, clock_};
  policy::SpendGuard spend_{store_, prices_, tiers_, alerts_, clock_, policy::Limits()};
  messaging::OutboundPipeline outbound_{store_,     gate_,  spend_, delivery_,
                                        in_flight_, clock_, ids_,   {}};
  messaging::MessageHistory history_{store_};
  provisioning::ProvisioningService provisioning_{
      store_, providers_, tokens_, audit_, clock_, ids_, {"https://comms.example.com", 2}};
  ControlRegistry registry_;
};

TEST_F(AdminCommandsTest, ATokenAndItsAuditEntryAreMadeTogether) {
  const Result<std::string> made = run("tokens.create", R"({"role":"agent","agent":"ada"})");
  ASSERT_TRUE(made) << made.error().message;
  const JsonDocument answer = *JsonDocument::parse(*made);
  const std::string id(*answer.root().string("id"));
  EXPECT_THAT(audited(), testing::ElementsAre("token_created " + id));
  const std::string text(*answer.root().string("token"));
  const Result<identity::Principal> who = executor_.run(tokens_.verify(text));
  ASSERT_TRUE(who) << who.error().message;
  EXPECT_EQ(who->agent_id, "ada");

  const std::string revoke = R"({"organization":"org_1","id":")" + id + R"("})";
  ASSERT_TRUE(run("tokens.revoke", revoke));
  EXPECT_THAT(audited(), testing::ElementsAre("token_created " + id, "token_revoked " + id));
  EXPECT_FALSE(executor_.run(tokens_.verify(text)));
  EXPECT_EQ(run("tokens.revoke", revoke).error().code, ErrorCode::not_found);
  EXPECT_EQ(audited().size(), 2U);
}

TEST_F(AdminCommandsTest, ATokenThatCannotBeHasNoAuditEntry) {
  EXPECT_EQ(run("tokens.create", R"({"role":"king"})").error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(run("tokens.create", R"({"role":"organization"})").error().code,
            ErrorCode::invalid_argument);
  EXPECT_EQ(run("tokens.create", R"({"role":"agent","agent":"bob"})").error().code,
            ErrorCode::not_found);
  EXPECT_EQ(run("tokens.create", R"({"role":"organization","organization":"org_2"})").error().code,
            ErrorCode::not_found);
  EXPECT_THAT(audited(), testing::IsEmpty());
  EXPECT_EQ(tokens_of("org_1"), 0U);
}

TEST_F(AdminCommandsTest, WithoutRoomForBothThereIsNeither) {
  store_.full = true;
  EXPECT_EQ(run("tokens.create", R"({"role":"agent","agent":"ada"})").error().code,
            ErrorCode::unavailable);
  store_.full = false;
  EXPECT_THAT(audited(), testing::IsEmpty());
  EXPECT_EQ(tokens_of("org_1"), 0U);

  const JsonDocument answer =
      *JsonDocument::parse(*run("tokens.create", R"({"role":"agent","agent":"ada"})"));
  store_.full = true;
  const std::string id(*answer.root().string("id"));
  EXPECT_EQ(run("tokens.revoke", R"({"organization":"org_1","id":")" + id + R"("})").error().code,
            ErrorCode::unavailable);
  store_.full = false;
  EXPECT_TRUE(executor_.run(tokens_.verify(std::string(*answer.root().string("token")))));
  EXPECT_EQ(audited().size(), 1U);
}

}  // namespace
}  // namespace commsd::ops
