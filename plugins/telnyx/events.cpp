#include <comms/cpp/crypto.hpp>
#include <comms/cpp/price.hpp>
#include <comms/cpp/redact.hpp>
#include <comms/cpp/seconds.hpp>

#include "signature.h"
#include "telephony.h"
#include "texml.h"
#include "values.h"

// Webhooks: messages come as JSON ({"data":{"event_type","payload"}}), calls as the forms of TeXML
// (https://developers.telnyx.com/api-reference/callbacks).

namespace telnyx {

namespace {

void add_cost(comms::Event& event, const comms::JsonNode& payload) {
  event.cost_micros = comms::price_micros(payload.at("/cost/amount").text());
  if (event.cost_micros != COMMS_COST_UNKNOWN) {
    event.currency = payload.at("/cost/currency").text();
  }
}

comms::Event received(const comms::JsonNode& payload) {
  comms::Event event(COMMS_EVENT_MESSAGE_IN);
  event.text = payload["text"].text();
  for (const comms::JsonNode file : payload["media"]) {
    comms::Media media;
    media.url = file["url"].text();
    media.content_type = file["content_type"].text();
    if (const std::int64_t size = file["size"].integer(); size > 0) {
      media.byte_count = static_cast<std::uint64_t>(size);
    }
    if (!media.url.empty()) event.media.push_back(std::move(media));
  }
  event.note("segments", payload["parts"].text());
  return event;
}

comms::Event status(const comms::HttpIn& in, const comms::JsonNode& payload) {
  comms::Event event(COMMS_EVENT_MESSAGE_STATUS);
  event.client_ref = in.query().get("ref");
  event.status = message_status(payload.at("/to/0/status").text());
  event.error_code = payload.at("/errors/0/code").text();
  event.error_message = comms::redact(payload.at("/errors/0/title").text());
  add_cost(event, payload);
  return event;
}

comms::Events message_events(const comms::Host& host, const comms::HttpIn& in) {
  const comms::Json body(host, in.body);
  const comms::JsonNode data = body["data"], payload = data["payload"];
  const std::string type = data["event_type"].text();
  if (type.empty() || data["id"].text().empty()) {
    throw comms::Error(COMMS_INVALID, "the webhook has no data.event_type or no data.id");
  }
  const bool arrives = type == "message.received";
  if (!arrives && type != "message.sent" && type != "message.finalized") return {};
  comms::Event event = arrives ? received(payload) : status(in, payload);
  event.event_id = data["id"].text();
  event.vendor_id = payload["id"].text();
  event.from = payload.at("/from/phone_number").text();
  event.to = payload.at("/to/0/phone_number").text();
  event.occurred_at_ms = time_ms(data["occurred_at"].text());
  if (event.vendor_id.empty() || (arrives && event.from.empty())) {
    throw comms::Error(COMMS_INVALID, "the message has no id or no sender");
  }
  return {std::move(event)};
}

class CallParser {
 public:
  CallParser(const comms::Host& host, const comms::HttpIn& in)
      : host_(host), in_(in), form_(in.form()) {}

  comms::Event parse() const {
    if (get("CallSid").empty()) {
      throw comms::Error(COMMS_INVALID, "neither a message nor a call: no data, no CallSid");
    }
    if (!get("RecordingSid").empty() || !get("RecordingUrl").empty()) return recording();
    if (!get("SpeechResult").empty()) return input(COMMS_EVENT_SPEECH, get("SpeechResult"));
    if (form_.has("Digits")) return input(COMMS_EVENT_DTMF, get("Digits"));
    if (!get("DialCallStatus").empty()) return dialled();
    return call();
  }

 private:
  std::string get(std::string_view name) const { return form_.get(name); }

  comms::Event begin(std::int32_t kind) const {
    comms::Event event(kind);
    event.vendor_id = get("CallSid");
    event.client_ref = in_.query().get("ref");
    event.from = get("From");
    event.to = get("To");
    event.error_code = get("ErrorCode");
    event.error_message = comms::redact(get("ErrorMessage"));
    event.occurred_at_ms = time_ms(get("Timestamp"));
    if (!get("CallStatus").empty()) event.status = call_status(get("CallStatus"));
    const std::string direction = get("Direction");
    if (!direction.empty()) {
      event.note("direction", direction.substr(0, 2) == "in" ? "inbound" : "outbound");
    }
    return event;
  }

  /// The first question about an incoming call; later ones and progress reports are states of a
  /// call already known, as is everything that carries a reference of ours.
  bool arrives() const {
    const std::string state = get("CallStatus"), direction = get("Direction");
    const bool begins = state.empty() || state == "ringing" || state == "initiated";
    const bool incoming = direction.empty() || direction.substr(0, 2) == "in";
    return begins && incoming && get("CallbackSource").empty() && in_.query().get("ref").empty();
  }

  comms::Event call() const {
    comms::Event event = begin(arrives() ? COMMS_EVENT_CALL_IN : COMMS_EVENT_CALL_STATUS);
    if (event.status.empty()) {
      // Asked what to do with a call we made: it has been answered.
      event.status = event.kind == COMMS_EVENT_CALL_IN ? "ringing" : "in-progress";
    }
    event.event_id = event.vendor_id + ':' + event.status;
    const std::string sequence = get("SequenceNumber");
    if (!sequence.empty()) event.event_id += ':' + sequence;
    event.note("duration_ms", comms::milliseconds(get("CallDuration")));
    if (const std::string who = get("AnsweredBy"); !who.empty()) {
      const bool machine = who.substr(0, 7) == "machine";
      event.note("answered_by", machine ? "machine" : who == "human" ? "human" : "unknown");
    }
    event.note("parent_call_id", get("ParentCallSid"));
    return event;
  }

  /// The leg a DIAL verb made has ended; the call itself goes on.
  comms::Event dialled() const {
    comms::Event event = begin(COMMS_EVENT_CALL_STATUS);
    const std::string leg = get("DialCallSid"), state = get("DialCallStatus");
    event.event_id = event.vendor_id + ":dial:" + leg + ':' + state;
    event.note("dial_status", call_status(state));
    event.note("dial_call_id", leg);
    event.note("dial_duration_ms", comms::milliseconds(get("DialCallDuration")));
    return event;
  }

  comms::Event recording() const {
    comms::Event event = begin(COMMS_EVENT_RECORDING);
    const std::string state = get("RecordingStatus");
    // The action URL of RECORD and the callback tell of the same finished recording.
    event.event_id = get("RecordingSid").empty() ? hash(get("RecordingUrl")) : get("RecordingSid");
    if (!state.empty() && state != "completed") event.event_id += ':' + state;
    if (form_.has("TranscriptionText")) {
      event.event_id += ":transcription";
      event.text = get("TranscriptionText");
      event.note("transcription_status", get("TranscriptionStatus"));
    }
    comms::Media media;
    media.url = get("RecordingUrl");
    media.content_type = "audio/mpeg";
    if (!media.url.empty()) event.media.push_back(std::move(media));
    event.note("duration_ms", comms::milliseconds(get("RecordingDuration")));
    event.note("recording_id", get("RecordingSid"));
    return event;
  }

  comms::Event input(std::int32_t kind, std::string text) const {
    comms::Event event = begin(kind);
    event.text = std::move(text);
    // A caller may well press the same key twice: only the time tells these apart.
    event.event_id =
        event.vendor_id + ":input:" +
        hash(std::string(in_.url) + '\n' + std::string(in_.header("telnyx-timestamp")) + '\n' +
             std::string(in_.body));
    event.note("confidence", get("Confidence"));
    return event;
  }

  std::string hash(const std::string& text) const {
    return comms::hex(comms::Crypto(host_).sha256(text)).substr(0, 32);
  }

  const comms::Host& host_;
  const comms::HttpIn& in_;
  comms::Form form_;
};

}  // namespace

bool Telephony::verify_webhook(const comms::HttpIn& in) {
  return is_authentic(account_.host(), account_.public_key(), in);
}

comms::Events Telephony::parse_webhook(const comms::HttpIn& in) {
  const std::size_t first = in.body.find_first_not_of(" \t\r\n");
  const bool json = first != std::string_view::npos && in.body[first] == '{';
  if (json) return message_events(account_.host(), in);
  return {CallParser(account_.host(), in).parse()};
}

comms::Reply Telephony::webhook_reply(const comms::HttpIn& in, std::int32_t) {
  // TeXML reads its answer; the acknowledgement of a message is read by nobody.
  const bool json = !in.body.empty() && in.body[0] == '{';
  return json ? comms::Reply{"{}", "application/json"} : comms::Reply{"<Response/>", texml_type};
}

}  // namespace telnyx
