#include <comms/slot/stt.h>
#include <comms/testing/cassette.hpp>
#include <comms/testing/expect.hpp>
#include <comms/testing/library.hpp>

using namespace comms::testing;  // a program of one file

namespace {

const Library library(COMMS_PLUGIN_FILE);
const std::string config = config_text(COMMS_TEST_CONFIG);

/// What a session told, a word each; final texts as they are.
struct Heard {
  std::string words;
  comms_status ended = COMMS_PENDING;
  comms_stt_emit emit{this, [](void* ctx, const comms_stt_event* event) {
                        auto& self = *static_cast<Heard*>(ctx);
                        if (event->kind == COMMS_STT_ENDED) self.ended = event->status;
                        if (event->kind == COMMS_STT_PARTIAL) self.words += "... ";
                        if (event->kind == COMMS_STT_FINAL) self.words += comms::view(event->text);
                      }};
};

void transcribes_a_recording() {
  FakeHost host;
  Cassette tape(COMMS_CASSETTES "/recording.jsonl", library.redaction(config));
  tape.attach(host);
  Plugin plugin(host, library.plugin(), config);
  COMMS_EXPECT_EQ(plugin.status, COMMS_OK);
  const auto* stt = plugin.slot<comms_stt>(COMMS_SLOT_STT);
  comms_stt_config how{};
  how.size = sizeof how;
  how.encoding = comms::str("audio/wav");
  how.language = comms::str("en");
  OpResult result = host.run([&](comms_op* op) {
    return stt->transcribe(plugin.self, op, &how, comms::bytes("RIFF of a test"));
  });
  COMMS_EXPECT_EQ(result.status, COMMS_OK);
  COMMS_EXPECT(!result.field("text").empty());
  COMMS_EXPECT_EQ(tape.problems(), "");
}

/// One live session; `script` is what the vendor does.
void listens(const SocketScript& script, const std::string& words, comms_status end) {
  FakeHost host;
  Plugin plugin(host, library.plugin(), config);
  const auto* stt = plugin.slot<comms_stt>(COMMS_SLOT_STT);
  host.socket_scripts.push_back(script);
  comms_stt_config how{};
  how.size = sizeof how;
  how.sample_rate = 8000;
  how.encoding = comms::str("mulaw");
  how.flags = COMMS_STT_PARTIALS;
  Heard heard;
  int session = 0;
  const comms_report report{nullptr, [](void*, const comms_error*) {}};
  void* stream = nullptr;
  COMMS_EXPECT_EQ(stt->open(plugin.self, reinterpret_cast<comms_session*>(&session), &how,
                            &heard.emit, &report, &stream),
                  COMMS_OK);
  COMMS_EXPECT_EQ(stt->audio(stream, comms::bytes("samples")), COMMS_OK);
  stt->tick(stream);
  COMMS_EXPECT_EQ(stt->finish(stream), COMMS_OK);
  host.drain();
  COMMS_EXPECT_EQ(heard.words, words);
  COMMS_EXPECT_EQ(heard.ended, end);
  COMMS_EXPECT_EQ(stt->audio(stream, comms::bytes("late")), COMMS_UNAVAILABLE);
  stt->close(stream);
  COMMS_EXPECT_EQ(heard.words, words);  // nothing after close
  COMMS_EXPECT_EQ(host.sockets.at(0)->url,
                  "wss://api.example.com/v1/listen?encoding=mulaw&rate=8000&partials=1");
}

}  // namespace

int main() {
  transcribes_a_recording();
  const SocketScript good{{{true, R"({"type":"partial","text":"hel"})"},
                           {true, "no JSON"},
                           {true, R"({"type":"final","text":"hello","confidence":0.9})"}}};
  listens(good, "... hello", COMMS_OK);
  SocketScript broken = good;
  broken.close_code = 1011;
  listens(broken, "... hello", COMMS_UNAVAILABLE);
  SocketScript refused;
  refused.refuse = true;
  listens(refused, "", COMMS_UNAVAILABLE);
  return failures() != 0;
}
