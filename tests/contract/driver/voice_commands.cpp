#include <array>
#include <memory>
#include <utility>

#include "base/digest.h"
#include "command.h"

namespace commsd::contract {
namespace {

constexpr std::array<std::string_view, 11> kKinds = {"start",    "speech", "audio",     "digits",
                                                     "mark",     "clear",  "interrupt", "play",
                                                     "language", "stop",   "error"};

plugin::VoiceItemKind item_kind(std::string_view name) {
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    if (kKinds[i] == name) return static_cast<plugin::VoiceItemKind>(i + 1);
  }
  return plugin::VoiceItemKind::stop;
}

void write_item(JsonWriter& out, const plugin::VoiceItem& item) {
  out.begin_object().field("kind", kKinds.at(static_cast<std::size_t>(item.kind) - 1));
  out.field("callId", item.call_id).field("from", item.from).field("to", item.to);
  out.field("text", item.text).field("language", item.language);
  out.field("audioBase64", base64_encode(item.audio));
  write_pairs(out, "params", item.params);
  out.field("atMs", item.at_ms).field("sampleRate", item.sample_rate);
  out.field("last", item.last).field("interruptible", item.interruptible).end_object();
}

void write_frames(JsonWriter& out, const std::vector<plugin::VoiceFrame>& frames) {
  out.key("frames").begin_array();
  for (const plugin::VoiceFrame& frame : frames) {
    out.begin_object().field("isText", frame.is_text);
    if (frame.is_text) {
      out.field("text", frame.bytes);
    } else {
      out.field("bytesBase64", base64_encode(frame.bytes));
    }
    out.end_object();
  }
  out.end_array();
}

plugin::VoiceItem item(const Command& given) {
  plugin::VoiceItem item;
  item.kind = item_kind(given.text("kind"));
  item.text = given.text("text");
  item.language = given.text("language");
  item.audio = given.bytes("audioBase64");
  item.params = given.pairs("params");
  item.sample_rate = given.small("sampleRate");
  item.last = given.flag("last");
  item.interruptible = given.flag("interruptible");
  return item;
}

/// One socket from its first frame to its last: "steps" are frames that came in ({"text"} or
/// {"bytesBase64"}) and items that go out ({"item":{...}}), each answered in its place.
Answer converse(plugin::VoiceProvider& provider, const Command& command) {
  const auto codec = provider.make_codec();
  if (!codec) return fail(codec.error());
  JsonWriter out;
  out.begin_object().key("steps").begin_array();
  const auto write_error = [&out](const Error& error) {
    out.field("code", to_string(error.code)).field("message", error.message);
  };
  const auto play = [&](JsonValue step) {
    out.begin_object();
    if (const auto outgoing = step.get("item")) {
      const auto frames = (*codec)->encode(item(Command(*outgoing)));
      frames ? write_frames(out, *frames) : write_error(frames.error());
    } else {
      const Command incoming(step);
      plugin::VoiceFrame frame;
      frame.is_text = !step.get("bytesBase64");
      frame.bytes = frame.is_text ? incoming.text("text") : incoming.bytes("bytesBase64");
      const auto decoded = (*codec)->decode(frame);
      if (decoded) {
        out.key("items").begin_array();
        for (const plugin::VoiceItem& one : decoded->items) write_item(out, one);
        out.end_array();
        write_frames(out, decoded->frames);
      } else {
        write_error(decoded.error());
      }
    }
    out.end_object();
  };
  if (const auto steps = command.root().get("steps")) steps->each(play);
  return out.end_array().end_object().take();
}

}  // namespace

Answer run_voice_command(Stage& stage, const std::string& op, const Command& command) {
  const std::shared_ptr<plugin::VoiceProvider> provider = stage.manager.voice({});
  if (!provider) return fail(ErrorCode::unavailable, "no provider in the slot 'voice'");
  if (op == "converse") return converse(*provider, command);
  if (op == "verify_connect") {
    if (const Result<void> ok = provider->verify_connect(webhook_request(command)); !ok) {
      return fail(ok.error());
    }
    return std::string("{}");
  }
  if (op == "connect_verb") {
    plugin::VoiceConnect connect;
    connect.ws_url = command.text("wsUrl");
    connect.action_url = command.text("actionUrl");
    connect.greeting = command.text("greeting");
    connect.language = command.text("language");
    connect.voice = command.text("voice");
    connect.tts_provider = command.text("ttsProvider");
    connect.stt_provider = command.text("sttProvider");
    connect.params = command.pairs("params");
    const auto verb = provider->connect_verb(connect);
    if (!verb) return fail(verb.error());
    return JsonWriter().begin_object().field("verb", *verb).end_object().take();
  }
  return no_such_op(op);
}

}  // namespace commsd::contract
