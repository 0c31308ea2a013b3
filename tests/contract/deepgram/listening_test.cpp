#include <dlfcn.h>
#include <stdexcept>
#include <string>
#include <vector>

#include <comms/slot/stt.h>
#include <comms/testing/fake_host.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

// A live session of the built deepgram.so in a host whose clock is the test.

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string kKeepAlive = R"({"type":"KeepAlive"})";
const std::string kFinalize = R"({"type":"Finalize"})";
const std::string kCloseStream = R"({"type":"CloseStream"})";

const comms_plugin* load() {
  static void* library = dlopen(DEEPGRAM_PLUGIN, RTLD_NOW | RTLD_LOCAL);
  if (!library) throw std::runtime_error(dlerror());
  const auto entry = reinterpret_cast<comms_entry_fn>(dlsym(library, COMMS_ENTRY_SYMBOL));
  return entry(COMMS_ABI_MAJOR, COMMS_ABI_MINOR);
}

class Listening : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(plugin.status, COMMS_OK) << plugin.error.message;
    stt = plugin.slot<comms_stt>(COMMS_SLOT_STT);
    comms::testing::SocketScript script;
    script.stays_open = true;
    host.socket_scripts.push_back(script);
    comms_stt_config config{};
    config.size = sizeof config;
    config.sample_rate = 8000;
    config.encoding = comms::str("mulaw");
    const comms_stt_emit emit{&events, [](void* ctx, const comms_stt_event* event) {
                                static_cast<std::vector<int>*>(ctx)->push_back(event->kind);
                              }};
    const comms_report report{nullptr, [](void*, const comms_error*) {}};
    ASSERT_EQ(stt->open(plugin.self, nullptr, &config, &emit, &report, &stream), COMMS_OK);
    host.drain();
  }
  void TearDown() override {
    if (stream) stt->close(stream);
    for (auto& each : host.sockets) each->drop();
  }

  void ticks(int count) {
    for (int i = 0; i < count; ++i) stt->tick(stream);
  }
  comms_status audio(const std::string& samples) {
    return stt->audio(stream, comms::bytes(samples));
  }
  comms::testing::FakeSocket& socket() { return *host.sockets.at(0); }
  /// Text that was sent since the last call; audio is "audio".
  std::vector<std::string> sent() {
    std::vector<std::string> all;
    for (const auto& frame : socket().sent) {
      all.push_back(frame.is_text ? frame.message : "audio");
    }
    socket().sent.clear();
    return all;
  }

  comms::testing::FakeHost host;
  comms::testing::Plugin plugin{host, load(), R"({"api_key":"0123456789abcdef"})"};
  const comms_stt* stt = nullptr;
  void* stream = nullptr;
  std::vector<int> events;
};

TEST_F(Listening, IsKeptAliveThroughSilence) {
  ticks(3);
  EXPECT_THAT(sent(), IsEmpty());
  ticks(1);
  EXPECT_THAT(sent(), ElementsAre(kKeepAlive));
  ticks(3);
  EXPECT_THAT(sent(), IsEmpty());
  ticks(1);
  EXPECT_THAT(sent(), ElementsAre(kKeepAlive));
}

TEST_F(Listening, NeedsNoneWhileThereIsAudio) {
  for (int i = 0; i < 5; ++i) {
    ticks(3);
    EXPECT_EQ(audio("\x7f\x7f"), COMMS_OK);
    EXPECT_THAT(sent(), ElementsAre("audio"));
  }
  ticks(4);
  EXPECT_THAT(sent(), ElementsAre(kKeepAlive));
}

TEST_F(Listening, SendsNoEmptyFrameWhichWouldEndIt) {
  ticks(3);
  EXPECT_EQ(audio(""), COMMS_OK);
  ticks(1);
  EXPECT_THAT(sent(), ElementsAre(kKeepAlive));
}

TEST_F(Listening, SaysItAtTheNextTickWhenThereWasNoRoom) {
  socket().next_send = COMMS_BACKPRESSURE;
  EXPECT_EQ(audio("\x7f\x7f"), COMMS_BACKPRESSURE);
  ticks(5);
  EXPECT_THAT(sent(), IsEmpty());
  socket().next_send = COMMS_OK;
  ticks(1);
  EXPECT_THAT(sent(), ElementsAre(kKeepAlive));
}

TEST_F(Listening, FinishesWhenThereIsRoomAndIsKeptAliveNoMore) {
  socket().next_send = COMMS_BACKPRESSURE;
  EXPECT_EQ(stt->finish(stream), COMMS_OK);
  ticks(6);
  EXPECT_THAT(sent(), IsEmpty());
  socket().next_send = COMMS_OK;
  ticks(6);
  EXPECT_THAT(sent(), ElementsAre(kFinalize, kCloseStream));
  EXPECT_THAT(events, IsEmpty());
  socket().end(1000);
  EXPECT_THAT(events, ElementsAre(COMMS_STT_ENDED));
  ticks(6);
  EXPECT_THAT(sent(), IsEmpty());
  EXPECT_EQ(audio("\x7f\x7f"), COMMS_UNAVAILABLE);
}

TEST_F(Listening, AVendorThatClosesWhileAudioComesEndsItOnce) {
  socket().end(1011);
  EXPECT_THAT(events, ElementsAre(COMMS_STT_ENDED));
  EXPECT_EQ(audio("\x7f\x7f"), COMMS_UNAVAILABLE);
  EXPECT_EQ(stt->finish(stream), COMMS_OK);
  ticks(6);
  EXPECT_THAT(sent(), IsEmpty());
  EXPECT_THAT(events, ElementsAre(COMMS_STT_ENDED));
}

TEST_F(Listening, NobodyIsToldAnythingAfterClose) {
  stt->close(stream);
  stream = nullptr;
  EXPECT_EQ(socket().closed_by_plugin, 1000u);
  socket().receive(true, R"({"type":"SpeechStarted","timestamp":1})");
  socket().end(1006);
  EXPECT_THAT(events, IsEmpty());
}

}  // namespace
