#include "identity/organization_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/manual_executor.h"
#include "store/database_store.h"
#include "store/test_database.h"

namespace commsd::identity {
namespace {

using ::testing::HasSubstr;

class OrganizationServiceTest : public testing::Test {
 protected:
  OrganizationServiceTest() {
    auto opened =
        store::DatabaseStore::open(store::test::load_database(folder_.file("commsd.db")), clock_);
    if (!opened) std::abort();
    store_ = std::move(*opened);
    audit_.emplace(*store_, clock_, ids_);
    tokens_.emplace(*store_, clock_, random_, ids_);
    modes_.emplace(*store_);
    service_.emplace(*store_, *tokens_, *modes_, *audit_, clock_, ids_);
  }
  std::string make(const std::string& slug) {
    OrganizationApplication application;
    application.name = "Acme";
    application.slug = slug;
    auto made = executor_.run(service_->create(operator_, std::move(application), false));
    EXPECT_TRUE(made);
    return made->organization.id;
  }
  std::string after(const std::string& id, ReviewAction action) {
    const auto done = executor_.run(service_->review(operator_, id, action, "because"));
    if (!done) return std::string(to_string(done.error().code));
    return done->mode + ' ' + std::string(account_status(*done));
  }

  store::test::TemporaryFolder folder_;
  ManualClock clock_{1'700'000'000'000};
  SystemRandom random_;
  Ids ids_{clock_, random_};
  ManualExecutor executor_;
  std::unique_ptr<store::DatabaseStore> store_;
  std::optional<store::AuditLog> audit_;
  std::optional<TokenService> tokens_;
  std::optional<OrganizationModes> modes_;
  std::optional<OrganizationService> service_;
  Principal operator_{Role::orchestrator, "tok_1", "", ""};
};

TEST_F(OrganizationServiceTest, EveryStepOfAReview) {
  using enum ReviewAction;
  struct Case {
    std::vector<ReviewAction> steps;
    std::string last;
  };
  const std::vector<Case> cases = {
      {{approve}, "production approved"},
      {{reject}, "sandbox rejected"},
      {{suspend}, "sandbox suspended"},
      {{approve, approve}, "rejected"},
      {{approve, reject}, "rejected"},
      {{approve, suspend}, "production suspended"},
      {{approve, suspend, suspend}, "rejected"},
      {{approve, suspend, reject}, "rejected"},
      {{approve, suspend, approve}, "production approved"},
      {{reject, reject}, "rejected"},
      {{reject, approve}, "production approved"},
      {{reject, suspend}, "sandbox suspended"},
      {{suspend, approve}, "production approved"},
  };
  int number = 0;
  for (const Case& one : cases) {
    const std::string id = make("org-" + std::to_string(++number));
    std::string last;
    for (const ReviewAction step : one.steps) last = after(id, step);
    EXPECT_EQ(last, one.last) << number;
  }
  EXPECT_EQ(after("org_none", approve), "not_found");
}

TEST_F(OrganizationServiceTest, OutOfTheSandboxByApprovalOnly) {
  const std::string id = make("acme");
  EXPECT_TRUE(modes_->is_sandbox(id));
  EXPECT_EQ(after(id, ReviewAction::approve), "production approved");
  EXPECT_FALSE(modes_->is_sandbox(id));
  EXPECT_EQ(after(id, ReviewAction::suspend), "production suspended");
  EXPECT_TRUE(modes_->is_suspended(id));
  // As another process sees it.
  OrganizationModes other(*store_);
  ASSERT_TRUE(executor_.run(other.refresh()));
  EXPECT_TRUE(other.is_suspended(id));
  EXPECT_FALSE(other.is_sandbox(id));
}

TEST_F(OrganizationServiceTest, ASlugIsOneOrganizationsAndMayBeLeftOut) {
  make("acme");
  OrganizationApplication application;
  application.name = "Other";
  application.slug = "acme";
  const auto refused = executor_.run(service_->create(operator_, application, false));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_THAT(refused.error().message, HasSubstr("'acme'"));
  application.slug = "";
  EXPECT_TRUE(executor_.run(service_->create(operator_, application, true)));
  EXPECT_TRUE(executor_.run(service_->create(operator_, application, true)));
}

}  // namespace
}  // namespace commsd::identity
