#include <comms/slot/voice.h>

#include "fixture.h"

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class RelayTest : public TwilioTest {
 protected:
  struct Item {
    std::int32_t kind;
    std::string call_id, from, to, text, language;
    comms::Fields params;
    std::uint32_t at_ms, flags;
  };
  struct Made {
    std::vector<Item> items;
    std::vector<std::string> frames;
    comms_voice_emit emit() {
      return {
          this,
          [](void* ctx, const comms_voice_item* i) {
            comms::Fields params;
            for (std::size_t at = 0; at < i->param_count; ++at) {
              params.emplace_back(comms::view(i->params[at].key), comms::view(i->params[at].value));
            }
            static_cast<Made*>(ctx)->items.push_back(
                {i->kind, std::string(comms::view(i->call_id)), std::string(comms::view(i->from)),
                 std::string(comms::view(i->to)), std::string(comms::view(i->text)),
                 std::string(comms::view(i->language)), params, i->at_ms, i->flags});
          },
          [](void* ctx, std::int32_t is_text, comms_bytes frame) {
            EXPECT_EQ(is_text, 1);
            static_cast<Made*>(ctx)->frames.emplace_back(comms::view(frame));
          }};
    }
  };

  RelayTest() : slot(*instance().slot<comms_voice>(COMMS_SLOT_VOICE)) {
    EXPECT_EQ(slot.codec_new(plugin->self, &codec), COMMS_OK);
  }
  ~RelayTest() override { slot.codec_free(codec); }

  comms_status decode(std::string_view frame, bool is_text = true) {
    made = {};
    const comms_voice_emit emit = made.emit();
    return slot.decode(codec, is_text, comms::bytes(frame), &emit);
  }
  comms_status encode(std::int32_t kind, std::string_view text, std::uint32_t flags = 0,
                      std::string_view language = {}) {
    made = {};
    comms_voice_item item{};
    item.size = sizeof item;
    item.kind = kind;
    item.text = comms::str(text);
    item.language = comms::str(language);
    item.flags = flags;
    const comms_voice_emit emit = made.emit();
    return slot.encode(codec, &item, &emit);
  }

  const comms_voice& slot;
  void* codec = nullptr;
  Made made;
};

TEST_F(RelayTest, CarriesText) {
  EXPECT_EQ(slot.mode(plugin->self), COMMS_VOICE_TEXT);
}

TEST_F(RelayTest, BeginsWithTheCall) {
  ASSERT_EQ(decode(R"({"type":"setup","sessionId":"VX1","accountSid":"AC1","callSid":"CA1",)"
                   R"("from":"+14155550100","to":"+14155550101","direction":"inbound",)"
                   R"("customParameters":{"agent":"a1","turn":"2"}})"),
            COMMS_OK);
  ASSERT_EQ(made.items.size(), 1u);
  const Item& start = made.items[0];
  EXPECT_EQ(start.kind, COMMS_VOICE_START);
  EXPECT_EQ(start.call_id, "CA1");
  EXPECT_EQ(start.from, kFrom);
  EXPECT_EQ(start.to, kTo);
  EXPECT_EQ(start.params, (comms::Fields{{"agent", "a1"}, {"turn", "2"}}));
  EXPECT_TRUE(made.frames.empty());
}

TEST_F(RelayTest, TellsWhatTheCallerSaysAndDoes) {
  ASSERT_EQ(decode(R"({"type":"prompt","voicePrompt":"Grüße","lang":"de-DE","last":false})"),
            COMMS_OK);
  EXPECT_EQ(made.items.at(0).kind, COMMS_VOICE_SPEECH);
  EXPECT_EQ(made.items[0].text, "Grüße");
  EXPECT_EQ(made.items[0].language, "de-DE");
  EXPECT_EQ(made.items[0].flags, 0u);
  ASSERT_EQ(decode(R"({"type":"prompt","voicePrompt":"hi","last":true})"), COMMS_OK);
  EXPECT_EQ(made.items.at(0).flags, COMMS_VOICE_LAST);
  ASSERT_EQ(decode(R"({"type":"prompt","voicePrompt":"hi"})"), COMMS_OK);
  EXPECT_EQ(made.items.at(0).flags, COMMS_VOICE_LAST);

  ASSERT_EQ(decode(R"({"type":"dtmf","digit":"#"})"), COMMS_OK);
  EXPECT_EQ(made.items.at(0).kind, COMMS_VOICE_DTMF);
  EXPECT_EQ(made.items[0].text, "#");

  ASSERT_EQ(decode(R"({"type":"interrupt","utteranceUntilInterrupt":"Life is",)"
                   R"("durationUntilInterruptMs":460})"),
            COMMS_OK);
  EXPECT_EQ(made.items.at(0).kind, COMMS_VOICE_INTERRUPT);
  EXPECT_EQ(made.items[0].text, "Life is");
  EXPECT_EQ(made.items[0].at_ms, 460u);
  // As text, negative, or beyond what fits.
  ASSERT_EQ(decode(R"({"type":"interrupt","durationUntilInterruptMs":-1})"), COMMS_OK);
  EXPECT_EQ(made.items.at(0).at_ms, 0u);
  ASSERT_EQ(decode(R"({"type":"interrupt","durationUntilInterruptMs":99999999999})"), COMMS_OK);
  EXPECT_EQ(made.items.at(0).at_ms, 4294967295u);
}

TEST_F(RelayTest, TellsOfErrorsWithoutNumbers) {
  ASSERT_EQ(decode(R"({"type":"error","description":"Invalid message to +14155550100"})"),
            COMMS_OK);
  EXPECT_EQ(made.items.at(0).kind, COMMS_VOICE_ERROR);
  EXPECT_EQ(made.items[0].text, "Invalid message to [number]");
}

TEST_F(RelayTest, RefusesFramesThatMakeNoSense) {
  for (const char* frame :
       {"", "{", "[]", "null", "\"setup\"", "{}", R"({"type":7})", R"({"type":"setup"})",
        R"({"type":"setup","callSid":null})", R"({"type":"prompt","voicePrompt":["a"]})",
        R"({"type":"prompt"})", R"({"type":"dtmf"})", "{\"type\":\"prompt\",\"voicePrompt\":\"a"}) {
    EXPECT_EQ(decode(frame), COMMS_INVALID) << frame;
    EXPECT_TRUE(made.items.empty()) << frame;
  }
  EXPECT_EQ(decode(R"({"type":"dtmf","digit":"1"})", false), COMMS_INVALID);
  EXPECT_EQ(decode(std::string(100'000, '[')), COMMS_INVALID);
  // Of a later version: nothing for us, no reason to hang up.
  EXPECT_EQ(decode(R"({"type":"info","name":"clientSpeaking"})"), COMMS_OK);
  EXPECT_TRUE(made.items.empty());
  EXPECT_EQ(decode(R"({"type":"error"})"), COMMS_OK);
}

TEST_F(RelayTest, SaysWhatTwilioUnderstands) {
  EXPECT_EQ(encode(COMMS_VOICE_SPEECH, "say \"hi\"\n", COMMS_VOICE_INTERRUPTIBLE), COMMS_OK);
  EXPECT_THAT(made.frames, ElementsAre(R"({"type":"text","token":"say \"hi\"\u000a","last":false,)"
                                       R"("interruptible":true})"));
  EXPECT_EQ(encode(COMMS_VOICE_SPEECH, "", COMMS_VOICE_LAST, "en-GB"), COMMS_OK);
  EXPECT_THAT(made.frames, ElementsAre(R"({"type":"text","token":"","last":true,"lang":"en-GB",)"
                                       R"("interruptible":false})"));
  EXPECT_EQ(encode(COMMS_VOICE_DTMF, "1w2#"), COMMS_OK);
  EXPECT_THAT(made.frames, ElementsAre(R"({"type":"sendDigits","digits":"1w2#"})"));
  EXPECT_EQ(encode(COMMS_VOICE_PLAY, "https://a.test/a.mp3"), COMMS_OK);
  EXPECT_THAT(made.frames, ElementsAre(R"({"type":"play","source":"https://a.test/a.mp3",)"
                                       R"("interruptible":false})"));
  EXPECT_EQ(encode(COMMS_VOICE_LANGUAGE, "fr-FR"), COMMS_OK);
  EXPECT_THAT(made.frames, ElementsAre(R"({"type":"language","ttsLanguage":"fr-FR",)"
                                       R"("transcriptionLanguage":"fr-FR"})"));
  EXPECT_EQ(encode(COMMS_VOICE_STOP, R"({"to":"desk"})"), COMMS_OK);
  EXPECT_THAT(made.frames, ElementsAre(R"({"type":"end","handoffData":"{\"to\":\"desk\"}"})"));
  EXPECT_EQ(encode(COMMS_VOICE_STOP, ""), COMMS_OK);
  EXPECT_THAT(made.frames, ElementsAre(R"({"type":"end"})"));
}

TEST_F(RelayTest, SendsNoFrameThatTwilioWouldRefuse) {
  EXPECT_EQ(encode(COMMS_VOICE_DTMF, ""), COMMS_INVALID);
  EXPECT_EQ(encode(COMMS_VOICE_DTMF, "12x"), COMMS_INVALID);
  EXPECT_EQ(encode(COMMS_VOICE_PLAY, ""), COMMS_INVALID);
  EXPECT_EQ(encode(COMMS_VOICE_LANGUAGE, ""), COMMS_INVALID);
  for (const std::int32_t kind : {0, +COMMS_VOICE_AUDIO_DATA, +COMMS_VOICE_MARK, 99}) {
    EXPECT_EQ(encode(kind, "x"), COMMS_UNSUPPORTED) << kind;
  }
  EXPECT_EQ(encode(COMMS_VOICE_CLEAR, ""), COMMS_UNSUPPORTED);
  EXPECT_TRUE(made.frames.empty());
}

TEST_F(RelayTest, WritesHowToConnect) {
  const comms_kv params[] = {{comms::str("agent"), comms::str("a<1>")}};
  comms_voice_connect connect{};
  connect.size = sizeof connect;
  connect.ws_url = comms::str("wss://comms.example.test/voice/1");
  connect.action_url = comms::str("https://comms.example.test/done?a=1&b=2");
  connect.greeting = comms::str("Hello \"you\"");
  connect.language = comms::str("en-US");
  connect.params = params;
  connect.param_count = 1;
  std::string verb;
  ASSERT_EQ(slot.connect_verb(plugin->self, &connect, host.sink(verb)), COMMS_OK);
  EXPECT_EQ(verb,
            R"(<Connect action="https://comms.example.test/done?a=1&amp;b=2" method="POST">)"
            R"(<ConversationRelay url="wss://comms.example.test/voice/1" )"
            R"(welcomeGreeting="Hello &quot;you&quot;" language="en-US" dtmfDetection="true">)"
            R"(<Parameter name="agent" value="a&lt;1&gt;"/></ConversationRelay></Connect>)");
  for (const char* url : {"", "https://comms.example.test/voice/1", "comms.example.test"}) {
    connect.ws_url = comms::str(std::string_view(url));
    std::string none;
    EXPECT_EQ(slot.connect_verb(plugin->self, &connect, host.sink(none)), COMMS_INVALID) << url;
    EXPECT_EQ(none, "");
  }
}

}  // namespace
