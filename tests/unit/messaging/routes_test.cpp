// Copies of what an agent sends and receives: made once, after their originals and never instead of
// them, and never of each other.
#include "messaging/routes.h"

#include <gmock/gmock.h>

#include "messaging/callback_copies.h"
#include "messaging/callback_host.h"
#include "messaging/callback_signature.h"
#include "messaging/copies.h"
#include "messaging/messaging_bed.h"
#include "store/agent_repository.h"
#include "store/channel_repository.h"
#include "store/usage_repository.h"

namespace commsd::messaging::test {
namespace {

using Answer = ScriptedVendor::Answer;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RoutesTest : public MessagingBed {
 protected:
  static constexpr const char* mirror = "+14155550177";
  static constexpr const char* person = "+14155552671";

  RoutesTest() {
    settings_of_callbacks_.waits = {seconds(5), minutes(5)};
    settings_of_callbacks_.most_attempts = 3;
    store::UnitOfWork unit;
    store::AgentRepository::add_create(unit,
                                       {"agt_2", "org_1", "Bob", "active", "US", clock_.now()});
    store::ChannelRepository::add_create(
        unit, {"org_1", "agt_2", "sms", "+14155550102", "first", "PN2", "active"});
    store::ChannelRepository::add_create(
        unit, {"org_1", "agt_1", "email", "ada@agents.example.com", "first", "d1", "active"});
    EXPECT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
    const auto check = [](const std::string& address) -> Result<void> {
      if (address.starts_with("https://")) return {};
      return fail(ErrorCode::invalid_argument, "not https");
    };
    endpoints_.emplace(*store_, *audit_, clock_, random_, check, CallbackEndpoints::Settings{"k"});
    routes_.emplace(*store_, *audit_, *endpoints_, clock_);
    post_.emplace(*store_, host_.post(), ContactIds("key"), clock_, settings_of_callbacks_);
    telling_.emplace(*store_, *endpoints_, *post_, clock_);
  }
  ~RoutesTest() override { executor_.run(telling_->close()); }

  Result<std::string> set(Routes::Wanted wanted, const std::string& agent = "agt_1",
                          const std::string& org = "org_1") {
    return executor_.run(routes_->set({org, agent, "test"}, std::move(wanted)));
  }
  void mirror_to(const std::string& number, const std::string& agent = "agt_1") {
    const auto set_it = set({{"smsMirror", number}}, agent);
    ASSERT_TRUE(set_it) << set_it.error().message;
  }
  /// What vendors were given, as "to: text".
  std::vector<std::string> sent_texts() const {
    std::vector<std::string> all;
    for (const auto& taken : vendor_->log) {
      all.push_back(taken.message.to + ": " + taken.message.text);
    }
    return all;
  }
  std::vector<store::Message> copies_of(const std::string& subject) {
    const store::MessageRepository messages(*store_);
    return *executor_.run(messages.copies_of("org_1", subject));
  }
  std::string timeline_of(const std::string& message_id) {
    std::string all;
    for (const store::TimelineEntry& entry : history(message_id).timeline) {
      all += entry.state + " (" + entry.detail + ")\n";
    }
    return all;
  }
  std::string item_timeline(const std::string& item_id) {
    const MessageHistory history(*store_);
    const auto view = executor_.run(history.find_item("org_1", "agt_1", item_id));
    EXPECT_TRUE(view);
    std::string all;
    for (const store::TimelineEntry& entry : view->timeline) {
      all += entry.state + " (" + entry.detail + ")\n";
    }
    return all;
  }
  std::int64_t counted(const std::string& action) {
    const store::UsageRepository usage(*store_);
    std::int64_t count = 0;
    const auto totals = executor_.run(usage.totals("org_1", "agt_1", "day", 0, 100));
    for (const auto& total : *totals) {
      if (total.action == action) count += total.count;
    }
    return count;
  }
  std::int64_t spent() {
    const store::UsageRepository usage(*store_);
    std::int64_t micros = 0;
    const auto totals = executor_.run(usage.totals("org_1", "agt_1", "day", 0, 100));
    for (const auto& total : *totals) {
      micros += total.spend_micros;
    }
    return micros;
  }
  void tell() {
    const auto all = [](CallbackCopies& copies) -> Task<void> {
      while (true) {
        auto started = co_await copies.run_due();
        EXPECT_TRUE(started);
        if (*started == 0 && copies.in_flight() == 0) co_return;
        co_await sleep_for(std::chrono::milliseconds(1));
      }
    };
    executor_.run(all(*telling_));
  }

  CallbackSettings settings_of_callbacks_;
  Host host_;
  std::optional<CallbackEndpoints> endpoints_;
  std::optional<Routes> routes_;
  std::optional<CallbackPost> post_;
  std::optional<CallbackCopies> telling_;
};

TEST_F(RoutesTest, AMessageThatWentOutIsMirroredAfterIt) {
  mirror_to(mirror);
  const SendOutcome outcome = sent(request("hello"));
  EXPECT_EQ(outcome.message.state, "submitted");
  EXPECT_THAT(sent_texts(), ElementsAre("+14155552671: hello")) << "the original comes first";
  pass(seconds(1));
  EXPECT_THAT(sent_texts(),
              ElementsAre("+14155552671: hello", "+14155550177: [Copy] to +14155552671: hello"));
  EXPECT_EQ(vendor_->log[1].message.from, "+14155550100");
  EXPECT_THAT(timeline_of(outcome.message.id), HasSubstr("copy submitted (sms_mirror as msg_"));
  pass(seconds(20));
  EXPECT_EQ(vendor_->asked, 2) << "a copy is not copied";
}

TEST_F(RoutesTest, WhatComesInIsMirrored) {
  mirror_to(mirror);
  ASSERT_TRUE(webhook(text_event("SM1", person, "is it ready?")));
  ASSERT_TRUE(webhook(text_event("SM1", person, "is it ready?"))) << "a repeat";
  pass(seconds(2));
  EXPECT_THAT(sent_texts(), ElementsAre("+14155550177: [Copy] from +14155552671: is it ready?"));
  EXPECT_THAT(item_timeline(waiting().at(0).id), HasSubstr("copy submitted (sms_mirror"));
}

TEST_F(RoutesTest, FilesAreCountedAndLongTextsCut) {
  mirror_to(mirror);
  SendRequest with_files = request(std::string(1'595, 'x') + "\xc3\xa4");
  with_files.content.media_urls = {"https://example.com/a.png", "https://example.com/b.png"};
  sent(std::move(with_files));
  pass(seconds(1));
  ASSERT_EQ(vendor_->log.size(), 2U);
  EXPECT_EQ(vendor_->log[1].message.text.size(), 1'600U);
  EXPECT_THAT(vendor_->log[1].message.text, ::testing::EndsWith("..."));
  plugin::ProviderEvent event = text_event("SM1", person, "look");
  event.media.push_back({"https://example.com/c.png", "image/png", "c.png", 10});
  ASSERT_TRUE(webhook(std::move(event)));
  pass(seconds(1));
  EXPECT_THAT(vendor_->log.at(2).message.text, HasSubstr("look [1 file]"));
}

TEST_F(RoutesTest, AFailedCopyIsSeenAndTouchesNothingElse) {
  mirror_to(mirror);
  vendor_->answers = {Answer::take, Answer::refuse};
  const SendOutcome outcome = sent(request("hello"));
  pass(seconds(2));
  EXPECT_EQ(stored(outcome.message.id).state, "submitted");
  EXPECT_THAT(timeline_of(outcome.message.id), HasSubstr("copy failed (sms_mirror as msg_"));
  EXPECT_TRUE(waiting().empty()) << "no dead letter: the agent did nothing wrong";
}

TEST_F(RoutesTest, WhatWasNotSentIsNotCopied) {
  mirror_to(mirror);
  vendor_->answers = {Answer::refuse};
  const std::string id = sent(request("hello")).message.id;
  pass(seconds(5));
  EXPECT_EQ(stored(id).state, "failed");
  EXPECT_TRUE(copies_of(id).empty());
  EXPECT_EQ(vendor_->asked, 1);
}

TEST_F(RoutesTest, ARestartLosesNoCopyAndMakesNoSecondOne) {
  mirror_to(mirror);
  const std::string id = sent(request("hello")).message.id;
  restart();  // before the copy went out
  pass(seconds(2));
  restart();
  pass(seconds(30));
  EXPECT_EQ(vendor_->log.size(), 2U);
  EXPECT_EQ(copies_of(id).size(), 1U);
  EXPECT_EQ(copies_of(id)[0].state, "submitted");
}

TEST_F(RoutesTest, ACopyWhoseAnswerWasLostIsNotSentAgain) {
  mirror_to(mirror);
  vendor_->answers = {Answer::take, Answer::take_and_lose};
  const std::string id = sent(request("hello")).message.id;
  pass(minutes(2));
  EXPECT_EQ(copies_of(id).at(0).state, "unknown");
  EXPECT_EQ(vendor_->log.size(), 2U);
}

TEST_F(RoutesTest, ACopyIsTriedAgainWhenNobodyTookIt) {
  mirror_to(mirror);
  vendor_->answers = {Answer::take, Answer::unavailable};
  const std::string id = sent(request("hello")).message.id;
  pass(seconds(10));
  EXPECT_EQ(copies_of(id).at(0).state, "submitted");
  ASSERT_EQ(vendor_->log.size(), 2U);
  EXPECT_EQ(vendor_->log[1].message.to, mirror) << "the retry knows its target";
}

TEST_F(RoutesTest, AnOriginalWhoseAnswerWasFoundLaterIsCopied) {
  mirror_to(mirror);
  vendor_->looks_up = true;
  vendor_->answers = {Answer::take_and_lose};
  const std::string id = sent(request("hello")).message.id;
  pass(seconds(5));
  EXPECT_EQ(stored(id).state, "submitted");
  EXPECT_EQ(copies_of(id).size(), 1U);
}

TEST_F(RoutesTest, AScheduledMessageIsMirroredWhenItGoesOut) {
  mirror_to(mirror);
  SendRequest later = request("later");
  later.send_at = clock_.now() + 60'000;
  const std::string id = sent(std::move(later)).message.id;
  pass(seconds(30));
  EXPECT_TRUE(copies_of(id).empty());
  pass(seconds(35));
  EXPECT_EQ(vendor_->log.size(), 2U);
}

TEST_F(RoutesTest, CodesAreNeverCopied) {
  mirror_to(mirror);
  SendRequest code = request("Your code is 123456", "k1");
  code.secret = true;
  sent(std::move(code));
  pass(seconds(3));
  EXPECT_EQ(vendor_->log.size(), 1U);
}

TEST_F(RoutesTest, TwoAgentsThatMirrorEachOtherDoNotGoRoundInCircles) {
  mirror_to("+14155550102");
  mirror_to("+14155550100", "agt_2");
  sent(request("hello"));
  pass(seconds(1));
  ASSERT_EQ(vendor_->log.size(), 2U);
  // The carrier brings the copy to the other agent.
  plugin::ProviderEvent event = text_event("SM7", "+14155550100", vendor_->log[1].message.text);
  event.to = "+14155550102";
  ASSERT_TRUE(webhook(std::move(event), {}, "agt_2"));
  pass(seconds(10));
  EXPECT_EQ(vendor_->log.size(), 2U) << "the round ends here";
  // Its own conversation with somebody is mirrored all the same, whatever they write first.
  plugin::ProviderEvent other = text_event("SM8", person, "[Copy] of my invoice, please");
  other.to = "+14155550102";
  ASSERT_TRUE(webhook(std::move(other), {}, "agt_2"));
  pass(seconds(2));
  EXPECT_EQ(vendor_->log.size(), 3U);
  EXPECT_THAT(vendor_->log[2].message.text, HasSubstr("of my invoice"));
}

TEST_F(RoutesTest, WhoeverGetsTheCopiesGetsNoneOfTheirOwnWords) {
  mirror_to(mirror);
  ASSERT_TRUE(webhook(text_event("SM1", mirror, "thanks, seen")));
  SendRequest answer = request("you are welcome");
  answer.content.to = mirror;
  sent(std::move(answer));
  pass(seconds(3));
  EXPECT_EQ(vendor_->log.size(), 1U);
}

TEST_F(RoutesTest, CopiesTakeNoPlaceOfTheirOriginalsAndTheirMoneyCounts) {
  limits_.per_minute = 2;
  build();
  mirror_to(mirror);
  for (const char* text : {"one", "two"}) {
    ASSERT_TRUE(send(request(text)));
    pass(seconds(1));
  }
  EXPECT_EQ(vendor_->log.size(), 4U);
  EXPECT_FALSE(send(request("three"))) << "the agent's own limit is two";
  EXPECT_EQ(counted("sms"), 2);
  EXPECT_EQ(counted("sms.copy"), 2);
  const std::int64_t with_copies = spent();
  EXPECT_GT(with_copies, 0);
  clock_.advance(minutes(2));
  ASSERT_TRUE(set({{"smsMirror", ""}}));
  ASSERT_TRUE(send(request("four")));
  pass(seconds(2));
  EXPECT_LT(spent() - with_copies, with_copies / 2 + 1) << "four messages cost more than three";
}

TEST_F(RoutesTest, CopiesHaveTheSameLimitOfTheirOwnAndWaitForIt) {
  limits_.per_minute = 2;
  build();
  mirror_to(mirror);
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(webhook(text_event("SM" + std::to_string(i), person, "x")));
  }
  pass(seconds(5));
  EXPECT_EQ(vendor_->log.size(), 2U);
  ASSERT_TRUE(send(request("mine"))) << "a flood that comes in hinders nobody";
  pass(seconds(65));
  EXPECT_GE(vendor_->log.size(), 5U);
}

TEST_F(RoutesTest, WithoutMoneyTheOriginalsGoAndTheCopiesFail) {
  limits_.spend_per_day = 120'000;  // estimates are high until the vendor says what it was
  build();
  mirror_to(mirror);
  const std::string first = sent(request("one")).message.id;
  pass(seconds(1));
  const std::string second = sent(request("two")).message.id;
  pass(seconds(1));
  ASSERT_EQ(copies_of(second).size(), 1U);
  EXPECT_EQ(copies_of(first)[0].state, "submitted");
  EXPECT_EQ(copies_of(second)[0].state, "failed");
  EXPECT_THAT(timeline_of(second), HasSubstr("spend.daily"));
  EXPECT_EQ(stored(second).state, "submitted");
}

TEST_F(RoutesTest, NobodysConsentIsAskedForACopyAndNoContactIsCounted) {
  gate_settings_.enforce = policy::GateSettings::Enforce::everybody;
  gate_settings_.marketing_per_day = 1;
  build();
  mirror_to(mirror);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(webhook(text_event("SM" + std::to_string(i), person, "question")));
  }
  pass(seconds(2));
  EXPECT_EQ(vendor_->log.size(), 3U);
}

TEST_F(RoutesTest, StopEndsTheCopies) {
  mirror_to(mirror);
  ASSERT_TRUE(webhook(text_event("SM1", mirror, "STOP")));
  for (int i = 0; i < 60 && vendor_->log.empty(); ++i) pass(seconds(1));
  const std::size_t before = vendor_->log.size();
  ASSERT_EQ(before, 1U) << "the confirmation";
  const std::string id = sent(request("hello")).message.id;
  pass(seconds(2));
  EXPECT_EQ(vendor_->log.size(), before + 1);
  EXPECT_EQ(copies_of(id).at(0).state, "failed");
  EXPECT_THAT(timeline_of(id), HasSubstr("opt_out"));
}

TEST_F(RoutesTest, ABlockedChannelCopiesNothing) {
  mirror_to(mirror);
  store::UnitOfWork unit;
  store::AgentRepository::add_set_blocked_channels(unit, "org_1", "agt_1", "sms");
  ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  ASSERT_TRUE(webhook(text_event("SM1", person, "hello")));
  pass(seconds(2));
  EXPECT_EQ(vendor_->asked, 0);
}

TEST_F(RoutesTest, ARouteThatIsGoneMakesNoMoreCopies) {
  mirror_to(mirror);
  ASSERT_TRUE(set({{"smsMirror", ""}}));
  sent(request("hello"));
  ASSERT_TRUE(webhook(text_event("SM1", person, "hi")));
  pass(seconds(2));
  EXPECT_EQ(vendor_->log.size(), 1U);
  EXPECT_TRUE(executor_.run(routes_->view("org_1", "agt_1"))->empty());
}

TEST_F(RoutesTest, WrongTargetsAreRefusedWhenTheyAreSet) {
  for (const Routes::Wanted& wanted :
       {Routes::Wanted{{"smsMirror", "5551234"}}, Routes::Wanted{{"smsMirror", "a@b.example"}},
        Routes::Wanted{{"emailBcc", "+14155550177"}}, Routes::Wanted{{"emailBcc", "nobody"}},
        Routes::Wanted{{"webhookCopy", "http://example.com"}},
        Routes::Wanted{{"callRecording", "yes"}}, Routes::Wanted{{"fax", "+14155550177"}}}) {
    const auto refused = set(wanted);
    ASSERT_FALSE(refused) << wanted.begin()->first;
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
  }
  for (const Routes::Wanted& own : {Routes::Wanted{{"smsMirror", "+14155550100"}},
                                    Routes::Wanted{{"emailBcc", "Ada@agents.example.com"}}}) {
    const auto refused = set(own);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::rejected);
    EXPECT_THAT(refused.error().message, HasSubstr("the agent itself"));
  }
  EXPECT_EQ(set({{"smsMirror", mirror}}, "agt_9").error().code, ErrorCode::not_found);
  EXPECT_EQ(set({{"smsMirror", mirror}}, "agt_1", "org_2").error().code, ErrorCode::not_found);
  // One wrong target of two changes neither.
  EXPECT_FALSE(set({{"emailBcc", "x@archive.example"}, {"smsMirror", "+14155550100"}}));
  EXPECT_TRUE(executor_.run(routes_->view("org_1", "agt_1"))->empty());
}

TEST_F(RoutesTest, AMailIsCopiedWithoutTheRecipientsLinks) {
  ASSERT_TRUE(set({{"emailBcc", "archive@records.example"}}));
  SendRequest mail = request("The body.");
  mail.content.channel = plugin::ChannelKind::email;
  mail.content.to = "reader@example.org";
  mail.content.subject = "News";
  mail.content.html = "<p>The body.</p>";
  mail.content.headers = {{"List-Unsubscribe", "<https://comms.example.com/u/1>"}};
  mail.content.attachments.push_back({"a.txt", "text/plain", "file"});
  const std::string id = sent(std::move(mail)).message.id;
  pass(seconds(1));
  ASSERT_EQ(vendor_->log.size(), 2U);
  const plugin::OutboundMessage& copy = vendor_->log[1].message;
  EXPECT_EQ(copy.to, "archive@records.example");
  EXPECT_EQ(copy.from, "ada@agents.example.com");
  EXPECT_EQ(copy.subject, "News");
  EXPECT_EQ(copy.html, "<p>The body.</p>");
  ASSERT_EQ(copy.attachments.size(), 1U);
  EXPECT_EQ(copy.attachments[0].bytes, "file");
  for (const auto& [name, value] : copy.headers) {
    EXPECT_FALSE(name.starts_with("List-")) << name;
    if (name != "X-Original-To") continue;
    EXPECT_EQ(value, "reader@example.org");
  }
  EXPECT_THAT(timeline_of(id), HasSubstr("copy submitted (email_bcc"));
}

TEST_F(RoutesTest, ASecondReceiverHearsWhatTheFirstHears) {
  const auto secret = set({{"webhookCopy", "https://second.example.com/hook"}});
  ASSERT_TRUE(secret);
  EXPECT_THAT(*secret, ::testing::StartsWith("whsec_"));
  ASSERT_TRUE(webhook(text_event("SM1", person, "hello")));
  const std::string id = sent(request("answer")).message.id;
  ASSERT_TRUE(webhook(status_event(vendor_->log[0].vendor_id, "delivered")));
  tell();
  ASSERT_EQ(host_.told.size(), 2U);
  EXPECT_THAT(host_.bodies(), ::testing::UnorderedElementsAre("hello", "delivered"));
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(host_.told[i].url, "https://second.example.com/hook");
    const std::int64_t at = std::stoll(host_.header(i, "webhook-timestamp"));
    EXPECT_EQ(host_.header(i, "webhook-signature"),
              callback_signature({callback_key(*secret)}, host_.header(i, "webhook-id"), at,
                                 host_.told[i].body));
  }
  EXPECT_EQ(waiting().size(), 1U) << "the copy acknowledges nothing";
  EXPECT_THAT(timeline_of(id), HasSubstr("copy delivered (webhook_copy as cpy_"));
  tell();
  EXPECT_EQ(host_.told.size(), 2U);
}

TEST_F(RoutesTest, ASecondReceiverThatFailsIsAskedAgainAndThenLeft) {
  ASSERT_TRUE(set({{"webhookCopy", "https://second.example.com/hook"}}));
  host_.decide = [](const CallbackRequest&) { return 500; };
  ASSERT_TRUE(webhook(text_event("SM1", person, "hello")));
  for (int i = 0; i < 6; ++i) {
    tell();
    clock_.advance(minutes(6));
  }
  EXPECT_EQ(host_.told.size(), 3U);
  EXPECT_THAT(item_timeline(waiting().at(0).id), HasSubstr("copy dead (webhook_copy"));
  EXPECT_THAT(item_timeline(waiting().at(0).id), HasSubstr("HTTP status 500"));
}

TEST_F(RoutesTest, WithoutItsRouteWhatIsQueuedIsNotTold) {
  ASSERT_TRUE(set({{"webhookCopy", "https://second.example.com/hook"}}));
  ASSERT_TRUE(webhook(text_event("SM1", person, "hello")));
  ASSERT_TRUE(set({{"webhookCopy", ""}}));
  tell();
  EXPECT_TRUE(host_.told.empty());
}

}  // namespace
}  // namespace commsd::messaging::test
