#include "messaging/messaging_bed.h"
#include "store/agent_repository.h"
#include "store/channel_repository.h"

namespace commsd::messaging::test {
namespace {

constexpr const char* contact = "+14155552671";

class InboundTest : public MessagingBed {
 protected:
  void settle() {
    const auto idle = [](InFlight& in_flight) -> Task<void> {
      co_await sleep_for(std::chrono::milliseconds(50));
      while (in_flight.size() > 0) co_await sleep_for(std::chrono::milliseconds(10));
    };
    executor_.run(idle(*in_flight_));
  }
};

TEST_F(InboundTest, AMessageIsStoredOnceHoweverOftenItComes) {
  for (int i = 0; i < 3; ++i) {
    const auto reply = webhook(text_event("SM1", contact, "hi"));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 200);
  }
  const auto items = waiting();
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(items[0].body, "hi");
  EXPECT_EQ(items[0].from_address, contact);
}

TEST_F(InboundTest, AnUnsignedCallChangesNothing) {
  vendor_->signs = false;
  const auto reply = webhook(text_event("SM1", contact, "hi"));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::permission_denied);
  EXPECT_TRUE(waiting().empty());
}

TEST_F(InboundTest, StopBlocksStartUnblocksAndEachIsConfirmedOnce) {
  ASSERT_TRUE(webhook(text_event("SM1", contact, " Stop! ")));
  settle();
  ASSERT_EQ(vendor_->log.size(), 1U) << "one confirmation";
  const auto refused = send(request("news"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::rejected);
  EXPECT_NE(refused.error().message.find("opt_out"), std::string::npos);

  ASSERT_TRUE(webhook(text_event("SM2", contact, "STOP")));
  settle();
  EXPECT_EQ(vendor_->log.size(), 1U) << "a second STOP is answered by silence";

  ASSERT_TRUE(webhook(text_event("SM3", contact, "start")));
  settle();
  EXPECT_EQ(sent(request("news")).message.state, "submitted");
  EXPECT_EQ(waiting().size(), 3U) << "the agent sees them all";
}

TEST_F(InboundTest, StopCountsForAnInactiveAgentToo) {
  store::UnitOfWork unit;
  store::AgentRepository::add_set_status(unit, "org_1", "agt_1", "inactive");
  ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  ASSERT_TRUE(webhook(text_event("SM1", contact, "STOP")));
  settle();
  EXPECT_TRUE(vendor_->log.empty());

  store::UnitOfWork back;
  store::AgentRepository::add_set_status(back, "org_1", "agt_1", "active");
  ASSERT_TRUE(executor_.run(store_->commit(std::move(back)))->committed);
  EXPECT_FALSE(send(request("news")));
  EXPECT_EQ(waiting().size(), 1U);
}

TEST_F(InboundTest, StatusesOnlyGoForward) {
  const SendOutcome outcome = sent(request("hello"));
  ASSERT_TRUE(webhook(status_event("VM1", "delivered")));
  EXPECT_EQ(stored(outcome.message.id).state, "delivered");
  ASSERT_TRUE(webhook(status_event("VM1", "sent")));
  ASSERT_TRUE(webhook(status_event("VM1", "undelivered")));
  EXPECT_EQ(stored(outcome.message.id).state, "delivered");
  ASSERT_TRUE(webhook(status_event("VM1", "read")));
  EXPECT_EQ(stored(outcome.message.id).state, "read");
  EXPECT_GE(history(outcome.message.id).timeline.size(), 5U) << "late news is kept as news";
}

TEST_F(InboundTest, ACallbackSettlesAMessageWhoseAnswerWasLost) {
  vendor_->answers = {ScriptedVendor::Answer::take_and_lose};
  const SendOutcome outcome = sent(request("hello"));
  ASSERT_EQ(outcome.message.state, "unknown");
  ASSERT_TRUE(webhook(status_event("VM1", "delivered"), vendor_->log[0].client_reference));
  EXPECT_EQ(stored(outcome.message.id).state, "delivered");
}

TEST_F(InboundTest, ACallbackWithAnotherOrganizationsReferenceChangesNothing) {
  const SendOutcome outcome = sent(request("hello"));
  plugin::ProviderEvent forged = status_event("VM9", "delivered");
  ASSERT_TRUE(webhook(std::move(forged), "att_of_somebody_else"));
  EXPECT_EQ(stored(outcome.message.id).state, "submitted");
}

TEST_F(InboundTest, AMailGoesToWhomItIsAddressedWhateverWebhookItComesThrough) {
  store::UnitOfWork unit;
  store::OrganizationRepository::add_create(unit,
                                            {"org_2", "Two", "sandbox", "active", clock_.now()});
  store::AgentRepository::add_create(unit, {"agt_2", "org_2", "Bob", "active", "US", clock_.now()});
  store::ChannelRepository::add_create(
      unit, {"org_2", "agt_2", "email", "bob@two.example", "first", "", "active"});
  store::ChannelRepository::add_create(
      unit, {"org_1", "agt_1", "email", "ada@one.example", "first", "", "active"});
  ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  const auto mail = [&](const std::string& path, std::string to, std::string cc,
                        const std::string& id = "M1", std::string recipients = "") {
    plugin::ProviderEvent event = text_event(id, "eve@example.com", "hello");
    event.to = std::move(to);
    event.extra = {{"cc", std::move(cc)}, {"recipients", std::move(recipients)}};
    vendor_->events = {event};
    WebhookCall call;
    call.agent_id = path;
    call.channel = plugin::ChannelKind::email;
    return executor_.run(inbound_->handle(std::move(call)));
  };
  const auto inbox_of = [&](const char* org_id, const char* agent_id) {
    store::InboxFilter filter;
    filter.org_id = org_id;
    filter.agent_id = agent_id;
    return executor_.run(inbox_->fetch(std::move(filter), false))->items.size();
  };
  EXPECT_TRUE(mail("agt_1", "Bob@Two.example", ""));
  EXPECT_EQ(inbox_of("org_1", "agt_1"), 0U);
  EXPECT_EQ(inbox_of("org_2", "agt_2"), 1U);
  EXPECT_TRUE(mail("agt_2", "Bob@Two.example", "Ada <ada@one.example>"));
  EXPECT_EQ(inbox_of("org_1", "agt_1"), 1U);
  EXPECT_EQ(inbox_of("org_2", "agt_2"), 1U) << "the same event is taken once";
  for (const char* one : {"ada@one.example", "bob@two.example"}) {
    EXPECT_TRUE(mail("agt_1", one, "bob@two.example, ada@one.example", one, one));
  }
  EXPECT_EQ(inbox_of("org_1", "agt_1"), 2U) << "each has a delivery of their own";
  EXPECT_EQ(inbox_of("org_2", "agt_2"), 2U);
}

TEST_F(InboundTest, AMailThatIsDeliveredOnceForEachRecipientReachesEachOnce) {
  store::UnitOfWork unit;
  store::AgentRepository::add_create(unit, {"agt_2", "org_1", "Bob", "active", "US", clock_.now()});
  store::ChannelRepository::add_create(
      unit, {"org_1", "agt_1", "email", "ada@one.example", "first", "", "active"});
  store::ChannelRepository::add_create(
      unit, {"org_1", "agt_2", "email", "bob@one.example", "first", "", "active"});
  ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  plugin::ProviderEvent event = text_event("", "eve@example.com", "hello");
  event.subject = "Both of you";
  event.to = "ada@one.example";
  event.extra = {{"message_id", "<m1@example.com>"},
                 {"to_all", "ada@one.example"},
                 {"recipients", "ada@one.example, bob@one.example, nobody@two.example"}};
  const auto deliver = [&](const std::string& id, const char* path) {
    event.event_id = event.vendor_id = id;
    vendor_->events = {event};
    WebhookCall call;
    call.agent_id = path;
    call.channel = plugin::ChannelKind::email;
    EXPECT_TRUE(executor_.run(inbound_->handle(std::move(call))));
  };
  const auto items_of = [&](const char* agent_id) {
    store::InboxFilter filter;
    filter.org_id = "org_1";
    filter.agent_id = agent_id;
    return executor_.run(inbox_->fetch(std::move(filter), false))->items;
  };
  deliver("D1", "agt_1");
  deliver("D2", "agt_1");
  deliver("D3", "agt_2");
  for (const auto& [agent, own] :
       {std::pair{"agt_1", "ada@one.example"}, std::pair{"agt_2", "bob@one.example"}}) {
    const auto items = items_of(agent);
    ASSERT_EQ(items.size(), 1U) << agent;
    EXPECT_EQ(items[0].to_address, own);
    EXPECT_EQ(items[0].extra_json,
              R"({"message_id":"<m1@example.com>","to_all":"ada@one.example"})")
        << "who else gets it may be hidden";
  }
  event.text = "another one under the same id";
  deliver("D4", "agt_1");
  EXPECT_EQ(items_of("agt_1").size(), 2U);
  EXPECT_EQ(items_of("agt_2").size(), 2U);
}

TEST_F(InboundTest, WhatCannotBeFetchedIsAskedForAgain) {
  plugin::ProviderEvent event = text_event("E1", "a@example.com", "");
  event.needs_fetch = true;
  const auto reply = webhook(event);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::unavailable);
  vendor_->fetchable = {text_event("E1", "a@example.com", "whole")};
  ASSERT_TRUE(webhook(event));
  ASSERT_EQ(waiting().size(), 1U);
  EXPECT_EQ(waiting()[0].body, "whole");
}

TEST_F(InboundTest, AHandshakeIsDoneWithoutAMessage) {
  plugin::ProviderEvent event = text_event("E1", "a@example.com", "");
  event.needs_fetch = true;
  vendor_->handshakes = {event.vendor_id};
  ASSERT_TRUE(webhook(event));
  EXPECT_TRUE(waiting().empty());
}

TEST_F(InboundTest, AWaiterIsWokenByWhatArrives) {
  std::optional<Inbox::Page> page;
  store::InboxFilter filter;
  filter.org_id = "org_1";
  filter.agent_id = "agt_1";
  const auto wait = [](Inbox& inbox, store::InboxFilter what,
                       std::optional<Inbox::Page>& into) -> Task<void> {
    auto found = co_await inbox.wait(std::move(what), false, std::chrono::seconds(25), {});
    into = std::move(*found);
  };
  spawn(executor_, wait(*inbox_, filter, page));
  executor_.run(sleep_for(std::chrono::milliseconds(1)));
  ASSERT_TRUE(webhook(text_event("SM1", contact, "hi")));
  const auto done = [](std::optional<Inbox::Page>& into) -> Task<void> {
    while (!into) co_await sleep_for(std::chrono::milliseconds(5));
  };
  executor_.run(done(page));
  ASSERT_EQ(page->items.size(), 1U);
  EXPECT_EQ(page->cursor, page->items[0].sequence);
}

TEST_F(InboundTest, AWaitEndsWithItsTimeAndWithItsCaller) {
  store::InboxFilter filter;
  filter.org_id = "org_1";
  filter.agent_id = "agt_1";
  auto page = executor_.run(inbox_->wait(filter, false, std::chrono::seconds(25), {}));
  ASSERT_TRUE(page);
  EXPECT_TRUE(page->items.empty());

  std::stop_source stop;
  stop.request_stop();
  page = executor_.run(inbox_->wait(filter, false, std::chrono::hours(10), stop.get_token()));
  ASSERT_TRUE(page);
  EXPECT_TRUE(page->items.empty());
}

TEST_F(InboundTest, AcknowledgedItemsStayReadableBehindACursor) {
  ASSERT_TRUE(webhook(text_event("SM1", contact, "one")));
  ASSERT_TRUE(webhook(text_event("SM2", contact, "two")));
  const auto items = waiting();
  ASSERT_EQ(items.size(), 2U);
  ASSERT_TRUE(executor_.run(inbox_->acknowledge("org_1", "agt_1", {items[0].id, items[1].id})));
  EXPECT_TRUE(waiting().empty());
  store::InboxFilter again;
  again.org_id = "org_1";
  again.agent_id = "agt_1";
  again.after = items[0].sequence;
  again.include_acknowledged = true;
  auto page = executor_.run(inbox_->fetch(std::move(again), false));
  ASSERT_EQ(page->items.size(), 1U);
  EXPECT_EQ(page->items[0].body, "two");
}

TEST_F(InboundTest, WhatIsOnItsWayToTheAgentIsNotHandedOutTwice) {
  store::InboxFilter filter;
  filter.org_id = "org_1";
  filter.agent_id = "agt_1";
  const auto hand_out = [&] { return executor_.run(inbox_->fetch(filter, true))->items; };
  ASSERT_TRUE(webhook(text_event("SM1", contact, "one")));
  const auto first = hand_out();
  ASSERT_EQ(first.size(), 1U);
  const std::vector<std::string> ids{first[0].id};
  EXPECT_TRUE(hand_out().empty());
  ASSERT_TRUE(webhook(text_event("SM2", contact, "two")));
  const auto second = hand_out();
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].body, "two");
  inbox_->release("agt_1", ids);
  EXPECT_EQ(hand_out().size(), 1U) << "the reply was not delivered";
  clock_.advance(std::chrono::seconds(61));
  EXPECT_EQ(hand_out().size(), 2U) << "nobody said what became of them";
  ASSERT_TRUE(executor_.run(inbox_->acknowledge("org_1", "agt_1", ids)));
  clock_.advance(std::chrono::seconds(61));
  EXPECT_EQ(hand_out().size(), 1U);
}

}  // namespace
}  // namespace commsd::messaging::test
