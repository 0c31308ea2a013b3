#include "relay_codec.h"

#include <limits>

#include <comms/cpp/json.hpp>
#include <comms/cpp/redact.hpp>

namespace twilio {

namespace {

constexpr std::string_view dialable = "0123456789*#wWABCDabcd";  // as <Number sendDigits>

/// A field without which the frame says nothing.
std::string needed_text(const comms::Json& frame, const char* name) {
  if (frame[name].type() != COMMS_JSON_STRING) {
    throw comms::Error(COMMS_INVALID, std::string("the frame has no text in ") + name);
  }
  return frame[name].text();
}

std::uint32_t milliseconds(const comms::JsonNode& node) {
  const std::int64_t value = node.integer();
  if (value <= 0) return 0;
  constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(value < most ? value : most);
}

void decode_setup(const comms::Json& frame, const comms::VoiceEmitter& emit) {
  const std::string call = needed_text(frame, "callSid"), from = frame["from"].text(),
                    to = frame["to"].text();
  comms::Fields params;
  for (const comms::JsonNode parameter : frame["customParameters"]) {
    params.emplace_back(parameter.key(), parameter.text());
  }
  comms::VoiceItem item;
  item.kind = COMMS_VOICE_START;
  item.call_id = call;
  item.from = from;
  item.to = to;
  emit.item(item, params);
}

void emit_text(const comms::VoiceEmitter& emit, std::int32_t kind, const std::string& text) {
  comms::VoiceItem item;
  item.kind = kind;
  item.text = text;
  emit.item(item);
}

void decode_prompt(const comms::Json& frame, const comms::VoiceEmitter& emit) {
  const std::string heard = needed_text(frame, "voicePrompt"), language = frame["lang"].text();
  comms::VoiceItem item;
  item.kind = COMMS_VOICE_SPEECH;
  item.text = heard;
  item.language = language;
  // Without partial prompts every prompt is whole.
  if (frame["last"].boolean(true)) item.flags = COMMS_VOICE_LAST;
  emit.item(item);
}

void decode_interrupt(const comms::Json& frame, const comms::VoiceEmitter& emit) {
  const std::string heard = frame["utteranceUntilInterrupt"].text();
  comms::VoiceItem item;
  item.kind = COMMS_VOICE_INTERRUPT;
  item.text = heard;
  item.at_ms = milliseconds(frame["durationUntilInterruptMs"]);
  emit.item(item);
}

std::string speech_frame(const comms::VoiceItem& item, bool interruptible) {
  return comms::JsonObject()
      .put("type", "text")
      .put("token", item.text)
      .put("last", item.last())
      .put_nonempty("lang", item.language)
      .put("interruptible", interruptible)
      .text();
}

std::string digits_frame(std::string_view digits) {
  // Twilio ends the session over a frame it does not like (error 64107).
  if (digits.empty() || digits.find_first_not_of(dialable) != std::string_view::npos) {
    throw comms::Error(COMMS_INVALID, "digits are 0 to 9, A to D, *, # and w for a pause");
  }
  return comms::JsonObject().put("type", "sendDigits").put("digits", digits).text();
}

}  // namespace

void RelayCodec::decode(bool is_text, std::string_view text, const comms::VoiceEmitter& emit) {
  const comms::Json frame(host_, text);
  if (!is_text || frame.root().type() != COMMS_JSON_OBJECT) {
    throw comms::Error(COMMS_INVALID, "the frame is no JSON object");
  }
  const std::string type = needed_text(frame, "type");
  if (type == "setup") {
    decode_setup(frame, emit);
  } else if (type == "prompt") {
    decode_prompt(frame, emit);
  } else if (type == "dtmf") {
    emit_text(emit, COMMS_VOICE_DTMF, needed_text(frame, "digit"));
  } else if (type == "interrupt") {
    decode_interrupt(frame, emit);
  } else if (type == "error") {
    emit_text(emit, COMMS_VOICE_ERROR, comms::redact(frame["description"].text()));
  }
}

void RelayCodec::encode(const comms::VoiceItem& item, const comms::VoiceEmitter& emit) {
  const bool interruptible = (item.flags & COMMS_VOICE_INTERRUPTIBLE) != 0;
  comms::JsonObject frame;
  switch (item.kind) {
    case COMMS_VOICE_SPEECH:
      return emit.text_frame(speech_frame(item, interruptible));
    case COMMS_VOICE_DTMF:
      return emit.text_frame(digits_frame(item.text));
    case COMMS_VOICE_PLAY:
      if (item.text.empty()) throw comms::Error(COMMS_INVALID, "there is no URL to play");
      frame.put("type", "play").put("source", item.text).put("interruptible", interruptible);
      return emit.text_frame(frame.text());
    case COMMS_VOICE_LANGUAGE: {
      const std::string_view language = item.text.empty() ? item.language : item.text;
      if (language.empty()) throw comms::Error(COMMS_INVALID, "there is no language to change to");
      frame.put("type", "language").put("ttsLanguage", language);
      frame.put("transcriptionLanguage", language);
      return emit.text_frame(frame.text());
    }
    case COMMS_VOICE_STOP:
      frame.put("type", "end").put_nonempty("handoffData", item.text);
      return emit.text_frame(frame.text());
    default:
      // Marks and clearing are Twilio's own business here: it tells of interruptions instead.
      throw comms::Error(COMMS_UNSUPPORTED, "ConversationRelay has no frame for this");
  }
}

}  // namespace twilio
