#include "provisioning/country_requirements.h"

#include <gmock/gmock.h>

#include "provisioning/provisioning_bed.h"
#include "store/requirement_repository.h"

namespace commsd::provisioning::test {
namespace {

using plugin::ChannelKind;
using ::testing::HasSubstr;
using ::testing::Not;

class CountryRequirementsTest : public ProvisioningBed {
 protected:
  CountryRequirementsTest() {
    service_->requirements().use(
        [](const std::string& country, const std::vector<ChannelKind>& channels) {
          std::vector<CountryRequirement> all;
          const bool sms = channels.empty() ||
                           std::count(channels.begin(), channels.end(), ChannelKind::sms) > 0;
          if ((country == "US" || country.empty()) && sms) {
            all.push_back({"us.brand", "Register the brand."});
            all.push_back({"us.campaign", "Register the campaign."});
            all.push_back({"us.advice", "Think about it.", false});
          }
          return all;
        });
  }
  Result<void> meet(std::string requirement, bool met = true, std::string org_id = "org_1") {
    return executor_.run(service_->requirements().set(actor_, std::move(org_id),
                                                      std::move(requirement), met, "BRAND-1"));
  }
};

TEST_F(CountryRequirementsTest, NothingIsBoughtBeforeAllAreMet) {
  auto refused = provision(request("ada"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::rejected);
  EXPECT_EQ(refused.error().rule, "country_requirements");
  EXPECT_THAT(refused.error().message,
              HasSubstr("us.brand: Register the brand. us.campaign: Register the campaign."));
  EXPECT_THAT(refused.error().message, Not(HasSubstr("us.advice")));
  EXPECT_THAT(refused.error().remedy, HasSubstr("organizations meet org_1"));
  ASSERT_TRUE(meet("us.brand"));
  refused = provision(request("ada"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, Not(HasSubstr("us.brand")));
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(meet("us.campaign"));
  EXPECT_EQ(shop_.books.sold, 0);
  EXPECT_TRUE(provision(request("ada")));
  ASSERT_TRUE(meet("us.brand", false));
  EXPECT_FALSE(provision(request("bob"))) << "taken back";
}

TEST_F(CountryRequirementsTest, OfOneOrganizationAndOfRequirementsThatThereAre) {
  add_organization("org_2");
  ASSERT_TRUE(meet("us.brand"));
  ASSERT_TRUE(meet("us.campaign"));
  ProvisionRequest theirs = request("eve");
  theirs.org_id = "org_2";
  EXPECT_EQ(provision(theirs).error().rule, "country_requirements");
  EXPECT_EQ(meet("us.brnad").error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(meet("us.brand", true, "org_9").error().code, ErrorCode::not_found);
  const auto listed = executor_.run(service_->requirements().list("org_2", "US", {}));
  ASSERT_TRUE(listed);
  ASSERT_EQ(listed->size(), 3U);
  for (const auto& one : *listed) EXPECT_FALSE(one.met) << one.requirement.id;
  const store::RequirementRepository repository(store_);
  EXPECT_THAT(*executor_.run(repository.met("org_1")),
              testing::ElementsAre("us.brand", "us.campaign"));
}

TEST_F(CountryRequirementsTest, NumbersOfThePoolAreAskedForToo) {
  Pools::NewNumber wanted;
  wanted.org_id = "org_1";
  EXPECT_EQ(executor_.run(pools_->add_number(actor_, wanted)).error().rule, "country_requirements");
  EXPECT_EQ(shop_.books.sold, 0);
  wanted.capabilities = {"voice"};
  EXPECT_TRUE(executor_.run(pools_->add_number(actor_, wanted)));
}

TEST_F(CountryRequirementsTest, OtherCountriesAndSandboxesAreNotAsked) {
  ProvisionRequest abroad = request("ada");
  abroad.country = "GB";
  EXPECT_TRUE(provision(abroad));
  store::UnitOfWork unit;
  store::OrganizationRepository::add_set_mode(unit, "org_1", "sandbox");
  ASSERT_TRUE(executor_.run(store_.commit(std::move(unit)))->committed);
  EXPECT_TRUE(provision(request("bob")));
}

TEST_F(CountryRequirementsTest, EachWordIsInTheAuditLog) {
  ASSERT_TRUE(meet("us.brand"));
  ASSERT_TRUE(meet("us.brand", false));
  std::vector<std::string> actions;
  const auto entries = executor_.run(audit_->list("org_1", 0, 100));
  ASSERT_TRUE(entries);
  for (const auto& entry : *entries) actions.push_back(entry.action);
  EXPECT_THAT(actions, testing::IsSupersetOf({"requirement_met", "requirement_withdrawn"}));
}

}  // namespace
}  // namespace commsd::provisioning::test
