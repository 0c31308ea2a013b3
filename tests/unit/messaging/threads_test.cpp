#include "messaging/threads.h"

#include "messaging/messaging_bed.h"

namespace commsd::messaging::test {
namespace {

constexpr const char* contact = "+14155552671";

class ThreadsTest : public MessagingBed {
 protected:
  Result<Threads::View> find(const std::string& org_id, const std::string& agent_id,
                             const std::string& id) {
    return executor_.run(threads_.find(org_id, agent_id, id));
  }

  Threads threads_{*store_, ContactIds("key")};
};

TEST_F(ThreadsTest, ShowsBothWaysNewestFirst) {
  ASSERT_TRUE(webhook(text_event("SM1", contact, "hi")));
  ASSERT_TRUE(webhook(text_event("SM2", "+14155550199", "somebody else")));
  clock_.advance(std::chrono::seconds(1));
  const std::string sent_id = sent(request("hello")).message.id;
  const auto view = find("org_1", "agt_1", threads_.contacts().seal("org_1", contact));
  ASSERT_TRUE(view) << view.error().message;
  EXPECT_EQ(view->contact, contact);
  ASSERT_EQ(view->entries.size(), 2U);
  EXPECT_EQ(view->entries[0].id, sent_id);
  EXPECT_FALSE(view->entries[0].inbound);
  EXPECT_EQ(view->entries[0].state, "submitted");
  EXPECT_TRUE(view->entries[1].inbound);
  EXPECT_EQ(view->entries[1].state, "waiting");
}

TEST_F(ThreadsTest, AreOfOneAgentAndOneOrganization) {
  ASSERT_TRUE(webhook(text_event("SM1", contact, "hi")));
  const std::string id = threads_.contacts().seal("org_1", contact);
  ASSERT_TRUE(find("org_1", "agt_1", id));
  for (const auto& view :
       {find("org_1", "agt_2", id), find("org_2", "agt_1", id),
        find("org_2", "agt_1", threads_.contacts().seal("org_2", contact)),
        find("org_1", "agt_1", contact), find("org_1", "agt_1", ""),
        find("org_1", "agt_1", threads_.contacts().seal("org_1", "+14155550111"))}) {
    ASSERT_FALSE(view);
    EXPECT_EQ(view.error().code, ErrorCode::not_found);
  }
}

}  // namespace
}  // namespace commsd::messaging::test
