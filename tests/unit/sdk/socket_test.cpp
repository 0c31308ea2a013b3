#include <comms/cpp/plugin.hpp>
#include <comms/cpp/stt.hpp>
#include <comms/cpp/tts.hpp>
#include <comms/testing/fake_host.hpp>
#include <gtest/gtest.h>

namespace comms {
namespace {

struct Root {
  Root(const Host& h, const Config&) : host(h) {}
  Host host;
};

/// Speech over a socket: binary frames are audio, the text "done" is the end.
class SpeakHandler final : public SocketHandler {
 public:
  SpeakHandler(const Host& host, comms_op* op, std::string text)
      : host_(host), op_(op), text_(std::move(text)) {}

  Status opened(Socket socket) override {
    socket.send_text(text_);
    return COMMS_PENDING;
  }
  Status frame(Socket, bool is_text, std::string_view message) override {
    if (message == "throw") throw std::runtime_error("oops");
    if (is_text) return message == "done" ? COMMS_OK : COMMS_PENDING;
    return host_.result().chunk(op_, bytes(message)) == COMMS_BACKPRESSURE ? COMMS_BACKPRESSURE
                                                                           : COMMS_PENDING;
  }
  Status closed(const comms_ws_close& how) override {
    throw Error(COMMS_UNAVAILABLE, "closed with " + std::to_string(how.code));
  }

 private:
  Host host_;
  comms_op* op_;
  std::string text_;
};

class Speaker final : public TtsProvider {
 public:
  explicit Speaker(Root&) {}
  Outcome<Blob> synthesize(const TtsRequest& r) override {
    std::string text(r.text);
    return over_socket<Blob>({"wss://v.example", {{"xi-api-key", "k"}}},
                             [text](const Host& host, comms_op* op) {
                               return std::make_unique<SpeakHandler>(host, op, text);
                             });
  }
};

/// A session whose handler must not call into a stream that is gone: both share the emitter.
class Stream final : public SttStream {
 public:
  Stream(const Host& host, comms_session* session, SttEmitter emit) {
    class Handler final : public SocketHandler {
     public:
      explicit Handler(SttEmitter e) : emit_(e) {}
      Status frame(Socket, bool, std::string_view message) override {
        SttEvent event;
        event.kind = COMMS_STT_FINAL;
        event.text = message;
        emit_.event(event);
        return COMMS_OK;
      }
      Status closed(const comms_ws_close&) override {
        emit_.ended();
        return COMMS_OK;
      }

     private:
      SttEmitter emit_;
    };
    Status status = SocketOwner::connect(host, nullptr, session, {"wss://v.example"},
                                         std::make_unique<Handler>(emit), &socket_);
    if (status != COMMS_PENDING) throw Error(status, "no socket");
  }
  Status audio(std::string_view samples) override { return socket_.send_binary(samples); }
  Status finish() override {
    socket_.close();
    return COMMS_OK;
  }

 private:
  Socket socket_{nullptr, nullptr};
};

class Transcriber final : public SttProvider {
 public:
  explicit Transcriber(Root& root) : host_(root.host) {}
  std::unique_ptr<SttStream> open(comms_session* session, const SttConfig&,
                                  SttEmitter emit) override {
    return std::make_unique<Stream>(host_, session, emit);
  }

 private:
  Host host_;
};

class SocketTest : public ::testing::Test {
 protected:
  testing::OpResult speak() {
    auto* tts = plugin.slot<comms_tts>(COMMS_SLOT_TTS);
    comms_tts_request request{};
    request.text = str("hello");
    return host.run([&](comms_op* op) { return tts->synthesize(plugin.self, op, &request); });
  }

  testing::FakeHost host;
  testing::Plugin plugin{
      host, plugin_of<Root, Speaker, Transcriber>(1, "com.example.socket", "1.0.0"), "{}"};
};

TEST_F(SocketTest, StreamsToAnOp) {
  host.socket_scripts.push_back({{{false, "ab"}, {true, "note"}, {false, "cd"}, {true, "done"}}});
  auto result = speak();
  EXPECT_EQ(result.status, COMMS_OK);
  EXPECT_EQ(result.data, "abcd");
  ASSERT_EQ(host.sockets.size(), 1u);
  EXPECT_EQ(host.sockets[0]->url, "wss://v.example");
  EXPECT_EQ(host.sockets[0]->sent[0].message, "hello");
}

TEST_F(SocketTest, ABadEndOrADefectFailsTheOp) {
  host.socket_scripts.push_back({{{false, "ab"}}, 1011});
  auto result = speak();
  EXPECT_EQ(result.status, COMMS_UNAVAILABLE);
  EXPECT_EQ(result.error.message, "closed with 1011");
  host.socket_scripts.push_back({{{false, "throw"}}});
  EXPECT_EQ(speak().status, COMMS_INTERNAL);
  EXPECT_EQ(speak().status, COMMS_UNAVAILABLE);  // no script: refused
}

TEST_F(SocketTest, ServesASession) {
  auto* stt = plugin.slot<comms_stt>(COMMS_SLOT_STT);
  std::string heard;
  comms_stt_emit emit{&heard, [](void* ctx, const comms_stt_event* e) {
                        auto& text = *static_cast<std::string*>(ctx);
                        text += e->kind == COMMS_STT_ENDED ? "|end" : std::string(view(e->text));
                      }};
  comms_report report{nullptr, [](void*, const comms_error*) {}};
  comms_stt_config config{};
  testing::SocketScript script;
  script.stays_open = true;
  host.socket_scripts.push_back(script);
  void* stream = nullptr;
  ASSERT_EQ(stt->open(plugin.self, nullptr, &config, &emit, &report, &stream), COMMS_OK);
  host.drain();
  EXPECT_EQ(stt->audio(stream, bytes("pcm")), COMMS_OK);
  host.sockets[0]->next_send = COMMS_BACKPRESSURE;
  EXPECT_EQ(stt->audio(stream, bytes("pcm")), COMMS_BACKPRESSURE);
  host.sockets[0]->receive(true, "one ");
  host.sockets[0]->receive(true, "two");
  EXPECT_EQ(stt->finish(stream), COMMS_OK);
  EXPECT_EQ(host.sockets[0]->closed_by_plugin, 1000u);
  host.sockets[0]->end(1000);
  stt->close(stream);
  EXPECT_EQ(heard, "one two|end");
  EXPECT_EQ(host.sockets[0]->sent.size(), 1u);
}

}  // namespace
}  // namespace comms
