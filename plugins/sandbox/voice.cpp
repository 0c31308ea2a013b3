#include "providers.h"

namespace sandbox {

namespace {

/// JSON frames {"type":"start|prompt|dtmf|stop","text"}: the shape of ConversationRelay without
/// its vendor's fields.
class Codec final : public comms::VoiceCodec {
 public:
  explicit Codec(const comms::Host& host) : host_(host) {}

  void decode(bool is_text, std::string_view frame, const comms::VoiceEmitter& emit) override {
    const comms::Json body(host_, frame);
    if (!is_text || !body) throw comms::Error(COMMS_INVALID, "the frame is not JSON text");
    const std::string type = body["type"].text(), text = body["text"].text(),
                      call = body["callId"].text();
    comms::VoiceItem item;
    item.call_id = call;
    item.text = text;
    if (type == "start") item.kind = COMMS_VOICE_START;
    if (type == "prompt") item.kind = COMMS_VOICE_SPEECH;
    if (type == "dtmf") item.kind = COMMS_VOICE_DTMF;
    if (type == "stop") item.kind = COMMS_VOICE_STOP;
    if (item.kind != 0) emit.item(item);
  }

  void encode(const comms::VoiceItem& item, const comms::VoiceEmitter& emit) override {
    comms::JsonObject frame;
    frame.put("type", item.kind == COMMS_VOICE_STOP ? "end" : "text").put("text", item.text);
    emit.text_frame(frame.text());
  }

 private:
  comms::Host host_;
};

}  // namespace

std::string Voice::connect_verb(const comms::VoiceConnect& connect) {
  comms::JsonObject verb;
  verb.put("connect", connect.ws_url).put("greeting", connect.greeting);
  return verb.text();
}

std::unique_ptr<comms::VoiceCodec> Voice::codec() {
  return std::make_unique<Codec>(carrier_.host());
}

}  // namespace sandbox
