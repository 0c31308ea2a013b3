#include "voice/call_script.h"

#include <gtest/gtest.h>

#include "voice/call_state.h"

namespace commsd::voice {
namespace {

TEST(CallScript, SaysTheDisclosureOnceAndFirst) {
  CallScript script;
  script.disclosure = "This is a machine.";
  script.words = "Hello.";
  EXPECT_EQ(spoken_text(script), "This is a machine. Hello.");
  script.words = "Hi! THIS is a machine. Hello.";
  EXPECT_EQ(spoken_text(script), script.words);
  script.announcement = "Recorded.";
  EXPECT_EQ(spoken_text(script), "Recorded. " + script.words);
}

TEST(CallScript, SurvivesBeingStored) {
  CallScript script;
  script.words = "\"quoted\" \n é";
  script.dial = "+14155550101";
  script.dial_done_url = "https://a.test/?x=1&y=2";
  script.voice = "alice";
  const auto read = decode_script(encode_script(script));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->words, script.words);
  EXPECT_EQ(read->dial, script.dial);
  EXPECT_EQ(read->dial_done_url, script.dial_done_url);
  EXPECT_EQ(read->voice, script.voice);
  EXPECT_FALSE(read->recorded);
  EXPECT_FALSE(decode_script("{"));
  script.recorded = true;
  script.callee_url = "https://a.test/callee?ref=1";
  const auto recorded = decode_script(encode_script(script));
  ASSERT_TRUE(recorded);
  EXPECT_TRUE(recorded->recorded);
  EXPECT_EQ(call_verbs(*recorded, "a b").back().callee_url,
            "https://a.test/callee?ref=1&provider=a%20b");
  EXPECT_TRUE(decode_script(R"({"announcement":"Recorded."})")->recorded) << "of an older version";
}

TEST(CallScript, PlaysAudioInsteadOfSayingIt) {
  CallScript script;
  script.words = "Hello.";
  script.audio_url = "https://a.test/a.wav";
  const auto verbs = call_verbs(script, "phone");
  ASSERT_EQ(verbs.size(), 2u);
  EXPECT_EQ(verbs[0].kind, plugin::CallVerbKind::play);
  EXPECT_EQ(verbs[1].kind, plugin::CallVerbKind::hang_up);
}

TEST(CallScript, TellsWhoeverIsPutThroughOfTheRecordingAndNothingElse) {
  CallScript script;
  script.disclosure = "This is a machine.";
  script.words = "Hello.";
  script.language = "de";
  ASSERT_EQ(callee_verbs(script).size(), 1u);
  EXPECT_EQ(callee_verbs(script)[0].kind, plugin::CallVerbKind::hang_up);
  script.announcement = "Aufgezeichnet.";
  const auto verbs = callee_verbs(script);
  ASSERT_EQ(verbs.size(), 1u);
  EXPECT_EQ(verbs[0].kind, plugin::CallVerbKind::say);
  EXPECT_EQ(verbs[0].text, "Aufgezeichnet.");
  EXPECT_EQ(verbs[0].language, "de");
}

TEST(CallState, OnlyGoesForward) {
  const CallState road[] = {CallState::attempting, CallState::queued, CallState::ringing,
                            CallState::in_progress, CallState::completed};
  for (int i = 0; i + 1 < 5; ++i) EXPECT_LT(state_rank(road[i]), state_rank(road[i + 1]));
  for (const CallState end : {CallState::busy, CallState::failed, CallState::no_answer,
                              CallState::canceled, CallState::completed}) {
    EXPECT_TRUE(is_over(end));
    EXPECT_EQ(parse_call_state(to_string(end)), end);
  }
  EXPECT_FALSE(is_over(CallState::unknown));
  EXPECT_EQ(parse_call_state("delivered"), std::nullopt);
}

}  // namespace
}  // namespace commsd::voice
