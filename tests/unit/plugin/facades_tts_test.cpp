#include "calls_bed.h"

namespace commsd::plugin {
namespace {

class Tts : public CallsBed {
 protected:
  static SpeechRequest words(std::string text) {
    SpeechRequest request;
    request.text = std::move(text);
    request.sample_rate = 16000;
    return request;
  }
};

TEST_F(Tts, SpeechComesAsAWhole) {
  const Result<Speech> speech =
      executor_.run(scripted_->tts({})->synthesize(words("hello"), kLimit));
  ASSERT_TRUE(speech) << speech.error().message;
  EXPECT_EQ(speech->bytes, "abc");
  EXPECT_EQ(speech->content_type, "audio/pcm");
  EXPECT_EQ(speech->sample_rate, 16000U);

  const Result<Speech> tone = executor_.run(sandbox_->tts({})->synthesize(words("hello"), kLimit));
  ASSERT_TRUE(tone) << tone.error().message;
  EXPECT_EQ(tone->sample_rate, 16000U);
  EXPECT_EQ(tone->bytes.size(), 16000U / 2 * 2);  // half a second for five letters, 16 bits each
  EXPECT_EQ(executor_.run(sandbox_->tts({})->synthesize(words(""), kLimit)).error().code,
            ErrorCode::invalid_argument);
}

TEST_F(Tts, TheSandboxSpeaksOggWithOpusAndSaysWhatItDoesNot) {
  SpeechRequest request = words("hello");
  request.format = "opus";
  const Result<Speech> note = executor_.run(sandbox_->tts({})->synthesize(request, kLimit));
  ASSERT_TRUE(note) << note.error().message;
  EXPECT_EQ(note->content_type, "audio/ogg; codecs=opus");
  EXPECT_TRUE(note->bytes.starts_with("OggS"));
  EXPECT_NE(note->bytes.find("OpusHead"), std::string::npos);
  for (const char* format : {"mp3", "wav", "mulaw"}) {
    request.format = format;
    EXPECT_EQ(executor_.run(sandbox_->tts({})->synthesize(request, kLimit)).error().code,
              ErrorCode::unsupported)
        << format;
  }
}

TEST_F(Tts, UnknownVoicesAreNamedAsSuch) {
  SpeechRequest request = words("hello");
  request.voice = "nobody";
  const Result<Speech> refused = executor_.run(scripted_->tts({})->synthesize(request, kLimit));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unsupported);
  EXPECT_EQ(refused.error().message, "calls: no such voice");
}

TEST_F(Tts, PiecesComeAsTheyAreMade) {
  std::vector<std::string> pieces;
  const auto take = [&](std::string_view piece) { pieces.emplace_back(piece); };
  const Result<Speech> speech =
      executor_.run(scripted_->tts({})->stream(words("hello"), take, kLimit, {}));
  ASSERT_TRUE(speech) << speech.error().message;
  EXPECT_EQ(pieces, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(speech->bytes, "");
  EXPECT_EQ(speech->sample_rate, 16000U);
}

TEST_F(Tts, AStopEndsTheSpeechAndNothingComesAfter) {
  std::stop_source stop;
  std::string heard;
  const auto take = [&](std::string_view piece) {
    heard += piece;
    if (heard == "abca") stop.request_stop();
  };
  const Result<Speech> stopped =
      executor_.run(scripted_->tts({})->stream(words("endless"), take, kLimit, stop.get_token()));
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::cancelled);
  executor_.advance(std::chrono::seconds(1));
  EXPECT_EQ(heard, "abca");
}

TEST_F(Tts, TheLimitEndsWhatNeverEnds) {
  const Result<Speech> late = executor_.run(
      scripted_->tts({})->synthesize(words("endless"), std::chrono::milliseconds(100)));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::timeout);
}

TEST_F(Tts, VoicesAreListed) {
  const auto voices = executor_.run(scripted_->tts({})->list_voices(kLimit));
  ASSERT_TRUE(voices) << voices.error().message;
  ASSERT_EQ(voices->size(), 2U);
  EXPECT_EQ(voices->at(0).id, "v1");
  EXPECT_EQ(voices->at(0).name, "Voice v1");
  EXPECT_EQ(voices->at(0).gender, "");
  EXPECT_EQ(voices->at(1).id, "v2");
  EXPECT_EQ(voices->at(1).language, "en-US");
  EXPECT_EQ(voices->at(1).gender, "female");
  const auto tones = executor_.run(sandbox_->tts({})->list_voices(kLimit));
  ASSERT_TRUE(tones) << tones.error().message;
  ASSERT_EQ(tones->size(), 1U);
  EXPECT_EQ(tones->at(0).id, "tone");
}

}  // namespace
}  // namespace commsd::plugin
