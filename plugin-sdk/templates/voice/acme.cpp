#include <comms/cpp/crypto.hpp>
#include <comms/cpp/json.hpp>
#include <comms/cpp/plugin.hpp>
#include <comms/cpp/voice.hpp>

namespace {

/// Frames of an invented vendor that does speech itself: JSON text with a "type". Pure: no I/O.
class Codec final : public comms::VoiceCodec {
 public:
  explicit Codec(const comms::Host& host) : host_(host) {}

  void decode(bool is_text, std::string_view frame, const comms::VoiceEmitter& emit) override {
    comms::Json body(host_, frame);
    if (!is_text || !body) throw comms::Error(COMMS_INVALID, "the frame is not JSON text");
    const std::string type = body["type"].text(), text = body["text"].text();
    const std::string call = body["call"].text(), from = body["from"].text();
    const std::string to = body["to"].text();
    comms::VoiceItem item;
    item.text = text;
    item.call_id = call;
    item.from = from;
    item.to = to;
    item.at_ms = static_cast<std::uint32_t>(body["at_ms"].integer());
    if (body["last"].boolean(true)) item.flags = COMMS_VOICE_LAST;
    if (type == "start") item.kind = COMMS_VOICE_START;
    if (type == "heard") item.kind = COMMS_VOICE_SPEECH;
    if (type == "digit") item.kind = COMMS_VOICE_DTMF;
    if (type == "interrupted") item.kind = COMMS_VOICE_INTERRUPT;
    if (type == "stop") item.kind = COMMS_VOICE_STOP;
    if (type == "error") item.kind = COMMS_VOICE_ERROR;
    if (type == "ping") emit.text_frame(R"({"type":"pong"})");
    if (item.kind) emit.item(item);  // other kinds are nobody's business
  }

  void encode(const comms::VoiceItem& item, const comms::VoiceEmitter& emit) override {
    comms::JsonObject frame;
    switch (item.kind) {
      case COMMS_VOICE_SPEECH:
        frame.put("type", "say").put("text", item.text).put("last", item.last());
        break;
      case COMMS_VOICE_CLEAR:
        frame.put("type", "clear");
        break;
      case COMMS_VOICE_PLAY:
        frame.put("type", "play").put("url", item.text);
        break;
      case COMMS_VOICE_STOP:
        frame.put("type", "end").put_nonempty("data", item.text);
        break;
      default:
        throw comms::Error(COMMS_UNSUPPORTED, "this vendor has no such frame");
    }
    emit.text_frame(frame.text());
  }

 private:
  comms::Host host_;
};

/// An invented vendor, to be replaced call by call: it opens a WebSocket to us, signed with the hex
/// HMAC-SHA256 of its URL in X-Signature.
class Acme final : public comms::VoiceProvider {
 public:
  Acme(const comms::Host& host, const comms::Config& config)
      : host_(host),
        secret_(config.text("webhook_secret")),
        voice_(config.text("voice", "alloy")) {}

  std::int32_t mode() override { return COMMS_VOICE_TEXT; }

  /// Goes into the call instructions of the telephony provider, word for word.
  std::string connect_verb(const comms::VoiceConnect& c) override {
    comms::JsonObject verb;
    verb.put("connect", c.ws_url).put_nonempty("greeting", c.greeting);
    verb.put_nonempty("language", c.language);
    verb.put("voice", c.voice.empty() ? std::string_view(voice_) : c.voice);
    return verb.text();
  }

  bool verify_connect(const comms::HttpIn& in) override {
    comms::Crypto crypto(host_);
    return !secret_.empty() &&
           crypto.equal(in.header("X-Signature"), comms::hex(crypto.hmac_sha256(secret_, in.url)));
  }

  std::unique_ptr<comms::VoiceCodec> codec() override { return std::make_unique<Codec>(host_); }

 private:
  comms::Host host_;
  std::string secret_, voice_;
};

}  // namespace

COMMS_PLUGIN(Acme)
