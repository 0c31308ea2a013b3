// Calls that are recorded: because they are asked to be, or because a route of the agent wants it;
// what is said before, by whose rule, and to whoever they are put through to.
#include <gmock/gmock.h>

#include "store/agent_repository.h"
#include "store/organization_repository.h"
#include "store/route_repository.h"
#include "voice/voice_bed.h"

namespace commsd::voice::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class RecordingTest : public VoiceBed {
 protected:
  static constexpr const char* californian = "+14155552671";
  static constexpr const char* colleague = "+12125550199";

  /// A call that is answered; with `recorded`, somebody asked for that.
  CallOutcome live(bool recorded, std::string language = {}, const char* to = californian) {
    CallRequest request = call_to(to, "Hello.");
    request.dial.record = recorded;
    request.script.language = std::move(language);
    CallOutcome call = placed(std::move(request));
    hear(news(call.call.vendor_id, "in-progress"));
    return call;
  }
  Result<CallOutcome> transferred(const std::string& call_id, const char* to = colleague,
                                  std::string announce = {}) {
    TransferRequest request;
    request.org_id = "org_1";
    request.agent_id = "agt_1";
    request.call_id = call_id;
    request.to = to;
    request.announce = std::move(announce);
    return executor_.run(calls_->transfer(std::move(request)));
  }
  CallRequest bridged() {
    CallRequest request = call_to(californian, "");
    request.purpose = "bridge";
    request.script.dial = colleague;
    return request;
  }
  static std::string parameter(const std::string& url, const std::string& name) {
    const std::size_t found = url.find(name + '=');
    if (found == std::string::npos) return {};
    const std::size_t begin = found + name.size() + 1;
    return url.substr(begin, url.find('&', begin) - begin);
  }
  static std::string reference_in(const std::string& url) { return parameter(url, "ref"); }
  /// `url` as it was before it named a provider.
  static std::string without_provider(const std::string& url) {
    return url.substr(0, url.find('&'));
  }
  /// What whoever is put through to hears when the provider asks `url`.
  std::string heard(const std::string& url, std::string agent_id = "agt_1") {
    CallWebhook webhook;
    webhook.agent_id = std::move(agent_id);
    webhook.wants = CallWebhook::Wants::callee;
    webhook.reference = reference_in(url);
    webhook.provider = parameter(url, "provider");
    const auto reply = executor_.run(events_->handle(std::move(webhook)));
    return reply ? reply->body : std::string(to_string(reply.error().code));
  }

  void route_recordings() {
    store::Route route;
    route.org_id = "org_1";
    route.agent_id = "agt_1";
    route.kind = "call_recording";
    route.target = "on";
    store::UnitOfWork unit;
    store::RouteRepository::add_set(unit, route, clock_.now());
    store::RouteRepository::add_note_with_agent(unit, "org_1", "agt_1");
    ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  }
  std::string spoken_by(std::size_t call) {
    const auto reply =
        hear(news("CA" + std::to_string(call + 1), "in-progress"),
             phone_->dialled.at(call).client_reference, CallWebhook::Wants::instructions);
    return reply ? reply->body : reply.error().message;
  }
  std::string timeline(const std::string& id) {
    std::string all;
    for (const auto& entry : call_history(id).timeline) {
      all += entry.state + " (" + entry.detail + ")\n";
    }
    return all;
  }
};

TEST_F(RecordingTest, IsAnnouncedByTheRuleOfTheStrictestEnd) {
  CallRequest request = call_to(californian, "Hello.");
  request.dial.record = true;
  const std::string id = placed(std::move(request)).call.id;
  EXPECT_TRUE(phone_->dialled.at(0).record);
  EXPECT_EQ(spoken_by(0), "say This call is being recorded. This is a machine. Hello.;hang up;");
  EXPECT_THAT(timeline(id),
              HasSubstr("recording (asked for, announced (rule us.recording.all_party))"));
}

TEST_F(RecordingTest, IsAnnouncedInTheLanguageOfTheCall) {
  CallRequest request = call_to("+4915123456789", "Hallo.");
  request.dial.record = true;
  request.script.language = "de-DE";
  placed(std::move(request));
  EXPECT_THAT(spoken_by(0), HasSubstr("aufgezeichnet"));
}

TEST_F(RecordingTest, ARouteRecordsCallsThatAreNotAskedToBe) {
  route_recordings();
  const std::string id = placed(call_to(californian, "Hello.")).call.id;
  EXPECT_TRUE(phone_->dialled.at(0).record);
  EXPECT_THAT(spoken_by(0), HasSubstr("being recorded"));
  EXPECT_THAT(timeline(id), HasSubstr("recording (by the agent's route, announced"));
}

TEST_F(RecordingTest, ARouteRecordsNothingWhereTheProviderCannot) {
  route_recordings();
  phone_->records = false;
  const std::string id = placed(call_to(californian, "Hello.")).call.id;
  EXPECT_FALSE(phone_->dialled.at(0).record);
  EXPECT_THAT(spoken_by(0), Not(HasSubstr("recorded")));
  EXPECT_THAT(timeline(id), HasSubstr("not recorded: the provider 'phone' records no call"));
  CallRequest asked = call_to(californian, "Hello again.");
  asked.dial.record = true;
  placed(std::move(asked));
  EXPECT_TRUE(phone_->dialled.at(1).record) << "who asks for it hears what the provider says";
}

TEST_F(RecordingTest, FailsOverOnlyToAProviderThatRecords) {
  const auto second = phones_.add("second");
  second->records = false;
  phone_->answers = {ScriptedPhone::Answer::unavailable};
  CallRequest request = call_to(californian, "Hello.");
  request.dial.record = true;
  EXPECT_THAT(placed(std::move(request)).call.failure_reason,
              HasSubstr("'second' was not asked: it records no call"));
  EXPECT_EQ(second->asked, 0);
}

TEST_F(RecordingTest, WithoutARouteNothingIsRecorded) {
  const std::string id = placed(call_to(californian, "Hello.")).call.id;
  EXPECT_FALSE(phone_->dialled.at(0).record);
  EXPECT_THAT(spoken_by(0), Not(HasSubstr("recorded")));
  EXPECT_THAT(timeline(id), Not(HasSubstr("recording")));
}

TEST_F(RecordingTest, NobodyIsRecordedWhoCannotBeToldOfIt) {
  route_recordings();
  const std::string id = placed(bridged()).call.id;
  EXPECT_FALSE(phone_->dialled.at(0).record);
  EXPECT_THAT(timeline(id), HasSubstr("not recorded: the provider 'phone' cannot tell"));
  CallRequest asked = bridged();
  asked.dial.record = true;
  const auto refused = place(std::move(asked));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::rejected);
  EXPECT_EQ(refused.error().rule, "us.recording.all_party");
  EXPECT_EQ(phone_->asked, 1);
}

TEST_F(RecordingTest, WhoACallIsPutThroughToIsToldBeforeTheyAreJoined) {
  route_recordings();
  phone_->tells = true;
  const std::string id = placed(bridged()).call.id;
  EXPECT_TRUE(phone_->dialled.at(0).record);
  EXPECT_THAT(spoken_by(0), HasSubstr("say This call is being recorded."));
  const std::string url = phone_->rendered.back().callee_url;
  EXPECT_EQ(url, "https://comms.example.com/webhooks/agt_1/callee-voice?ref=" +
                     phone_->dialled.at(0).client_reference + "&provider=phone");
  EXPECT_EQ(heard(url), "say This call is being recorded.;");
  EXPECT_THAT(timeline(id),
              HasSubstr("announced (the recording, to whoever it is put through to)"));
}

TEST_F(RecordingTest, ATransferOfARecordedCallTellsWhoeverIsNew) {
  phone_->tells = true;
  const CallOutcome call = live(true);
  const auto leg = transferred(call.call.id);
  ASSERT_TRUE(leg) << leg.error().message;
  const plugin::CallTransfer& asked = phone_->transferred.at(0);
  EXPECT_EQ(asked.callee_url, "https://comms.example.com/webhooks/agt_1/callee-voice?ref=" +
                                  reference_in(asked.status_url) + "&provider=phone");
  EXPECT_EQ(heard(asked.callee_url), "say This call is being recorded.;");
  EXPECT_THAT(timeline(leg->call.id), HasSubstr("recording (goes on, announced (rule us."));
  EXPECT_THAT(timeline(leg->call.id), HasSubstr("announced (the recording, to whoever"));
  // The one who was new may be put through to the next one.
  hear(news("CA9", "in-progress"), reference_in(asked.status_url));
  ASSERT_TRUE(transferred(leg->call.id));
  EXPECT_FALSE(phone_->transferred.at(1).callee_url.empty());
}

TEST_F(RecordingTest, WhoeverIsNewIsToldInTheLanguageOfTheCall) {
  phone_->tells = true;
  ASSERT_TRUE(transferred(live(true, "de-DE").call.id));
  EXPECT_THAT(heard(phone_->transferred.at(0).callee_url), HasSubstr("aufgezeichnet"));
  EXPECT_EQ(phone_->rendered.front().language, "de-DE");
}

TEST_F(RecordingTest, ATransferOfACallThatIsNotRecordedTellsNothing) {
  phone_->tells = true;
  const auto leg = transferred(live(false).call.id);
  ASSERT_TRUE(leg);
  EXPECT_EQ(phone_->transferred.at(0).callee_url, "");
  EXPECT_EQ(heard(phone_->transferred.at(0).status_url), "hang up;");
  EXPECT_THAT(timeline(leg->call.id), Not(HasSubstr("recording")));
}

TEST_F(RecordingTest, AProviderThatCannotTellMustNotTransferARecordedCall) {
  const CallOutcome call = live(true);
  const auto refused = transferred(call.call.id);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::rejected);
  EXPECT_EQ(refused.error().rule, "us.recording.all_party");
  EXPECT_THAT(refused.error().message, HasSubstr("(rule us.recording.all_party), which the "
                                                 "provider 'phone' cannot do"));
  EXPECT_THAT(refused.error().remedy, HasSubstr("without 'record'"));
  EXPECT_TRUE(phone_->transferred.empty());
  EXPECT_THAT(timeline(call.call.id), Not(HasSubstr("transferring")));
  EXPECT_TRUE(transferred(live(false).call.id)) << "it may transfer what is not recorded";
}

TEST_F(RecordingTest, ARepeatedTransferIsAnsweredByTheFirst) {
  phone_->tells = true;
  TransferRequest request;
  request.org_id = "org_1";
  request.agent_id = "agt_1";
  request.call_id = live(true).call.id;
  request.to = colleague;
  request.idempotency_key = "k";
  request.arguments_hash = "h";
  const auto first = executor_.run(calls_->transfer(request));
  ASSERT_TRUE(first);
  phone_->tells = false;  // another one took its place meanwhile
  const auto again = executor_.run(calls_->transfer(request));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->deduplicated);
  EXPECT_EQ(again->call.id, first->call.id);
}

TEST_F(RecordingTest, WhoCannotBeToldIsHungUpOn) {
  store::UnitOfWork unit;
  store::OrganizationRepository::add_create(unit,
                                            {"org_2", "Two", "sandbox", "active", clock_.now()});
  store::AgentRepository::add_create(unit, {"agt_2", "org_2", "Bob", "active", "US", clock_.now()});
  ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  phone_->tells = true;
  const auto leg = transferred(live(true).call.id);
  ASSERT_TRUE(leg);
  const std::string url = phone_->transferred.at(0).callee_url;
  EXPECT_EQ(heard("?ref=att_none"), "hang up;");
  EXPECT_EQ(heard("?ref="), "hang up;");
  EXPECT_EQ(heard(url, "agt_2"), "hang up;") << "another organization's call";
  EXPECT_EQ(heard(url, "agt_none"), "hang up;");
  phone_->signs = false;
  EXPECT_EQ(heard(url), "permission_denied");
  phone_->signs = true;
  EXPECT_THAT(timeline(leg->call.id), Not(HasSubstr("to whoever it is put through")));
  EXPECT_EQ(heard(url), "say This call is being recorded.;");
  hear(news("CA9", "completed"), reference_in(url));
  EXPECT_EQ(heard(url), "hang up;") << "the call is over";
}

TEST_F(RecordingTest, WhoAsksIsAnsweredInTheirOwnWordsAndInNobodyElses) {
  phone_->tells = true;
  ASSERT_TRUE(transferred(live(true).call.id));
  const std::string url = phone_->transferred.at(0).callee_url;
  const auto other = phones_.add("second");
  other->tells = true;
  std::swap(phones_.order.front(), phones_.order.back());
  phone_->rendered.clear();
  EXPECT_EQ(heard(url), "say This call is being recorded.;");
  EXPECT_EQ(heard(url, "agt_none"), "hang up;");
  EXPECT_EQ(heard("?ref=att_none&provider=phone"), "hang up;");
  EXPECT_TRUE(other->rendered.empty()) << "it was not the one who asked, though it signs anything";
  EXPECT_FALSE(phone_->rendered.empty());
  EXPECT_EQ(heard(without_provider(url) + "&provider=second"), "hang up;") << "not its call";
  phone_->signs = false;
  EXPECT_EQ(heard(url), "permission_denied");
}

TEST_F(RecordingTest, WhoIsNotKnownIsAnsweredInNobodysWords) {
  phone_->tells = true;
  ASSERT_TRUE(transferred(live(true).call.id));
  phone_->rendered.clear();
  const std::string url = without_provider(phone_->transferred.at(0).callee_url) + "&provider=gone";
  EXPECT_EQ(heard(url), "unavailable");
  EXPECT_EQ(heard(url, "agt_none"), "unavailable");
  EXPECT_TRUE(phone_->rendered.empty());
}

TEST_F(RecordingTest, UrlsOfAnOlderReleaseNameNobodyAndAreAnswered) {
  phone_->tells = true;
  ASSERT_TRUE(transferred(live(true).call.id));
  const std::string url = without_provider(phone_->transferred.at(0).callee_url);
  EXPECT_EQ(heard(url), "say This call is being recorded.;");
  EXPECT_EQ(heard(url, "agt_none"), "hang up;");
  phone_->signs = false;
  EXPECT_EQ(heard(url), "permission_denied");
}

TEST_F(RecordingTest, FailsOverOnlyToAProviderThatCanTell) {
  phone_->tells = true;
  phone_->answers = {ScriptedPhone::Answer::unavailable, ScriptedPhone::Answer::unavailable};
  const auto second = phones_.add("second");
  CallRequest request = bridged();
  request.dial.record = true;
  const CallOutcome outcome = placed(std::move(request));
  EXPECT_EQ(outcome.call.state, "failed");
  EXPECT_THAT(outcome.call.failure_reason, HasSubstr("'second' was not asked: it cannot tell"));
  EXPECT_EQ(second->asked, 0);
  second->tells = true;
  CallRequest other = bridged();
  other.dial.record = true;
  other.script.words = "Hello.";
  EXPECT_EQ(placed(std::move(other)).call.provider, "second");
  EXPECT_TRUE(second->dialled.at(0).record);
  // What is to be asked was decided before it failed over.
  phone_->signs = false;
  const plugin::OutboundCall& call = second->dialled.at(0);
  second->events = {news("CA1", "in-progress")};
  hear(news("CA1", "in-progress"), call.client_reference, CallWebhook::Wants::instructions);
  ASSERT_FALSE(second->rendered.empty());
  const std::string url = second->rendered.back().callee_url;
  EXPECT_EQ(parameter(url, "provider"), "second");
  EXPECT_EQ(heard(url), "say This call is being recorded.;");
}

TEST_F(RecordingTest, TheSameCallIsTheSameWithItsRoute) {
  const std::string first = placed(call_to(californian, "Hello.")).call.id;
  route_recordings();
  EXPECT_EQ(placed(call_to(californian, "Hello.")).call.id, first);
  CallRequest other = call_to(californian, "Hello.");
  other.dial.record = true;
  EXPECT_NE(placed(std::move(other)).call.id, first) << "to ask for it is another request";
}

/// The shipped rules want every recording announced. Of these only Florida's want anything, and the
/// operator has no words for all calls either: whoever is called elsewhere is told nothing.
class SilentRecordingTest : public RecordingTest {
 protected:
  static constexpr const char* floridian = "+13055550123";
  static constexpr const char* new_yorker = colleague;
  static constexpr const char* words = R"(
texts:
  recording: {en: In Florida we tell you., es: En Florida lo decimos.}
)";

  SilentRecordingTest() { apply(words); }

  void apply(const std::string& texts) {
    const std::string all =
        "code: default\nname: All\nversion: 2026-11-22\nlanguage: en\nrules: []\n";
    const std::string florida =
        "code: US\nname: United States\nversion: 2026-11-22\nlanguage: en\nrules:\n"
        "  - {id: us.recording.florida, type: recording, law: a law, source: a source,\n"
        "     verified_on: 2026-11-22, evidence: primary, channels: [voice],\n"
        "     regions: [FL], parties: all}\n";
    auto pack = policy::RulePack::parse({{"default.yaml", all}, {"us.yaml", florida + texts}});
    ASSERT_TRUE(pack) << pack.error().front().to_string();
    executor_.run(dialler_->close());
    rules_.emplace(std::move(*pack), policy::PhoneNumbers::standard());
    gate_.emplace(*store_,
                  policy::GateRules{*modes_, *rules_, policy::test::standard_content(), *lists_},
                  clock_, gate_settings_);
    build_calls();
    phone_->tells = true;
  }

  /// A recorded call to somebody who is told nothing of that.
  CallOutcome untold() {
    CallOutcome call = live(true, {}, new_yorker);
    EXPECT_TRUE(phone_->dialled.at(0).record);
    EXPECT_THAT(spoken_by(0), Not(HasSubstr("Florida")));
    EXPECT_THAT(timeline(call.call.id), HasSubstr("recording (asked for)\n"));
    return call;
  }

  std::optional<policy::ComplianceEngine> rules_;
};

TEST_F(SilentRecordingTest, WhoWasToldNothingIsToldBeforeWhoMustBeToldIsJoined) {
  const CallOutcome call = untold();
  const auto leg = transferred(call.call.id, floridian, "One moment.");
  ASSERT_TRUE(leg) << leg.error().message;
  const plugin::CallTransfer& asked = phone_->transferred.at(0);
  EXPECT_EQ(asked.announce, "In Florida we tell you. One moment.");
  EXPECT_EQ(heard(asked.callee_url), "say In Florida we tell you.;");
  EXPECT_THAT(timeline(call.call.id),
              HasSubstr("recording (announced before the transfer (rule us.recording.florida))"));
  EXPECT_THAT(timeline(leg->call.id),
              HasSubstr("recording (goes on, announced (rule us.recording.florida))"));
}

TEST_F(SilentRecordingTest, WithoutWordsOfTheAgentsTheyHearThoseAlone) {
  ASSERT_TRUE(transferred(untold().call.id, floridian));
  EXPECT_EQ(phone_->transferred.at(0).announce, "In Florida we tell you.");
}

TEST_F(SilentRecordingTest, BothAreToldInTheLanguageOfTheCall) {
  ASSERT_TRUE(transferred(live(true, "es-US", new_yorker).call.id, floridian));
  EXPECT_EQ(phone_->transferred.at(0).announce, "En Florida lo decimos.");
  EXPECT_EQ(heard(phone_->transferred.at(0).callee_url), "say En Florida lo decimos.;");
}

TEST_F(SilentRecordingTest, WhoWasToldIsNotToldAgain) {
  const CallOutcome call = live(true, {}, floridian);
  EXPECT_THAT(spoken_by(0), HasSubstr("say In Florida we tell you."));
  ASSERT_TRUE(transferred(call.call.id, new_yorker, "One moment."));
  EXPECT_EQ(phone_->transferred.at(0).announce, "One moment.");
  EXPECT_EQ(heard(phone_->transferred.at(0).callee_url), "say In Florida we tell you.;");
  EXPECT_THAT(timeline(call.call.id), Not(HasSubstr("before the transfer")));
}

TEST_F(SilentRecordingTest, NobodyIsToldWhatNoRuleWantsUntilOneDoes) {
  const auto leg = transferred(untold().call.id, "+12125550198", "One moment.");
  ASSERT_TRUE(leg);
  const plugin::CallTransfer asked = phone_->transferred.at(0);
  EXPECT_EQ(asked.announce, "One moment.");
  EXPECT_EQ(asked.callee_url, "");
  EXPECT_THAT(timeline(leg->call.id), HasSubstr("recording (goes on)\n"));
  // Who was put through unheard is on the line now, and goes on to somebody else.
  hear(news("CA9", "in-progress"), reference_in(asked.status_url));
  ASSERT_TRUE(transferred(leg->call.id, floridian));
  EXPECT_EQ(phone_->transferred.at(1).announce, "In Florida we tell you.");
  EXPECT_NE(phone_->transferred.at(1).callee_url, "");
}

TEST_F(SilentRecordingTest, WhereNeitherCanBeToldNobodyIsJoined) {
  const CallOutcome call = untold();
  phone_->tells = false;
  const auto refused = transferred(call.call.id, floridian);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().rule, "us.recording.florida");
  EXPECT_THAT(refused.error().message, HasSubstr("'phone' cannot do"));
  EXPECT_TRUE(transferred(call.call.id, "+12125550198")) << "no rule wants anything said there";
  apply("");
  const auto wordless = transferred(call.call.id, floridian);
  ASSERT_FALSE(wordless);
  EXPECT_EQ(wordless.error().rule, "us.recording.florida");
  EXPECT_THAT(wordless.error().message, HasSubstr("there are no words for that"));
  EXPECT_EQ(phone_->transferred.size(), 1u);
  EXPECT_THAT(timeline(call.call.id), Not(HasSubstr("before the transfer")));
}

TEST_F(SilentRecordingTest, WhatIsSaidBeforeMakesNoOtherTransferOfIt) {
  const CallOutcome call = untold();
  const auto first = transferred(call.call.id, floridian, "One moment.");
  ASSERT_TRUE(first);
  const auto again = transferred(call.call.id, floridian, "One moment.");
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->deduplicated);
  EXPECT_EQ(again->call.id, first->call.id);
}

}  // namespace
}  // namespace commsd::voice::test
