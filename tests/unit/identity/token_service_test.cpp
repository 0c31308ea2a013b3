#include "identity/token_service.h"

#include <gtest/gtest.h>

#include "base/manual_executor.h"
#include "identity/server_keys.h"
#include "store/agent_repository.h"
#include "store/database_store.h"
#include "store/organization_repository.h"
#include "store/test_database.h"
#include "store/token_repository.h"

namespace commsd::identity {
namespace {

class TokenServiceTest : public testing::Test {
 protected:
  TokenServiceTest() {
    auto opened =
        store::DatabaseStore::open(store::test::load_database(folder_.file("commsd.db")), clock_);
    if (!opened) std::abort();
    store_ = std::move(*opened);
    tokens_.emplace(*store_, clock_, random_, ids_);
    store::UnitOfWork unit;
    store::OrganizationRepository::add_create(unit, {"org_1", "One", "sandbox", "active", 1});
    store::AgentRepository::add_create(unit, {"agt_1", "org_1", "Ada", "active", "US", 1});
    EXPECT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  }

  TokenService::Issued issue(Role role, std::string org_id, std::string agent_id) {
    auto issued = executor_.run(tokens_->issue(role, std::move(org_id), std::move(agent_id), "t"));
    EXPECT_TRUE(issued);
    return issued.value_or(TokenService::Issued());
  }

  store::test::TemporaryFolder folder_;
  ManualClock clock_{1'700'000'000'000};
  SystemRandom random_;
  Ids ids_{clock_, random_};
  ManualExecutor executor_;
  std::unique_ptr<store::DatabaseStore> store_;
  std::optional<TokenService> tokens_;
};

TEST_F(TokenServiceTest, ATokenSaysWhoseItIs) {
  const auto issued = issue(Role::agent, "org_1", "agt_1");
  EXPECT_TRUE(issued.text.starts_with("cmd_live_"));
  const auto principal = executor_.run(tokens_->verify(issued.text));
  ASSERT_TRUE(principal);
  EXPECT_EQ(principal->role, Role::agent);
  EXPECT_EQ(principal->org_id, "org_1");
  EXPECT_EQ(principal->agent_id, "agt_1");
  EXPECT_EQ(principal->token_id, issued.id);
}

TEST_F(TokenServiceTest, TheStoreKeepsNoToken) {
  const auto issued = issue(Role::organization, "org_1", "");
  const store::TokenRepository tokens(*store_);
  auto kept = executor_.run(tokens.list("org_1"));
  ASSERT_TRUE(kept);
  for (const store::Token& token : *kept) {
    EXPECT_EQ(token.secret_hash.find(issued.text.substr(40, 20)), std::string::npos);
  }
}

TEST_F(TokenServiceTest, EveryWrongTokenIsRefusedInTheSameWords) {
  const std::string good = issue(Role::agent, "org_1", "agt_1").text;
  std::string flipped = good;
  flipped[30] = flipped[30] == 'a' ? 'b' : 'a';
  std::string refusal;
  for (const std::string& bad : {std::string(), std::string("x"), flipped, good.substr(1),
                                 good + "0", good.substr(0, 50), std::string(100'000, 'a'),
                                 "cmd_live_" + std::string(64, '_'), good + std::string(1, '\0')}) {
    const auto principal = executor_.run(tokens_->verify(bad));
    ASSERT_FALSE(principal);
    EXPECT_EQ(principal.error().code, ErrorCode::unauthenticated);
    if (refusal.empty()) refusal = principal.error().message;
    EXPECT_EQ(principal.error().message, refusal);
  }
}

TEST_F(TokenServiceTest, ARevokedTokenIsDeadAtOnce) {
  const auto issued = issue(Role::agent, "org_1", "agt_1");
  ASSERT_TRUE(executor_.run(tokens_->verify(issued.text)));
  EXPECT_FALSE(executor_.run(tokens_->revoke("org_2", issued.id))) << "another's organization";
  ASSERT_TRUE(executor_.run(tokens_->verify(issued.text)));
  ASSERT_TRUE(executor_.run(tokens_->revoke("org_1", issued.id)));
  EXPECT_FALSE(executor_.run(tokens_->verify(issued.text)));
}

TEST_F(TokenServiceTest, WhoWorksOnWithATokenHearsOfARevocation) {
  int heard = 0;
  tokens_->on_revoked([&] { ++heard; });
  const auto issued = issue(Role::agent, "org_1", "agt_1");
  EXPECT_FALSE(executor_.run(tokens_->revoke("org_2", issued.id))) << "another's organization";
  EXPECT_EQ(heard, 0);
  ASSERT_TRUE(executor_.run(tokens_->revoke("org_1", issued.id)));
  EXPECT_EQ(heard, 1);
}

TEST_F(TokenServiceTest, ARoleAndItsIdsMustFit) {
  for (const auto& [role, org, agent] : std::vector<std::tuple<Role, std::string, std::string>>{
           {Role::orchestrator, "org_1", ""},
           {Role::organization, "", ""},
           {Role::organization, "org_1", "agt_1"},
           {Role::agent, "org_1", ""},
           {Role::agent, "", "agt_1"}}) {
    const auto issued = executor_.run(tokens_->issue(role, org, agent, ""));
    ASSERT_FALSE(issued);
    EXPECT_EQ(issued.error().code, ErrorCode::invalid_argument);
  }
  EXPECT_FALSE(executor_.run(tokens_->issue(Role::agent, "org_9", "agt_1", "")));
}

TEST_F(TokenServiceTest, ATokenIsLimitedToItsScopes) {
  const auto issued = executor_.run(tokens_->issue(
      Role::agent, "org_1", "agt_1", "", {{"comms:read", "comms:send"}, {"sms"}, {}, "", ""}));
  ASSERT_TRUE(issued);
  const auto principal = executor_.run(tokens_->verify(issued->text));
  ASSERT_TRUE(principal);
  EXPECT_TRUE(principal->may("comms:read"));
  EXPECT_TRUE(principal->may("comms:send"));
  EXPECT_FALSE(principal->may("comms:provision"));
  EXPECT_TRUE(principal->may("")) << "what needs no scope";
  EXPECT_EQ(principal->toolsets, std::vector<std::string>{"sms"});
}

TEST_F(TokenServiceTest, ATokenWithoutScopesMayAllOfItsRole) {
  const auto principal = executor_.run(tokens_->verify(issue(Role::agent, "org_1", "agt_1").text));
  ASSERT_TRUE(principal);
  EXPECT_FALSE(principal->scopes);
  EXPECT_TRUE(principal->may("comms:admin"));
}

TEST_F(TokenServiceTest, AScopeNobodyKnowsIsRefused) {
  const auto issued = executor_.run(
      tokens_->issue(Role::agent, "org_1", "agt_1", "", {{"comms:sned"}, {}, {}, "", ""}));
  ASSERT_FALSE(issued);
  EXPECT_EQ(issued.error().code, ErrorCode::invalid_argument);
  EXPECT_NE(issued.error().message.find("comms:send"), std::string::npos) << "names what there is";
}

TEST_F(TokenServiceTest, ATokenForAnotherAudienceIsRefused) {
  const std::string here = "https://here.example.org/mcp";
  const auto issued = executor_.run(
      tokens_->issue(Role::agent, "org_1", "agt_1", "", {{"comms:read"}, {}, {}, here, "grant_1"}));
  ASSERT_TRUE(issued);
  EXPECT_FALSE(executor_.run(tokens_->verify(issued->text)));
  tokens_->accept_audiences({"https://there.example.org/mcp"});
  EXPECT_FALSE(executor_.run(tokens_->verify(issued->text)));
  tokens_->accept_audiences({here});
  EXPECT_TRUE(executor_.run(tokens_->verify(issued->text)));
}

TEST_F(TokenServiceTest, ATokenEndsWhenItsTimeIsOver) {
  const auto issued = executor_.run(
      tokens_->issue(Role::agent, "org_1", "agt_1", "", {{}, {}, clock_.now() + 60'000, "", ""}));
  ASSERT_TRUE(issued);
  EXPECT_TRUE(executor_.run(tokens_->verify(issued->text)));
  clock_.advance(std::chrono::milliseconds(60'000));
  const auto ended = executor_.run(tokens_->verify(issued->text));
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().cause, ended_token);
  std::string guess = issued->text;
  guess[guess.size() - 8] = guess[guess.size() - 8] == '0' ? '1' : '0';
  EXPECT_EQ(executor_.run(tokens_->verify(guess)).error().cause, "");
}

TEST_F(TokenServiceTest, AServerKeyIsMadeOnceAndKept) {
  const auto first = executor_.run(server_key(*store_, "session_key", clock_, random_));
  const auto again = executor_.run(server_key(*store_, "session_key", clock_, random_));
  const auto other = executor_.run(server_key(*store_, "contact_key", clock_, random_));
  ASSERT_TRUE(first && again && other);
  EXPECT_EQ(first->size(), 64U);
  EXPECT_EQ(*first, *again);
  EXPECT_NE(*first, *other);
}

TEST(RequestedAgent, AnAgentSpeaksForItselfOnly) {
  const Principal agent{Role::agent, "tok_1", "org_1", "agt_1"};
  EXPECT_EQ(*requested_agent(agent, ""), "agt_1");
  EXPECT_EQ(*requested_agent(agent, "agt_1"), "agt_1");
  EXPECT_EQ(requested_agent(agent, "agt_2").error().code, ErrorCode::permission_denied);
  const Principal organization{Role::organization, "tok_2", "org_1", ""};
  EXPECT_EQ(*requested_agent(organization, "agt_2"), "agt_2");
  EXPECT_EQ(requested_agent(organization, "").error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace commsd::identity
