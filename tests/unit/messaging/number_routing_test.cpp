#include "messaging/number_routing.h"

#include "messaging/messaging_bed.h"
#include "store/agent_repository.h"
#include "store/channel_repository.h"

namespace commsd::messaging::test {
namespace {

constexpr const char* shared = "+447700900190";
constexpr const char* contact = "+447700900001";

/// agt_2 and agt_3 share a number of the pool; agt_1 has its own, as ever.
class NumberRoutingTest : public MessagingBed {
 protected:
  NumberRoutingTest() {
    store::UnitOfWork unit;
    for (const char* agent : {"agt_2", "agt_3"}) {
      store::AgentRepository::add_create(
          unit, {agent, "org_1", "Bea", "active", "GB", clock_.now(), "shared"});
      store::ChannelRepository::add_create(
          unit, {"org_1", agent, "sms", std::string("pool:") + agent, "pool", "", "active"});
    }
    store::PoolNumber number;
    number.org_id = "org_1";
    number.number = shared;
    number.country = "GB";
    number.capabilities = "sms voice";
    number.status = "active";
    number.provider = "first";
    number.created_at = clock_.now();
    store::PoolRepository::add_number(unit, number);
    EXPECT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  }

  void write(const std::string& agent, std::string text, std::string to = contact) {
    SendRequest one = request(std::move(text));
    one.agent_id = agent;
    one.content.to = std::move(to);
    const SendOutcome outcome = sent(std::move(one));
    EXPECT_EQ(outcome.message.state, "submitted");
    EXPECT_EQ(outcome.message.from_address, shared);
  }
  Result<plugin::WebhookReply> arrives(std::string text, std::string path = "pool:org_1",
                                       std::string to = shared) {
    plugin::ProviderEvent event = text_event("SM" + std::to_string(++events_), contact, text);
    event.to = std::move(to);
    vendor_->events = {std::move(event)};
    WebhookCall call;
    call.agent_id = std::move(path);
    return executor_.run(inbound_->handle(std::move(call)));
  }
  std::vector<std::string> inbox(const std::string& agent) {
    store::InboxFilter filter;
    filter.org_id = "org_1";
    filter.agent_id = agent;
    std::vector<std::string> bodies;
    const auto page = executor_.run(inbox_->fetch(filter, false));
    for (const auto& item : page->items) bodies.push_back(item.body);
    return bodies;
  }
  void settle() {
    const auto idle = [](InFlight& in_flight) -> Task<void> {
      co_await sleep_for(std::chrono::milliseconds(50));
      while (in_flight.size() > 0) co_await sleep_for(std::chrono::milliseconds(10));
    };
    executor_.run(idle(*in_flight_));
  }
  void name(const std::string& agent) {
    store::UnitOfWork unit;
    store::PoolRepository::add_set_number_agent(unit, "org_1", shared, agent);
    EXPECT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  }
  using Texts = std::vector<std::string>;
  int events_ = 0;
};

TEST_F(NumberRoutingTest, AnAnswerIsForTheAgentThatWroteLast) {
  write("agt_2", "from two");
  ASSERT_TRUE(arrives("to two"));
  write("agt_3", "from three");
  ASSERT_TRUE(arrives("to three"));
  EXPECT_EQ(inbox("agt_2"), Texts{"to two"});
  EXPECT_EQ(inbox("agt_3"), Texts{"to three"});
  ASSERT_TRUE(arrives("by another path", "agt_1"));
  EXPECT_EQ(inbox("agt_3"), (Texts{"to three", "by another path"}));
  EXPECT_TRUE(inbox("agt_1").empty()) << "the path says whose account it is, no more";
}

TEST_F(NumberRoutingTest, WhatAnswersNobodyIsRefusedUntilSomebodyIsNamed) {
  const auto refused = arrives("hello?");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::not_found);
  EXPECT_EQ(refused.error().rule, unrouted_rule);
  name("agt_3");
  ASSERT_TRUE(arrives("hello?"));
  EXPECT_EQ(inbox("agt_3"), Texts{"hello?"});
  store::UnitOfWork unit;
  store::AgentRepository::add_deprovision(unit, "org_1", "agt_3");
  ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  EXPECT_FALSE(arrives("still there?")) << "an agent that is gone takes nothing";
}

TEST_F(NumberRoutingTest, AStopHoldsForEveryAgentAndIsConfirmedFromTheNumber) {
  write("agt_2", "news");
  ASSERT_TRUE(arrives("STOP"));
  settle();
  ASSERT_EQ(vendor_->log.size(), 2U);
  EXPECT_EQ(vendor_->log.back().message.from, shared);
  for (const char* agent : {"agt_2", "agt_3", "agt_1"}) {
    SendRequest one = request("more");
    one.agent_id = agent;
    one.content.to = contact;
    const auto refused = send(std::move(one));
    ASSERT_FALSE(refused) << agent;
    EXPECT_EQ(refused.error().rule, "opt_out") << agent;
  }
}

TEST_F(NumberRoutingTest, AStopThatIsNobodysCountsAllTheSame) {
  EXPECT_TRUE(arrives("stop")) << "all that was asked for is done";
  SendRequest one = request("news");
  one.agent_id = "agt_2";
  one.content.to = contact;
  const auto refused = send(std::move(one));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().rule, "opt_out");
}

TEST_F(NumberRoutingTest, ANumberOfAnAgentsOwnIsThatAgents) {
  ASSERT_TRUE(arrives("to one", "pool:org_1", "+14155550100"));
  EXPECT_EQ(inbox("agt_1"), Texts{"to one"});
  EXPECT_FALSE(arrives("lost", "pool:org_1", "+14155559999")) << "nobody's";
  ASSERT_TRUE(arrives("as before", "agt_1", "+14155559999"));
  EXPECT_EQ(inbox("agt_1"), (Texts{"to one", "as before"}));
  EXPECT_FALSE(arrives("x", "pool:org_9")) << "no such organization";
}

TEST_F(NumberRoutingTest, ARetryGoesOutFromTheSameNumber) {
  vendor_->answers = {ScriptedVendor::Answer::unavailable};
  SendRequest one = request("patience");
  one.agent_id = "agt_2";
  one.content.to = contact;
  const std::string id = sent(std::move(one)).message.id;
  store::PoolNumber better;
  better.org_id = "org_1";
  better.number = "+447700900191";
  better.country = "GB";
  better.capabilities = "sms";
  better.status = "active";
  better.provider = "first";
  better.created_at = 1;  // older, so it would be chosen
  store::UnitOfWork unit;
  store::PoolRepository::add_number(unit, better);
  ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  pass(std::chrono::seconds(5));
  EXPECT_EQ(stored(id).state, "submitted");
  ASSERT_EQ(vendor_->log.size(), 1U);
  EXPECT_EQ(vendor_->log[0].message.from, shared);
}

TEST_F(NumberRoutingTest, AScheduledMessageChoosesWhenItsTimeHasCome) {
  SendRequest one = request("later");
  one.agent_id = "agt_2";
  one.content.to = contact;
  one.send_at = clock_.now() + 3'000;
  const std::string id = sent(std::move(one)).message.id;
  store::UnitOfWork unit;
  store::PoolNumber other;
  other.org_id = "org_1";
  other.number = "+447700900191";
  other.country = "GB";
  other.capabilities = "sms";
  other.status = "active";
  other.provider = "first";
  other.created_at = clock_.now();
  store::PoolRepository::add_number(unit, other);
  store::PoolRepository::add_set_number_status(unit, "org_1", shared, "disabled");
  ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  vendor_->answers = {ScriptedVendor::Answer::unavailable};
  pass(std::chrono::seconds(10));
  EXPECT_EQ(stored(id).state, "submitted");
  EXPECT_EQ(stored(id).from_address, other.number);
  ASSERT_EQ(vendor_->log.size(), 1U);
  EXPECT_EQ(vendor_->log[0].message.from, other.number) << "the retry too";
}

}  // namespace
}  // namespace commsd::messaging::test
