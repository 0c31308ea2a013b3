#include "voice/outbound_calls.h"

#include <set>

#include <gmock/gmock.h>

#include "store/agent_repository.h"
#include "store/pool_repository.h"
#include "store/suppression_repository.h"
#include "voice/voice_bed.h"

namespace commsd::voice::test {
namespace {

using Answer = ScriptedPhone::Answer;
using ::testing::HasSubstr;

class OutboundCallsTest : public VoiceBed {
 protected:
  /// Says at which vendors the agent's number is.
  void own_by(const std::string& providers) {
    store::UnitOfWork unit;
    store::PoolRepository::add_set_owners(unit, "org_1", own, providers);
    ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  }
};

TEST_F(OutboundCallsTest, ATakenCallIsQueuedUnderTheVendorsId) {
  const CallOutcome outcome = placed(call_to(person, "Hello."));
  EXPECT_EQ(outcome.call.state, "queued");
  EXPECT_EQ(outcome.call.vendor_id, "CA1");
  ASSERT_EQ(phone_->dialled.size(), 1U);
  const plugin::OutboundCall& dialled = phone_->dialled[0];
  EXPECT_EQ(dialled.from, own);
  EXPECT_EQ(dialled.to, person);
  EXPECT_EQ(dialled.answer_url, "https://comms.example.com/webhooks/agt_1/outbound-voice?ref=" +
                                    dialled.client_reference);
  EXPECT_EQ(dialled.status_url,
            "https://comms.example.com/webhooks/agt_1/call-status?ref=" + dialled.client_reference);
  EXPECT_EQ(stored_call(outcome.call.id).state, "queued");
}

TEST_F(OutboundCallsTest, TheSameKeyGivesTheSameResult) {
  const CallOutcome first = placed(call_to(person, "Hello.", "k1"));
  const CallOutcome again = placed(call_to(person, "Hello.", "k1"));
  EXPECT_EQ(again.call.id, first.call.id);
  EXPECT_TRUE(again.deduplicated);
  const auto other = place(call_to(person, "Other words.", "k1"));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::idempotency_mismatch);
  EXPECT_EQ(phone_->asked, 1);
}

TEST_F(OutboundCallsTest, WithoutAKeyTheSameCallIsPlacedOnceInsideTheWindow) {
  const CallOutcome first = placed(call_to(person, "Hello."));
  EXPECT_EQ(placed(call_to(person, "Hello.")).call.id, first.call.id);
  clock_.advance(std::chrono::seconds(61));
  EXPECT_FALSE(placed(call_to(person, "Hello.")).deduplicated);
  EXPECT_EQ(phone_->dialled.size(), 2U);
}

TEST_F(OutboundCallsTest, SixtyFourCallersAtOnceAreOneCall) {
  phone_->latency = std::chrono::milliseconds(200);
  std::vector<Result<CallOutcome>> outcomes;
  const auto one = [](OutboundCalls& calls, CallRequest what,
                      std::vector<Result<CallOutcome>>& into) -> Task<void> {
    Result<CallOutcome> outcome = co_await calls.place(std::move(what));
    into.push_back(std::move(outcome));
  };
  for (int i = 0; i < 64; ++i) {
    spawn(executor_, one(*calls_, call_to(person, "Hello.", "k1"), outcomes));
  }
  const auto all = [](std::vector<Result<CallOutcome>>& into) -> Task<void> {
    while (into.size() < 64) co_await sleep_for(std::chrono::milliseconds(10));
  };
  executor_.run(all(outcomes));
  std::set<std::string> ids;
  for (const auto& outcome : outcomes) {
    ASSERT_TRUE(outcome) << outcome.error().message;
    ids.insert(outcome->call.id);
  }
  EXPECT_EQ(ids.size(), 1U);
  EXPECT_EQ(phone_->asked, 1);
}

TEST_F(OutboundCallsTest, ARefusedCallFailsAndMayBePlacedAgain) {
  phone_->answers = {Answer::refuse};
  const CallOutcome refused = placed(call_to(person, "Hello."));
  EXPECT_EQ(refused.call.state, "failed");
  EXPECT_EQ(refused.call.vendor_code, "21211");
  EXPECT_EQ(script_of(refused.call.id), std::nullopt);
  EXPECT_FALSE(placed(call_to(person, "Hello.")).deduplicated);
}

TEST_F(OutboundCallsTest, AnUnavailableVendorIsReplacedByItsFallback) {
  const auto second = phones_.add("second");
  phone_->answers = {Answer::unavailable};
  const CallOutcome outcome = placed(call_to(person, "Hello."));
  EXPECT_EQ(outcome.call.state, "queued");
  EXPECT_EQ(outcome.call.provider, "second");
  EXPECT_EQ(outcome.call.attempts, 2);
  EXPECT_EQ(second->dialled.size(), 1U);
}

TEST_F(OutboundCallsTest, AVendorThatDoesNotHaveTheNumberIsNotAsked) {
  const auto second = phones_.add("second");
  const auto third = phones_.add("third");
  phone_->answers = {Answer::unavailable, Answer::unavailable};
  own_by("phone third");
  EXPECT_EQ(placed(call_to(person, "Hello.")).call.provider, "third");
  own_by("phone");
  const CallOutcome failed = placed(call_to(person, "Hello again."));
  EXPECT_EQ(failed.call.state, "failed");
  EXPECT_THAT(failed.call.failure_reason, HasSubstr("'third' was not asked"));
  own_by("second");
  EXPECT_EQ(placed(call_to(person, "And again.")).call.provider, "second");
  EXPECT_EQ(phone_->asked, 2);
  EXPECT_EQ(second->asked, 1);
  EXPECT_EQ(third->asked, 1);
}

TEST_F(OutboundCallsTest, ANumberOfAVendorThatIsGoneIsRefusedWithWhatToDo) {
  own_by("former");
  const auto refused = place(call_to(person, "Hello."));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("belongs to 'former'"));
  EXPECT_THAT(refused.error().remedy, HasSubstr("commsctl numbers set --to provider"));
  EXPECT_EQ(phone_->asked, 0);
}

TEST_F(OutboundCallsTest, ALostAnswerIsHeldAndNeverDialledAgain) {
  const auto second = phones_.add("second");
  phone_->answers = {Answer::take_and_lose};
  const CallOutcome outcome = placed(call_to(person, "Hello.", "k1"));
  EXPECT_EQ(outcome.call.state, "unknown");
  EXPECT_TRUE(second->dialled.empty());
  restart_calls();
  clock_.advance(std::chrono::hours(24));
  EXPECT_EQ(placed(call_to(person, "Hello.", "k1")).call.state, "unknown");
  EXPECT_EQ(phone_->asked, 1);
}

TEST_F(OutboundCallsTest, ALostAnswerIsLookedUpWhereTheVendorCan) {
  phone_->looks_up = true;
  phone_->answers = {Answer::take_and_lose};
  const CallOutcome outcome = placed(call_to(person, "Hello."));
  EXPECT_EQ(outcome.call.state, "ringing");
  EXPECT_EQ(outcome.call.vendor_id, "CA1");
  EXPECT_EQ(phone_->asked, 1);
}

TEST_F(OutboundCallsTest, ACallbackSettlesAnUnknownCall) {
  phone_->answers = {Answer::take_and_lose};
  const CallOutcome outcome = placed(call_to(person, "Hello."));
  const std::string reference = phone_->dialled[0].client_reference;
  ASSERT_TRUE(hear(news("CA1", "in-progress"), reference));
  EXPECT_EQ(stored_call(outcome.call.id).state, "in-progress");
  EXPECT_EQ(stored_call(outcome.call.id).vendor_id, "CA1");
  EXPECT_EQ(stored_call(outcome.call.id).error_code, "");
}

TEST_F(OutboundCallsTest, WhatACrashCutShortIsUnknownAndNotDialled) {
  cut_off("call_1");
  restart_calls();
  EXPECT_EQ(stored_call("call_1").state, "unknown");
  EXPECT_EQ(phone_->asked, 0);
  restart_calls();
  EXPECT_EQ(phone_->asked, 0);
}

TEST_F(OutboundCallsTest, WhatACrashCutShortIsFoundAtTheVendor) {
  phone_->looks_up = true;
  const std::string reference = cut_off("call_1");
  plugin::OutboundCall taken;
  taken.client_reference = reference;
  phone_->dialled = {taken};
  restart_calls();
  EXPECT_EQ(stored_call("call_1").state, "ringing");
  EXPECT_EQ(stored_call("call_1").vendor_id, "CA1");
  EXPECT_EQ(phone_->asked, 0);
}

TEST_F(OutboundCallsTest, AsksTheRules) {
  store::UnitOfWork unit;
  store::SuppressionRepository::add_suppression(
      unit, {"org_1", "agt_1", "voice", policy::contact_hash("key", person), "keyword", 1});
  ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  const auto refused = place(call_to(person, "Hello."));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().rule, "opt_out");
  EXPECT_EQ(phone_->asked, 0);
}

TEST_F(OutboundCallsTest, TwoCallsADayToOneNumber) {
  limits_.same_number_per_day = 2;
  spend_.emplace(*store_, prices_, tiers_, *alerts_, clock_, limits_);
  build_calls();
  for (const char* words : {"One.", "Two."}) placed(call_to(person, words));
  const auto third = place(call_to(person, "Three."));
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().rule, "limit.same_number");
  EXPECT_GT(third.error().next_allowed_at, clock_.now());
  EXPECT_EQ(phone_->asked, 2);
  placed(call_to("+14155552672", "Somebody else."));
}

TEST_F(OutboundCallsTest, RefusesWhatIsNoCall) {
  EXPECT_EQ(place(call_to("5551234", "Hello.")).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(place(call_to(person, std::string(5000, 'x'))).error().code, ErrorCode::too_large);
  EXPECT_EQ(place(call_to(person, "Hello.", std::string(256, 'k'))).error().code,
            ErrorCode::too_large);
  EXPECT_EQ(place(call_to(person, "\xff")).error().code, ErrorCode::invalid_argument);
  CallRequest foreign = call_to(person, "Hello.");
  foreign.org_id = "org_2";
  EXPECT_EQ(place(foreign).error().code, ErrorCode::not_found);
  phones_.order.clear();
  EXPECT_EQ(place(call_to(person, "Hello.")).error().code, ErrorCode::unavailable);
}

TEST_F(OutboundCallsTest, TransfersALiveCallAsACallOfItsOwn) {
  const CallOutcome live = placed(call_to(person, "Hello."));
  ASSERT_TRUE(hear(news("CA1", "in-progress")));
  TransferRequest request;
  request.org_id = "org_1";
  request.agent_id = "agt_1";
  request.call_id = live.call.id;
  request.to = "+14155550199";
  request.announce = "One moment.";
  const auto leg = executor_.run(calls_->transfer(request));
  ASSERT_TRUE(leg) << leg.error().message;
  EXPECT_EQ(leg->call.state, "queued");
  EXPECT_EQ(leg->call.parent_id, live.call.id);
  ASSERT_EQ(phone_->transferred.size(), 1U);
  EXPECT_EQ(phone_->transferred[0].call_id, "CA1");
  EXPECT_EQ(phone_->transferred[0].announce, "One moment.");
  const std::string status_url = phone_->transferred[0].status_url;
  const std::string reference = status_url.substr(status_url.find("ref=") + 4);
  ASSERT_TRUE(hear(news("CA9", "busy"), reference));
  EXPECT_EQ(stored_call(leg->call.id).state, "busy");
  EXPECT_EQ(stored_call(leg->call.id).vendor_id, "CA9");
  EXPECT_EQ(stored_call(live.call.id).state, "in-progress");
  EXPECT_EQ(call_history(live.call.id).timeline.back().state, "transfer busy");
}

TEST_F(OutboundCallsTest, TransfersToAnAgentAndNotOfACallThatIsOver) {
  const CallOutcome live = placed(call_to(person, "Hello."));
  TransferRequest request;
  request.org_id = "org_1";
  request.agent_id = "agt_1";
  request.call_id = "CA1";
  request.to = "agt_1";
  const auto leg = executor_.run(calls_->transfer(request));
  ASSERT_TRUE(leg) << leg.error().message;
  EXPECT_EQ(leg->call.to_address, own);
  request.to = "agt_nobody";
  EXPECT_EQ(executor_.run(calls_->transfer(request)).error().code, ErrorCode::not_found);
  request.to = "+1415";
  EXPECT_EQ(executor_.run(calls_->transfer(request)).error().code, ErrorCode::invalid_argument);
  ASSERT_TRUE(hear(news("CA1", "completed")));
  request.to = "+14155550199";
  EXPECT_EQ(executor_.run(calls_->transfer(request)).error().code, ErrorCode::conflict);
  request.call_id = "call_none";
  EXPECT_EQ(executor_.run(calls_->transfer(request)).error().code, ErrorCode::not_found);
}

TEST_F(OutboundCallsTest, ATransferWhoseAnswerWasLostIsUnknownAndNotRepeated) {
  const CallOutcome live = placed(call_to(person, "Hello."));
  phone_->answers = {Answer::take_and_lose};
  TransferRequest request;
  request.org_id = "org_1";
  request.agent_id = "agt_1";
  request.call_id = live.call.id;
  request.to = "+14155550199";
  for (int i = 0; i < 2; ++i) {
    const auto leg = executor_.run(calls_->transfer(request));
    ASSERT_TRUE(leg) << leg.error().message;
    EXPECT_EQ(leg->call.state, "unknown");
  }
  EXPECT_EQ(phone_->transferred.size(), 1U);
}

TEST_F(OutboundCallsTest, HangsUp) {
  const CallOutcome live = placed(call_to(person, "Hello."));
  ASSERT_TRUE(executor_.run(calls_->hang_up("org_1", "agt_1", live.call.id)));
  EXPECT_THAT(phone_->ended, testing::ElementsAre("CA1"));
  EXPECT_EQ(executor_.run(calls_->hang_up("org_2", "agt_3", live.call.id)).error().code,
            ErrorCode::not_found);
  ASSERT_TRUE(hear(news("CA1", "completed")));
  ASSERT_TRUE(executor_.run(calls_->hang_up("org_1", "agt_1", live.call.id)));
  EXPECT_EQ(phone_->ended.size(), 1U);
}

}  // namespace
}  // namespace commsd::voice::test
