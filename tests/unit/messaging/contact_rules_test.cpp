// What contacts want, on its way through both pipelines: opt-outs, consents, and the rules that are
// asked again before every further attempt.
#include "messaging/messaging_bed.h"
#include "policy/contact_preferences.h"
#include "store/channel_repository.h"
#include "store/consent_repository.h"

namespace commsd::messaging::test {
namespace {

using Answer = ScriptedVendor::Answer;

constexpr const char* contact = "+14155552671";
constexpr const char* mailbox = "eve@example.com";

class ContactRulesTest : public MessagingBed {
 protected:
  ContactRulesTest() {
    store::UnitOfWork unit;
    store::ChannelRepository::add_create(
        unit, {"org_1", "agt_1", "email", "ada@one.example", "first", "", "active"});
    store::ChannelRepository::add_create(
        unit, {"org_1", "agt_1", "whatsapp", "+14155550100", "first", "", "active"});
    EXPECT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  }

  void settle() {
    const auto idle = [](InFlight& in_flight) -> Task<void> {
      co_await sleep_for(std::chrono::milliseconds(50));
      while (in_flight.size() > 0) co_await sleep_for(std::chrono::milliseconds(10));
    };
    executor_.run(idle(*in_flight_));
  }
  std::string hash(std::string_view address) const { return policy::contact_hash("key", address); }

  /// On an executor of its own, so that it can happen while a task of the bed's waits.
  void opt_out(std::string_view channel = "sms", std::string_view address = contact) {
    store::UnitOfWork unit;
    policy::ContactPreferences::add_opt_out(unit, "org_1", channel, hash(address), "keyword",
                                            clock_.now());
    ManualExecutor aside;
    EXPECT_TRUE(aside.run(store_->commit(std::move(unit)))->committed);
  }
  void agree() {
    store::Consent yes;
    yes.key = {"org_1", "agt_1", "sms", hash(contact)};
    yes.id = "con_1";
    yes.type = "express";
    yes.source = "form";
    yes.granted_at = 1;
    store::UnitOfWork unit;
    store::ConsentRepository::add_grant(unit, yes);
    ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  }
  bool is_opted_out(const char* channel, std::string_view address) {
    const store::SuppressionRepository suppressions(*store_);
    return executor_.run(suppressions.find("org_1", "agt_1", channel, hash(address)))->has_value();
  }
  std::optional<store::Consent> consent(const char* channel, std::string_view address) {
    const store::ConsentRepository consents(*store_);
    const store::ConsentKey key{"org_1", "agt_1", channel, hash(address)};
    return *executor_.run(consents.find(key));
  }
  void receive(plugin::ChannelKind channel, std::string id, std::string from, std::string text,
               std::string subject = {}) {
    plugin::ProviderEvent event = text_event(std::move(id), std::move(from), std::move(text));
    event.subject = std::move(subject);
    if (channel == plugin::ChannelKind::email) event.to = "ada@one.example";
    vendor_->events = {std::move(event)};
    WebhookCall call;
    call.agent_id = "agt_1";
    call.channel = channel;
    ASSERT_TRUE(executor_.run(inbound_->handle(std::move(call))));
    settle();
  }
  SendRequest mail(std::string message_class = {}) const {
    SendRequest mail = request("hello");
    mail.content.channel = plugin::ChannelKind::email;
    mail.content.to = mailbox;
    mail.content.subject = "News";
    mail.content.message_class = std::move(message_class);
    return mail;
  }
  std::string header(const std::string& name) const {
    for (const auto& [key, value] : vendor_->log.back().message.headers) {
      if (key == name) return value;
    }
    return {};
  }
};

TEST_F(ContactRulesTest, WhoStopsBeforeARetryIsNotWrittenTo) {
  vendor_->answers = {Answer::throttle};
  const SendOutcome outcome = sent(request("hello"));
  ASSERT_EQ(outcome.message.state, "accepted");
  opt_out();
  pass(std::chrono::seconds(10));
  const store::Message message = stored(outcome.message.id);
  EXPECT_EQ(message.state, "failed");
  EXPECT_EQ(message.error_code, "rejected");
  EXPECT_EQ(message.failure_reason.substr(0, 7), "opt_out");
  EXPECT_FALSE(message.failure_remedy.empty());
  EXPECT_FALSE(message.next_attempt_at);
  EXPECT_TRUE(vendor_->log.empty());
}

TEST_F(ContactRulesTest, WhoStopsWhileAVendorFailsIsNotReachedThroughAnother) {
  const auto fallback = providers_.add("second");
  vendor_->decide = [this] {
    opt_out();
    return Answer::unavailable;
  };
  const SendOutcome outcome = sent(request("hello"));
  EXPECT_EQ(fallback->asked, 0);
  pass(std::chrono::seconds(2));
  EXPECT_EQ(stored(outcome.message.id).state, "failed");
  EXPECT_EQ(stored(outcome.message.id).failure_reason.substr(0, 7), "opt_out");
  EXPECT_EQ(vendor_->asked, 1);
  EXPECT_EQ(fallback->asked, 0);
}

TEST_F(ContactRulesTest, WhatMayHaveBeenTakenStaysUnknownWhenItMayNotBeAskedAgain) {
  vendor_->keyed = true;
  vendor_->answers = {Answer::take_and_lose};
  const SendOutcome outcome = sent(request("hello"));
  ASSERT_EQ(outcome.message.state, "accepted");
  opt_out();
  pass(std::chrono::seconds(10));
  EXPECT_EQ(stored(outcome.message.id).state, "unknown");
  EXPECT_EQ(vendor_->asked, 1);
}

TEST_F(ContactRulesTest, TheConfirmationOfAStopIsRetriedAllTheSame) {
  vendor_->answers = {Answer::throttle};
  receive(plugin::ChannelKind::sms, "SM1", contact, "STOP");
  ASSERT_TRUE(vendor_->log.empty());
  pass(std::chrono::seconds(10));
  EXPECT_EQ(vendor_->log.size(), 1U);
}

TEST_F(ContactRulesTest, ARepeatIsToldOfTheFirstAlthoughTheRulesHaveChanged) {
  const SendOutcome first = sent(request("hello", "k1"));
  opt_out();
  const SendOutcome again = sent(request("hello", "k1"));
  EXPECT_TRUE(again.deduplicated);
  EXPECT_EQ(again.message.id, first.message.id);
  const auto other = send(request("something else", "k1"));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::idempotency_mismatch);
  const auto fresh = send(request("hello", "k2"));
  ASSERT_FALSE(fresh);
  EXPECT_EQ(fresh.error().rule, "opt_out");
}

TEST_F(ContactRulesTest, AVendorsBlockGoesIntoOurList) {
  settings_.vendor_blocks =
      *policy::VendorBlocks::parse("opt_out: [{provider: first, code: '21211'}]");
  inbound_settings_.vendor_blocks = settings_.vendor_blocks;
  build();
  vendor_->answers = {Answer::refuse};
  EXPECT_EQ(sent(request("hello")).message.state, "failed");
  EXPECT_TRUE(is_opted_out("sms", contact));
  receive(plugin::ChannelKind::sms, "SM1", contact, "START");
  EXPECT_FALSE(is_opted_out("sms", contact));

  // A report that comes later says the same.
  const SendOutcome taken = sent(request("hello again"));
  plugin::ProviderEvent event = status_event(taken.message.vendor_id, "undelivered");
  event.error_code = "21211";
  ASSERT_TRUE(webhook(std::move(event)));
  EXPECT_TRUE(is_opted_out("sms", contact));
}

TEST_F(ContactRulesTest, StopWorksOnEveryChannelAndOnThatOneOnly) {
  receive(plugin::ChannelKind::whatsapp, "WA1", contact, "stop");
  EXPECT_TRUE(is_opted_out("whatsapp", contact));
  EXPECT_FALSE(is_opted_out("sms", contact));
  receive(plugin::ChannelKind::email, "M1", mailbox,
          "Unsubscribe\r\n\r\nEve Adams\r\n\r\nOn 3 May, Ada <ada@one.example> wrote:\r\n> News!");
  EXPECT_TRUE(is_opted_out("email", mailbox));
  EXPECT_FALSE(send(mail()));
  EXPECT_EQ(vendor_->log.size(), 2U) << "each was confirmed once";
  receive(plugin::ChannelKind::email, "M2", mailbox, "START\n\n> You have been unsubscribed");
  EXPECT_FALSE(is_opted_out("email", mailbox));
}

TEST_F(ContactRulesTest, AMailThatOnlyMentionsTheWordIsNoStop) {
  receive(plugin::ChannelKind::email, "M1", mailbox, "Where do I unsubscribe?\n> STOP");
  receive(plugin::ChannelKind::email, "M2", mailbox, "start the engine\nstop");
  receive(plugin::ChannelKind::email, "M3", mailbox, "Thank you!", "unsubscribe");
  EXPECT_FALSE(is_opted_out("email", mailbox));
  receive(plugin::ChannelKind::email, "M4", mailbox, "", "Unsubscribe");
  EXPECT_TRUE(is_opted_out("email", mailbox));
}

TEST_F(ContactRulesTest, AWishInOwnWordsHoldsSendsAndIsShownToTheAgent) {
  receive(plugin::ChannelKind::sms, "SM1", contact, "Please stop texting me!");
  const auto refused = send(request("news"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().rule, "possible_opt_out");
  EXPECT_TRUE(vendor_->log.empty()) << "nobody is told of a suspicion";
  EXPECT_FALSE(consent("sms", contact));
  const auto items = waiting();
  ASSERT_EQ(items.size(), 1U);
  EXPECT_NE(items[0].extra_json.find("possible_opt_out"), std::string::npos);

  receive(plugin::ChannelKind::sms, "SM2", contact, "STOP");
  EXPECT_EQ(vendor_->log.size(), 1U) << "now it is known, and confirmed";
  EXPECT_EQ(send(request("news")).error().rule, "opt_out");
  receive(plugin::ChannelKind::sms, "SM3", contact, "START");
  EXPECT_EQ(sent(request("news")).message.state, "submitted");
}

TEST_F(ContactRulesTest, WhatAQuietHourHoldsBackWaitsForTheMorning) {
  gate_settings_.enforce = policy::GateSettings::Enforce::everybody;
  build();
  clock_.set(1'700'026'200'000);  // 21:30 in California
  agree();
  const auto refused = send(request("hello"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().next_allowed_at, 1'700'064'000'000);

  clock_.set(1'700'024'395'000);  // five seconds to nine
  vendor_->answers = {Answer::throttle};
  const SendOutcome outcome = sent(request("hello"));
  pass(std::chrono::seconds(20));
  EXPECT_TRUE(vendor_->log.empty());
  EXPECT_EQ(stored(outcome.message.id).next_attempt_at, 1'700'064'000'000);
  clock_.set(1'700'063'999'000);
  pass(std::chrono::seconds(2));
  EXPECT_EQ(stored(outcome.message.id).state, "submitted");
}

TEST_F(ContactRulesTest, WhatComesTooOftenIsRefusedAtOnceAndWaitsWhenItIsScheduled) {
  gate_settings_.enforce = policy::GateSettings::Enforce::everybody;
  gate_settings_.marketing_per_day = 1;
  build();
  agree();
  const UnixMillis room = 1'700'085'600'000;  // the hour of the first one, a day later
  sent(request("first"));
  const auto refused = send(request("second"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().rule, "contact_frequency");
  EXPECT_EQ(refused.error().next_allowed_at, room);
  EXPECT_EQ(sent(request("first")).deduplicated, true) << "a twin is answered, not refused";

  SendRequest later = request("third");
  later.send_at = clock_.now() + 10'000;
  const std::string id = sent(later).message.id;
  pass(std::chrono::seconds(20));
  EXPECT_EQ(vendor_->log.size(), 1U);
  EXPECT_EQ(stored(id).state, "scheduled");
  EXPECT_EQ(stored(id).next_attempt_at, room);
  clock_.set(room - 1000);
  pass(std::chrono::seconds(2));
  EXPECT_EQ(stored(id).state, "submitted");
  EXPECT_EQ(vendor_->log.size(), 2U);
}

TEST_F(ContactRulesTest, WhoWritesMayBeAnsweredForAWhile) {
  receive(plugin::ChannelKind::sms, "SM1", contact, "Do you deliver?");
  const auto implied = consent("sms", contact);
  ASSERT_TRUE(implied);
  EXPECT_EQ(implied->type, "implied");
  EXPECT_EQ(implied->source, "inbound");
  EXPECT_EQ(implied->expires_at, clock_.now() + 180 * std::int64_t{86'400'000});
  clock_.advance(std::chrono::hours(24));
  receive(plugin::ChannelKind::sms, "SM2", contact, "Hello?");
  EXPECT_EQ(consent("sms", contact)->expires_at, clock_.now() + 180 * std::int64_t{86'400'000});
  EXPECT_EQ(consent("sms", contact)->id, implied->id);

  receive(plugin::ChannelKind::sms, "SM3", contact, "STOP");
  EXPECT_EQ(consent("sms", contact)->status, "revoked");
  receive(plugin::ChannelKind::sms, "SM4", contact, "And another thing");
  EXPECT_EQ(consent("sms", contact)->status, "revoked") << "a word is no change of mind";
  receive(plugin::ChannelKind::sms, "SM5", contact, "START");
  EXPECT_EQ(consent("sms", contact)->status, "granted");
}

TEST_F(ContactRulesTest, NothingIsImpliedWhereTheLawKnowsNoSuchThing) {
  inbound_settings_.implied_consent_days = 0;
  build();
  receive(plugin::ChannelKind::sms, "SM1", contact, "Do you deliver?");
  EXPECT_FALSE(consent("sms", contact));
}

TEST_F(ContactRulesTest, AMailOffersOneClickUnlessItIsNoneThatIsRepeated) {
  const policy::UnsubscribeLinks links("key", "https://comms.example.com");
  OutboundSettings settings;
  settings.unsubscribe = &links;
  settings.contact_key = "key";
  OutboundPipeline pipeline(*store_, *gate_, *spend_, *delivery_, *in_flight_, clock_, ids_,
                            settings);
  for (const char* message_class : {"", "marketing", "service"}) {
    ASSERT_TRUE(executor_.run(pipeline.send(mail(message_class)))) << message_class;
    const std::string url = header("List-Unsubscribe");
    ASSERT_EQ(url.substr(0, 38), "<https://comms.example.com/unsubscribe");
    EXPECT_EQ(header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    const auto target = links.open(url.substr(39, url.size() - 40));
    ASSERT_TRUE(target);
    EXPECT_EQ(*target,
              (policy::UnsubscribeLinks::Target{"org_1", "agt_1", "email", hash(mailbox)}));
    clock_.advance(std::chrono::minutes(2));
  }
  for (const char* message_class : {"transactional", "otp", "emergency"}) {
    ASSERT_TRUE(executor_.run(pipeline.send(mail(message_class)))) << message_class;
    EXPECT_EQ(header("List-Unsubscribe"), "") << message_class;
    clock_.advance(std::chrono::minutes(2));
  }
}

TEST_F(ContactRulesTest, TheClassOfAMessageIsKeptForLaterButMakesNoOtherMessageOfIt) {
  SendRequest one = request("hello");
  one.content.message_class = "otp";
  one.content.time_zone = "America/Phoenix";
  one.content.mandated = true;
  const auto kept = decode_content(encode_content(one.content));
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->message_class, "otp");
  EXPECT_EQ(kept->time_zone, "America/Phoenix");
  EXPECT_TRUE(kept->mandated);
  EXPECT_EQ(content_hash("agt_1", one.content), content_hash("agt_1", request("hello").content));
  EXPECT_EQ(action_of("org_1", "agt_1", *kept).message_class, policy::MessageClass::otp);
  EXPECT_EQ(action_of("org_1", "agt_1", request("hello").content).message_class,
            policy::MessageClass::marketing);
}

}  // namespace
}  // namespace commsd::messaging::test
