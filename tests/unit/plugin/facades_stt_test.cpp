#include "calls_bed.h"

namespace commsd::plugin {
namespace {

class Stt : public CallsBed {
 protected:
  /// What a session is doing, as its listener sees it.
  struct Heard {
    std::vector<plugin::Heard> all;
    std::vector<Result<void>> ends;
    std::shared_ptr<SttSession> session;

    std::string text() const {
      std::string words;
      for (const plugin::Heard& heard : all) words += heard.text + ";";
      return words;
    }
  };

  Result<void> open(ProviderManager& manager, const std::string& model, Heard& heard) {
    return executor_.run([](ProviderManager& from, std::string wanted,
                            Heard& into) -> Task<Result<void>> {
      ListenRequest request;
      request.encoding = "pcm_s16le";
      request.sample_rate = 8000;
      request.model = std::move(wanted);
      auto session = from.stt({})->open(
          std::move(request), {[&into](plugin::Heard one) { into.all.push_back(std::move(one)); },
                               [&into](Result<void> how) {
                                 into.ends.push_back(std::move(how));
                                 into.session = nullptr;  // a listener may do that
                               }});
      if (!session) co_return fail(session.error());
      into.session = std::move(*session);
      co_return Result<void>();
    }(manager, model, heard));
  }
  int open_streams() {
    ListenRequest request;
    request.model = "open";
    return std::stoi(executor_.run(scripted_->stt({})->transcribe(request, "", kLimit))->text);
  }
};

TEST_F(Stt, ASessionIsHeardToItsEnd) {
  Heard heard;
  ASSERT_TRUE(open(*scripted_, "", heard));
  EXPECT_EQ(open_streams(), 1);
  EXPECT_TRUE(heard.session->audio("hello "));
  EXPECT_TRUE(heard.session->audio("world"));
  heard.session->finish(kLimit);
  EXPECT_TRUE(heard.all.empty());  // nobody is told from within a call
  EXPECT_EQ(heard.session->audio("more").error().code, ErrorCode::unavailable);
  executor_.run_ready();
  ASSERT_EQ(heard.all.size(), 1U);  // kinds of later versions are not for us
  EXPECT_EQ(heard.all[0].kind, HeardKind::final);
  EXPECT_EQ(heard.all[0].text, "hello world");
  EXPECT_EQ(heard.all[0].language, "en");
  EXPECT_EQ(heard.all[0].confidence, 0.5);
  EXPECT_EQ(heard.all[0].end_ms, 7U);
  ASSERT_EQ(heard.ends.size(), 1U);
  EXPECT_TRUE(heard.ends[0]);
  EXPECT_EQ(open_streams(), 0);
}

TEST_F(Stt, TheSandboxTellsHowLongItListened) {
  Heard heard;
  ASSERT_TRUE(open(*sandbox_, "", heard));
  EXPECT_TRUE(heard.session->audio(std::string(4000, '\0')));
  heard.session->finish(kLimit);
  executor_.run_ready();
  ASSERT_EQ(heard.all.size(), 1U);
  EXPECT_EQ(heard.all[0].text, "500 milliseconds of audio");
  ASSERT_EQ(heard.ends.size(), 1U);
  EXPECT_TRUE(heard.ends[0]);
}

TEST_F(Stt, WhyASessionDidNotOpenIsTold) {
  Heard heard;
  const Result<void> refused = open(*scripted_, "refuse", heard);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unauthenticated);
  EXPECT_EQ(refused.error().message, "calls: the key is wrong");
  EXPECT_EQ(refused.error().vendor_code, "E42");
  executor_.advance(std::chrono::seconds(3));
  EXPECT_TRUE(heard.all.empty());
  EXPECT_TRUE(heard.ends.empty());
}

TEST_F(Stt, TicksComeOnceASecondWhileItIsOpen) {
  Heard heard;
  ASSERT_TRUE(open(*scripted_, "early", heard));
  executor_.run_ready();
  ASSERT_EQ(heard.all.size(), 1U);
  EXPECT_EQ(heard.all[0].kind, HeardKind::speech_start);
  EXPECT_FALSE(heard.all[0].confidence);
  executor_.advance(std::chrono::seconds(3));
  EXPECT_EQ(heard.text(), ";tick;tick;tick;");
  heard.session = nullptr;
  EXPECT_EQ(open_streams(), 0);
  executor_.advance(std::chrono::seconds(3));
  EXPECT_EQ(heard.all.size(), 4U);
  EXPECT_TRUE(heard.ends.empty());  // who ends it himself is not told
}

TEST_F(Stt, AudioThatIsNotTakenWaitsItsTurn) {
  Heard heard;
  ASSERT_TRUE(open(*scripted_, "busy", heard));
  EXPECT_TRUE(heard.session->audio("a"));
  EXPECT_TRUE(heard.session->audio("b"));
  const std::string too_much(256 * 1024, 'x');
  EXPECT_EQ(heard.session->audio(too_much).error().code, ErrorCode::rate_limited);
  heard.session->finish(std::chrono::seconds(10));
  executor_.advance(std::chrono::seconds(1));  // refused once more
  EXPECT_TRUE(heard.ends.empty());
  executor_.advance(std::chrono::seconds(1));
  EXPECT_EQ(heard.text(), "tick;tick;ab;");
  ASSERT_EQ(heard.ends.size(), 1U);
  EXPECT_TRUE(heard.ends[0]);
}

TEST_F(Stt, ABadEndIsToldOnceAndSaysWhy) {
  Heard heard;
  ASSERT_TRUE(open(*scripted_, "dies", heard));
  EXPECT_TRUE(heard.session->audio("a"));
  executor_.run_ready();
  ASSERT_EQ(heard.ends.size(), 1U);
  ASSERT_FALSE(heard.ends[0]);
  EXPECT_EQ(heard.ends[0].error().code, ErrorCode::unavailable);
  EXPECT_EQ(heard.ends[0].error().message, "calls: the vendor hung up");
  EXPECT_EQ(open_streams(), 0);
}

TEST_F(Stt, WhatDoesNotEndIsEnded) {
  Heard mute;
  ASSERT_TRUE(open(*scripted_, "mute", mute));
  mute.session->finish(kLimit);
  executor_.advance(kLimit);
  ASSERT_EQ(mute.ends.size(), 1U);
  ASSERT_FALSE(mute.ends[0]);
  EXPECT_EQ(mute.ends[0].error().code, ErrorCode::timeout);
  Heard broken;
  ASSERT_TRUE(open(*scripted_, "broken", broken));
  broken.session->finish(kLimit);
  executor_.run_ready();
  ASSERT_EQ(broken.ends.size(), 1U);
  ASSERT_FALSE(broken.ends[0]);
  EXPECT_EQ(broken.ends[0].error().code, ErrorCode::internal);
  EXPECT_EQ(open_streams(), 0);
}

TEST_F(Stt, ASessionOutlivesTheSwapAndTheManager) {
  Heard heard;
  ASSERT_TRUE(open(*scripted_, "", heard));
  scripted_.reset();
  EXPECT_TRUE(heard.session->audio("on"));
  heard.session->finish(kLimit);
  executor_.run_ready();
  EXPECT_EQ(heard.text(), "on;");
}

TEST_F(Stt, RecordingsAreTranscribed) {
  ListenRequest request;
  request.encoding = "audio/wav";
  request.language = "de";
  const auto text = executor_.run(scripted_->stt({})->transcribe(request, "words", kLimit));
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(text->text, "words");
  EXPECT_EQ(text->language, "de");
  EXPECT_EQ(text->confidence, 0.25);
  EXPECT_EQ(text->duration_ms, 1200U);
  const auto size = executor_.run(sandbox_->stt({})->transcribe(request, "words", kLimit));
  ASSERT_TRUE(size) << size.error().message;
  EXPECT_EQ(size->text, "5 bytes of audio");
  EXPECT_FALSE(size->confidence);
}

}  // namespace
}  // namespace commsd::plugin
