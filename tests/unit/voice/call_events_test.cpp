#include "voice/call_events.h"

#include <gmock/gmock.h>

#include "store/agent_repository.h"
#include "voice/voice_bed.h"

namespace commsd::voice::test {
namespace {

using Wants = CallWebhook::Wants;
using ::testing::HasSubstr;

class CallEventsTest : public VoiceBed {
 protected:
  std::vector<std::string> subjects() {
    std::vector<std::string> found;
    for (const store::InboxItem& item : waiting())
      found.push_back(item.channel + ' ' + item.subject);
    return found;
  }
  store::Call inbound_call() {
    const store::CallRepository calls(*store_);
    return **executor_.run(calls.find_by_vendor_id("org_1", "phone", "CA7"));
  }
};

TEST_F(CallEventsTest, StatesGoForwardAndRepeatsAreWelcome) {
  const std::string id = placed(call_to(person, "Hello.")).call.id;
  const plugin::ProviderEvent ring = news("CA1", "ringing");
  const plugin::ProviderEvent answer = news("CA1", "in-progress");
  plugin::ProviderEvent end = news("CA1", "completed");
  end.extra = {{"duration_ms", "42000"}, {"answered_by", "human"}};
  for (const auto& one : {ring, answer, end, ring, end, answer}) {
    const auto reply = hear(one);
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply->status, 200);
  }
  const store::Call call = stored_call(id);
  EXPECT_EQ(call.state, "completed");
  EXPECT_EQ(call.duration_ms, 42'000);
  EXPECT_EQ(call.answered_by, "human");
  EXPECT_TRUE(call.answered_at && call.ended_at);
  EXPECT_EQ(script_of(id), std::nullopt) << "what was said is forgotten";
}

TEST_F(CallEventsTest, LateNewsChangeNothing) {
  const std::string id = placed(call_to(person, "Hello.")).call.id;
  ASSERT_TRUE(hear(news("CA1", "busy")));
  ASSERT_TRUE(hear(news("CA1", "ringing")));
  ASSERT_TRUE(hear(news("CA1", "completed")));
  EXPECT_EQ(stored_call(id).state, "busy");
}

TEST_F(CallEventsTest, ThePriceIsAskedForUntilItIsKnown) {
  phone_->looks_up = true;
  const std::string id = placed(call_to(person, "Hello.")).call.id;
  ASSERT_TRUE(hear(news("CA1", "completed")));
  ASSERT_TRUE(executor_.run(dialler_->fetch_costs(10)));
  EXPECT_EQ(stored_call(id).cost_looks, 0) << "not yet";
  clock_.advance(std::chrono::seconds(6));
  phone_->report = plugin::CallReport{{"CA1", "completed", {}, ""}, {}};
  ASSERT_TRUE(executor_.run(dialler_->fetch_costs(10)));
  EXPECT_EQ(stored_call(id).cost_currency, "");
  clock_.advance(std::chrono::seconds(16));
  phone_->report = plugin::CallReport{{"CA1", "completed", 13'000, "USD"}, 42'000};
  ASSERT_TRUE(executor_.run(dialler_->fetch_costs(10)));
  const store::Call call = stored_call(id);
  EXPECT_EQ(call.cost_micros, 13'000);
  EXPECT_EQ(call.cost_currency, "USD");
  EXPECT_EQ(call.duration_ms, 42'000);
  EXPECT_EQ(call.cost_due_at, std::nullopt);
}

TEST_F(CallEventsTest, APriceThatNeverComesIsGivenUp) {
  phone_->looks_up = true;
  const std::string id = placed(call_to(person, "Hello.")).call.id;
  ASSERT_TRUE(hear(news("CA1", "completed")));
  for (int i = 0; i < 10; ++i) {
    clock_.advance(std::chrono::hours(3));
    ASSERT_TRUE(executor_.run(dialler_->fetch_costs(10)));
  }
  EXPECT_EQ(stored_call(id).cost_due_at, std::nullopt);
  EXPECT_EQ(stored_call(id).cost_looks, 6);
}

TEST_F(CallEventsTest, AnAnsweredCallHearsItsScript) {
  placed(call_to(person, "Hello."));
  const std::string reference = phone_->dialled[0].client_reference;
  for (int i = 0; i < 2; ++i) {  // a repeat gets the same
    const auto reply = hear(news("CA1", "in-progress"), reference, Wants::instructions);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->body, "say This is a machine. Hello.;hang up;");
  }
}

TEST_F(CallEventsTest, AnIncomingCallIsGreetedAndToldToTheAgent) {
  const auto reply = hear(ringing("CA7", person), {}, Wants::instructions);
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->body, "say This is a machine. Hello from Ada.;hang up;");
  EXPECT_THAT(subjects(), testing::ElementsAre("voice Incoming call"));
  const auto again = hear(ringing("CA7", person), {}, Wants::instructions);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->body, reply->body);
  EXPECT_EQ(subjects().size(), 1U);
  ASSERT_TRUE(hear(news("CA7", "completed")));
  EXPECT_EQ(inbound_call().state, "completed");
  EXPECT_EQ(subjects().size(), 1U);
}

TEST_F(CallEventsTest, AMissedCallIsToldToo) {
  ASSERT_TRUE(hear(ringing("CA7", person), {}, Wants::instructions));
  ASSERT_TRUE(hear(news("CA7", "no-answer")));
  EXPECT_THAT(subjects(), testing::ElementsAre("voice Incoming call", "voice Missed call"));
}

TEST_F(CallEventsTest, ACallOfWhichOnlyTheEndGotToUsIsMissed) {
  plugin::ProviderEvent end = news("CA7", "canceled");
  end.from = person;
  end.to = own;
  end.extra = {{"direction", "inbound"}};
  ASSERT_TRUE(hear(end));
  ASSERT_TRUE(hear(end));
  EXPECT_EQ(inbound_call().state, "canceled");
  EXPECT_THAT(subjects(), testing::Contains("voice Missed call").Times(1));
}

TEST_F(CallEventsTest, AnInactiveAgentTakesNoCallButKeepsIt) {
  store::UnitOfWork unit;
  store::AgentRepository::add_set_status(unit, "org_1", "agt_1", "inactive");
  ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  const auto reply = hear(ringing("CA7", person), {}, Wants::instructions);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body, "reject;");
  EXPECT_EQ(inbound_call().state, "ringing");
}

TEST_F(CallEventsTest, ARecordingIsKeptByItsAddress) {
  const std::string id = placed(call_to(person, "Hello.")).call.id;
  plugin::ProviderEvent event = news("CA1", "completed");
  event.kind = plugin::EventKind::recording_ready;
  event.event_id = "RE1";
  event.media = {{"https://api.vendor.test/RE1", "audio/x-wav", "", 0}};
  event.extra = {{"recording_id", "RE1"}};
  ASSERT_TRUE(hear(event));
  EXPECT_EQ(stored_call(id).recording_id, "RE1");
  EXPECT_EQ(stored_call(id).recording_url, "https://api.vendor.test/RE1");
}

TEST_F(CallEventsTest, ABadSignatureChangesNothing) {
  const std::string id = placed(call_to(person, "Hello.")).call.id;
  phone_->signs = false;
  const auto refused = hear(news("CA1", "completed"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::permission_denied);
  EXPECT_EQ(stored_call(id).state, "queued");
}

TEST_F(CallEventsTest, NewsOfAStrangersCallAreTakenAndForgotten) {
  ASSERT_TRUE(hear(news("CA77", "completed")));
  ASSERT_TRUE(hear(news("CA77", "completed"), "att_none"));
  EXPECT_TRUE(subjects().empty());
}

class BridgesTest : public CallEventsTest {
 protected:
  store::Bridge bridge(std::string caller, std::string destination = "+14155550177") const {
    store::Bridge made;
    made.org_id = "org_1";
    made.local_number = own;
    made.caller = std::move(caller);
    made.destination = std::move(destination);
    return made;
  }
  Result<store::Bridge> set_up(store::Bridge wanted) {
    return executor_.run(bridges_->set_up(std::move(wanted)));
  }
};

TEST_F(BridgesTest, CallsArePutThrough) {
  ASSERT_TRUE(set_up(bridge("*")));
  ASSERT_TRUE(set_up(bridge(person, "+14155550188")));
  const auto named = hear(ringing("CA7", person), {}, Wants::instructions);
  ASSERT_TRUE(named);
  EXPECT_EQ(named->body, "dial +14155550188;");
  const auto anybody = hear(ringing("CA8", "+14155550000"), {}, Wants::instructions);
  EXPECT_EQ(anybody->body, "dial +14155550177;");

  const std::string done_url = phone_->rendered.back().url;
  EXPECT_THAT(done_url, HasSubstr("/webhooks/bridge-status?bridgeCallId="));
  const std::size_t begin = done_url.find("bridgeCallId=") + 13;
  const std::string leg = done_url.substr(begin, done_url.find('&') - begin);
  plugin::ProviderEvent end = news("CA8", "in-progress");
  end.extra = {{"dial_status", "completed"}, {"dial_call_id", "CA9"}, {"dial_duration_ms", "9000"}};
  ASSERT_TRUE(hear(end, {}, Wants::acknowledgement, leg));
  ASSERT_TRUE(hear(end, {}, Wants::acknowledgement, leg));
  const store::Call call = stored_call(leg);
  EXPECT_EQ(call.state, "completed");
  EXPECT_EQ(call.vendor_id, "CA9");
  EXPECT_EQ(call.duration_ms, 9'000);
  const auto overview = executor_.run(bridges_->list("org_1"));
  ASSERT_TRUE(overview);
  EXPECT_EQ(overview->bridges.size(), 2U);
  EXPECT_EQ(overview->recent.size(), 2U);
}

TEST_F(BridgesTest, OneForEachNumberAndCaller) {
  const auto first = set_up(bridge("*"));
  ASSERT_TRUE(first);
  const auto twin = set_up(bridge("*", "+14155550188"));
  ASSERT_FALSE(twin);
  EXPECT_EQ(twin.error().code, ErrorCode::conflict);
  EXPECT_THAT(twin.error().message, HasSubstr(first->id));
  EXPECT_EQ(executor_.run(bridges_->remove("org_2", first->id)).error().code, ErrorCode::not_found);
  ASSERT_TRUE(executor_.run(bridges_->remove("org_1", first->id)));
  EXPECT_EQ(executor_.run(bridges_->remove("org_1", first->id)).error().code, ErrorCode::not_found);
  ASSERT_TRUE(set_up(bridge("*", "+14155550188")));
}

TEST_F(BridgesTest, RefusesWhatIsNoBridge) {
  EXPECT_EQ(set_up(bridge("anybody")).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(set_up(bridge("*", "1234")).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(set_up(bridge("*", own)).error().code, ErrorCode::invalid_argument);
  store::Bridge foreign = bridge("*");
  foreign.local_number = "+14155550111";
  EXPECT_EQ(set_up(foreign).error().code, ErrorCode::not_found);
  store::Bridge other = bridge("*");
  other.org_id = "org_2";
  EXPECT_EQ(set_up(other).error().code, ErrorCode::not_found);
}

TEST_F(BridgesTest, CallsBothSides) {
  const auto made = set_up(bridge("*"));
  CallRequest request = call_to("", "Please hold.");
  request.tool = "comms_bridge_call";
  const auto outcome = executor_.run(bridges_->call("org_1", made->id, person, request));
  ASSERT_TRUE(outcome) << outcome.error().message;
  const std::string reference = phone_->dialled[0].client_reference;
  const auto reply = hear(news("CA1", "in-progress"), reference, Wants::instructions);
  EXPECT_EQ(reply->body, "say This is a machine. Please hold.;dial +14155550177;");
  EXPECT_EQ(executor_.run(bridges_->call("org_2", made->id, person, request)).error().code,
            ErrorCode::not_found);
}

}  // namespace
}  // namespace commsd::voice::test
