#include <comms/cpp/json.hpp>
#include <comms/slot/voice.h>
#include <comms/testing/expect.hpp>
#include <comms/testing/library.hpp>
#include <comms/testing/openssl_crypto.hpp>
#include <comms/testing/webhook.hpp>

using namespace comms::testing;  // a program of one file

namespace {

const Library library(COMMS_PLUGIN_FILE);
const std::string config = config_text(COMMS_TEST_CONFIG);

/// What a codec made: items as "KIND:text ", frames as they are.
struct Made {
  std::string items, frames;
  comms_voice_emit emit{this,
                        [](void* ctx, const comms_voice_item* item) {
                          static_cast<Made*>(ctx)->items += std::to_string(item->kind) + ":" +
                                                            std::string(comms::view(item->text)) +
                                                            " ";
                        },
                        [](void* ctx, std::int32_t, comms_bytes frame) {
                          static_cast<Made*>(ctx)->frames += comms::view(frame);
                        }};
};

void translates_frames() {
  FakeHost host;
  Plugin plugin(host, library.plugin(), config);
  COMMS_EXPECT_EQ(plugin.status, COMMS_OK);
  const auto* voice = plugin.slot<comms_voice>(COMMS_SLOT_VOICE);
  COMMS_EXPECT_EQ(voice->mode(plugin.self), COMMS_VOICE_TEXT);
  void* codec = nullptr;
  COMMS_EXPECT_EQ(voice->codec_new(plugin.self, &codec), COMMS_OK);
  Made made;
  // as recorded from a call
  for (const char* frame : {R"({"type":"start","call":"c1","from":"+14155550100"})",
                            R"({"type":"heard","text":"hello"})", R"({"type":"digit","text":"5"})",
                            R"({"type":"weather"})", R"({"type":"ping"})", R"({"type":"stop"})"}) {
    COMMS_EXPECT_EQ(voice->decode(codec, 1, comms::bytes(frame), &made.emit), COMMS_OK);
  }
  COMMS_EXPECT_EQ(made.items, "1: 2:hello 4:5 10: ");
  COMMS_EXPECT_EQ(made.frames, R"({"type":"pong"})");
  COMMS_EXPECT_EQ(voice->decode(codec, 1, comms::bytes("{"), &made.emit), COMMS_INVALID);

  made.frames.clear();
  comms_voice_item item{};
  item.size = sizeof item;
  item.kind = COMMS_VOICE_SPEECH;
  item.text = comms::str("Good \"day\"");
  item.flags = COMMS_VOICE_LAST;
  COMMS_EXPECT_EQ(voice->encode(codec, &item, &made.emit), COMMS_OK);
  COMMS_EXPECT_EQ(made.frames, R"({"type":"say","text":"Good \"day\"","last":true})");
  item.kind = COMMS_VOICE_LANGUAGE;
  COMMS_EXPECT_EQ(voice->encode(codec, &item, &made.emit), COMMS_UNSUPPORTED);
  voice->codec_free(codec);
}

void connects_whom_it_knows() {
  FakeHost host;
  host.crypto = openssl_crypto();
  Plugin plugin(host, library.plugin(), config);
  const auto* voice = plugin.slot<comms_voice>(COMMS_SLOT_VOICE);
  comms_voice_connect connect{};
  connect.size = sizeof connect;
  connect.ws_url = comms::str("wss://comms.example/voice/1");
  std::string verb;
  COMMS_EXPECT_EQ(voice->connect_verb(plugin.self, &connect, FakeHost::sink(verb)), COMMS_OK);
  COMMS_EXPECT_EQ(verb, R"({"connect":"wss://comms.example/voice/1","voice":"alloy"})");

  const comms::Host services(host.raw());
  const std::string secret = comms::Config(services, config).text("webhook_secret");
  WebhookRequest upgrade;
  upgrade.method = "GET";
  upgrade.url = "wss://comms.example/voice/1";
  upgrade.headers = {
      {"x-signature", comms::hex(comms::Crypto(services).hmac_sha256(secret, upgrade.url))}};
  COMMS_EXPECT_EQ(voice->verify_connect(plugin.self, upgrade.c()), COMMS_OK);
  upgrade.url += "0";
  COMMS_EXPECT_EQ(voice->verify_connect(plugin.self, upgrade.c()), COMMS_DENIED);
}

}  // namespace

int main() {
  translates_frames();
  connects_whom_it_knows();
  return failures() != 0;
}
