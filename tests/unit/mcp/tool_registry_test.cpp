#include "mcp/tool_registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "embedded/tool_schemas.h"

namespace commsd::mcp {
namespace {

using identity::Role;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

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

identity::Principal caller_as(Role role) {
  identity::Principal caller;
  caller.role = role;
  return caller;
}

std::string list(const ToolRegistry& registry, Role role) {
  return *registry.page(caller_as(role), std::nullopt);
}

/// The names on all pages of what the caller sees.
std::vector<std::string> names(const ToolRegistry& registry, const identity::Principal& principal) {
  std::vector<std::string> found;
  std::optional<std::string> cursor;
  do {
    const auto page = registry.page(principal, cursor);
    if (!page) return {"no page"};
    const auto document = JsonDocument::parse("{" + *page + "}");
    document->root().get("tools")->each(
        [&](JsonValue item) { found.emplace_back(*item.string("name")); });
    const auto next = document->root().string("nextCursor");
    cursor = next ? std::optional<std::string>(*next) : std::nullopt;
  } while (cursor);
  return found;
}

TEST(ToolRegistry, LeavesOutToolsOfOtherEditions) {
  for (const char* edition : {"community", "saas", ""}) {
    ToolRegistry registry;
    registry.use_edition(edition);
    registry.add(tool("paid"));
    registry.add(tool("free"));
    ASSERT_TRUE(registry.define(definition("paid", R"(,"editions":["enterprise","saas"])")));
    ASSERT_TRUE(registry.define(definition("free")));
    ASSERT_TRUE(registry.seal());
    const bool has_paid = std::string(edition) != "community";
    EXPECT_EQ(registry.find(Role::agent, "paid") != nullptr, has_paid) << edition;
    EXPECT_NE(registry.find(Role::agent, "free"), nullptr) << edition;
    EXPECT_THAT(list(registry, Role::agent), Not(HasSubstr("editions")));
  }
  ToolRegistry registry;
  EXPECT_FALSE(registry.define(definition("a", R"(,"editions":"saas")")));
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
  EXPECT_EQ(list(registry, Role::orchestrator), R"("tools":[])");
  EXPECT_THAT(names(registry, caller_as(Role::organization)), ElementsAre("a_tool", "b_tool"));
  EXPECT_THAT(list(registry, Role::agent), Not(HasSubstr("longRunning")));
}

TEST(ToolDefinition, SaysWhetherCallsMayBecomeTasks) {
  const auto support = [](const std::string& member) {
    const auto parsed = ToolDefinition::parse(definition("x", member));
    EXPECT_EQ(parsed->listing.find("taskSupport"), std::string::npos);
    return parsed->task_support;
  };
  EXPECT_EQ(support(""), TaskSupport::forbidden);
  EXPECT_EQ(support(R"(,"taskSupport":"forbidden")"), TaskSupport::forbidden);
  EXPECT_EQ(support(R"(,"taskSupport":"optional")"), TaskSupport::optional);
  EXPECT_EQ(support(R"(,"taskSupport":"required")"), TaskSupport::required);
  for (const char* wrong : {R"(,"taskSupport":"maybe")", R"(,"taskSupport":true)"}) {
    const auto parsed = ToolDefinition::parse(definition("x", wrong));
    ASSERT_FALSE(parsed);
    EXPECT_THAT(parsed.error().message, HasSubstr("taskSupport"));
  }
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

TEST(ToolRegistry, ListsPageByPage) {
  ToolRegistry registry(2);
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    ASSERT_TRUE(registry.define(definition(name)));
    registry.add(tool(name));
  }
  ASSERT_TRUE(registry.seal().has_value());
  EXPECT_THAT(names(registry, caller_as(Role::agent)), ElementsAre("a", "b", "c", "d", "e"));
  EXPECT_FALSE(registry.page(caller_as(Role::agent), "x"));
  EXPECT_FALSE(registry.page(caller_as(Role::agent), ""));
}

TEST(ToolRegistry, ToolsetsNarrowWhatAToken) {
  ToolRegistry registry;
  ASSERT_TRUE(registry.define(definition("all")));
  ASSERT_TRUE(registry.define(definition("send", R"(,"toolsets":["messaging"])")));
  ASSERT_TRUE(registry.define(definition("both", R"(,"toolsets":["messaging","inbox"])")));
  ASSERT_TRUE(registry.define(definition("buy", R"(,"toolsets":["provisioning"])")));
  for (const char* name : {"all", "send", "both"}) registry.add(tool(name));
  registry.add(tool("buy", {Role::organization}));
  ASSERT_TRUE(registry.seal().has_value());
  EXPECT_THAT(registry.toolsets(), ElementsAre("inbox", "messaging", "provisioning"));

  identity::Principal caller = caller_as(Role::agent);
  EXPECT_THAT(names(registry, caller), ElementsAre("all", "both", "send"));
  caller.toolsets = {"inbox"};
  EXPECT_THAT(names(registry, caller), ElementsAre("all", "both"));
  EXPECT_FALSE(registry.find(caller, "send"));
  EXPECT_TRUE(registry.find(caller, "both"));
  // A toolset takes away; it never gives what the role does not have.
  caller.toolsets = {"provisioning"};
  EXPECT_THAT(names(registry, caller), ElementsAre("all"));
  EXPECT_FALSE(registry.find(caller, "buy"));
  EXPECT_THAT(list(registry, Role::agent), Not(HasSubstr("toolsets")));
}

TEST(ToolRegistry, KeepsFewNarrowedLists) {
  ToolRegistry registry;
  ASSERT_TRUE(registry.define(definition("a", R"(,"toolsets":["x"])")));
  registry.add(tool("a"));
  ASSERT_TRUE(registry.seal().has_value());
  for (int i = 0; i < 1000; ++i) {
    identity::Principal caller = caller_as(Role::agent);
    caller.toolsets = {std::to_string(i)};
    EXPECT_TRUE(names(registry, caller).empty());
  }
  identity::Principal caller = caller_as(Role::agent);
  caller.toolsets = {"x", "999"};
  EXPECT_THAT(names(registry, caller), ElementsAre("a"));
}

TEST(ToolDefinition, ListsSchemasAsTheyStand) {
  const std::string schema =
      R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object",)"
      R"("$defs":{"address":{"$anchor":"a","type":"object"}},)"
      R"("properties":{"name":{"type":"string"},"address":{"$ref":"#/$defs/address"},)"
      R"("phone":{"type":"string"},"region":{"type":"string","x-mcp-header":"Region"}},)"
      R"("allOf":[{"anyOf":[{"required":["phone"]}]}],"if":{"required":["name"]},)"
      R"("then":{"required":["phone"]},"additionalProperties":false})";
  std::string text = definition("x");
  text.replace(text.find(R"({"type":"object"})"), 17, schema);
  EXPECT_THAT(ToolDefinition::parse(text).error().message, HasSubstr("not supported"));

  text.insert(1, R"("handlerChecks":true,)");
  const auto parsed = ToolDefinition::parse(text);
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  EXPECT_THAT(parsed->listing, HasSubstr("\"inputSchema\":" + schema));
  EXPECT_THAT(parsed->listing, Not(HasSubstr("handlerChecks")));
  ASSERT_EQ(parsed->header_parameters.size(), 1u);
  EXPECT_EQ(parsed->header_parameters[0].header, "Region");
  // What is compiled is checked all the same.
  EXPECT_EQ(parsed->input.check(JsonDocument::parse(R"({"name":1,"other":2})")->root()).size(), 2u);
}

TEST(ToolDefinition, ShowsIcons) {
  const auto parsed = ToolDefinition::parse(
      definition("x", R"(,"icons":[{"src":"https://example.org/x.png","sizes":["48x48"]}])"));
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  EXPECT_THAT(parsed->listing, HasSubstr(R"("icons":[{"src":"https://example.org/x.png")"));
  for (const char* icons :
       {R"(7)", R"([{"src":"http://example.org/x.png"}])", R"([{"src":"javascript:x"}])", R"([{}])",
        R"([{"src":"https://x","sizes":"48x48"}])", R"([{"src":"https://x","theme":"blue"}])"}) {
    EXPECT_FALSE(ToolDefinition::parse(definition("x", R"(,"icons":)" + std::string(icons))))
        << icons;
  }
}

TEST(ToolDefinition, RefusesWhatIsIncomplete) {
  for (const std::string& text :
       {std::string("{"), std::string("{}"), definition("has space"), definition("a-b"),
        definition(std::string(65, 'a')), std::string(R"({"name":"x"})"),
        definition("x", R"(,"toolsets":"all")"),
        std::string(R"({"name":"x","title":"T","description":"D","annotations":{}})")}) {
    EXPECT_FALSE(ToolDefinition::parse(text).has_value()) << text;
  }
  std::string open = definition("x");
  open.replace(open.find(R"({"type":"object"})"), 17, R"({"type":"string"})");
  EXPECT_FALSE(ToolDefinition::parse(open).has_value());
}

TEST(ToolDefinition, HasAPlaceOnRest) {
  const auto route = [](const std::string& member) {
    const auto parsed = ToolDefinition::parse(definition("x", member));
    if (!parsed) return parsed.error().message;
    EXPECT_EQ(parsed->listing.find("rest"), std::string::npos);
    return parsed->rest ? parsed->rest->key() : "none";
  };
  EXPECT_EQ(route(""), "none");
  EXPECT_EQ(route(R"(,"rest":{"method":"GET","path":"/a-b"})"), "GET /a-b");
  for (const char* rest :
       {R"("GET")", R"({"method":"PUT","path":"/a"})", R"({"method":"GET","path":"a"})",
        R"({"method":"GET","path":"/A"})", R"({"method":"GET","path":"/a/"})",
        R"({"method":"GET","path":"/:none"})", R"({"method":"POST","path":"/a","example":[]})"}) {
    EXPECT_THAT(route(R"(,"rest":)" + std::string(rest)), HasSubstr("'rest'")) << rest;
  }
  EXPECT_THAT(route(R"(,"restOnly":true)"), HasSubstr("restOnly"));
}

TEST(ToolDefinition, PutsArgumentsIntoPathAndQuery) {
  const auto route = [](const std::string& properties, const std::string& rest) {
    std::string text = definition("x", R"(,"rest":)" + rest);
    text.replace(text.find(R"("inputSchema":{"type":"object"})"), 31,
                 R"("inputSchema":{"type":"object","properties":{)" + properties + "}}");
    const auto parsed = ToolDefinition::parse(text);
    return parsed ? parsed->rest->key() : parsed.error().message;
  };
  EXPECT_EQ(route(R"("id":{"type":"string"})", R"({"method":"GET","path":"/a/:id/b"})"),
            "GET /a/:/b");
  EXPECT_THAT(route(R"("id":{"type":"integer"})", R"({"method":"GET","path":"/a/:id"})"),
              HasSubstr("type string"));
  EXPECT_EQ(
      route(R"("l":{"type":"array","items":{"type":"string"}})", R"({"method":"GET","path":"/a"})"),
      "GET /a");
  for (const char* unfit : {R"("o":{"type":"object"})", R"("o":{})",
                            R"("l":{"type":"array","items":{"type":"object"}})"}) {
    EXPECT_THAT(route(unfit, R"({"method":"GET","path":"/a"})"), HasSubstr("fit into a query"));
    EXPECT_EQ(route(unfit, R"({"method":"POST","path":"/a"})"), "POST /a");
  }
  EXPECT_THAT(
      route(R"("n":{"type":"integer"})", R"({"method":"GET","path":"/a","example":{"n":"x"}})"),
      HasSubstr("example of 'rest'"));
}

TEST(ToolRegistry, GivesNoPlaceOnRestTwice) {
  ToolRegistry registry;
  ASSERT_TRUE(registry.define(definition("a", R"(,"rest":{"method":"GET","path":"/x"})")));
  ASSERT_TRUE(registry.define(definition("b", R"(,"rest":{"method":"POST","path":"/x"})")));
  ASSERT_TRUE(registry.define(definition("c", R"(,"rest":{"method":"GET","path":"/x"})")));
  for (const char* name : {"a", "b", "c"}) registry.add(tool(name));
  EXPECT_THAT(registry.seal().error().message, HasSubstr("'c' has the method and path of another"));
}

TEST(ToolRegistry, ShowsModelsNoMoreThanTheyNeed) {
  ToolRegistry registry;
  std::string text = definition("a", R"(,"icons":[{"src":"https://example.com/a.svg"}])");
  const std::string_view plain = R"("outputSchema":{"type":"object"})";
  text.replace(text.find(plain), plain.size(),
               R"("outputSchema":{"type":"object","properties":{"b":{"type":"object",)"
               R"("properties":{"c":{"type":"string"}}}}})");
  ASSERT_TRUE(registry.define(text));
  ASSERT_TRUE(registry.define(definition("d", R"(,"onRequest":true,"toolsets":["rare"])")));
  registry.add(tool("a"));
  registry.add(tool("d"));
  ASSERT_TRUE(registry.seal());
  const std::string seen = list(registry, Role::agent);
  EXPECT_EQ(seen.find("icons"), std::string::npos);
  EXPECT_NE(seen.find(R"("outputSchema":{"type":"object","properties":{"b":{"type":"object"}}})"),
            std::string::npos)
      << seen;
  EXPECT_EQ(seen.find(R"("name":"d")"), std::string::npos);
  EXPECT_NE(registry.find(Role::agent, "d"), nullptr) << "it may be called all the same";
  identity::Principal caller = caller_as(Role::agent);
  caller.toolsets = {"rare"};
  EXPECT_NE(registry.page(caller, std::nullopt)->find(R"("name":"d")"), std::string::npos);
}

TEST(ToolRegistry, KeepsWhatIsForRestOnlyFromMcp) {
  ToolRegistry registry;
  ASSERT_TRUE(
      registry.define(definition("a", R"(,"restOnly":true,"rest":{"method":"GET","path":"/x"})")));
  registry.add(tool("a"));
  ASSERT_TRUE(registry.seal());
  EXPECT_EQ(list(registry, Role::agent), R"("tools":[])");
  EXPECT_EQ(registry.find(Role::agent, "a"), nullptr);
  EXPECT_TRUE(ToolRegistry::permits(caller_as(Role::agent), *registry.entries().front()));
  EXPECT_FALSE(ToolRegistry::permits(caller_as(Role::organization), *registry.entries().front()));
}

TEST(ToolDefinitions, OfTheProductFitTheLimits) {
  ToolRegistry registry;
  ASSERT_TRUE(registry.define_embedded().has_value());
  for (const embedded::File& file : embedded::tool_schemas::files()) {
    const std::string name(file.name.substr(0, file.name.find('.')));
    EXPECT_EQ(ToolDefinition::parse(file.text)->name, name);
    EXPECT_TRUE(name.starts_with("comms_")) << name;
    EXPECT_LE(name.size(), 40u) << name << ": clients put their own prefix in front";
    EXPECT_TRUE(ToolDefinition::parse(file.text)->output.has_value()) << name;
    registry.add(tool(name));
  }
  ASSERT_TRUE(registry.seal().has_value());
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
