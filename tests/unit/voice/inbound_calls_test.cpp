// What callers meet, and whose calls are.
#include <gmock/gmock.h>

#include "store/agent_repository.h"
#include "store/channel_repository.h"
#include "store/pool_repository.h"
#include "voice/voice_bed.h"

namespace commsd::voice::test {
namespace {

using Wants = CallWebhook::Wants;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class InboundCallsTest : public VoiceBed {
 protected:
  static constexpr const char* shared = "+447700900190";
  static constexpr const char* caller = "+447700900001";

  void configure() {
    events_settings_.contact_key = "key";
    build_calls();
  }
  std::string answer(plugin::ProviderEvent event, std::string path = "agt_1") {
    phone_->events = {std::move(event)};
    CallWebhook webhook;
    webhook.agent_id = std::move(path);
    webhook.wants = Wants::instructions;
    const auto reply = executor_.run(events_->handle(std::move(webhook)));
    return reply ? reply->body : reply.error().message;
  }
  std::vector<std::string> inbox(const std::string& agent) {
    store::InboxFilter filter;
    filter.org_id = "org_1";
    filter.agent_id = agent;
    std::vector<std::string> subjects;
    const auto page = executor_.run(inbox_->fetch(filter, false));
    for (const auto& item : page->items) subjects.push_back(item.subject);
    return subjects;
  }
  std::optional<store::Call> call(const std::string& vendor_id) {
    const store::CallRepository calls(*store_);
    return *executor_.run(calls.find_by_vendor_id("org_1", "phone", vendor_id));
  }
  void commit(store::UnitOfWork unit) {
    ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  }
  void share_a_number() {
    store::UnitOfWork unit;
    for (const char* agent : {"agt_2", "agt_3"}) {
      store::AgentRepository::add_create(
          unit, {agent, "org_1", "Bea", "active", "GB", clock_.now(), "shared"});
      store::ChannelRepository::add_create(
          unit, {"org_1", agent, "voice", std::string("pool:") + agent, "pool", "", "active"});
    }
    store::PoolNumber number;
    number.org_id = "org_1";
    number.number = shared;
    number.country = "GB";
    number.capabilities = "voice";
    number.status = "active";
    number.provider = "phone";
    number.created_at = clock_.now();
    store::PoolRepository::add_number(unit, number);
    commit(std::move(unit));
    configure();
  }
  plugin::ProviderEvent ringing_at_shared(std::string vendor_id) {
    plugin::ProviderEvent event = ringing(std::move(vendor_id), caller);
    event.to = shared;
    return event;
  }
};

TEST_F(InboundCallsTest, TheLineMayBeBusyAndTheAgentIsToldAllTheSame) {
  events_settings_.answers = false;
  configure();
  EXPECT_EQ(answer(ringing("CA1", person)), "reject;");
  EXPECT_THAT(inbox("agt_1"), ElementsAre("Incoming call"));
  ASSERT_TRUE(hear(news("CA1", "busy")));
  EXPECT_EQ(call("CA1")->state, "busy");
  EXPECT_THAT(inbox("agt_1"), ElementsAre("Incoming call", "Missed call"));
}

TEST_F(InboundCallsTest, ABlockedChannelAnswersNobody) {
  store::UnitOfWork unit;
  store::AgentRepository::add_set_blocked_channels(unit, "org_1", "agt_1", "voice");
  commit(std::move(unit));
  configure();
  EXPECT_EQ(answer(ringing("CA1", person)), "reject;");
  EXPECT_EQ(call("CA1")->direction, "inbound");
}

TEST_F(InboundCallsTest, WhatALawWantsSaidCannotBeSwitchedOff) {
  events_settings_.disclosure.clear();
  events_settings_.language = "";
  clock_.set(1'795'512'600'000);  // 2026-11-24
  configure();
  EXPECT_EQ(answer(ringing("CA1", person)), "say Hello from Ada.;hang up;");
  EXPECT_THAT(answer(ringing("CA2", "+33612345678")), HasSubstr("intelligence artificielle"));
  CallRequest quiet = call_to("+33612345678", "Bonjour.");
  quiet.script.disclosure.clear();
  const std::string id = placed(std::move(quiet)).call.id;
  EXPECT_THAT(script_of(id).value_or(""), HasSubstr("intelligence artificielle"));
}

TEST_F(InboundCallsTest, ACallInCostsAndLastsAsTheVendorSays) {
  configure();
  phone_->looks_up = true;
  ASSERT_THAT(answer(ringing("CA1", person)), HasSubstr("Hello from Ada."));
  ASSERT_TRUE(hear(news("CA1", "in-progress")));
  plugin::ProviderEvent end = news("CA1", "completed");
  end.extra = {{"duration_ms", "9000"}};
  ASSERT_TRUE(hear(end));
  clock_.advance(std::chrono::seconds(6));
  phone_->report = plugin::CallReport{{"CA1", "completed", 8'500, "USD"}, 9'000};
  ASSERT_TRUE(executor_.run(dialler_->fetch_costs(10)));
  EXPECT_EQ(call("CA1")->state, "completed");
  EXPECT_EQ(call("CA1")->duration_ms, 9'000);
  EXPECT_EQ(call("CA1")->cost_micros, 8'500);
  EXPECT_EQ(call("CA1")->cost_currency, "USD");
}

TEST_F(InboundCallsTest, ACallToASharedNumberIsForTheAgentThatReachedTheCallerLast) {
  share_a_number();
  EXPECT_EQ(answer(ringing_at_shared("CA1"), "pool:org_1"), "reject;") << "nobody's";
  EXPECT_EQ(call("CA1"), std::nullopt);
  CallRequest out = call_to(caller, "Hello.");
  out.agent_id = "agt_3";
  const CallOutcome placed_call = placed(std::move(out));
  EXPECT_EQ(placed_call.call.from_address, shared);
  EXPECT_THAT(answer(ringing_at_shared("CA2"), "pool:org_1"), HasSubstr("Hello from Ada."));
  EXPECT_EQ(call("CA2")->agent_id, "agt_3");
  EXPECT_THAT(inbox("agt_3"), ElementsAre("Incoming call"));
  EXPECT_THAT(inbox("agt_2"), IsEmpty());
  const auto found = executor_.run(calls_->find("org_1", "agt_3", placed_call.call.vendor_id));
  ASSERT_TRUE(found) << "by the vendor's id, though the channel has no vendor";
  EXPECT_EQ(found->id, placed_call.call.id);
  EXPECT_FALSE(executor_.run(calls_->find("org_1", "agt_2", placed_call.call.vendor_id)));
}

TEST_F(InboundCallsTest, NobodyIsPutThroughToAnAgentWithoutANumber) {
  share_a_number();
  const std::string id = placed(call_to(person, "Hello.")).call.id;
  TransferRequest transfer;
  transfer.org_id = "org_1";
  transfer.agent_id = "agt_1";
  transfer.call_id = id;
  transfer.to = "agt_2";
  const auto refused = executor_.run(calls_->transfer(std::move(transfer)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::rejected);
  EXPECT_THAT(refused.error().message, HasSubstr("no number of its own"));
}

}  // namespace
}  // namespace commsd::voice::test
