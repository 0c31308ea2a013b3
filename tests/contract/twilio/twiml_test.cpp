#include "fixture.h"

namespace {

using testing::HasSubstr;

/// Whether `text` is one well-formed XML element, attributes quoted, everything escaped.
bool well_formed(std::string_view text) {
  constexpr std::string_view prolog = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
  if (text.substr(0, prolog.size()) != prolog) return false;
  text.remove_prefix(prolog.size());
  std::vector<std::string> open;
  bool any = false;
  while (!text.empty()) {
    if (text[0] != '<') {
      const std::string_view content = text.substr(0, text.find('<'));
      if (open.empty() || content.find('>') != std::string_view::npos) return false;
      for (std::size_t at = content.find('&'); at != std::string_view::npos;
           at = content.find('&', at + 1)) {
        const std::size_t end = content.find(';', at);
        if (end == std::string_view::npos || end - at > 6) return false;
      }
      text.remove_prefix(content.size());
      continue;
    }
    if (open.empty() && any) return false;  // a second root
    any = true;
    std::size_t end = 1;
    for (bool quoted = false; end < text.size() && (quoted || text[end] != '>'); ++end) {
      if (text[end] == '<') return false;
      if (text[end] == '"') quoted = !quoted;
    }
    if (end == text.size()) return false;
    const std::string_view tag = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    const std::string name(tag.substr(tag[0] == '/', tag.find_first_of(" /", 1) - (tag[0] == '/')));
    if (tag[0] == '/') {
      if (open.empty() || open.back() != tag.substr(1)) return false;
      open.pop_back();
    } else if (tag.back() != '/') {
      open.push_back(name);
    }
  }
  return any && open.empty();
}

class TwimlTest : public TwilioTest {
 protected:
  std::string render(const std::vector<comms_verb>& verbs, comms_status expected = COMMS_OK) {
    std::string body, type;
    const comms_status status = telephony().render(instance().self, verbs.data(), verbs.size(),
                                                   comms::testing::FakeHost::sink(body),
                                                   comms::testing::FakeHost::sink(type));
    EXPECT_EQ(status, expected);
    if (status != COMMS_OK) return {};
    EXPECT_EQ(type, "text/xml");
    EXPECT_TRUE(well_formed(body)) << body;
    constexpr std::string_view begin = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response>";
    constexpr std::string_view end = "</Response>";
    EXPECT_THAT(body, testing::StartsWith(std::string(begin)));
    EXPECT_THAT(body, testing::EndsWith(std::string(end)));
    return body.substr(begin.size(), body.size() - begin.size() - end.size());
  }
  static comms_verb verb(std::int32_t kind, std::string_view text = {}, std::string_view url = {}) {
    comms_verb v{};
    v.size = sizeof v;
    v.kind = kind;
    v.text = comms::str(text);
    v.url = comms::str(url);
    return v;
  }
};

TEST_F(TwimlTest, Says) {
  comms_verb say = verb(COMMS_VERB_SAY, "Tom & \"Ana\" <3 it's");
  say.voice = comms::str("Polly.Joanna-Neural");
  say.language = comms::str("en-US");
  EXPECT_EQ(render({say}),
            "<Say voice=\"Polly.Joanna-Neural\" language=\"en-US\">Tom &amp; &quot;Ana&quot; &lt;3 "
            "it&apos;s</Say>");
}

TEST_F(TwimlTest, Plays) {
  EXPECT_EQ(render({verb(COMMS_VERB_PLAY, {}, "https://a.test/x?a=1&b=2")}),
            "<Play>https://a.test/x?a=1&amp;b=2</Play>");
}

TEST_F(TwimlTest, Gathers) {
  comms_verb gather = verb(COMMS_VERB_GATHER, "Press one", "https://a.test/in?step=1&x=2");
  gather.max_digits = 4;
  gather.finish_key = comms::str("#");
  gather.timeout_ms = 4500;
  EXPECT_EQ(render({gather}),
            "<Gather input=\"dtmf\" action=\"https://a.test/in?step=1&amp;x=2\" method=\"POST\" "
            "numDigits=\"4\" finishOnKey=\"#\" timeout=\"5\"><Say>Press one</Say></Gather>");
  gather = verb(COMMS_VERB_GATHER, {}, "https://a.test/in");
  gather.flags = COMMS_VERB_SPEECH;
  gather.language = comms::str("de-DE");
  EXPECT_EQ(render({gather}),
            "<Gather input=\"dtmf speech\" action=\"https://a.test/in\" method=\"POST\" "
            "speechTimeout=\"auto\" language=\"de-DE\"/>");
}

TEST_F(TwimlTest, Dials) {
  comms_verb dial = verb(COMMS_VERB_DIAL, {}, "https://a.test/done");
  dial.number = comms::str(kTo);
  dial.from = comms::str(kFrom);
  dial.timeout_ms = 20000;
  EXPECT_EQ(render({dial}),
            "<Dial callerId=\"+14155550100\" action=\"https://a.test/done\" method=\"POST\" "
            "timeout=\"20\"><Number>+14155550101</Number></Dial>");
  dial.callee_url = comms::str("https://a.test/callee?a&b");
  EXPECT_THAT(render({dial}), HasSubstr("<Number url=\"https://a.test/callee?a&amp;b\" "
                                        "method=\"POST\">+14155550101</Number>"));
}

TEST_F(TwimlTest, Records) {
  comms_verb record = verb(COMMS_VERB_RECORD, {}, "https://a.test/rec");
  record.max_length_ms = 60000;
  record.timeout_ms = 3000;
  record.finish_key = comms::str("*");
  record.flags = COMMS_VERB_BEEP | COMMS_VERB_TRANSCRIBE;
  EXPECT_EQ(render({record}),
            "<Record action=\"https://a.test/rec\" method=\"POST\" maxLength=\"60\" timeout=\"3\" "
            "finishOnKey=\"*\" playBeep=\"true\" transcribe=\"true\"/>");
  EXPECT_THAT(render({verb(COMMS_VERB_RECORD)}), HasSubstr("playBeep=\"false\""));
}

TEST_F(TwimlTest, Streams) {
  const comms_kv params[] = {{comms::str("token"), comms::str("a\"b")}};
  comms_verb stream = verb(COMMS_VERB_STREAM, {}, "wss://a.test/ws");
  stream.params = params;
  stream.param_count = 1;
  EXPECT_EQ(render({stream}),
            "<Connect><Stream url=\"wss://a.test/ws\"><Parameter name=\"token\" "
            "value=\"a&quot;b\"/></Stream></Connect>");
}

TEST_F(TwimlTest, SaysTheRest) {
  comms_verb pause = verb(COMMS_VERB_PAUSE);
  pause.timeout_ms = 1;
  EXPECT_EQ(render({pause, verb(COMMS_VERB_REDIRECT, {}, "https://a.test/next"),
                    verb(COMMS_VERB_REJECT, "busy"), verb(COMMS_VERB_REJECT),
                    verb(COMMS_VERB_HANGUP), verb(COMMS_VERB_NATIVE, "<Leave/>")}),
            "<Pause length=\"1\"/><Redirect method=\"POST\">https://a.test/next</Redirect>"
            "<Reject reason=\"busy\"/><Reject reason=\"rejected\"/><Hangup/><Leave/>");
  EXPECT_EQ(render({}), "");
}

TEST_F(TwimlTest, DropsWhatXmlCannotHold) {
  const std::string text = std::string("a\0b\x01\x1b", 5) + "\xff\xc3" + "(" + "\xed\xa0\x80" +
                           "\xef\xbf\xbf" + "\xc0\xaf" + "é😀\n";
  EXPECT_EQ(render({verb(COMMS_VERB_SAY, text)}), "<Say>ab(é😀\n</Say>");
  comms_verb say = verb(COMMS_VERB_SAY, "x");
  say.voice = comms::str("\"><Hangup/>\xe2\x82");
  EXPECT_EQ(render({say}), "<Say voice=\"&quot;&gt;&lt;Hangup/&gt;\">x</Say>");
}

TEST_F(TwimlTest, RefusesVerbsThatLackWhatTheyNeed) {
  for (const std::int32_t kind :
       {COMMS_VERB_PLAY, COMMS_VERB_DIAL, COMMS_VERB_STREAM, COMMS_VERB_REDIRECT}) {
    render({verb(kind)}, COMMS_INVALID);
  }
  render({verb(COMMS_VERB_STREAM, {}, "wss://a.test/ws?token=1")}, COMMS_INVALID);
  render({verb(99)}, COMMS_UNSUPPORTED);
}

}  // namespace
