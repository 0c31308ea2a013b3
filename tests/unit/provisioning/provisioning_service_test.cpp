#include "provisioning/provisioning_service.h"

#include <gtest/gtest.h>

#include "base/manual_executor.h"
#include "provisioning/first_run.h"
#include "provisioning/scripted_shop.h"
#include "store/database_store.h"
#include "store/organization_repository.h"
#include "store/test_database.h"

namespace commsd::provisioning {
namespace {

class ProvisioningTest : public testing::Test {
 protected:
  ProvisioningTest() {
    providers_.has_whatsapp = false;
    auto opened =
        store::DatabaseStore::open(store::test::load_database(folder_.file("commsd.db")), clock_);
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
  test::Shop providers_;
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
  EXPECT_EQ(done->channels[0].address, "+14155551001");
  EXPECT_EQ(providers_.books.routes.sms_url, "https://comms.example.com/webhooks/ada/sms");
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
  providers_.books.decide = [](const std::string& operation) {
    return operation == "configure" ? test::Books::Answer::unavailable : test::Books::Answer::take;
  };
  EXPECT_FALSE(provision("ada"));
  EXPECT_EQ(providers_.books.sold, 1);
  EXPECT_TRUE(providers_.books.numbers.empty());
  providers_.books.decide = [](const std::string&) { return test::Books::Answer::take; };
  EXPECT_FALSE(provision("ada", true, true)) << "there is no WhatsApp provider";
  EXPECT_TRUE(providers_.books.numbers.empty());
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
  EXPECT_EQ(providers_.books.sold, 2);
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
  EXPECT_EQ(providers_.books.sold, 0);
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
  EXPECT_TRUE(providers_.books.numbers.empty());
  EXPECT_FALSE(executor_.run(service_->deprovision(actor_, "org_2", "ada", true)));
}

TEST_F(ProvisioningTest, ANumberThatCannotBeReleasedIsAWarning) {
  add_organization();
  ASSERT_TRUE(provision("ada"));
  providers_.books.decide = [](const std::string&) { return test::Books::Answer::unavailable; };
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
