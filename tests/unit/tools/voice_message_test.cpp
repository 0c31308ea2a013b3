// comms_send_voice_message: what is spoken, stored, played and thrown away, by phone and as a note.
#include <gmock/gmock.h>

#include "policy/opt_out.h"
#include "store/channel_repository.h"
#include "tools/tools_bed.h"
#include "voice/speech.h"

namespace commsd::tools::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class VoiceMessageTest : public ToolsBed {
 protected:
  VoiceMessageTest() {
    phones_.speaker = speaker_;
    storage_ = shelf_;
    store::UnitOfWork unit;
    store::ChannelRepository::add_create(
        unit, {"org_1", "agt_1", "whatsapp", "+14155550100", "first", "WA1", "active"});
    EXPECT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  }
  Result<mcp::ToolResult> say(const std::string& more = {},
                              const std::string& text = "Your table") {
    return call(agent("org_1", "agt_1"), "comms_send_voice_message",
                R"({"to":"+14155552671","text":")" + text + "\"" + more + "}");
  }
  Result<mcp::ToolResult> note(const std::string& more = {}) {
    return say(R"(,"channel":"whatsapp")" + more);
  }
  void speak_opus() {
    speaker_->format = "opus";
    speaker_->content_type = "audio/ogg; codecs=opus";
    ASSERT_TRUE(hear_whatsapp());
  }
  /// Opens the 24 hours in which WhatsApp takes more than templates.
  bool hear_whatsapp() {
    vendor_->events = {messaging::test::text_event("WA1", "+14155552671", "hello")};
    messaging::WebhookCall call;
    call.agent_id = "agt_1";
    call.channel = plugin::ChannelKind::whatsapp;
    return executor_.run(inbound_->handle(std::move(call))).has_value();
  }
  static std::string member(const Result<mcp::ToolResult>& result, const std::string& name) {
    if (!result) return "refused: " + result.error().message;
    const auto document = JsonDocument::parse(result->json);
    return std::string(document->root().string(name).value_or(""));
  }

  std::shared_ptr<voice::test::Speaker> speaker_ = std::make_shared<voice::test::Speaker>();
  std::shared_ptr<voice::test::Shelf> shelf_ = std::make_shared<voice::test::Shelf>();
};

TEST_F(VoiceMessageTest, IsSpokenStoredAndPlayedAndGoesWithTheCall) {
  const auto said = say(R"(,"language":"de-DE","voice":"anna")");
  ASSERT_TRUE(said) << said.error().message;
  EXPECT_EQ(speaker_->asked.back().text, "This is a machine. Your table");
  EXPECT_EQ(speaker_->asked.back().language, "de-DE");
  EXPECT_EQ(speaker_->asked.back().voice, "anna");
  const std::string url = member(said, "audioUrl");
  EXPECT_THAT(url, HasSubstr("https://comms.example.com/media/spoken/"));
  const auto reply = hear(news("CA1", "in-progress"), phone_->dialled.at(0).client_reference,
                          voice::CallWebhook::Wants::instructions);
  EXPECT_THAT(reply->body, HasSubstr("play " + url));
  EXPECT_THAT(reply->body, Not(HasSubstr("Your table"))) << "it is in the audio";
  plugin::ProviderEvent end = news("CA1", "completed");
  end.extra = {{"answered_by", "machine"}, {"duration_ms", "9000"}};
  ASSERT_TRUE(hear(end));
  const auto seen = call(agent("org_1", "agt_1"), "comms_get_message",
                         R"({"messageId":")" + member(said, "callId") + "\"}");
  EXPECT_THAT(seen->json, HasSubstr("answered by machine"));
  clock_.advance(std::chrono::minutes(2));
  ASSERT_TRUE(executor_.run(spoken_audio_->purge(10)));
  EXPECT_TRUE(shelf_->objects.empty());
}

TEST_F(VoiceMessageTest, ARepeatIsAnsweredWithoutSpeakingAgain) {
  const std::string id = member(say(R"(,"idempotencyKey":"k1")"), "callId");
  const std::size_t asked = speaker_->asked.size();
  const auto again = say(R"(,"idempotencyKey":"k1")");
  EXPECT_EQ(member(again, "callId"), id);
  EXPECT_THAT(again->json, HasSubstr(R"("deduplicated":true)"));
  EXPECT_EQ(speaker_->asked.size(), asked);
  EXPECT_EQ(say(R"(,"idempotencyKey":"k1")", "Other words").error().code,
            ErrorCode::idempotency_mismatch);
  EXPECT_EQ(phone_->dialled.size(), 1U);
  // Without a key it is spoken before anybody knows, and thrown away.
  const std::string unkeyed = member(say(), "callId");
  EXPECT_EQ(member(say(), "callId"), unkeyed) << "the same words inside the window";
  EXPECT_EQ(shelf_->objects.size(), 2U);
  EXPECT_EQ(phone_->dialled.size(), 2U);
}

TEST_F(VoiceMessageTest, WhatTheRulesRefuseIsNotSpoken) {
  store::UnitOfWork unit;
  policy::ContactPreferences::add_opt_out(
      unit, "org_1", "voice", policy::contact_hash("key", "+14155552671"), "api", clock_.now());
  ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  const auto refused = say();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().rule, "opt_out");
  EXPECT_TRUE(speaker_->asked.empty());
}

TEST_F(VoiceMessageTest, TheSpokenTextIsHeldToTheContentRules) {
  gate_settings_.enforce = policy::GateSettings::Enforce::everybody;
  const policy::ContentRules& content = policy::test::standard_content();
  ASSERT_TRUE(content.check("I will kill you", "", ""));
  build();
  build_calls();
  confirm({});
  const auto refused = say(R"(,"messageClass":"emergency")", "I will kill you");
  ASSERT_FALSE(refused);
  EXPECT_TRUE(speaker_->asked.empty());
  EXPECT_TRUE(phone_->dialled.empty());
}

TEST_F(VoiceMessageTest, TooMuchTextAndAFailingVoiceAreRefusedBeforeAnybodyIsCalled) {
  EXPECT_EQ(say({}, std::string(4'001, 'x')).error().code, ErrorCode::invalid_argument);
  speaker_->fails = ErrorCode::timeout;
  EXPECT_EQ(say().error().code, ErrorCode::unavailable);
  speaker_->fails.reset();
  shelf_->full = true;
  EXPECT_EQ(say().error().code, ErrorCode::unavailable);
  EXPECT_TRUE(phone_->dialled.empty());
  EXPECT_TRUE(shelf_->objects.empty());
}

TEST_F(VoiceMessageTest, AVoiceNoteIsOneMessageHoweverOftenItIsAskedFor) {
  speak_opus();
  const auto sent = note();
  ASSERT_TRUE(sent) << sent.error().message;
  ASSERT_EQ(vendor_->log.size(), 1U);
  EXPECT_EQ(vendor_->log[0].message.media_urls.at(0), member(sent, "audioUrl"));
  EXPECT_EQ(shelf_->objects.begin()->second.content_type, "audio/ogg; codecs=opus");
  EXPECT_EQ(member(note(), "messageId"), member(sent, "messageId"));
  const auto keyed = note(R"(,"idempotencyKey":"n1")");
  EXPECT_EQ(member(note(R"(,"idempotencyKey":"n1")"), "messageId"), member(keyed, "messageId"));
  EXPECT_EQ(vendor_->log.size(), 2U);
  EXPECT_EQ(shelf_->objects.size(), 2U);
}

TEST_F(VoiceMessageTest, AProviderWithoutOpusMakesNoVoiceNote) {
  ASSERT_TRUE(hear_whatsapp());
  const auto refused = note();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("Ogg with Opus"));
  EXPECT_TRUE(vendor_->log.empty());
}

TEST_F(VoiceMessageTest, ACallThatIsRefusedLeavesNoAudio) {
  phone_->answers = {voice::test::ScriptedPhone::Answer::refuse};
  const auto failed = say();
  ASSERT_TRUE(failed);
  EXPECT_TRUE(failed->is_error);
  clock_.advance(std::chrono::minutes(2));
  ASSERT_TRUE(executor_.run(spoken_audio_->purge(10)));
  EXPECT_TRUE(shelf_->objects.empty());
}

}  // namespace
}  // namespace commsd::tools::test
