#include <gmock/gmock.h>

#include "tools/tools_bed.h"

namespace commsd::tools::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* whom = R"({"contactAddress":"+14155552671"})";

class PrivacyToolsTest : public ToolsBed {
 protected:
  std::string message_of(const identity::Principal& caller, const std::string& id,
                         const std::string& more = "") {
    const auto result =
        call(caller, "comms_get_message", R"({"messageId":")" + id + '"' + more + '}');
    EXPECT_TRUE(result) << result.error().message;
    return result ? result->json : std::string();
  }
};

TEST_F(PrivacyToolsTest, AnOrganizationErasesAContactOfItsOwn) {
  const std::string id = sent(request("hello")).message.id;
  const auto result = call(organization("org_1"), "comms_erase_contact", whom);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_THAT(result->json, HasSubstr(R"("status":"completed")"));
  EXPECT_THAT(result->json, HasSubstr(R"("messages":1)"));
  EXPECT_EQ(stored(id).id, "");
}

TEST_F(PrivacyToolsTest, AnotherOrganizationFindsNothingToErase) {
  const std::string id = sent(request("hello")).message.id;
  const auto result = call(organization("org_2"), "comms_erase_contact", whom);
  ASSERT_TRUE(result);
  EXPECT_THAT(result->json, HasSubstr(R"("messages":0)"));
  EXPECT_EQ(stored(id).id, id);
  const auto foreign = call(organization("org_2"), "comms_erase_contact",
                            R"({"contactAddress":"+14155552671","organizationId":"org_1"})");
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().code, ErrorCode::permission_denied);
}

TEST_F(PrivacyToolsTest, AnOrchestratorSaysWhose) {
  const auto unnamed = call(orchestrator(), "comms_erase_contact", whom);
  ASSERT_FALSE(unnamed);
  EXPECT_EQ(unnamed.error().code, ErrorCode::invalid_argument);
  const auto nobody = call(orchestrator(), "comms_erase_contact",
                           R"({"contactAddress":"+14155552671","organizationId":"org_9"})");
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().code, ErrorCode::not_found);
  EXPECT_TRUE(call(orchestrator(), "comms_erase_contact",
                   R"({"contactAddress":"+14155552671","organizationId":"org_1"})"));
}

TEST_F(PrivacyToolsTest, AgentsDoNeither) {
  EXPECT_FALSE(call(agent("org_1", "agt_1"), "comms_erase_contact", whom));
  EXPECT_FALSE(call(agent("org_1", "agt_1"), "comms_set_body_storage", R"({"retentionDays":1})"));
}

TEST_F(PrivacyToolsTest, WhatIsKeptIsShownToWhomItConcerns) {
  const std::string before = sent(request("not kept")).message.id;
  EXPECT_THAT(message_of(agent("org_1", "agt_1"), before), Not(HasSubstr("content")));
  const auto set = call(organization("org_1"), "comms_set_body_storage",
                        R"({"agentId":"agt_1","retentionDays":2})");
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_THAT(set->json, HasSubstr(R"("retentionDays":2)"));
  const std::string id = sent(request("the words")).message.id;
  EXPECT_THAT(message_of(agent("org_1", "agt_1"), id), HasSubstr(R"("body":"the words")"));
  EXPECT_THAT(message_of(organization("org_1"), id), HasSubstr(R"("body":"the words")"));
  EXPECT_THAT(message_of(orchestrator(), id, R"(,"agentId":"agt_1")"), Not(HasSubstr("the words")));
  EXPECT_FALSE(call(organization("org_2"), "comms_get_message", R"({"messageId":")" + id + "\"}"));
  EXPECT_FALSE(
      call(agent("org_1", "agt_2"), "comms_get_message", R"({"messageId":")" + id + "\"}"));
}

TEST_F(PrivacyToolsTest, TheChoiceIsTheOrganizationsOwn) {
  EXPECT_FALSE(call(organization("org_2"), "comms_set_body_storage",
                    R"({"agentId":"agt_1","retentionDays":2})"));
  EXPECT_FALSE(call(organization("org_1"), "comms_set_body_storage", R"({"retentionDays":-1})"));
  EXPECT_FALSE(call(organization("org_1"), "comms_set_body_storage", R"({})"));
  ASSERT_TRUE(call(organization("org_1"), "comms_set_body_storage", R"({"retentionDays":9})"));
  const auto back =
      call(organization("org_1"), "comms_set_body_storage", R"({"retentionDays":null})");
  ASSERT_TRUE(back);
  EXPECT_THAT(back->json, HasSubstr(R"("retentionDays":0)"));
}

}  // namespace
}  // namespace commsd::tools::test
