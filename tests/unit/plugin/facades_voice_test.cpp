#include "calls_bed.h"

namespace commsd::plugin {
namespace {

class Voice : public CallsBed {};

TEST_F(Voice, TheModeIsTheProvidersOwn) {
  EXPECT_EQ(scripted_->voice({})->mode(), VoiceMode::audio);
  EXPECT_EQ(sandbox_->voice({})->mode(), VoiceMode::text);
  EXPECT_FALSE(scripted_->voice({})->is_sandbox());
  EXPECT_TRUE(sandbox_->voice({})->is_sandbox());
}

TEST_F(Voice, EveryMemberOfAConnectReachesThePlugin) {
  const VoiceConnect connect{"wss://c/1", "https://c/2", "hi", "en", "v", "t", "s", {{"k", "w"}}};
  const auto verb = scripted_->voice({})->connect_verb(connect);
  ASSERT_TRUE(verb) << verb.error().message;
  EXPECT_EQ(*verb, "wss://c/1|https://c/2|hi|en|v|t|s|w");
  EXPECT_EQ(scripted_->voice({})->connect_verb({}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(*sandbox_->voice({})->connect_verb(connect),
            R"({"connect":"wss://c/1","greeting":"hi"})");
}

TEST_F(Voice, WhoConnectsIsProvenOrItIsSaidThatItCannotBe) {
  WebhookRequest upgrade;
  upgrade.method = "GET";
  EXPECT_EQ(scripted_->voice({})->verify_connect(upgrade).error().code, ErrorCode::unsupported);
  EXPECT_EQ(sandbox_->voice({})->verify_connect(upgrade).error().code,
            ErrorCode::permission_denied);
  // HMAC-SHA256 of the empty body under 0123456789abcdef
  upgrade.headers = {
      {"X-Sandbox-Signature", "496dc93fa2d26eae500ec0bc37a122706b88f8963cebf0899d0245fae313e241"}};
  EXPECT_TRUE(sandbox_->voice({})->verify_connect(upgrade));
}

TEST_F(Voice, FramesBecomeItems) {
  const auto codec = scripted_->voice({})->make_codec();
  ASSERT_TRUE(codec) << codec.error().message;
  const Result<Decoded> start = (*codec)->decode({true, "start"});
  ASSERT_TRUE(start) << start.error().message;
  ASSERT_EQ(start->items.size(), 1U);  // kinds of later versions are not for us
  const VoiceItem& item = start->items[0];
  EXPECT_EQ(item.kind, VoiceItemKind::start);
  EXPECT_EQ(item.call_id, "CA1");
  EXPECT_EQ(item.from, "a");
  EXPECT_EQ(item.to, "b");
  EXPECT_EQ(item.text, "mulaw");
  EXPECT_EQ(item.language, "en");
  EXPECT_EQ(item.params, (KeyValues{{"k", "v"}}));
  EXPECT_EQ(item.sample_rate, 8000U);
  EXPECT_TRUE(item.last);
  EXPECT_FALSE(item.interruptible);
  EXPECT_TRUE(start->frames.empty());

  const std::string sound("\x00\xff\x7f", 3);
  const Result<Decoded> audio = (*codec)->decode({false, sound});
  ASSERT_TRUE(audio) << audio.error().message;
  EXPECT_EQ(audio->items.at(0).kind, VoiceItemKind::audio);
  EXPECT_EQ(audio->items.at(0).audio, sound);
  EXPECT_EQ(audio->items.at(0).at_ms, 20U);
  EXPECT_EQ(audio->frames.at(0).bytes, sound);
  EXPECT_FALSE(audio->frames.at(0).is_text);
  EXPECT_EQ((*codec)->decode({true, "bad"}).error().code, ErrorCode::invalid_argument);
}

TEST_F(Voice, ItemsBecomeFrames) {
  const auto codec = scripted_->voice({})->make_codec();
  ASSERT_TRUE(codec) << codec.error().message;
  const std::pair<VoiceItemKind, const char*> kinds[] = {
      {VoiceItemKind::start, "1|"},     {VoiceItemKind::speech, "2|"},
      {VoiceItemKind::digits, "4|"},    {VoiceItemKind::mark, "5|"},
      {VoiceItemKind::interrupt, "7|"}, {VoiceItemKind::play, "8|"},
      {VoiceItemKind::language, "9|"},  {VoiceItemKind::stop, "10|"},
      {VoiceItemKind::error, "11|"}};
  VoiceItem item;
  item.text = "hello";
  item.last = true;
  item.interruptible = true;
  item.params = {{"a", "1"}, {"b", "2"}};
  for (const auto& [kind, number] : kinds) {
    item.kind = kind;
    const auto frames = (*codec)->encode(item);
    ASSERT_TRUE(frames) << frames.error().message;
    EXPECT_EQ(frames->at(0).bytes, number + std::string("hello|3|2"));
    EXPECT_TRUE(frames->at(0).is_text);
  }
  item.kind = VoiceItemKind::audio;
  item.audio = "sound";
  EXPECT_EQ((*codec)->encode(item)->at(0).bytes, "sound");
  EXPECT_FALSE((*codec)->encode(item)->at(0).is_text);
  item.kind = VoiceItemKind::clear;
  EXPECT_EQ((*codec)->encode(item).error().code, ErrorCode::unsupported);
}

TEST_F(Voice, ACodecOutlivesTheManager) {
  const auto codec = sandbox_->voice({})->make_codec();
  ASSERT_TRUE(codec) << codec.error().message;
  sandbox_.reset();
  const Result<Decoded> heard = (*codec)->decode({true, R"({"type":"prompt","text":"hi"})"});
  ASSERT_TRUE(heard) << heard.error().message;
  EXPECT_EQ(heard->items.at(0).kind, VoiceItemKind::speech);
  EXPECT_EQ(heard->items.at(0).text, "hi");
  EXPECT_EQ((*codec)->decode({true, "no JSON"}).error().code, ErrorCode::invalid_argument);
  VoiceItem say;
  say.kind = VoiceItemKind::speech;
  say.text = "yes";
  EXPECT_EQ((*codec)->encode(say)->at(0).bytes, R"({"type":"text","text":"yes"})");
}

}  // namespace
}  // namespace commsd::plugin
