// What each role is shown; clients put it all into the model's context.
#include <gmock/gmock.h>

#include "tools/tools_bed.h"

namespace commsd::tools::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class ProductListsTest : public ToolsBed {
 protected:
  std::vector<std::string> names(const identity::Principal& caller) {
    std::vector<std::string> found;
    const auto page = tools_->page(caller, std::nullopt);
    const auto document = JsonDocument::parse("{" + *page + "}");
    EXPECT_FALSE(document->root().get("nextCursor")) << "one page";
    document->root().get("tools")->each([&](JsonValue tool) {
      found.emplace_back(*tool.string("name"));
      EXPECT_TRUE(tool.string("title") && tool.get("annotations") && tool.get("outputSchema"))
          << found.back();
      EXPECT_EQ(tool.get("icons").has_value(), caller.role != identity::Role::agent);
    });
    return found;
  }
};

TEST_F(ProductListsTest, FitTheContextOfAModel) {
  EXPECT_LE(names(agent("org_1", "agt_1")).size(), 20U);
  EXPECT_LE(tools_->page(agent("org_1", "agt_1"), std::nullopt)->size(), 20U * 1024);
  for (const auto& caller : {organization("org_1"), orchestrator()}) {
    EXPECT_LE(names(caller).size(), 40U) << caller.key();
    EXPECT_LE(tools_->page(caller, std::nullopt)->size(), 80U * 1024) << caller.key();
  }
}

TEST_F(ProductListsTest, AgentsDoNotProvision) {
  EXPECT_THAT(*tools_->page(agent("org_1", "agt_1"), std::nullopt), Not(HasSubstr("provision_")));
  EXPECT_THAT(*tools_->page(organization("org_1"), std::nullopt), HasSubstr("provision_"));
}

TEST_F(ProductListsTest, ToolsetsNarrowThem) {
  identity::Principal caller = agent("org_1", "agt_1");
  caller.toolsets = {"inbox"};
  EXPECT_THAT(names(caller), ElementsAre("comms_get_me", "comms_get_waiting_messages", "comms_ping",
                                         "comms_wait_for_messages"));
  EXPECT_THAT(tools_->toolsets(), ElementsAre("billing", "calls", "inbox", "messaging",
                                              "organizations", "provisioning", "server"));
}

TEST_F(ProductListsTest, NoToolPutsArgumentsIntoHeaders) {
  for (const auto& entry : tools_->entries()) {
    EXPECT_TRUE(entry->definition.header_parameters.empty()) << entry->definition.name;
  }
}

}  // namespace
}  // namespace commsd::tools::test
