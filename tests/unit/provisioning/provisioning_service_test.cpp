#include "provisioning/provisioning_service.h"

#include <gtest/gtest.h>

#include "base/manual_executor.h"
#include "plugin/bare_providers.h"
#include "provisioning/first_run.h"
#include "store/database_store.h"
#include "store/organization_repository.h"
#include "store/sqlite_loader.h"

namespace commsd::provisioning {
namespace {

/// Sells numbers and keeps the account of them.
class Shop final : public plugin::test::BareMessageProvider<plugin::TelephonyProvider> {
 public:
  Shop() : BareMessageProvider("shop") {}

  int bought = 0;
  int released = 0;
  bool configure_fails = false;
  bool release_fails = false;

  Task<Result<plugin::BoughtNumber>> buy_number(plugin::NumberQuery query,
                                                std::chrono::milliseconds) override {
    if (query.country == "ZZ") co_return fail(ErrorCode::not_found, "no number on offer");
    ++bought;
    co_return plugin::BoughtNumber{"+1415555010" + std::to_string(bought),
                                   "PN" + std::to_string(bought)};
  }
  Task<Result<void>> configure_number(plugin::BoughtNumber, plugin::NumberRoutes routes,
                                      std::chrono::milliseconds) override {
    routes_ = std::move(routes);
    if (configure_fails) co_return fail(ErrorCode::unavailable, "not now");
    co_return Result<void>();
  }
  Task<Result<void>> release_number(plugin::BoughtNumber, std::chrono::milliseconds) override {
    if (release_fails) co_return fail(ErrorCode::unavailable, "not now");
    ++released;
    co_return Result<void>();
  }
  Task<Result<plugin::Receipt>> make_call(plugin::OutboundCall,
                                          std::chrono::milliseconds) override {
    co_return fail(ErrorCode::unsupported, "");
  }
  Task<Result<void>> transfer_call(plugin::CallTransfer, std::chrono::milliseconds) override {
    co_return fail(ErrorCode::unsupported, "");
  }
  Task<Result<void>> end_call(std::string, std::chrono::milliseconds) override {
    co_return fail(ErrorCode::unsupported, "");
  }
  bool can_look_up_calls() const override { return false; }
  Task<Result<plugin::CallReport>> find_call(plugin::LookUp, std::chrono::milliseconds) override {
    co_return fail(ErrorCode::unsupported, "");
  }
  Result<plugin::CallInstructions> render(const std::vector<plugin::CallVerb>&) override {
    return fail(ErrorCode::unsupported, "");
  }

  plugin::NumberRoutes routes_;
};

class OneShop final : public plugin::test::BareProviders {
 public:
  std::shared_ptr<Shop> shop = std::make_shared<Shop>();

  std::vector<std::shared_ptr<plugin::MessageProvider>> for_channel(plugin::ChannelKind,
                                                                    const plugin::Scope&) override {
    return {shop};
  }
  std::shared_ptr<plugin::MessageProvider> named(plugin::ChannelKind, std::string_view name,
                                                 const plugin::Scope&) override {
    return name == "shop" ? shop : nullptr;
  }
  std::shared_ptr<plugin::TelephonyProvider> telephony(const plugin::Scope&) override {
    return shop;
  }
};

class ProvisioningTest : public testing::Test {
 protected:
  ProvisioningTest() {
    auto opened =
        store::DatabaseStore::open(store::test::load_sqlite(folder_.file("commsd.db")), clock_);
    if (!opened) std::abort();
    store_ = std::move(*opened);
    audit_.emplace(*store_, clock_, ids_);
    tokens_.emplace(*store_, clock_, random_, ids_);
    service_.emplace(*store_, providers_, *tokens_, *audit_, clock_, ids_,
                     ProvisioningSettings{"https://comms.example.com", 2});
  }

  void add_organization() {
    store::UnitOfWork unit;
    store::OrganizationRepository::add_create(unit, {"org_1", "One", "production", "active", 1});
    EXPECT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  }

  Result<Provisioned> provision(std::string agent_id, bool phone = true, bool whatsapp = false) {
    ProvisionRequest request;
    request.org_id = "org_1";
    request.agent_id = std::move(agent_id);
    request.display_name = "Ada";
    request.phone = phone;
    request.whatsapp = whatsapp;
    return executor_.run(service_->provision(actor_, std::move(request)));
  }

  store::test::TemporaryFolder folder_;
  ManualClock clock_{1'700'000'000'000};
  SystemRandom random_;
  Ids ids_{clock_, random_};
  ManualExecutor executor_;
  OneShop providers_;
  std::unique_ptr<store::DatabaseStore> store_;
  std::optional<store::AuditLog> audit_;
  std::optional<identity::TokenService> tokens_;
  std::optional<ProvisioningService> service_;
  identity::Principal actor_{identity::Role::organization, "tok_1", "org_1", ""};
};

TEST_F(ProvisioningTest, AnAgentGetsANumberAndATokenThatWorks) {
  add_organization();
  const auto done = provision("ada");
  ASSERT_TRUE(done) << done.error().message;
  ASSERT_EQ(done->channels.size(), 1U);
  EXPECT_EQ(done->channels[0].address, "+14155550101");
  EXPECT_EQ(providers_.shop->routes_.sms_url, "https://comms.example.com/webhooks/ada/sms");
  const auto principal = executor_.run(tokens_->verify(done->token));
  ASSERT_TRUE(principal);
  EXPECT_EQ(principal->agent_id, "ada");
  const auto report = executor_.run(service_->report("org_1", "ada"));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->agent.status, "active");
}

TEST_F(ProvisioningTest, TheAgentsTokenIsLimitedAsTheCallersIs) {
  add_organization();
  actor_.scopes = {"comms:provision"};
  actor_.grant_id = "grt_1";
  const auto done = provision("ada");
  ASSERT_TRUE(done) << done.error().message;
  const auto principal = executor_.run(tokens_->verify(done->token));
  ASSERT_TRUE(principal);
  EXPECT_TRUE(principal->may("comms:provision"));
  EXPECT_FALSE(principal->may("comms:send"));
  EXPECT_EQ(principal->grant_id, "grt_1") << "ends with the grant";
}

TEST_F(ProvisioningTest, TellsOfAgentsThatCameAndWent) {
  add_organization();
  std::vector<std::string> changed;
  service_->on_change([&](const std::string& org_id, const std::string& agent_id) {
    changed.push_back(org_id + ' ' + agent_id);
  });
  ASSERT_TRUE(provision("ada"));
  EXPECT_FALSE(provision("ada")) << "taken, so nothing changes";
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(executor_.run(service_->deprovision(actor_, "org_1", "ada", true)));
  }
  EXPECT_EQ(changed, (std::vector<std::string>{"org_1 ada", "org_1 ada"}));
}

TEST_F(ProvisioningTest, FindsTheAgentsOfAnOrganization) {
  add_organization();
  ASSERT_TRUE(provision("ada"));
  ASSERT_TRUE(provision("bob"));
  const auto ids = [](const Result<std::vector<store::Agent>>& agents) {
    std::string text;
    for (const store::Agent& agent : *agents) text += agent.id + ' ';
    return text;
  };
  EXPECT_EQ(ids(executor_.run(service_->agents("org_1", "", 10))), "ada bob ");
  EXPECT_EQ(ids(executor_.run(service_->agents("org_1", "ada", 10))), "bob ");
  EXPECT_EQ(ids(executor_.run(service_->agents_starting_with("org_1", "b", 10))), "bob ");
  EXPECT_EQ(ids(executor_.run(service_->agents_starting_with("org_1", "%", 10))), "");
  EXPECT_EQ(ids(executor_.run(service_->agents("org_2", "", 10))), "");
}

TEST_F(ProvisioningTest, WhatWasBoughtBeforeAFailureIsGivenBack) {
  add_organization();
  providers_.shop->configure_fails = true;
  EXPECT_FALSE(provision("ada"));
  EXPECT_EQ(providers_.shop->bought, 1);
  EXPECT_EQ(providers_.shop->released, 1);
  providers_.shop->configure_fails = false;
  EXPECT_FALSE(provision("ada", true, true)) << "there is no WhatsApp provider";
  EXPECT_EQ(providers_.shop->released, 2);
  EXPECT_FALSE(executor_.run(service_->report("org_1", "ada"))) << "nothing is left of it";
  EXPECT_TRUE(provision("ada"));
}

TEST_F(ProvisioningTest, ATakenIdAndAFullPoolBuyNothing) {
  add_organization();
  ASSERT_TRUE(provision("ada"));
  const auto twin = provision("ada");
  ASSERT_FALSE(twin);
  EXPECT_EQ(twin.error().code, ErrorCode::conflict);
  ASSERT_TRUE(provision("bob"));
  const auto third = provision("cyd");
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, ErrorCode::rejected);
  EXPECT_EQ(providers_.shop->bought, 2);
}

TEST_F(ProvisioningTest, RefusesWhatMakesNoSense) {
  add_organization();
  for (const char* id : {"../etc", "..", ".a", "a.", "a b", "a/b"}) {
    EXPECT_EQ(provision(id).error().code, ErrorCode::invalid_argument) << id;
  }
  EXPECT_EQ(provision("ada", false).error().code, ErrorCode::invalid_argument);
  ProvisionRequest request;
  request.org_id = "org_2";
  request.display_name = "Ada";
  request.phone = true;
  EXPECT_EQ(executor_.run(service_->provision(actor_, request)).error().code, ErrorCode::not_found);
  EXPECT_EQ(providers_.shop->bought, 0);
}

TEST_F(ProvisioningTest, TakingBackReleasesRevokesAndIsHarmlessTwice) {
  add_organization();
  const auto done = provision("ada");
  ASSERT_TRUE(done);
  auto gone = executor_.run(service_->deprovision(actor_, "org_1", "ada", true));
  ASSERT_TRUE(gone);
  EXPECT_TRUE(gone->number_released);
  EXPECT_FALSE(executor_.run(tokens_->verify(done->token)));
  gone = executor_.run(service_->deprovision(actor_, "org_1", "ada", true));
  ASSERT_TRUE(gone);
  EXPECT_TRUE(gone->already);
  EXPECT_EQ(providers_.shop->released, 1);
  EXPECT_FALSE(executor_.run(service_->deprovision(actor_, "org_2", "ada", true)));
}

TEST_F(ProvisioningTest, ANumberThatCannotBeReleasedIsAWarning) {
  add_organization();
  ASSERT_TRUE(provision("ada"));
  providers_.shop->release_fails = true;
  const auto gone = executor_.run(service_->deprovision(actor_, "org_1", "ada", true));
  ASSERT_TRUE(gone);
  EXPECT_FALSE(gone->number_released);
  EXPECT_EQ(gone->warnings.size(), 1U);
}

TEST_F(ProvisioningTest, TheFirstRunHappensOnce) {
  auto welcome = executor_.run(first_run(*store_, providers_, *service_, *audit_, clock_, ids_));
  ASSERT_TRUE(welcome && *welcome);
  EXPECT_TRUE(executor_.run(tokens_->verify((*welcome)->agent_token)));
  welcome = executor_.run(first_run(*store_, providers_, *service_, *audit_, clock_, ids_));
  ASSERT_TRUE(welcome);
  EXPECT_FALSE(*welcome);
}

}  // namespace
}  // namespace commsd::provisioning
