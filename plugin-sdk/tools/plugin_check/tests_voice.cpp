#include <random>

#include <comms/slot/voice.h>

#include "allocation.h"
#include "faults.h"
#include "subject.h"
#include "tests.h"

namespace comms::check {
namespace {

using allocation::PluginSide;

struct Frame {
  bool is_text;
  std::string data;
};

/// What one decode or encode made.
struct Made {
  Context* test;
  std::string what;
  std::vector<Frame> frames;
  std::vector<std::pair<std::int32_t, std::string>> items;  // kind, text or audio
  bool open = true;

  comms_voice_emit emit() {
    return {this,
            [](void* ctx, const comms_voice_item* item) {
              const allocation::HostSide side;
              auto& made = *static_cast<Made*>(ctx);
              if (item->kind < COMMS_VOICE_START || item->kind > COMMS_VOICE_ERROR) {
                made.test->fail(kCodec, made.what + " emitted an item of the unknown kind " +
                                            std::to_string(item->kind));
              }
              if (!is_utf8(view(item->text))) {
                made.test->fail(kStrings, made.what + " emitted a text that is not UTF-8");
              }
              made.items.emplace_back(item->kind,
                                      item->audio.len ? view(item->audio) : view(item->text));
            },
            [](void* ctx, std::int32_t is_text, comms_bytes frame) {
              const allocation::HostSide side;
              auto& made = *static_cast<Made*>(ctx);
              if (is_text && !is_utf8(view(frame))) {
                made.test->fail(kStrings, made.what + " made a text frame that is not UTF-8");
              }
              made.frames.push_back({is_text != 0, std::string(view(frame))});
            }};
  }
};

/// A codec of an instance, freed at the end of the scope.
class Codec {
 public:
  explicit Codec(Context& test) : test_(test), instance_(test) {
    table_ = instance_.slot<comms_voice>(COMMS_SLOT_VOICE);
    if (!table_ || !table_->codec_new) return;
    const PluginSide side;
    const Status status = table_->codec_new(instance_.self(), &codec_);
    if (status == COMMS_OK && codec_) return;
    codec_ = nullptr;
    test.fail(kCodec, "codec_new ended with " + name_of_status(status));
  }
  Codec(const Codec&) = delete;
  ~Codec() {
    const PluginSide side;
    if (codec_ && table_->codec_free) table_->codec_free(codec_);
  }

  bool ready() const { return codec_ != nullptr; }
  const comms_voice* table() const { return table_; }
  Instance& instance() { return instance_; }

  Made decode(const std::string& what, bool is_text, std::string_view frame) {
    Made made{&test_, what, {}, {}};
    test_.step(what);
    const comms_voice_emit emit = made.emit();
    Status status = COMMS_INTERNAL;
    {
      const PluginSide side;
      status = table_->decode(codec_, is_text ? 1 : 0, bytes(frame), &emit);
    }
    if (status != COMMS_OK && status != COMMS_INVALID) {
      test_.fail(kCodec, what + " ended with " + name_of_status(status));
    }
    return made;
  }

  Made encode(const std::string& what, const comms_voice_item& item, Status& status) {
    Made made{&test_, what, {}, {}};
    test_.step(what);
    const comms_voice_emit emit = made.emit();
    {
      const PluginSide side;
      status = table_->encode(codec_, &item, &emit);
    }
    if (status != COMMS_OK && status != COMMS_UNSUPPORTED && status != COMMS_INVALID) {
      test_.fail(kCodec, what + " ended with " + name_of_status(status));
    }
    return made;
  }

 private:
  Context& test_;
  Instance instance_;
  const comms_voice* table_ = nullptr;
  void* codec_ = nullptr;
};

comms_voice_item item(std::int32_t kind, std::string_view text, std::uint32_t flags = 0) {
  comms_voice_item i{};
  i.size = sizeof i;
  i.kind = kind;
  i.text = str(text);
  i.flags = flags;
  i.sample_rate = 8000;
  return i;
}

void connects(Context& test) {
  Instance instance(test);
  const auto* table = instance.slot<comms_voice>(COMMS_SLOT_VOICE);
  if (!table || !table->mode || !table->connect_verb) return;
  std::int32_t mode = 0;
  {
    const PluginSide side;
    mode = table->mode(instance.self());
  }
  if (mode != COMMS_VOICE_TEXT && mode != COMMS_VOICE_AUDIO) {
    test.fail(kCodec, "mode is " + std::to_string(mode) + ", neither text nor audio");
  }
  comms_voice_connect connect{};
  connect.size = sizeof connect;
  connect.ws_url = str("wss://commsd.example.com/voice?a=1&b=2");
  connect.action_url = str("https://commsd.example.com/voice/end?a=1&b=2");
  connect.greeting = str("5 < 6 & \"quoted\"");
  connect.language = str("en-US");
  const comms_kv params[] = {{str("call"), str("<1&2>")}};
  connect.params = params;
  connect.param_count = 1;
  std::string out;
  Status status = COMMS_INTERNAL;
  {
    const PluginSide side;
    status = table->connect_verb(instance.self(), &connect, testing::FakeHost::sink(out));
  }
  if (status != COMMS_OK || out.empty()) {
    test.fail(kCodec, "connect_verb ended with " + name_of_status(status) + " and " +
                          std::to_string(out.size()) + " bytes");
  }
  if (!out.empty() && out.front() == '<' && out.find("a=1&b=2") != out.npos) {
    test.fail(kRender, "connect_verb wrote & unescaped into XML");
  }
  instance.host().check_text("what connect_verb wrote", out);
}

/// What is encoded comes out again where the vendor's frames are the same both ways; and never as
/// something else.
void round_trip(Context& test) {
  Codec codec(test);
  if (!codec.ready()) return;
  std::string audio;
  for (int i = 0; i < 160; ++i) audio += static_cast<char>(i * 5);
  comms_voice_item sound = item(COMMS_VOICE_AUDIO_DATA, {});
  sound.audio = bytes(audio);
  const std::vector<std::pair<std::string, comms_voice_item>> all = {
      {"speech", item(COMMS_VOICE_SPEECH, "5 < 6 & \"caf\xc3\xa9\"\n",
                      COMMS_VOICE_LAST | COMMS_VOICE_INTERRUPTIBLE)},
      {"audio", sound},
      {"digits", item(COMMS_VOICE_DTMF, "12#")},
      {"a mark", item(COMMS_VOICE_MARK, "mark-1")},
      {"clear", item(COMMS_VOICE_CLEAR, {})},
      {"play", item(COMMS_VOICE_PLAY, "https://commsd.example.com/a.mp3?a=1&b=2")},
      {"a language", item(COMMS_VOICE_LANGUAGE, "de-DE")},
      {"stop", item(COMMS_VOICE_STOP, "{\"reason\":\"done\"}")}};
  int spoken = 0;
  for (const auto& [name, one] : all) {
    Status status = COMMS_INTERNAL;
    const Made made = codec.encode("encode of " + name, one, status);
    if (status != COMMS_OK && !made.frames.empty()) {
      test.fail(kCodec,
                "encode of " + name + " made frames and ended with " + name_of_status(status));
    }
    for (const Frame& frame : made.frames) {
      ++spoken;
      const Made back = codec.decode("decode of the frame of " + name, frame.is_text, frame.data);
      for (const auto& [kind, text] : back.items) {
        if (kind == COMMS_VOICE_AUDIO_DATA && one.kind == COMMS_VOICE_AUDIO_DATA && text != audio) {
          test.fail(kCodec, "audio does not come out of decode as it went into encode");
        }
      }
    }
  }
  if (spoken == 0) test.fail(kCodec, "encode makes no frame of anything");
}

void garbage(Context& test) {
  Codec codec(test);
  if (!codec.ready()) return;
  const std::vector<std::pair<std::string, std::string>> frames = {
      {"an empty frame", ""},
      {"truncated JSON", R"({"event":"media","media":{"payl)"},
      {"an array", "[]"},
      {"an unknown event", R"({"event":"check","type":"check"})"},
      {"HTML", "<html></html>"},
      {"bytes that are not UTF-8", "{\"type\":\"\xff\"}"},
      {"zeros", std::string(8, '\0')},
      {"a thousand levels", std::string(1000, '[')},
      {"1 MB", "{\"type\":\"" + std::string(1 << 20, 'x') + "\"}"},
      {"audio that is no base64", R"({"event":"media","media":{"payload":"%%%"}})"},
      {"media without media", R"({"event":"media","type":"media"})"},
      {"start without start", R"({"event":"start","type":"setup"})"}};
  for (const auto& [what, frame] : frames) {
    codec.decode("decode of " + what, true, frame);
    codec.decode("decode of " + what + " (binary)", false, frame);
  }
  std::mt19937_64 random(test.seed);
  for (int i = 0; i < 300; ++i) {
    std::string frame =
        R"({"event":"media","type":"prompt","media":{"payload":"AAAA"},"last":true})";
    for (int n = 0; n < 3; ++n) frame[random() % frame.size()] = static_cast<char>(random() & 0xff);
    codec.decode("decode of random bytes (--seed " + std::to_string(test.seed) + ")", true, frame);
  }
  test.step("encode of an unknown kind");
  Status status = COMMS_INTERNAL;
  codec.encode("encode of the unknown kind 99", item(99, "check"), status);
}

void many_codecs(Context& test) {
  Codec first(test);
  if (!first.ready()) return;
  const auto once = [&] {
    void* codec = nullptr;
    const PluginSide side;
    if (first.table()->codec_new(first.instance().self(), &codec) == COMMS_OK) {
      first.table()->codec_free(codec);
    }
  };
  for (int i = 0; i < 10; ++i) once();
  const std::int64_t blocks = allocation::live_blocks();
  for (int i = 0; i < 100; ++i) once();
  const std::int64_t more = allocation::live_blocks() - blocks;
  if (more >= 100) {
    test.fail(kOwnership, "100 codecs left " + std::to_string(more) + " allocations");
  }
}

void refuses_strangers(Context& test) {
  Instance instance(test);
  const auto* table = instance.slot<comms_voice>(COMMS_SLOT_VOICE);
  if (!table || !table->verify_connect) return;
  comms_http_in upgrade{};
  upgrade.size = sizeof upgrade;
  upgrade.method = str("GET");
  upgrade.url = str("wss://commsd.example.com/voice?a=1");
  const PluginSide side;
  if (table->verify_connect(instance.self(), &upgrade) == COMMS_OK) {
    test.fail(kWebhook, "verify_connect accepts an upgrade without any signature");
  }
}

void short_of_memory(Context& test) {
  Codec codec(test);
  if (!codec.ready()) return;
  fail_each_allocation(test, Leaves::what_instances_keep, [&] {
    Status status = COMMS_INTERNAL;
    codec.encode("encode without the memory it wanted", item(COMMS_VOICE_SPEECH, "hello"), status);
    codec.decode("decode without the memory it wanted", true,
                 R"({"type":"prompt","event":"media","text":"hello","media":{"payload":"AAAA"}})");
  });
}

}  // namespace

std::vector<Test> voice_tests(const PluginFile& plugin) {
  if (!plugin.slot(COMMS_SLOT_VOICE)) return {};
  return {{"voice.connect_verb", &connects},
          {"voice.round_trip", &round_trip},
          {"voice.garbage", &garbage, 20},
          {"voice.codec_leak", &many_codecs},
          {"voice.unsigned_upgrade", &refuses_strangers},
          {"voice.allocation_failure", &short_of_memory}};
}

}  // namespace comms::check
