#include <comms/slot/tts.h>
#include <comms/testing/cassette.hpp>
#include <comms/testing/expect.hpp>
#include <comms/testing/library.hpp>

using namespace comms::testing;  // a program of one file

namespace {

const Library library(COMMS_PLUGIN_FILE);
const std::string config = config_text(COMMS_TEST_CONFIG);

comms_tts_request hello() {
  comms_tts_request request{};
  request.size = sizeof request;
  request.text = comms::str("Hello");
  request.voice = comms::str("ana");
  return request;
}

void lists_voices_and_speaks() {
  FakeHost host;
  Cassette tape(COMMS_CASSETTES "/speech.jsonl", library.redaction(config));
  tape.attach(host);
  Plugin plugin(host, library.plugin(), config);
  COMMS_EXPECT_EQ(plugin.status, COMMS_OK);
  const auto* tts = plugin.slot<comms_tts>(COMMS_SLOT_TTS);
  OpResult voices = host.run([&](comms_op* op) { return tts->list_voices(plugin.self, op); });
  COMMS_EXPECT_EQ(voices.status, COMMS_OK);
  COMMS_EXPECT(!voices.field("voice_id").empty());

  const comms_tts_request request = hello();
  OpResult said =
      host.run([&](comms_op* op) { return tts->synthesize(plugin.self, op, &request); });
  COMMS_EXPECT_EQ(said.status, COMMS_OK);
  COMMS_EXPECT_EQ(said.field("content_type"), "audio/basic");
  COMMS_EXPECT_EQ(said.field("sample_rate"), "8000");
  COMMS_EXPECT(!said.data.empty());
  COMMS_EXPECT_EQ(tape.problems(), "");
}

void streams_pieces_as_they_come() {
  FakeHost host;
  Plugin plugin(host, library.plugin(), config);
  const auto* tts = plugin.slot<comms_tts>(COMMS_SLOT_TTS);
  const comms_tts_request request = hello();
  Answer pieces;
  pieces.pieces = {"one", "two", "three"};
  host.answers = {pieces};
  OpResult said =
      host.run([&](comms_op* op) { return tts->synthesize(plugin.self, op, &request); });
  COMMS_EXPECT_EQ(said.data, "onetwothree");
}

void tells_failures_apart() {
  FakeHost host;
  Plugin plugin(host, library.plugin(), config);
  const auto* tts = plugin.slot<comms_tts>(COMMS_SLOT_TTS);
  comms_tts_request request = hello();
  for (auto [status, expected] :
       {std::pair(401, COMMS_UNAUTHENTICATED), {404, COMMS_NOT_FOUND}, {429, COMMS_RATE_LIMITED}}) {
    host.answer(status, "{}");
    OpResult result =
        host.run([&](comms_op* op) { return tts->synthesize(plugin.self, op, &request); });
    COMMS_EXPECT_EQ(result.status, expected);
    COMMS_EXPECT(result.data.empty());
  }
  request.format = comms::str("mp3");
  OpResult result =
      host.run([&](comms_op* op) { return tts->synthesize(plugin.self, op, &request); });
  COMMS_EXPECT_EQ(result.status, COMMS_UNSUPPORTED);
}

}  // namespace

int main() {
  lists_voices_and_speaks();
  streams_pieces_as_they_come();
  tells_failures_apart();
  return failures() != 0;
}
