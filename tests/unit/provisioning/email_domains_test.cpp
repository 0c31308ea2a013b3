#include "provisioning/email_domains.h"

#include <gmock/gmock.h>

#include "provisioning/provisioning_bed.h"

namespace commsd::provisioning::test {
namespace {

using ::testing::HasSubstr;

class EmailDomainsTest : public ProvisioningBed {
 protected:
  EmailDomainsTest() {
    add_organization("org_2");
    shop_.books.sandbox = false;
  }
  Result<EmailDomains::State> verify(const std::string& org_id, bool operators_word = false) {
    identity::Principal actor{identity::Role::organization, "tok_1", org_id, ""};
    if (operators_word) actor = {identity::Role::orchestrator, "tok_2", "", ""};
    return executor_.run(service_->domains().verify(actor, org_id, "", "Mail.Example.com", limit_));
  }
  const std::chrono::milliseconds limit_{1000};
};

TEST_F(EmailDomainsTest, IsOfTheOrganizationThatSetItsRecords) {
  shop_.books.domain_status = "pending";
  auto state = verify("org_1");
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_EQ(state->status, "pending");
  ASSERT_EQ(state->records.size(), 1U);
  EXPECT_EQ(verify("org_2").error().code, ErrorCode::rejected) << "org_1 has asked for it";
  shop_.books.domain_status = "verified";
  state = verify("org_1");
  ASSERT_TRUE(state);
  EXPECT_EQ(state->status, "verified");
  EXPECT_EQ(verify("org_2").error().code, ErrorCode::rejected);
  EXPECT_EQ(verify("org_2", true).error().code, ErrorCode::rejected) << "not by an operator either";
  clock_.advance(std::chrono::hours(1000));
  EXPECT_EQ(verify("org_2").error().code, ErrorCode::rejected) << "for good";
}

TEST_F(EmailDomainsTest, AnAgentGetsNoAddressBelowAnUnverifiedDomain) {
  shop_.books.domain_status = "pending";
  actor_ = {identity::Role::organization, "tok_1", "org_1", ""};
  const auto refused = provision(everything("ada"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::rejected);
  EXPECT_THAT(refused.error().message, HasSubstr("TXT _dkim.mail.example.com = k=1"));
  EXPECT_EQ(shop_.books.sold, 0) << "nothing was bought for it";
  expect_nothing_leaks("unverified domain");
  shop_.books.domain_status = "verified";
  const auto done = provision(everything("ada"));
  ASSERT_TRUE(done) << done.error().message;
}

TEST_F(EmailDomainsTest, ADomainTheVendorKnewBeforeProvesNothing) {
  const auto refused = verify("org_1");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().remedy, HasSubstr("domains assign"));
  EXPECT_EQ(verify("org_1").error().code, ErrorCode::rejected) << "asking twice does not help";
  EXPECT_TRUE(verify("org_1", true)) << "an operator may say so";
  EXPECT_TRUE(verify("org_1")) << "and then it is its";
}

TEST_F(EmailDomainsTest, AClaimRunsOut) {
  shop_.books.domain_status = "pending";
  ASSERT_TRUE(verify("org_1"));
  clock_.advance(std::chrono::hours(71));
  ASSERT_TRUE(verify("org_1")) << "asking again does not prolong it";
  EXPECT_FALSE(verify("org_2"));
  clock_.advance(std::chrono::hours(2));
  ASSERT_TRUE(verify("org_2"));
  EXPECT_FALSE(verify("org_1")) << "now it is the other's turn";
}

TEST_F(EmailDomainsTest, ASandboxProviderVerifiesAtOnceAndClaimsNothing) {
  shop_.books.sandbox = true;
  auto state = verify("org_1");
  ASSERT_TRUE(state);
  EXPECT_EQ(state->status, "sandbox");
  EXPECT_TRUE(verify("org_2"));
  // Whoever proves it at a real provider has it.
  shop_.books.sandbox = false;
  shop_.books.domain_status = "pending";
  ASSERT_TRUE(verify("org_2"));
  shop_.books.domain_status = "verified";
  state = verify("org_2");
  ASSERT_TRUE(state);
  EXPECT_EQ(state->status, "verified");
  shop_.books.sandbox = true;
  EXPECT_FALSE(verify("org_1")) << "not even in the sandbox then";
}

TEST_F(EmailDomainsTest, AnOperatorAssignsAndTakesAway) {
  auto& domains = service_->domains();
  ASSERT_TRUE(executor_.run(domains.assign(actor_, "org_1", "mail.example.com")));
  EXPECT_FALSE(executor_.run(domains.assign(actor_, "org_2", "mail.example.com")));
  ASSERT_TRUE(executor_.run(domains.remove(actor_, "org_1", "MAIL.example.com")));
  EXPECT_EQ(executor_.run(domains.remove(actor_, "org_1", "mail.example.com")).error().code,
            ErrorCode::not_found);
  ASSERT_TRUE(executor_.run(domains.assign(actor_, "org_2", "mail.example.com")));
  EXPECT_EQ(executor_.run(domains.list("org_2"))->size(), 1U);
  EXPECT_FALSE(executor_.run(domains.assign(actor_, "org_2", "nodots")));
}

}  // namespace
}  // namespace commsd::provisioning::test
