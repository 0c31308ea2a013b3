// Organizations, pools, kill switch: each tool with what it answers, each refusal, role and
// edition.
#include <gmock/gmock.h>

#include "provisioning/pools.h"
#include "provisioning/scripted_shop.h"
#include "store/agent_repository.h"
#include "store/organization_repository.h"
#include "tools/tools_bed.h"

namespace commsd::tools::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class TenancyToolsTest : public ToolsBed {
 protected:
  TenancyToolsTest() {
    provisioning_.emplace(*store_, shop_, *tokens_, *audit_, clock_, ids_,
                          provisioning::ProvisioningSettings{"https://comms.example.com", 3});
    confirm({});
  }
  void use_edition(const std::string& edition) {
    edition_ = edition;
    confirm({});
  }
  std::string answer(const identity::Principal& caller, const std::string& tool,
                     const std::string& arguments) {
    const auto result = call(caller, tool, arguments);
    return result ? result->json
                  : std::string(to_string(result.error().code)) + ": " + result.error().message;
  }
  std::vector<std::string> audited() {
    std::vector<std::string> lines;
    const auto entries = executor_.run(audit_->list("", 0, 1000));
    for (const store::AuditEntry& entry : *entries) lines.push_back(entry.action);
    return lines;
  }

  provisioning::test::Shop shop_;
};

TEST_F(TenancyToolsTest, WhoSeesWhatInWhichEdition) {
  const std::vector<std::string> operators_only = {"comms_create_organization",
                                                   "comms_list_organizations"};
  for (const char* edition : {"community", "enterprise", "saas"}) {
    use_edition(edition);
    const bool paid = std::string(edition) != "community";
    const auto sees = [&](const identity::Principal& caller, const std::string& tool) {
      return tools_->find(caller, tool) != nullptr;
    };
    for (const std::string& tool : operators_only) {
      EXPECT_EQ(sees(orchestrator(), tool), paid) << edition << ' ' << tool;
      EXPECT_FALSE(sees(organization("org_1"), tool)) << edition << ' ' << tool;
      EXPECT_FALSE(sees(agent("org_1", "agt_1"), tool)) << edition << ' ' << tool;
    }
    EXPECT_EQ(sees(orchestrator(), "comms_onboard_customer"), paid) << edition;
    EXPECT_EQ(sees(organization("org_1"), "comms_onboard_customer"), paid) << edition;
    EXPECT_FALSE(sees(agent("org_1", "agt_1"), "comms_onboard_customer")) << edition;
    for (const char* tool :
         {"comms_expand_agent_pool", "comms_block_channels", "comms_register_provider"}) {
      EXPECT_TRUE(sees(orchestrator(), tool)) << edition << ' ' << tool;
      EXPECT_TRUE(sees(organization("org_1"), tool)) << edition << ' ' << tool;
      EXPECT_FALSE(sees(agent("org_1", "agt_1"), tool)) << edition << ' ' << tool;
    }
    EXPECT_TRUE(sees(agent("org_1", "agt_1"), "comms_get_me")) << edition;
    EXPECT_EQ(tools_->page(orchestrator(), std::nullopt)->find("create_organization") !=
                  std::string::npos,
              paid)
        << "nor is it listed";
  }
}

TEST_F(TenancyToolsTest, CreatesOrganizationsThatWaitForTheirReview) {
  const std::string made = answer(orchestrator(), "comms_create_organization",
                                  R"({"name":"Acme","slug":"acme","company":"Acme Ltd",)"
                                  R"("website":"https://acme.example.com",)"
                                  R"("useCase":"reminders","settings":{"plan":"b"}})");
  EXPECT_THAT(made, HasSubstr(R"("mode":"sandbox")"));
  EXPECT_THAT(made, HasSubstr(R"("accountStatus":"pending_review")"));
  const auto document = JsonDocument::parse(made);
  const std::string token(*document->root().string("adminToken"));
  const auto principal = executor_.run(tokens_->verify(token));
  ASSERT_TRUE(principal);
  EXPECT_EQ(principal->role, identity::Role::organization);
  EXPECT_EQ(principal->org_id, *document->root().string("orgId"));
  EXPECT_TRUE(modes_.is_sandbox(principal->org_id));

  EXPECT_THAT(
      answer(orchestrator(), "comms_create_organization", R"({"name":"Again","slug":"acme"})"),
      HasSubstr("conflict: the slug 'acme'"));
  for (const char* wrong :
       {R"({"name":"A"})", R"({"slug":"a"})", R"({"name":"A","slug":"Not A Slug"})",
        R"({"name":" ","slug":"b"})", R"({"name":"A","slug":"b","website":"ftp://x"})",
        R"({"name":"A","slug":"b","more":1})", R"({"name":7,"slug":"b"})"}) {
    EXPECT_THAT(answer(orchestrator(), "comms_create_organization", wrong),
                HasSubstr("invalid_argument"))
        << wrong;
  }
  const std::string listed = answer(orchestrator(), "comms_list_organizations", "{}");
  EXPECT_THAT(listed, HasSubstr(R"("slug":"acme")"));
  EXPECT_THAT(listed, HasSubstr(R"("settings":{"plan":"b"})"));
  EXPECT_THAT(listed, HasSubstr(R"("total":3)"));
}

TEST_F(TenancyToolsTest, TellsCallersWhoTheyAre) {
  const std::string mine = answer(agent("org_1", "agt_1"), "comms_get_me", "{}");
  EXPECT_THAT(mine, HasSubstr(R"("role":"agent")"));
  EXPECT_THAT(mine, HasSubstr(R"("id":"agt_1")"));
  EXPECT_THAT(mine, HasSubstr(R"("number":"+14155550100")"));
  EXPECT_THAT(mine, HasSubstr(R"("scopes":null)"));
  identity::Principal limited = organization("org_1");
  limited.scopes = {"comms:read"};
  const std::string theirs = answer(limited, "comms_get_me", "{}");
  EXPECT_THAT(theirs, HasSubstr(R"("scopes":["comms:read"])"));
  EXPECT_THAT(theirs, HasSubstr(R"("agent":null)"));
  EXPECT_THAT(theirs, HasSubstr(R"("slotsRemaining":3)"));
  EXPECT_THAT(answer(orchestrator(), "comms_get_me", "{}"), HasSubstr(R"("organization":null)"));
}

TEST_F(TenancyToolsTest, AnOperatorSaysThatARequirementIsMet) {
  provisioning_->requirements().use(
      [](const std::string& country, const std::vector<plugin::ChannelKind>&) {
        std::vector<provisioning::CountryRequirement> all;
        if (country != "GB") all.push_back({"us.brand", "Register the brand."});
        return all;
      });
  store::UnitOfWork unit;
  store::OrganizationRepository::add_set_mode(unit, "org_1", "production");
  ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  const std::string provision = R"({"displayName":"A","capabilities":{"phone":true}})";
  EXPECT_THAT(answer(organization("org_1"), "comms_provision_channels", provision),
              HasSubstr("us.brand: Register the brand."));
  const std::string meet = R"({"organizationId":"org_1","requirement":"us.brand"})";
  EXPECT_EQ(tools_->find(organization("org_1"), "comms_meet_requirement"), nullptr)
      << "nobody vouches for themselves";
  EXPECT_THAT(answer(orchestrator(), "comms_meet_requirement",
                     R"({"organizationId":"org_1","requirement":"us.brnad"})"),
              HasSubstr("invalid_argument: no country asks for"));
  EXPECT_THAT(answer(orchestrator(), "comms_meet_requirement",
                     R"({"organizationId":"org_9","requirement":"us.brand"})"),
              HasSubstr("not_found"));
  for (const char* wrong : {R"({"organizationId":"org_1"})", R"({"requirement":"us.brand"})",
                            R"({"organizationId":"org_1","requirement":"us.brand","met":"yes"})",
                            R"({"organizationId":"org_1","requirement":"us.brand","extra":1})"}) {
    EXPECT_THAT(answer(orchestrator(), "comms_meet_requirement", wrong),
                HasSubstr("invalid_argument"))
        << wrong;
  }
  EXPECT_THAT(answer(orchestrator(), "comms_meet_requirement", meet), HasSubstr(R"("met":true)"));
  EXPECT_THAT(answer(organization("org_1"), "comms_provision_channels", provision),
              HasSubstr("securityToken"));
  EXPECT_THAT(answer(orchestrator(), "comms_meet_requirement",
                     R"({"organizationId":"org_1","requirement":"us.brand","met":false})"),
              HasSubstr(R"("met":false)"));
  EXPECT_THAT(answer(organization("org_1"), "comms_provision_channels", provision),
              HasSubstr("us.brand"));
  EXPECT_THAT(audited(), testing::IsSupersetOf({"requirement_met", "requirement_withdrawn"}));
}

TEST_F(TenancyToolsTest, ResizesThePool) {
  EXPECT_THAT(answer(organization("org_1"), "comms_expand_agent_pool", R"({"maxAgents":10})"),
              HasSubstr(R"("maxAgents":10,"activeAgents":0,"slotsRemaining":10,"previousMax":3)"));
  EXPECT_THAT(answer(orchestrator(), "comms_expand_agent_pool", R"({"maxAgents":10})"),
              HasSubstr("'organizationId' is required"));
  EXPECT_THAT(answer(orchestrator(), "comms_expand_agent_pool",
                     R"({"maxAgents":20,"organizationId":"org_1"})"),
              HasSubstr(R"("previousMax":10)"));
  EXPECT_THAT(answer(orchestrator(), "comms_expand_agent_pool",
                     R"({"maxAgents":20,"organizationId":"org_9"})"),
              HasSubstr("not_found"));
  EXPECT_THAT(answer(organization("org_1"), "comms_expand_agent_pool",
                     R"({"maxAgents":20,"organizationId":"org_2"})"),
              HasSubstr("permission_denied"));
  for (const char* wrong : {"0", "-1", "10001", "1.5", "\"many\""}) {
    EXPECT_THAT(answer(organization("org_1"), "comms_expand_agent_pool",
                       std::string(R"({"maxAgents":)") + wrong + "}"),
                HasSubstr("invalid_argument"))
        << wrong;
  }
  const std::string provision =
      R"({"displayName":"A","capabilities":{"phone":true},"agentId":"one"})";
  ASSERT_THAT(answer(organization("org_1"), "comms_provision_channels", provision),
              HasSubstr("securityToken"));
  EXPECT_THAT(answer(organization("org_1"), "comms_provision_channels",
                     R"({"displayName":"A","capabilities":{"phone":true},"agentId":"two"})"),
              HasSubstr("securityToken"));
  EXPECT_THAT(answer(organization("org_1"), "comms_expand_agent_pool", R"({"maxAgents":1})"),
              HasSubstr("rejected: there are 2 agents"));
}

TEST_F(TenancyToolsTest, BlocksChannelsForGoodUntilTheyAreUnblocked) {
  const std::string block = R"({"agentId":"agt_1","channels":["sms","sms"]})";
  EXPECT_THAT(answer(organization("org_1"), "comms_block_channels", block),
              HasSubstr(R"("blockedChannels":["sms"])"));
  const auto refused = send(request("hello"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("sms channel of agent 'agt_1' is blocked"));
  EXPECT_THAT(answer(agent("org_1", "agt_1"), "comms_get_me", "{}"),
              HasSubstr(R"("blockedChannels":["sms"])"));
  EXPECT_THAT(answer(organization("org_1"), "comms_block_channels",
                     R"({"agentId":"agt_1","channels":["email","*"]})"),
              HasSubstr(R"("blockedChannels":["*"])"));
  EXPECT_FALSE(send(request("hello")));
  EXPECT_THAT(
      answer(organization("org_1"), "comms_block_channels", R"({"agentId":"agt_1","channels":[]})"),
      HasSubstr(R"("blockedChannels":[])"));
  EXPECT_TRUE(send(request("hello")));

  EXPECT_THAT(answer(organization("org_1"), "comms_block_channels",
                     R"({"agentId":"agt_3","channels":["*"]})"),
              HasSubstr("not_found"))
      << "another organization's";
  EXPECT_THAT(answer(organization("org_1"), "comms_block_channels",
                     R"({"agentId":"agt_1","channels":["fax"]})"),
              HasSubstr("invalid_argument"));
  EXPECT_THAT(
      answer(orchestrator(), "comms_block_channels", R"({"agentId":"agt_3","channels":["*"]})"),
      HasSubstr(R"("success":true)"));
  const auto lines = audited();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "channels_blocked"), 4);
}

TEST_F(TenancyToolsTest, WhatComesInOnABlockedChannelIsStored) {
  ASSERT_TRUE(call(organization("org_1"), "comms_block_channels",
                   R"({"agentId":"agt_1","channels":["sms"]})"));
  ASSERT_TRUE(webhook(messaging::test::text_event("SM1", "+14155552671", "the text")));
  EXPECT_EQ(waiting().size(), 1U);
}

TEST_F(TenancyToolsTest, OnboardsACustomerWithEverythingItsOwnerNeeds) {
  shop_.books.sandbox = false;
  shop_.books.domain_status = "pending";
  const std::string arguments =
      R"({"agentId":"cust","displayName":"Customer","capabilities":{},"emailDomain":"c.example.com"})";
  const std::string made = answer(organization("org_1"), "comms_onboard_customer", arguments);
  EXPECT_THAT(made, HasSubstr(R"("agentId":"cust")"));
  EXPECT_THAT(made, HasSubstr(R"("status":"pending","records":[{"type":"TXT")"));
  EXPECT_THAT(made, HasSubstr(R"("email":null)")) << "not before the domain is verified";
  EXPECT_THAT(made, HasSubstr("https://comms.example.com/webhooks/cust/sms"));
  EXPECT_THAT(made, HasSubstr("wss://comms.example.com/webhooks/cust/voice-ws"));
  EXPECT_THAT(answer(organization("org_1"), "comms_onboard_customer",
                     R"({"displayName":"C","capabilities":{"phone":false,"whatsapp":false,)"
                     R"("voiceAi":false},"emailDomain":"c.example.com"})"),
              HasSubstr("rejected: 'emailDomain'"))
      << "nothing else is asked for";
  EXPECT_THAT(answer(organization("org_1"), "comms_onboard_customer", arguments),
              HasSubstr("conflict"));
}

TEST_F(TenancyToolsTest, ProvisionsBySharedIdentityOnlyWithAPool) {
  EXPECT_THAT(answer(organization("org_1"), "comms_provision_channels",
                     R"({"displayName":"A","capabilities":{"phone":true},"identity":"shared"})"),
              HasSubstr("number pool is empty"));
  EXPECT_THAT(answer(organization("org_1"), "comms_provision_channels",
                     R"({"displayName":"A","capabilities":{"phone":true},"identity":"other"})"),
              HasSubstr("invalid_argument"));
  EXPECT_THAT(answer(organization("org_1"), "comms_provision_channels",
                     R"({"displayName":"A","capabilities":{"phone":true},)"
                     R"("providerOverrides":{"fax":"x"}})"),
              HasSubstr("invalid_argument"));
}

TEST_F(TenancyToolsTest, ASuspendedOrganizationCanDoNothing) {
  const auto token =
      executor_.run(tokens_->issue(identity::Role::organization, "org_1", "", "test"));
  ASSERT_TRUE(token);
  ASSERT_TRUE(executor_.run(tokens_->verify(token->text)));
  ASSERT_TRUE(executor_.run(
      organizations_->review(orchestrator(), "org_1", identity::ReviewAction::suspend, "abuse")));
  const auto refused = executor_.run(tokens_->verify(token->text));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::permission_denied);
  EXPECT_THAT(refused.error().message, HasSubstr("suspended"));
  // Nor can anybody do it for them.
  EXPECT_THAT(answer(orchestrator(), "comms_provision_channels",
                     R"({"displayName":"A","capabilities":{"phone":true},)"
                     R"("organizationId":"org_1"})"),
              HasSubstr("the organization is suspended"));
  EXPECT_EQ(shop_.books.sold, 0);
  ASSERT_TRUE(executor_.run(
      organizations_->review(orchestrator(), "org_1", identity::ReviewAction::approve, "")));
  EXPECT_TRUE(executor_.run(tokens_->verify(token->text)));
}

}  // namespace
}  // namespace commsd::tools::test
