#include <comms/cpp/crypto.hpp>
#include <comms/cpp/e164.hpp>
#include <comms/cpp/price.hpp>
#include <comms/cpp/seconds.hpp>

#include "calls.h"
#include "errors.h"
#include "plivo_xml.h"
#include "signature.h"
#include "telephony.h"
#include "transfer.h"
#include "values.h"

// Webhooks, all of them forms:
// https://www.plivo.com/docs/messaging/api/message/message-status-callbacks and
// https://www.plivo.com/docs/voice/xml/request. Their times name no zone and are left out.

namespace plivo {

namespace {

class Parser {
 public:
  Parser(const Account& account, const comms::HttpIn& in)
      : account_(account), in_(in), form_(in.method == "GET" ? in.query() : in.form()) {}

  comms::Events parse() const {
    if (!get("MessageUUID").empty()) return {message()};
    if (form_.has("transcription")) return {transcription()};
    if (get("CallUUID").empty()) {
      throw comms::Error(COMMS_INVALID,
                         "neither a message nor a call: no MessageUUID, no CallUUID");
    }
    // Plivo asks for the instructions of a transfer: no news of the leg that is to be made.
    if (instructions_in(account_.host(), in_)) return {};
    if (!get("RecordUrl").empty()) return {recording()};
    if (!get("Speech").empty()) return {input(COMMS_EVENT_SPEECH, get("Speech"))};
    if (!get("DialAction").empty()) return leg();
    if (!get("DialStatus").empty()) return {ends_transfer(in_) ? transferred() : dialled()};
    if (form_.has("Digits")) return {input(COMMS_EVENT_DTMF, get("Digits"))};
    return {call()};
  }

 private:
  std::string get(std::string_view name) const { return form_.get(name); }

  void add_cost(comms::Event& event, const char* name) const {
    event.cost_micros = comms::price_micros(get(name));
    if (event.cost_micros != COMMS_COST_UNKNOWN) event.currency = account_.currency();
  }

  void add_error(comms::Event& event, const std::string& code) const {
    if (code.empty() || code == "000" || code == "0") return;
    event.error_code = code;
    event.error_message = remedy_of(code);
  }

  comms::Event begin(std::int32_t kind, std::string vendor_id) const {
    comms::Event event(kind);
    event.vendor_id = std::move(vendor_id);
    event.client_ref = in_.query().get("ref");
    event.from = comms::with_plus(get("From"));
    event.to = comms::with_plus(get("To"));
    return event;
  }

  comms::Event message() const {
    const std::string state = get("Status");
    if (state.empty() || state == "received") return received();
    comms::Event event = begin(COMMS_EVENT_MESSAGE_STATUS, get("MessageUUID"));
    event.event_id = event.vendor_id + ':' + state;
    event.status = message_status(state);
    add_error(event, get("ErrorCode"));
    add_cost(event, "TotalAmount");
    event.note("segments", get("Units"));
    return event;
  }

  comms::Event received() const {
    comms::Event event = begin(COMMS_EVENT_MESSAGE_IN, get("MessageUUID"));
    event.client_ref.clear();
    event.event_id = event.vendor_id;
    event.text = get("Text");
    if (event.from.empty()) throw comms::Error(COMMS_INVALID, "the message has no From");
    for (std::size_t i = 0; i < 64; ++i) {  // an MMS has ten at most
      comms::Media media;
      media.url = get("Media" + std::to_string(i));
      if (media.url.empty()) break;
      event.media.push_back(std::move(media));
    }
    event.note("segments", get("Units"));
    return event;
  }

  /// The id of the request where we made the call, as make_call named it.
  std::string call_id() const {
    const std::string call = get("CallUUID");
    std::string request = get("RequestUUID");
    if (request.empty()) request = get("ALegRequestUUID");
    if (request.empty() || get("Direction") != "outbound") return call;
    remember_call(account_.host(), request, call);
    return request;
  }

  comms::Event of_call(std::int32_t kind) const {
    comms::Event event = begin(kind, call_id());
    if (!get("CallStatus").empty()) event.status = call_status(get("CallStatus"));
    const std::string direction = get("Direction");
    if (!direction.empty()) {
      event.note("direction", direction == "inbound" ? "inbound" : "outbound");
    }
    return event;
  }

  comms::Event call() const {
    const std::string state = get("CallStatus");
    if (state.empty()) throw comms::Error(COMMS_INVALID, "the call has no CallStatus");
    // The first question about an incoming call; later ones are states of a call already known.
    const bool arrives = get("Direction") == "inbound" && state == "ringing";
    comms::Event event = of_call(arrives ? COMMS_EVENT_CALL_IN : COMMS_EVENT_CALL_STATUS);
    event.event_id = event.vendor_id + ':' + state;
    if (event.status != "completed") add_error(event, get("HangupCauseCode"));
    add_cost(event, "TotalCost");
    event.note("duration_ms", comms::milliseconds(get("Duration")));
    event.note("hangup_cause", get("HangupCauseName"));
    if (const std::string machine = get("Machine"); !machine.empty()) {
      event.event_id += ":machine";
      event.note("answered_by", machine == "true" ? "machine" : "human");
    }
    return event;
  }

  /// The leg a DIAL verb made has ended; the call itself goes on.
  comms::Event dialled() const {
    comms::Event event = of_call(COMMS_EVENT_CALL_STATUS);
    const std::string leg = get("DialBLegUUID"), state = get("DialStatus");
    event.event_id = event.vendor_id + ":dial:" + leg + ':' + state;
    event.note("dial_status", call_status(state));
    event.note("dial_call_id", leg);
    event.note("dial_duration_ms", comms::milliseconds(get("DialBLegDuration")));
    return event;
  }

  /// The same of a transfer, whose leg is a call to the host.
  comms::Event transferred() const {
    const std::string leg = get("DialBLegUUID");  // empty when nobody answered
    comms::Event event =
        begin(COMMS_EVENT_CALL_STATUS, leg.empty() ? get("CallUUID") + ":leg" : leg);
    event.status = call_status(get("DialStatus"));
    event.event_id = event.vendor_id + ':' + event.status;
    return event;
  }

  /// News of the leg of a transfer (callbackUrl of Dial).
  comms::Events leg() const {
    const std::string action = get("DialAction"), id = get("DialBLegUUID");
    const bool ended = action == "hangup";
    if (id.empty() || (!ended && action != "answer")) return {};
    comms::Event event = begin(COMMS_EVENT_CALL_STATUS, id);
    event.from = comms::with_plus(get("DialBLegFrom"));
    event.to = comms::with_plus(get("DialBLegTo"));
    event.status = "in-progress";
    if (ended) {
      const std::string duration = comms::milliseconds(get("DialBLegDuration"));
      const bool answered = !duration.empty() && duration != "0";
      const std::string code = get("DialBLegHangupCauseCode");
      event.status = ended_status(answered, code);
      if (!answered) add_error(event, code);
      add_cost(event, "DialBLegTotalCost");
      event.note("duration_ms", duration);
    }
    event.event_id = event.vendor_id + ':' + event.status;
    return {std::move(event)};
  }

  comms::Event recording() const {
    comms::Event event = of_call(COMMS_EVENT_RECORDING);
    const std::string id = get("RecordingID");
    // The action URL of Record and the callback tell of the same finished recording.
    event.event_id = id.empty() ? hash(get("RecordUrl")) : id;
    comms::Media media;
    media.url = get("RecordUrl");
    media.content_type = "audio/mpeg";  // Plivo's default, which we leave as it is
    event.media.push_back(std::move(media));
    event.note("duration_ms", get("RecordingDurationMs"));
    event.note("recording_id", id);
    return event;
  }

  comms::Event transcription() const {
    comms::Event event = begin(COMMS_EVENT_RECORDING, get("call_uuid"));
    const std::string id = get("recording_id");
    if (event.vendor_id.empty() || id.empty()) {
      throw comms::Error(COMMS_INVALID, "the transcription has no call_uuid or no recording_id");
    }
    event.event_id = id + ":transcription";
    event.text = get("transcription");
    event.note("recording_id", id);
    return event;
  }

  comms::Event input(std::int32_t kind, std::string text) const {
    comms::Event event = of_call(kind);
    event.text = std::move(text);
    // A caller may well press the same key twice: only the nonce tells these apart.
    const std::string nonce(in_.header("X-Plivo-Signature-V3-Nonce"));
    event.event_id = event.vendor_id + ":input:" +
                     hash(std::string(in_.url) + '\n' + nonce + '\n' + std::string(in_.body));
    event.note("confidence", get("SpeechConfidenceScore"));
    return event;
  }

  std::string hash(const std::string& text) const {
    return comms::hex(comms::Crypto(account_.host()).sha256(text)).substr(0, 32);
  }

  const Account& account_;
  const comms::HttpIn& in_;
  comms::Form form_;
};

}  // namespace

bool Telephony::verify_webhook(const comms::HttpIn& in) {
  return is_authentic(account_.host(), account_.auth_token(), in);
}

comms::Events Telephony::parse_webhook(const comms::HttpIn& in) {
  return Parser(account_, in).parse();
}

comms::Reply Telephony::webhook_reply(const comms::HttpIn& in, std::int32_t) {
  const auto instructions = instructions_in(account_.host(), in);
  return {instructions ? *instructions : "<Response/>", xml_type};
}

}  // namespace plivo
