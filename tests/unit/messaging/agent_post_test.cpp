#include "messaging/agent_post.h"

#include "messaging/messaging_bed.h"
#include "store/agent_repository.h"
#include "store/channel_repository.h"

namespace commsd::messaging::test {
namespace {

using std::chrono::seconds;

class AgentPostTest : public MessagingBed {
 protected:
  AgentPostTest() {
    store::UnitOfWork unit;
    store::OrganizationRepository::add_create(unit, {"org_2", "Two", "sandbox", "active", 1});
    add_agent(unit, "org_1", "agt_2", "+14155550102");
    add_agent(unit, "org_2", "agt_3", "+14155550103");
    store::AgentRepository::add_create(unit, {"agt_4", "org_1", "Deaf", "active", "US", 1});
    EXPECT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  }
  static void add_agent(store::UnitOfWork& unit, const std::string& org, const std::string& agent,
                        const std::string& number) {
    store::AgentRepository::add_create(unit, {agent, org, "Bob", "active", "US", 1});
    store::ChannelRepository::add_create(unit,
                                         {org, agent, "sms", number, "first", "PN", "active"});
  }
  SendRequest to(const std::string& agent) const {
    SendRequest request = this->request("hello, colleague");
    request.content.to = agent;
    return request;
  }
  std::vector<store::InboxItem> items_of(const std::string& org, const std::string& agent) {
    store::InboxFilter filter;
    filter.org_id = org;
    filter.agent_id = agent;
    return executor_.run(inbox_->fetch(std::move(filter), false))->items;
  }
  void set_status(const std::string& agent, const std::string& status) {
    store::UnitOfWork unit;
    store::AgentRepository::add_set_status(unit, "org_1", agent, status);
    ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  }
};

TEST_F(AgentPostTest, BothRecordsAgreeAndNoVendorIsAsked) {
  const SendOutcome outcome = sent(to("agt_2"));
  const store::Message message = stored(outcome.message.id);
  EXPECT_EQ(message.state, "delivered");
  EXPECT_EQ(message.provider, "internal");
  EXPECT_EQ(message.to_address, "+14155550102");
  EXPECT_EQ(message.attempts, 1);
  const auto items = items_of("org_1", "agt_2");
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(items[0].body, "hello, colleague");
  EXPECT_EQ(items[0].from_address, "+14155550100");
  EXPECT_EQ(items[0].to_address, "+14155550102");
  EXPECT_EQ(items[0].vendor_id, message.id);
  EXPECT_EQ(message.vendor_id, items[0].id);
  EXPECT_EQ(outcome.message.vendor_id, items[0].id);
  EXPECT_NE(items[0].extra_json.find("agt_1"), std::string::npos);
  EXPECT_EQ(vendor_->asked, 0);
  EXPECT_EQ(in_flight_->size(), 0U);
  const auto view = history(message.id);
  EXPECT_EQ(view.timeline.back().state, "delivered");
  EXPECT_NE(view.timeline.back().detail.find("agt_2"), std::string::npos);
}

TEST_F(AgentPostTest, TheSameKeyDeliversOnce) {
  SendRequest request = to("agt_2");
  request.idempotency_key = "k1";
  const std::string id = sent(request).message.id;
  EXPECT_EQ(sent(request).message.id, id);
  EXPECT_EQ(items_of("org_1", "agt_2").size(), 1U);
}

TEST_F(AgentPostTest, AnAnswerGoesTheSameWayBack) {
  sent(to("agt_2"));
  SendRequest answer = to("agt_1");
  answer.agent_id = "agt_2";
  EXPECT_EQ(sent(answer).message.state, "delivered");
  EXPECT_EQ(items_of("org_1", "agt_1").size(), 1U);
}

TEST_F(AgentPostTest, WaitsForItsTimeLikeAnyOther) {
  SendRequest request = to("agt_2");
  request.send_at = clock_.now() + 10'000;
  const std::string id = sent(request).message.id;
  pass(seconds(9));
  EXPECT_TRUE(items_of("org_1", "agt_2").empty());
  restart();
  pass(seconds(3));
  const auto items = items_of("org_1", "agt_2");
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(items[0].vendor_id, id);
  EXPECT_EQ(stored(id).state, "delivered");
  EXPECT_EQ(stored(id).vendor_id, items[0].id);
  EXPECT_EQ(vendor_->asked, 0);
}

TEST_F(AgentPostTest, AReceiverThatIsGoneByThenIsADeadLetter) {
  SendRequest request = to("agt_2");
  request.send_at = clock_.now() + 10'000;
  const std::string id = sent(request).message.id;
  set_status("agt_2", "deprovisioned");
  pass(seconds(12));
  EXPECT_EQ(stored(id).state, "failed");
  EXPECT_TRUE(items_of("org_1", "agt_2").empty());
  ASSERT_EQ(waiting().size(), 1U);
  EXPECT_EQ(waiting()[0].message_id, id);
}

TEST_F(AgentPostTest, ReachesOnlyActiveAgentsOfTheOrganizationThatHaveTheChannel) {
  struct Case {
    const char* to;
    ErrorCode code;
    const char* says;
  };
  for (const Case& one : {Case{"agt_3", ErrorCode::invalid_argument, "'to'"},
                          Case{"agt_none", ErrorCode::invalid_argument, "'to'"},
                          Case{"agt_4", ErrorCode::rejected, "no active sms channel"},
                          Case{"agt_1", ErrorCode::invalid_argument, "the agent itself"}}) {
    const auto outcome = send(to(one.to));
    ASSERT_FALSE(outcome) << one.to;
    EXPECT_EQ(outcome.error().code, one.code) << one.to;
    EXPECT_NE(outcome.error().message.find(one.says), std::string::npos) << outcome.error().message;
  }
  set_status("agt_2", "inactive");
  EXPECT_EQ(send(to("agt_2")).error().code, ErrorCode::rejected);
  EXPECT_TRUE(items_of("org_2", "agt_3").empty());
}

}  // namespace
}  // namespace commsd::messaging::test
