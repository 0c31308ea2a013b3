#include "mcp/resource_registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "base/manual_executor.h"

namespace commsd::mcp {
namespace {

using identity::Principal;
using identity::Role;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Principal agent{Role::agent, "t", "org_1", "agt_1"};
const Principal organization{Role::organization, "t", "org_1", ""};

std::string definition(const std::string& name, const std::string& address,
                       const std::string& more = "") {
  return R"({"name":")" + name + R"(","title":"T","description":"D","mimeType":"text/plain",)" +
         address + more + "}";
}

Resource resource(const std::string& name, std::vector<Role> roles = {Role::agent}) {
  Resource made;
  made.name = name;
  made.roles = std::move(roles);
  made.read = [](ResourceContext& context) -> Task<Result<std::vector<ResourceContents>>> {
    std::vector<ResourceContents> contents;
    const auto id = context.variables.find("id");
    if (id == context.variables.end()) {
      contents.push_back({"fixed", false});
    } else if (id->second == "blob") {
      contents.push_back({std::string("\x00\x01", 2), true, "image/png", "x:other"});
    } else if (id->second == "secret") {
      co_return fail(ErrorCode::permission_denied, "not yours");
    } else if (id->second == "away") {
      co_return fail(ErrorCode::unavailable, "the database is away");
    } else if (id->second != "none") {
      contents.push_back({"text of " + id->second, false});
    }
    co_return contents;
  };
  return made;
}

class ResourceRegistryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(registry.define(definition("fixed", R"("uri":"x:fixed")", R"(,"size":5)")));
    ASSERT_TRUE(registry.define(definition("item", R"("uriTemplate":"x:item/{id}")")));
    ASSERT_TRUE(registry.define(definition("admin", R"("uri":"x:admin")")));
    registry.add(resource("fixed", {Role::agent, Role::organization}));
    Resource items = resource("item");
    items.list = [](Principal who, std::string after,
                    std::size_t limit) -> Task<Result<ResourcePage>> {
      ResourcePage page;
      int next = after.empty() ? 0 : std::stoi(after);
      for (; next < 5 && page.resources.size() < limit; ++next) {
        page.resources.push_back({{{"id", who.agent_id + std::to_string(next)}}, "Item", 7});
      }
      if (next < 5) page.next = std::to_string(next);
      co_return page;
    };
    registry.add(std::move(items));
    registry.add(resource("admin", {Role::organization}));
    const auto sealed = registry.seal();
    ASSERT_TRUE(sealed.has_value()) << sealed.error().message;
  }

  Result<std::string> read(const Principal& who, const std::string& uri) {
    ResourceContext context{who, uri, {}};
    return executor.run(registry.read(context));
  }

  ResourceRegistry registry{2};
  ManualExecutor executor;
};

TEST_F(ResourceRegistryTest, ReadsTextAndBlobs) {
  EXPECT_EQ(*read(agent, "x:fixed"),
            R"([{"uri":"x:fixed","mimeType":"text/plain","text":"fixed"}])");
  EXPECT_EQ(*read(agent, "x:item/7"),
            R"([{"uri":"x:item/7","mimeType":"text/plain","text":"text of 7"}])");
  EXPECT_EQ(*read(agent, "x:item/blob"),
            R"([{"uri":"x:other","mimeType":"image/png","blob":"AAE="}])");
}

TEST_F(ResourceRegistryTest, WhatIsHiddenIsNotFound) {
  for (const char* uri : {"x:admin", "x:item/secret", "x:item/none", "x:nothing", "", "x:item/"}) {
    const auto contents = read(agent, uri);
    ASSERT_FALSE(contents.has_value()) << uri;
    EXPECT_EQ(contents.error().code, ErrorCode::not_found) << uri;
    EXPECT_FALSE(executor.run(registry.readable(agent, uri)).has_value()) << uri;
  }
  EXPECT_TRUE(read(organization, "x:admin").has_value());
  EXPECT_EQ(read(organization, "x:item/7").error().code, ErrorCode::not_found);
  EXPECT_EQ(read(agent, "x:item/away").error().code, ErrorCode::unavailable);
  EXPECT_TRUE(executor.run(registry.readable(agent, "x:item/7")).has_value());
}

TEST(ResourceRegistry, ScopesHideResources) {
  ResourceRegistry registry;
  ASSERT_TRUE(registry.define(definition("fixed", R"("uri":"x:fixed","scope":"comms:read")")));
  ASSERT_TRUE(registry.define(
      definition("item", R"("uriTemplate":"x:item/{id}")", R"(,"scope":"comms:read")")));
  registry.add(resource("fixed"));
  registry.add(resource("item"));
  ASSERT_TRUE(registry.seal());
  ManualExecutor executor;
  Principal limited = agent;
  for (const bool may : {true, false}) {
    limited.scopes = std::vector<std::string>{may ? "comms:read" : "comms:send"};
    EXPECT_EQ(executor.run(registry.readable(limited, "x:fixed")).has_value(), may);
    EXPECT_EQ(executor.run(registry.readable(limited, "x:item/7")).has_value(), may);
    EXPECT_EQ(*executor.run(registry.list(limited, {})) != R"("resources":[])", may);
    EXPECT_EQ(registry.find_template(limited, "x:item/{id}") != nullptr, may);
  }
  EXPECT_FALSE(registry.templates(Role::agent, {})->find("comms:read") != std::string::npos);
}

TEST_F(ResourceRegistryTest, ListsPageByPage) {
  std::optional<std::string> cursor;
  std::vector<std::string> uris;
  int pages = 0;
  do {
    const auto members = executor.run(registry.list(agent, cursor));
    ASSERT_TRUE(members.has_value());
    const auto document = JsonDocument::parse("{" + *members + "}");
    std::size_t size = 0;
    document->root().get("resources")->each([&](JsonValue item) {
      uris.emplace_back(*item.string("uri"));
      EXPECT_TRUE(item.integer("size"));
      EXPECT_TRUE(item.string("name"));
      ++size;
    });
    EXPECT_LE(size, 2u);
    const auto next = document->root().string("nextCursor");
    cursor = next ? std::optional<std::string>(*next) : std::nullopt;
    ++pages;
  } while (cursor && pages < 10);
  EXPECT_THAT(uris, ElementsAre("x:fixed", "x:item/agt_10", "x:item/agt_11", "x:item/agt_12",
                                "x:item/agt_13", "x:item/agt_14"));
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(executor.run(registry.list(agent, "x")).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(executor.run(registry.list(agent, make_cursor("resources", "nobody"))).error().code,
            ErrorCode::invalid_argument);
}

TEST_F(ResourceRegistryTest, ListsTemplatesOfTheRole) {
  EXPECT_THAT(*registry.templates(Role::agent, {}), HasSubstr(R"("uriTemplate":"x:item/{id}")"));
  EXPECT_EQ(*registry.templates(Role::organization, {}), R"("resourceTemplates":[])");
  EXPECT_FALSE(registry.templates(Role::agent, "x"));
  EXPECT_TRUE(registry.find_template(agent, "x:item/{id}"));
  EXPECT_FALSE(registry.find_template(organization, "x:item/{id}"));
}

TEST(ResourceRegistry, RefusesHalvesAndTwins) {
  ResourceRegistry registry;
  ASSERT_TRUE(registry.define(definition("data", R"("uri":"x:1")")));
  ASSERT_TRUE(registry.define(definition("twin", R"("uri":"x:1")")));
  EXPECT_FALSE(registry.define(definition("data", R"("uri":"x:2")")));
  registry.add(resource("code"));
  registry.add(resource("twin"));
  const auto sealed = registry.seal();
  ASSERT_FALSE(sealed.has_value());
  EXPECT_THAT(sealed.error().message, HasSubstr("'data' has no handler"));
  EXPECT_THAT(sealed.error().message, HasSubstr("'code' has no definition"));
  EXPECT_THAT(sealed.error().message, HasSubstr("'twin' has the URI of another"));
}

TEST(ResourceDefinition, RefusesWhatIsIncomplete) {
  for (const std::string& text :
       {std::string("["), std::string("{}"), definition("a b", R"("uri":"x:1")"),
        definition("a", R"("uri":"relative")"), definition("a", R"("size":1)"),
        definition("a", R"("uri":"x:1","uriTemplate":"x:{a}")"),
        definition("a", R"("uriTemplate":"{a}")"), definition("a", R"("uri":"x:1","size":-1)"),
        definition("a", R"("uri":"x:1","annotations":{"audience":["robot"]})"),
        definition("a", R"("uri":"x:1","annotations":{"priority":2})"),
        definition("a", R"("uri":"x:1","icons":[{"src":"http://x"}])"),
        std::string(R"({"name":"a","uri":"x:1"})")}) {
    EXPECT_FALSE(ResourceDefinition::parse(text).has_value()) << text;
  }
}

TEST(ResourceDefinitions, OfTheProductAreWellFormed) {
  ResourceRegistry registry;
  const auto defined = registry.define_embedded();
  EXPECT_TRUE(defined.has_value()) << defined.error().message;
}

}  // namespace
}  // namespace commsd::mcp
