#include "tools/resources.h"

#include <gmock/gmock.h>

#include "tools/resource_uris.h"
#include "tools/tools_bed.h"

namespace commsd::tools::test {
namespace {

using messaging::test::text_event;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* contact = "+14155552671";

class ResourcesTest : public ToolsBed {
 protected:
  std::vector<std::string> listed(const identity::Principal& caller) {
    std::vector<std::string> uris;
    std::optional<std::string> cursor;
    do {
      const auto members = executor_.run(resources_->list(caller, cursor));
      if (!members) return {members.error().message};
      const auto document = JsonDocument::parse("{" + *members + "}");
      document->root().get("resources")->each([&](JsonValue item) {
        uris.emplace_back(*item.string("uri"));
      });
      const auto next = document->root().string("nextCursor");
      cursor = next ? std::optional<std::string>(*next) : std::nullopt;
    } while (cursor);
    return uris;
  }
  std::vector<std::string> completed(const identity::Principal& caller, const std::string& argument,
                                     const std::string& agent_id = "",
                                     const std::string& value = "") {
    mcp::CompletionContext context{caller, argument, value, {}};
    if (!agent_id.empty()) context.arguments["agentId"] = agent_id;
    const auto* prompt = prompts_->find(caller.role, "follow_up");
    auto found = executor_.run(prompt->prompt.complete(context));
    EXPECT_TRUE(found);
    return found.value_or(std::vector<std::string>());
  }
};

TEST_F(ResourcesTest, TheInboxIsReadWithoutAcknowledging) {
  ASSERT_TRUE(webhook(text_event("SM1", contact, "the text")));
  for (int i = 0; i < 2; ++i) {
    const auto inbox = read(agent("org_1", "agt_1"), "comms://agents/agt_1/inbox");
    ASSERT_TRUE(inbox) << inbox.error().message;
    EXPECT_THAT(*inbox, HasSubstr("the text"));
    EXPECT_THAT(*inbox, HasSubstr(R"(\"count\":1)"));
  }
  EXPECT_EQ(waiting().size(), 1U);
}

TEST_F(ResourcesTest, LinksThatExpireAreNoChangeOfTheInbox) {
  plugin::ProviderEvent event = text_event("SM1", contact, "the text");
  event.media.push_back({"", "application/pdf", "menu.pdf", 5, "bytes"});
  ASSERT_TRUE(webhook(std::move(event)));
  const std::string uri = "comms://agents/agt_1/inbox";
  const std::string shown = *read(agent("org_1", "agt_1"), uri);
  EXPECT_THAT(shown, HasSubstr("https://comms.example.com/media/inbound/"));
  const std::string compared = *read(agent("org_1", "agt_1"), uri, true);
  EXPECT_THAT(compared, HasSubstr("menu.pdf"));
  clock_.advance(std::chrono::seconds(1));
  EXPECT_NE(*read(agent("org_1", "agt_1"), uri), shown) << "the link is good for longer";
  EXPECT_EQ(*read(agent("org_1", "agt_1"), uri, true), compared);
  ASSERT_TRUE(webhook(text_event("SM2", contact, "more")));
  EXPECT_NE(*read(agent("org_1", "agt_1"), uri, true), compared);
}

TEST_F(ResourcesTest, AnInboxItemLeadsToItsThread) {
  ASSERT_TRUE(webhook(text_event("SM1", contact, "the text")));
  const std::string uri = thread_uri(*threads_, "org_1", "agt_1", contact);
  EXPECT_THAT(uri, Not(HasSubstr("4155552671")));
  EXPECT_THAT(*read(agent("org_1", "agt_1"), "comms://agents/agt_1/inbox"), HasSubstr(uri));
  const auto thread = read(agent("org_1", "agt_1"), uri);
  ASSERT_TRUE(thread) << thread.error().message;
  EXPECT_THAT(*thread, HasSubstr(contact));
  EXPECT_THAT(*thread, Not(HasSubstr("the text")));
}

TEST_F(ResourcesTest, ChannelsAndMessages) {
  EXPECT_THAT(*read(agent("org_1", "agt_1"), "comms://agents/agt_1/channels"),
              HasSubstr("+14155550100"));
  const std::string id = sent(request("hello")).message.id;
  EXPECT_THAT(*read(agent("org_1", "agt_1"), message_uri(id)), HasSubstr("timeline"));
  EXPECT_TRUE(read(organization("org_1"), message_uri(id)));
}

TEST_F(ResourcesTest, NobodyReadsWhatIsNotTheirs) {
  ASSERT_TRUE(webhook(text_event("SM1", contact, "the text")));
  const std::vector<std::string> uris = {"comms://agents/agt_1/inbox",
                                         "comms://agents/agt_1/channels",
                                         message_uri(sent(request("hello")).message.id),
                                         thread_uri(*threads_, "org_1", "agt_1", contact)};
  const auto stranger = "comms://agents/nobody/inbox";
  const std::string refusal = read(agent("org_2", "agt_3"), stranger).error().message;
  for (const std::string& uri : uris) {
    EXPECT_TRUE(read(agent("org_1", "agt_1"), uri)) << uri;
    EXPECT_TRUE(read(organization("org_1"), uri)) << uri;
    for (const auto& caller :
         {agent("org_1", "agt_2"), agent("org_2", "agt_3"), organization("org_2")}) {
      const auto contents = read(caller, uri);
      ASSERT_FALSE(contents) << caller.key() << ' ' << uri;
      EXPECT_EQ(contents.error().code, ErrorCode::not_found) << caller.key() << ' ' << uri;
      // Not even whether it is there.
      EXPECT_EQ(contents.error().message, "Resource not found: " + uri);
      EXPECT_FALSE(executor_.run(resources_->readable(caller, uri))) << caller.key() << ' ' << uri;
    }
  }
  EXPECT_EQ(refusal, std::string("Resource not found: ") + stranger);
  EXPECT_FALSE(read(organization("org_1"), stranger));
}

TEST_F(ResourcesTest, TheOrchestratorIsLedToTheAgentsOrganization) {
  EXPECT_TRUE(read(orchestrator(), "comms://agents/agt_3/inbox"));
  EXPECT_FALSE(read(orchestrator(), "comms://agents/nobody/inbox"));
  EXPECT_THAT(listed(orchestrator()), IsEmpty());
}

TEST_F(ResourcesTest, ListsWhatIsTheCallers) {
  EXPECT_THAT(listed(agent("org_1", "agt_1")),
              ElementsAre("comms://agents/agt_1/channels", "comms://agents/agt_1/inbox"));
  EXPECT_THAT(listed(organization("org_1")),
              ElementsAre("comms://agents/agt_1/channels", "comms://agents/agt_2/channels",
                          "comms://agents/agt_1/inbox", "comms://agents/agt_2/inbox"));
  EXPECT_THAT(listed(organization("org_2")),
              ElementsAre("comms://agents/agt_3/channels", "comms://agents/agt_3/inbox"));
}

TEST_F(ResourcesTest, CompletesFromTheCallersOwn) {
  EXPECT_THAT(completed(agent("org_1", "agt_1"), "agentId"), ElementsAre("agt_1"));
  EXPECT_THAT(completed(organization("org_1"), "agentId"), ElementsAre("agt_1", "agt_2"));
  EXPECT_THAT(completed(organization("org_1"), "agentId", "", "agt_2"), ElementsAre("agt_2"));
  EXPECT_THAT(completed(organization("org_2"), "agentId"), ElementsAre("agt_3"));
  EXPECT_THAT(completed(agent("org_1", "agt_1"), "channel"), ElementsAre("sms", "voice"));
  EXPECT_THAT(completed(agent("org_1", "agt_1"), "from"), ElementsAre("+14155550100"));
  EXPECT_THAT(completed(organization("org_1"), "from", "agt_1"), ElementsAre("+14155550100"));
  EXPECT_THAT(completed(organization("org_2"), "from", "agt_1"), IsEmpty());
  EXPECT_THAT(completed(agent("org_1", "agt_2"), "from", "agt_1"), IsEmpty());
  const std::string id = sent(request("hello")).message.id;
  EXPECT_THAT(completed(agent("org_1", "agt_1"), "messageId"), ElementsAre(id));
  EXPECT_THAT(completed(organization("org_2"), "messageId"), IsEmpty());
  EXPECT_THAT(completed(orchestrator(), "messageId"), IsEmpty());
  EXPECT_THAT(completed(agent("org_1", "agt_1"), "goal"), IsEmpty());
}

TEST_F(ResourcesTest, CompletesNothingForATokenThatMayNotRead) {
  identity::Principal sender = organization("org_1");
  sender.scopes = {"comms:send"};
  sent(request("hello"));
  for (const char* argument : {"agentId", "messageId", "channel", "from"}) {
    EXPECT_THAT(completed(sender, argument, "agt_1"), IsEmpty()) << argument;
  }
}

}  // namespace
}  // namespace commsd::tools::test
