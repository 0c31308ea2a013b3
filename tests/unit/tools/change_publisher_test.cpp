#include "tools/change_publisher.h"

#include <gmock/gmock.h>

#include "tools/resource_uris.h"
#include "tools/tools_bed.h"

namespace commsd::tools::test {
namespace {

using messaging::test::text_event;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* contact = "+14155552671";

class ChangePublisherTest : public ToolsBed {
 protected:
  ChangePublisherTest() {
    inbox_->set_listener(&publisher_);
    inbound_->set_listener(&publisher_);
    delivery_->set_listener(&publisher_);
  }
  ~ChangePublisherTest() override { executor_.run(publisher_.close()); }

  mcp::NotificationHub::Subscription note(const identity::Principal& who,
                                          std::vector<std::string>& into) {
    return hub_.subscribe(who, [&into](const mcp::Change& change) {
      static constexpr const char* names[] = {"tools", "prompts", "resources", "resource", "task"};
      into.push_back(names[static_cast<std::size_t>(change.kind)] +
                     (change.subject.empty() ? "" : ' ' + change.subject));
    });
  }

  mcp::NotificationHub hub_;
  ChangePublisher publisher_{hub_, *threads_};
};

TEST_F(ChangePublisherTest, NamesTheResourcesThatChanged) {
  std::vector<std::string> agent_notes;
  std::vector<std::string> other_notes;
  const auto ours = note(agent("org_1", "agt_1"), agent_notes);
  const auto theirs = note(organization("org_2"), other_notes);
  const std::string thread = "resource " + thread_uri(*threads_, "org_1", "agt_1", contact);

  ASSERT_TRUE(webhook(text_event("SM1", contact, "hi")));
  EXPECT_THAT(agent_notes, ElementsAre("resource comms://agents/agt_1/inbox", thread));
  agent_notes.clear();
  ASSERT_TRUE(executor_.run(inbox_->acknowledge("org_1", "agt_1", {waiting().front().id})));
  EXPECT_THAT(agent_notes, ElementsAre("resource comms://agents/agt_1/inbox"));
  agent_notes.clear();
  const std::string id = sent(request("hello")).message.id;
  EXPECT_THAT(agent_notes, ElementsAre("resource " + message_uri(id), thread));
  EXPECT_THAT(other_notes, IsEmpty());
}

TEST_F(ChangePublisherTest, NamesEveryUriOfALinkedContactsThread) {
  std::vector<std::string> notes;
  const auto ours = note(agent("org_1", "agt_1"), notes);
  const auto linked = executor_.run(
      contact_links_->link({"org_1", "agt_1", "tok"}, {contact, "guest@example.com"}));
  ASSERT_TRUE(linked);
  ASSERT_TRUE(webhook(text_event("SM1", contact, "hi")));
  executor_.run(publisher_.close());
  for (const std::string& name :
       {linked->id, std::string(contact), std::string("guest@example.com")}) {
    EXPECT_THAT(notes, Contains("resource " + thread_uri(*threads_, "org_1", "agt_1", name)));
  }
}

TEST_F(ChangePublisherTest, NamesTheListsThatChanged) {
  std::vector<std::string> notes;
  std::vector<std::string> other_notes;
  const auto ours = note(organization("org_1"), notes);
  const auto theirs = note(organization("org_2"), other_notes);
  publisher_.agent_changed("org_1", "agt_1");
  EXPECT_THAT(notes, ElementsAre("resource comms://agents/agt_1/channels", "resources", "tools",
                                 "prompts"));
  EXPECT_THAT(other_notes, IsEmpty());
  publisher_.providers_changed();
  EXPECT_THAT(other_notes, ElementsAre("tools", "prompts", "resources"));
}

TEST_F(ChangePublisherTest, ToolsThatChangeAnAgentAreHeardOfOnce) {
  std::vector<std::string> notes;
  const auto ours = note(agent("org_1", "agt_2"), notes);
  provisioning_->on_change([this](const std::string& org_id, const std::string& agent_id) {
    publisher_.agent_changed(org_id, agent_id);
  });
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(
        call(organization("org_1"), "comms_deprovision_channels", R"({"agentId":"agt_2"})"));
  }
  EXPECT_THAT(notes, ElementsAre("resource comms://agents/agt_2/channels", "resources", "tools",
                                 "prompts"));
}

}  // namespace
}  // namespace commsd::tools::test
