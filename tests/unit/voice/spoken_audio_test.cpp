#include "voice/spoken_audio.h"

#include <map>

#include <gmock/gmock.h>

#include "voice/voice_bed.h"

namespace commsd::voice::test {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

class Shelf final : public plugin::StorageProvider {
 public:
  std::map<std::string, plugin::StoredObject> objects;
  const std::string& name() const override { return name_; }
  Task<Result<void>> put(std::string key, std::string type, std::string bytes,
                         milliseconds) override {
    objects[key] = {std::move(type), std::move(bytes), 0};
    co_return Result<void>();
  }
  Task<Result<plugin::StoredObject>> get(std::string key, std::uint64_t, std::uint64_t,
                                         milliseconds) override {
    const auto found = objects.find(key);
    if (found == objects.end()) co_return fail(ErrorCode::not_found, "gone");
    co_return found->second;
  }
  Task<Result<void>> remove(std::string key, milliseconds) override {
    objects.erase(key);
    co_return Result<void>();
  }
  Result<std::string> signed_url(std::string_view, std::string_view,
                                 std::chrono::seconds) override {
    return fail(ErrorCode::unsupported, "the host serves it");
  }

 private:
  std::string name_ = "shelf";
};

/// Speaks a tenth of a second of silence for each character.
class Speaker final : public plugin::TtsProvider {
 public:
  std::string format = "pcm_s16le";
  std::vector<plugin::SpeechRequest> asked;
  const std::string& name() const override { return name_; }
  bool is_sandbox() const override { return true; }
  Task<Result<plugin::Speech>> synthesize(plugin::SpeechRequest request, milliseconds) override {
    asked.push_back(request);
    if (request.format != format) co_return fail(ErrorCode::unsupported, "not this format");
    co_return plugin::Speech{"audio/pcm", 8'000, std::string(request.text.size() * 1'600, '\0')};
  }
  Task<Result<plugin::Speech>> stream(plugin::SpeechRequest, std::function<void(std::string_view)>,
                                      milliseconds, std::stop_token) override {
    co_return fail(ErrorCode::unsupported, "");
  }
  Task<Result<std::vector<plugin::VoiceInfo>>> list_voices(milliseconds) override {
    co_return fail(ErrorCode::unsupported, "");
  }

 private:
  std::string name_ = "speaker";
};

class SpeakingProviders final : public plugin::test::BareProviders {
 public:
  std::shared_ptr<Speaker> speaker = std::make_shared<Speaker>();
  std::shared_ptr<plugin::TtsProvider> tts(const plugin::Scope&) override { return speaker; }
};

class SpokenAudioTest : public VoiceBed {
 protected:
  Result<SpokenAudio::Audio> make(std::vector<std::string> formats = {"wav", "pcm_s16le"}) {
    plugin::SpeechRequest wanted;
    wanted.text = "ten chars.";
    return executor_.run(audio_.make({"org_1", "agt_1"}, wanted, std::move(formats)));
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
  ASSERT_TRUE(executor_.run(audio_.purge(10)));
  EXPECT_EQ(shelf_->objects.size(), 1U);
  clock_.advance(std::chrono::hours(25));
  ASSERT_TRUE(executor_.run(audio_.purge(10)));
  EXPECT_TRUE(shelf_->objects.empty());
}

TEST_F(SpokenAudioTest, TakesTheFirstFormatTheProviderHas) {
  ASSERT_TRUE(make({"opus", "mp3", "pcm_s16le"}));
  EXPECT_EQ(speaking_.speaker->asked.size(), 3U);
  const auto none = make({"opus", "mp3"});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::unsupported);
  shelf_ = nullptr;
  EXPECT_EQ(make().error().code, ErrorCode::unavailable);
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
