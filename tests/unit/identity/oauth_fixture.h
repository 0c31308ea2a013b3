#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/manual_executor.h"
#include "identity/fetch.h"
#include "identity/token_service.h"
#include "store/agent_repository.h"
#include "store/database_store.h"
#include "store/organization_repository.h"
#include "store/test_database.h"

namespace commsd::identity::testing {

/// A store with org_1 and its agent agt_1, and a network of documents.
class OauthTest : public ::testing::Test {
 protected:
  OauthTest() {
    auto opened =
        store::DatabaseStore::open(store::test::load_database(folder_.file("commsd.db")), clock_);
    if (!opened) std::abort();
    store_ = std::move(*opened);
    tokens_.emplace(*store_, clock_, random_, ids_);
    tokens_->accept_audiences({"https://here.example.org/mcp"});
    store::UnitOfWork unit;
    store::OrganizationRepository::add_create(unit, {"org_1", "One", "sandbox", "active", 1});
    store::AgentRepository::add_create(unit, {"agt_1", "org_1", "Ada", "active", "US", 1});
    EXPECT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  }

  Fetch fetch() {
    return [this](std::string url) { return get(std::move(url)); };
  }

  store::test::TemporaryFolder folder_;
  ManualClock clock_{1'700'000'000'000};
  SystemRandom random_;
  Ids ids_{clock_, random_};
  ManualExecutor executor_;
  std::unique_ptr<store::DatabaseStore> store_;
  std::optional<TokenService> tokens_;
  std::map<std::string, std::string> documents_;
  std::vector<std::string> fetched_;

 private:
  Task<Result<FetchedDocument>> get(std::string url) {
    fetched_.push_back(url);
    const auto found = documents_.find(url);
    if (found == documents_.end()) co_return fail(ErrorCode::unavailable, "no such document");
    FetchedDocument document;
    document.body = found->second;
    co_return document;
  }
};

}  // namespace commsd::identity::testing
