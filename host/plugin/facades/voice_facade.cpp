#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <comms/slot/voice.h>

#include "plugin/facades/abi_values.h"
#include "plugin/facades/facades.h"
#include "plugin/facades/voice_items.h"
#include "plugin/services/sink.h"

namespace commsd::plugin {
namespace {

/// What decode and encode hand out.
struct Collected {
  Decoded made;

  comms_voice_emit handle() {
    return {this,
            [](void* ctx, const comms_voice_item* item) {
              if (auto known = to_voice_item(*item)) {
                static_cast<Collected*>(ctx)->made.items.push_back(std::move(*known));
              }
            },
            [](void* ctx, std::int32_t is_text, comms_bytes frame) {
              static_cast<Collected*>(ctx)->made.frames.push_back(
                  {is_text != 0, std::string(view(frame))});
            }};
  }
};

class CodecFacade final : public VoiceCodec {
 public:
  CodecFacade(std::string name, std::shared_ptr<Generation> generation, const comms_voice* table,
              void* codec)
      : name_(std::move(name)), generation_(std::move(generation)), table_(table), codec_(codec) {}
  ~CodecFacade() override { table_->codec_free(codec_); }
  CodecFacade(const CodecFacade&) = delete;
  CodecFacade& operator=(const CodecFacade&) = delete;

  Result<Decoded> decode(const VoiceFrame& frame) override {
    Collected collected;
    const comms_voice_emit emit = collected.handle();
    const comms_status status = generation_->timed("decode", [&] {
      return table_->decode(codec_, frame.is_text ? 1 : 0, to_bytes(frame.bytes), &emit);
    });
    if (status == COMMS_OK) return std::move(collected.made);
    return fail(to_error_code(status),
                "the provider '" + name_ + "' does not understand a message of its media socket",
                "decode gave status " + std::to_string(status));
  }

  Result<std::vector<VoiceFrame>> encode(const VoiceItem& item) override {
    Collected collected;
    const comms_voice_emit emit = collected.handle();
    const VoiceItemView wire(item);
    const comms_status status =
        generation_->timed("encode", [&] { return table_->encode(codec_, &wire.value, &emit); });
    if (status == COMMS_OK) return std::move(collected.made.frames);
    return fail(to_error_code(status), "the provider '" + name_ + "' has no words for this item",
                "encode gave status " + std::to_string(status));
  }

 private:
  const std::string name_;
  const std::shared_ptr<Generation> generation_;
  const comms_voice* const table_;
  void* const codec_;
};

class VoiceFacade final : public VoiceProvider {
 public:
  VoiceFacade(std::string name, std::shared_ptr<Generation> generation)
      : name_(std::move(name)),
        generation_(std::move(generation)),
        table_(generation_->table<comms_voice>(COMMS_SLOT_VOICE)) {}

  const std::string& name() const override { return name_; }
  bool is_sandbox() const override { return generation_->manifest().status == "sandbox"; }

  VoiceMode mode() override {
    const bool text = offers("mode") && table_->mode(generation_->self()) == COMMS_VOICE_TEXT;
    return text ? VoiceMode::text : VoiceMode::audio;
  }

  Result<std::string> connect_verb(const VoiceConnect& connect) override {
    if (!offers("connect_verb")) return fail(not_offered(name_, "connect a media socket"));
    const std::vector<comms_kv> params = to_abi(connect.params);
    comms_voice_connect wire{};
    wire.size = sizeof wire;
    wire.ws_url = to_str(connect.ws_url);
    wire.action_url = to_str(connect.action_url);
    wire.greeting = to_str(connect.greeting);
    wire.language = to_str(connect.language);
    wire.voice = to_str(connect.voice);
    wire.tts_provider = to_str(connect.tts_provider);
    wire.stt_provider = to_str(connect.stt_provider);
    wire.params = params.data();
    wire.param_count = params.size();
    Sink verb;
    const comms_status status = generation_->timed("connect_verb", [&] {
      return table_->connect_verb(generation_->self(), &wire, verb.handle());
    });
    if (status == COMMS_OK && !verb.overflowed()) return verb.take();
    return fail(status == COMMS_OK ? ErrorCode::too_large : to_error_code(status),
                "the provider '" + name_ + "' could not write how to connect a media socket",
                "connect_verb gave status " + std::to_string(status));
  }

  Result<void> verify_connect(const WebhookRequest& upgrade) override {
    if (!offers("verify_connect")) {
      return fail(not_offered(name_, "prove who opens a media socket"));
    }
    const HttpIn in(upgrade);
    const comms_status status = generation_->timed(
        "verify_connect", [&] { return table_->verify_connect(generation_->self(), &in.value); });
    if (status == COMMS_OK) return {};
    return fail(ErrorCode::permission_denied,
                "the media socket is not proven to come from '" + name_ + "'",
                "verify_connect gave status " + std::to_string(status));
  }

  Result<std::unique_ptr<VoiceCodec>> make_codec() override {
    if (!offers("codec_new") || !offers("decode") || !offers("encode") || !offers("codec_free")) {
      return fail(not_offered(name_, "read a media socket"));
    }
    void* codec = nullptr;
    const comms_status status = generation_->timed(
        "codec_new", [&] { return table_->codec_new(generation_->self(), &codec); });
    if (status != COMMS_OK || !codec) {
      return fail(status == COMMS_OK ? ErrorCode::internal : to_error_code(status),
                  "the provider '" + name_ + "' could not begin to read a media socket",
                  "codec_new gave status " + std::to_string(status));
    }
    return std::make_unique<CodecFacade>(name_, generation_, table_, codec);
  }

 private:
  bool offers(std::string_view op) const { return generation_->offers(COMMS_SLOT_VOICE, op); }

  const std::string name_;
  const std::shared_ptr<Generation> generation_;
  const comms_voice* const table_;
};

}  // namespace

std::shared_ptr<VoiceProvider> make_voice(std::string name,
                                          std::shared_ptr<Generation> generation) {
  return std::make_shared<VoiceFacade>(std::move(name), std::move(generation));
}

}  // namespace commsd::plugin
