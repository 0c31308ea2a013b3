#include <gmock/gmock.h>

#include "provisioning/provisioning_bed.h"

namespace commsd::provisioning::test {
namespace {

using ::testing::HasSubstr;

class CountryRequirementsTest : public ProvisioningBed {
 protected:
  CountryRequirementsTest() {
    service_->use_requirements([](const ProvisionRequest& request) {
      std::vector<CountryRequirement> all;
      if (request.country == "US" && request.phone) {
        all.push_back({"us_a2p_10dlc", "register the brand and the campaign"});
        all.push_back({"us_other", "something else"});
      }
      return all;
    });
  }
};

TEST_F(CountryRequirementsTest, NothingIsBoughtBeforeAllAreMet) {
  auto refused = provision(request("ada"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::rejected);
  EXPECT_THAT(refused.error().message,
              HasSubstr("us_a2p_10dlc: register the brand and the campaign; us_other"));
  EXPECT_THAT(refused.error().remedy, HasSubstr("organizations meet org_1"));
  ASSERT_TRUE(executor_.run(service_->meet_requirement(actor_, "org_1", "us_a2p_10dlc")));
  refused = provision(request("ada"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, testing::Not(HasSubstr("10dlc")));
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(executor_.run(service_->meet_requirement(actor_, "org_1", "us_other")));
  }
  EXPECT_EQ(shop_.books.sold, 0);
  EXPECT_TRUE(provision(request("ada")));
  EXPECT_EQ(executor_.run(service_->meet_requirement(actor_, "org_9", "us_other")).error().code,
            ErrorCode::not_found);
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

}  // namespace
}  // namespace commsd::provisioning::test
