#include "mcp/prompt_registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "base/manual_executor.h"
#include "mcp/content.h"

namespace commsd::mcp {
namespace {

using identity::Principal;
using identity::Role;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const Principal agent{Role::agent, "t", "org_1", "agt_1"};

constexpr std::string_view letter = R"({
  "name":"letter","title":"T","description":"D",
  "arguments":[{"name":"to","description":"Who","required":true},
               {"name":"tone","description":"How"}],
  "messages":[{"role":"user","text":["Write to {{to}}.","Tone: {{tone}} for {{to}}.","End."]},
              {"role":"assistant","text":["Yes."]}]})";

std::string bare(const std::string& name, const std::string& more = "") {
  return R"({"name":")" + name + R"(","title":"T","description":"D")" + more + "}";
}

class PromptRegistryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(registry.define(letter));
    ASSERT_TRUE(registry.define(bare("drawn")));
    registry.add({"letter", {Role::agent}});
    Prompt drawn{"drawn", {Role::agent, Role::organization}};
    drawn.get = [](PromptContext& context) -> Task<Result<std::vector<PromptMessage>>> {
      std::vector<PromptMessage> messages;
      messages.push_back({"user", image_content("x", "image/png")});
      messages.push_back({"user", text_content(context.principal.agent_id)});
      co_return messages;
    };
    registry.add(std::move(drawn));
    const auto sealed = registry.seal();
    ASSERT_TRUE(sealed.has_value()) << sealed.error().message;
  }

  Result<std::string> get(const std::string& name, PromptArguments arguments) {
    PromptContext context{agent, std::move(arguments)};
    return executor.run(PromptRegistry::get(*registry.find(Role::agent, name), context));
  }
  std::vector<std::string> texts(const std::string& members) {
    std::vector<std::string> found;
    const auto document = JsonDocument::parse("{" + members + "}");
    document->root().get("messages")->each([&](JsonValue message) {
      found.emplace_back(message.get("content")->string("text").value_or("-"));
    });
    return found;
  }

  PromptRegistry registry;
  ManualExecutor executor;
};

TEST_F(PromptRegistryTest, FillsInArguments) {
  EXPECT_THAT(texts(*get("letter", {{"to", "Ada"}, {"tone", "warm"}})),
              ElementsAre("Write to Ada.\nTone: warm for Ada.\nEnd.", "Yes."));
  // A line without its argument is left out.
  EXPECT_THAT(texts(*get("letter", {{"to", "Ada"}})), ElementsAre("Write to Ada.\nEnd.", "Yes."));
  // What is put in stays what it is.
  EXPECT_THAT(texts(*get("letter", {{"to", "{{tone}}\"\n"}, {"tone", "x"}}))[0],
              HasSubstr("Write to {{tone}}\"\n."));
}

TEST_F(PromptRegistryTest, AsksHandlers) {
  EXPECT_THAT(texts(*get("drawn", {})), ElementsAre("-", "agt_1"));
  EXPECT_THAT(*get("drawn", {}), HasSubstr(R"("description":"D")"));
}

TEST_F(PromptRegistryTest, NamesWrongArguments) {
  const auto missing = get("letter", {{"tone", "x"}, {"mood", "y"}});
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(missing.error().message, HasSubstr("'to' is required"));
  EXPECT_THAT(missing.error().message, HasSubstr("'mood' is unknown"));
}

TEST_F(PromptRegistryTest, ListsWhatTheRoleSees) {
  EXPECT_THAT(*registry.page(Role::agent, {}), HasSubstr("letter"));
  EXPECT_THAT(*registry.page(Role::agent, {}), Not(HasSubstr("messages")));
  EXPECT_THAT(*registry.page(Role::organization, {}), Not(HasSubstr("letter")));
  EXPECT_EQ(*registry.page(Role::orchestrator, {}), R"("prompts":[])");
  EXPECT_FALSE(registry.page(Role::agent, "x"));
  EXPECT_FALSE(registry.find(Role::organization, "letter"));
}

TEST(PromptRegistry, RefusesHalves) {
  PromptRegistry registry;
  ASSERT_TRUE(registry.define(bare("empty")));
  ASSERT_TRUE(registry.define(letter));
  EXPECT_FALSE(registry.define(letter));
  registry.add({"empty", {Role::agent}});
  registry.add({"code", {Role::agent}});
  const auto sealed = registry.seal();
  ASSERT_FALSE(sealed.has_value());
  EXPECT_THAT(sealed.error().message, HasSubstr("'empty' has neither messages nor a handler"));
  EXPECT_THAT(sealed.error().message, HasSubstr("'code' has no definition"));
  EXPECT_THAT(sealed.error().message, HasSubstr("'letter' is offered to no role"));
}

TEST(PromptDefinition, RefusesWhatIsIncomplete) {
  for (const std::string& text :
       {std::string("["), bare("a b"), bare("a", R"(,"icons":7)"), bare("a", R"(,"arguments":{})"),
        bare("a", R"(,"arguments":[{"name":"x"}])"),
        bare("a", R"(,"arguments":[{"name":"x","description":""},{"name":"x","description":""}])"),
        bare("a", R"(,"messages":[])"), bare("a", R"(,"messages":[{"role":"user","text":"x"}])"),
        bare("a", R"(,"messages":[{"role":"system","text":["x"]}])"),
        bare("a", R"(,"messages":[{"role":"user","text":["{{x}}"]}])"),
        bare("a", R"(,"messages":[{"role":"user","text":["{{x"]}])"),
        bare("a", R"(,"messages":[{"role":"user","text":[1]}])")}) {
    EXPECT_FALSE(PromptDefinition::parse(text).has_value()) << text;
  }
}

TEST(PromptDefinitions, OfTheProductAreWellFormed) {
  PromptRegistry registry;
  const auto defined = registry.define_embedded();
  EXPECT_TRUE(defined.has_value()) << defined.error().message;
}

}  // namespace
}  // namespace commsd::mcp
