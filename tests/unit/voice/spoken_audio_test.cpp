#include "voice/spoken_audio.h"

#include <gmock/gmock.h>

#include "store/purge_run_repository.h"
#include "voice/speech.h"
#include "voice/voice_bed.h"

namespace commsd::voice::test {
namespace {

using Purpose = SpokenAudio::Purpose;
using ::testing::HasSubstr;

class SpeakingProviders final : public plugin::test::BareProviders {
 public:
  std::shared_ptr<Speaker> speaker = std::make_shared<Speaker>();
  std::shared_ptr<plugin::TtsProvider> tts(const plugin::Scope&) override { return speaker; }
};

class SpokenAudioTest : public VoiceBed {
 protected:
  Result<SpokenAudio::Audio> make(Purpose purpose = Purpose::call) {
    plugin::SpeechRequest wanted;
    wanted.text = "ten chars.";
    wanted.language = "de-AT";
    return executor_.run(audio_.make({"org_1", "agt_1"}, wanted, purpose));
  }
  void purge(bool keep = false) { ASSERT_TRUE(executor_.run(audio_.purge(10, keep))); }
  std::size_t rows() {
    return executor_
        .run(store_->query("spoken_audio.expired",
                           {{"now", clock_.now() + 100 * std::int64_t{86'400'000}},
                            {"ended_before", UnixMillis{0}},
                            {"limit", 100}}))
        ->size();
  }
  Result<plugin::StoredObject> open(const std::string& url) {
    return executor_.run(audio_.open(url.substr(url.rfind('/') + 1)));
  }

  SpeakingProviders speaking_;
  std::shared_ptr<Shelf> shelf_ = std::make_shared<Shelf>();
  SpokenAudio audio_{*store_,    speaking_, [this](const plugin::Scope&) { return shelf_; },
                     clock_,     ids_,      "https://comms.example.com",
                     "media key"};
};

TEST_F(SpokenAudioTest, IsServedUntilItExpires) {
  const auto audio = make();
  ASSERT_TRUE(audio) << audio.error().message;
  EXPECT_EQ(audio->duration_ms, 1'000);
  EXPECT_THAT(audio->url, HasSubstr("https://comms.example.com/media/spoken/"));
  const auto object = open(audio->url);
  ASSERT_TRUE(object);
  EXPECT_EQ(object->content_type, "audio/wav");
  EXPECT_EQ(object->bytes.size(), 44u + 16'000u);
  EXPECT_EQ(object->bytes.substr(0, 4), "RIFF");
  clock_.advance(std::chrono::minutes(61));
  EXPECT_FALSE(open(audio->url));
}

TEST_F(SpokenAudioTest, AForgedAddressOpensNothing) {
  const auto audio = make();
  std::string forged = audio->url;
  forged.back() = forged.back() == '0' ? '1' : '0';
  EXPECT_FALSE(open(forged));
  for (const char* token : {"", "a", "a.b.c", "..", "a.1.b", "YQ.99999999999999.00"}) {
    EXPECT_FALSE(executor_.run(audio_.open(token))) << token;
  }
}

TEST_F(SpokenAudioTest, GoesADayLater) {
  ASSERT_TRUE(make());
  purge();
  EXPECT_EQ(shelf_->objects.size(), 1U);
  clock_.advance(std::chrono::hours(25));
  purge();
  EXPECT_TRUE(shelf_->objects.empty());
}

TEST_F(SpokenAudioTest, TakesTheFirstFormatThatTelephonesPlay) {
  ASSERT_TRUE(make());
  ASSERT_EQ(speaking_.speaker->asked.size(), 3U);
  EXPECT_EQ(speaking_.speaker->asked[2].format, "pcm_s16le");
  EXPECT_EQ(speaking_.speaker->asked[2].sample_rate, 8'000U);
  EXPECT_EQ(speaking_.speaker->asked[2].language, "de-AT");
  speaking_.speaker->format = "flac";
  EXPECT_EQ(make().error().code, ErrorCode::unsupported);
  shelf_ = nullptr;
  EXPECT_EQ(make().error().code, ErrorCode::unavailable);
  speaking_.speaker = nullptr;
  EXPECT_EQ(make().error().code, ErrorCode::unavailable);
}

TEST_F(SpokenAudioTest, AVoiceNoteIsOggWithOpusOrNothing) {
  speaking_.speaker->format = "opus";
  speaking_.speaker->content_type = "audio/ogg; codecs=opus";
  const auto note = make(Purpose::voice_note);
  ASSERT_TRUE(note);
  EXPECT_EQ(open(note->url)->content_type, "audio/ogg; codecs=opus");
  EXPECT_EQ(speaking_.speaker->asked.size(), 1U);
  // What only says that it is Opus, and what cannot be had at all.
  speaking_.speaker->content_type = "audio/mpeg";
  for (const char* format : {"opus", "mp3"}) {
    speaking_.speaker->format = format;
    const auto refused = make(Purpose::voice_note);
    ASSERT_FALSE(refused) << format;
    EXPECT_EQ(refused.error().code, ErrorCode::unsupported);
    EXPECT_THAT(refused.error().message, HasSubstr("Ogg with Opus"));
    EXPECT_THAT(refused.error().remedy, HasSubstr("'phone'"));
  }
}

TEST_F(SpokenAudioTest, WhatFailsIsNamedAndLeavesNothing) {
  speaking_.speaker->fails = ErrorCode::ambiguous;
  EXPECT_EQ(make().error().code, ErrorCode::unavailable) << "nothing was sent to anybody";
  EXPECT_THAT(make().error().message, HasSubstr("could not be spoken: the voice is hoarse"));
  EXPECT_EQ(rows(), 0U);
  speaking_.speaker->fails.reset();
  shelf_->full = true;
  EXPECT_EQ(make().error().code, ErrorCode::unavailable);
  EXPECT_THAT(make().error().message, HasSubstr("could not be stored: no space left"));
  clock_.advance(std::chrono::hours(25));
  purge();
  EXPECT_EQ(rows(), 0U);
}

TEST_F(SpokenAudioTest, GoesWhenItsCallIsOver) {
  const auto audio = make();
  const std::string call = placed(call_to(person, "Hello.")).call.id;
  ASSERT_TRUE(executor_.run(audio_.keep_for("org_1", audio->key, call)));
  clock_.advance(std::chrono::minutes(5));
  purge();
  EXPECT_EQ(shelf_->objects.size(), 1U) << "the call is under way";
  ASSERT_TRUE(hear(news("CA1", "completed")));
  purge();
  EXPECT_EQ(shelf_->objects.size(), 1U) << "a vendor may fetch it once more";
  clock_.advance(std::chrono::minutes(2));
  purge(true);
  EXPECT_EQ(shelf_->objects.size(), 1U) << "the server keeps what was said";
  purge();
  EXPECT_TRUE(shelf_->objects.empty());
  EXPECT_EQ(rows(), 0U);
}

TEST_F(SpokenAudioTest, GoesWhenItsMessageWasDelivered) {
  const auto audio = make();
  const std::string id = sent(request("note")).message.id;
  ASSERT_TRUE(executor_.run(audio_.keep_for("org_1", audio->key, id)));
  clock_.advance(std::chrono::minutes(5));
  purge();
  EXPECT_EQ(shelf_->objects.size(), 1U);
  ASSERT_TRUE(webhook(messaging::test::status_event(vendor_->log[0].vendor_id, "delivered")));
  clock_.advance(std::chrono::minutes(2));
  purge();
  EXPECT_TRUE(shelf_->objects.empty());
}

TEST_F(SpokenAudioTest, ALegalHoldKeepsWhatGoesByAge) {
  ASSERT_TRUE(make());
  clock_.advance(std::chrono::hours(25 * 24));
  store::UnitOfWork place;
  store::PurgeRunRepository::add_hold(place, {"org_1", "a case", clock_.now()});
  ASSERT_TRUE(executor_.run(store_->commit(std::move(place))));
  purge();
  EXPECT_EQ(shelf_->objects.size(), 1U);
  store::UnitOfWork lift;
  store::PurgeRunRepository::add_lift_hold(lift, "org_1");
  ASSERT_TRUE(executor_.run(store_->commit(std::move(lift))));
  purge();
  EXPECT_TRUE(shelf_->objects.empty());
}

TEST_F(SpokenAudioTest, WhatNobodyPlaysIsDiscarded) {
  const auto audio = make();
  executor_.run(audio_.discard("org_1", audio->key));
  EXPECT_TRUE(shelf_->objects.empty());
  EXPECT_EQ(rows(), 0U);
}

TEST(Recording, LeavesContainersAlone) {
  const Recording mp3 = to_recording({"audio/mpeg", 24'000, "ID3"});
  EXPECT_EQ(mp3.bytes, "ID3");
  EXPECT_EQ(mp3.duration_ms, std::nullopt);
  const Recording mulaw = to_recording({"audio/basic", 8'000, std::string(8'000, 'x')});
  EXPECT_EQ(mulaw.duration_ms, 1'000);
  EXPECT_EQ(mulaw.content_type, "audio/wav");
}

}  // namespace
}  // namespace commsd::voice::test
