#include "mcp/tool_registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "embedded/tool_schemas.h"

namespace commsd::mcp {
namespace {

using identity::Role;
using ::testing::HasSubstr;

Tool tool(const std::string& name, std::vector<Role> roles = {Role::agent}) {
  Tool made;
  made.name = name;
  made.roles = std::move(roles);
  made.handler = [](JsonValue, ToolContext&) -> Task<Result<ToolResult>> {
    co_return ToolResult{"{}", false, nullptr};
  };
  return made;
}

std::string definition(const std::string& name, const std::string& more = "") {
  return R"({"name":")" + name + R"(","title":"T","description":"D","annotations":{)" +
         R"("readOnlyHint":true,"destructiveHint":false,"idempotentHint":true,)" +
         R"("openWorldHint":false},"inputSchema":{"type":"object"},)" +
         R"("outputSchema":{"type":"object"})" + more + "}";
}

TEST(ToolRegistry, PairsDefinitionsAndHandlers) {
  ToolRegistry registry;
  registry.add(tool("b_tool", {Role::agent, Role::organization}));
  ASSERT_TRUE(registry.define(definition("b_tool", R"(,"longRunning":true)")).has_value());
  ASSERT_TRUE(registry.define(definition("a_tool")).has_value());
  registry.add(tool("a_tool", {Role::organization}));
  ASSERT_TRUE(registry.seal().has_value());

  EXPECT_EQ(registry.find(Role::agent, "a_tool"), nullptr);
  ASSERT_NE(registry.find(Role::organization, "a_tool"), nullptr);
  EXPECT_TRUE(registry.find(Role::agent, "b_tool")->definition.long_running);
  EXPECT_EQ(registry.find(Role::orchestrator, "b_tool"), nullptr);
  EXPECT_EQ(registry.list(Role::orchestrator), "[]");

  const auto list = JsonDocument::parse(registry.list(Role::organization));
  std::vector<std::string> names;
  list->root().each([&](JsonValue item) { names.emplace_back(*item.string("name")); });
  EXPECT_THAT(names, ::testing::ElementsAre("a_tool", "b_tool"));
  EXPECT_EQ(registry.list(Role::agent).find("longRunning"), std::string::npos);
}

TEST(ToolRegistry, RefusesHalves) {
  ToolRegistry registry;
  ASSERT_TRUE(registry.define(definition("only_data")).has_value());
  registry.add(tool("only_code"));
  const auto sealed = registry.seal();
  ASSERT_FALSE(sealed.has_value());
  EXPECT_THAT(sealed.error().message, HasSubstr("'only_data' has no handler"));
  EXPECT_THAT(sealed.error().message, HasSubstr("'only_code' has no definition"));
}

TEST(ToolRegistry, RefusesTwins) {
  ToolRegistry registry;
  ASSERT_TRUE(registry.define(definition("x")).has_value());
  EXPECT_FALSE(registry.define(definition("x")).has_value());
  registry.add(tool("x"));
  registry.add(tool("x"));
  EXPECT_FALSE(registry.seal().has_value());
}

TEST(ToolDefinition, RefusesWhatIsIncomplete) {
  for (const std::string& text :
       {std::string("{"), std::string("{}"), definition("has space"), definition("a-b"),
        definition(std::string(41, 'a')), std::string(R"({"name":"x"})"),
        std::string(R"({"name":"x","title":"T","description":"D","annotations":{}})")}) {
    EXPECT_FALSE(ToolDefinition::parse(text).has_value()) << text;
  }
  std::string open = definition("x");
  open.replace(open.find(R"({"type":"object"})"), 17, R"({"type":"string"})");
  EXPECT_FALSE(ToolDefinition::parse(open).has_value());
}

// What an agent's client puts into the model's context: clients cut longer lists.
TEST(ToolDefinitions, OfTheProductFitTheLimits) {
  ToolRegistry registry;
  ASSERT_TRUE(registry.define_embedded().has_value());
  for (const embedded::File& file : embedded::tool_schemas::files()) {
    const std::string name(file.name.substr(0, file.name.find('.')));
    EXPECT_EQ(ToolDefinition::parse(file.text)->name, name);
    EXPECT_TRUE(name.starts_with("comms_")) << name;
    registry.add(tool(name));
  }
  ASSERT_TRUE(registry.seal().has_value());
  EXPECT_LE(registry.entries().size(), 20u);
  EXPECT_LE(registry.list(Role::agent).size(), 20u * 1024);
  EXPECT_TRUE(registry.find(Role::agent, "comms_wait_for_messages")->definition.long_running);
  EXPECT_FALSE(registry.find(Role::agent, "comms_ping")->definition.long_running);
}

TEST(ToolDefinitions, OfTheProductTakeTypicalCalls) {
  ToolRegistry registry;
  ASSERT_TRUE(registry.define_embedded().has_value());
  for (const embedded::File& file : embedded::tool_schemas::files()) {
    registry.add(tool(std::string(file.name.substr(0, file.name.find('.')))));
  }
  ASSERT_TRUE(registry.seal().has_value());
  const auto faults = [&](const char* name, const char* arguments) {
    const auto document = JsonDocument::parse(arguments);
    return registry.find(Role::agent, name)->definition.input.check(document->root());
  };
  EXPECT_TRUE(faults("comms_send_message", R"({"to":"+14155550100","body":"Hi"})").empty());
  EXPECT_TRUE(faults("comms_send_message",
                     R"({"to":"a@example.org","channel":"email","subject":"S","body":"B",
                         "attachments":[{"filename":"a.txt","contentType":"text/plain",
                         "contentBase64":"eA=="}],"templateVars":{"a":"b"}})")
                  .empty());
  EXPECT_EQ(faults("comms_send_message", R"({"channel":"fax"})").size(), 2u);
  EXPECT_TRUE(faults("comms_wait_for_messages", R"({"timeoutSeconds":55})").empty());
  EXPECT_FALSE(faults("comms_wait_for_messages", R"({"timeoutSeconds":56})").empty());
  EXPECT_TRUE(faults("comms_get_waiting_messages", "{}").empty());
  EXPECT_FALSE(faults("comms_get_message", "{}").empty());
  EXPECT_TRUE(
      faults("comms_provision_channels", R"({"displayName":"A","capabilities":{"phone":true}})")
          .empty());
}

TEST(ToolError, IsReadByModels) {
  Error error;
  error.code = ErrorCode::rate_limited;
  error.message = "too fast";
  error.remedy = "Wait.";
  error.vendor_code = "20429";
  error.retry_after = std::chrono::milliseconds(1500);
  error.cause = "secret of ours";
  const ToolResult result = to_tool_error(error);
  EXPECT_TRUE(result.is_error);
  EXPECT_EQ(result.json, R"({"error":{"code":"rate_limited","message":"too fast",)"
                         R"("remedy":"Wait.","vendorCode":"20429","retryAfterSeconds":2}})");
}

}  // namespace
}  // namespace commsd::mcp
