#include "messaging/change_listener.h"

#include <gmock/gmock.h>

#include "messaging/messaging_bed.h"

namespace commsd::messaging::test {
namespace {

using ::testing::ElementsAre;

constexpr const char* contact = "+14155552671";

class Notes : public ChangeListener {
 public:
  void item_received(const store::InboxItem& item) override {
    lines.push_back("received " + item.org_id + ' ' + item.agent_id + ' ' + item.from_address);
  }
  void items_acknowledged(const std::string& org_id, const std::string& agent_id) override {
    lines.push_back("acknowledged " + org_id + ' ' + agent_id);
  }
  void message_changed(const store::Message& message) override {
    lines.push_back("message " + message.org_id + ' ' + message.agent_id + ' ' + message.state);
    last_id = message.id;
  }

  std::vector<std::string> lines;
  std::string last_id;
};

class ChangeListenerTest : public MessagingBed {
 protected:
  ChangeListenerTest() {
    inbox_->set_listener(&notes_);
    inbound_->set_listener(&notes_);
    delivery_->set_listener(&notes_);
  }

  Notes notes_;
};

TEST_F(ChangeListenerTest, HearsOfTheInbox) {
  ASSERT_TRUE(webhook(text_event("SM1", contact, "hi")));
  ASSERT_TRUE(webhook(text_event("SM1", contact, "hi"))) << "a repeat is no change";
  EXPECT_THAT(notes_.lines, ElementsAre("received org_1 agt_1 +14155552671"));
  ASSERT_TRUE(executor_.run(inbox_->acknowledge("org_1", "agt_1", {waiting().front().id})));
  ASSERT_EQ(notes_.lines.size(), 2U);
  EXPECT_EQ(notes_.lines.back(), "acknowledged org_1 agt_1");
}

TEST_F(ChangeListenerTest, HearsOfEachStateOfAMessage) {
  const store::Message message = sent(request("hello")).message;
  EXPECT_THAT(notes_.lines, ElementsAre("message org_1 agt_1 submitted"));
  EXPECT_EQ(notes_.last_id, message.id);
  ASSERT_TRUE(webhook(status_event(message.vendor_id, "delivered")));
  ASSERT_TRUE(webhook(status_event(message.vendor_id, "sent"))) << "late news is no change";
  EXPECT_THAT(notes_.lines,
              ElementsAre("message org_1 agt_1 submitted", "message org_1 agt_1 delivered"));
}

TEST_F(ChangeListenerTest, HearsOfRetries) {
  vendor_->answers = {ScriptedVendor::Answer::throttle, ScriptedVendor::Answer::take};
  sent(request("hello"));
  pass(std::chrono::seconds(30));
  EXPECT_THAT(notes_.lines,
              ElementsAre("message org_1 agt_1 accepted", "message org_1 agt_1 attempting",
                          "message org_1 agt_1 submitted"));
}

}  // namespace
}  // namespace commsd::messaging::test
