#include "webhook_events.h"

#include <comms/cpp/crypto.hpp>
#include <comms/cpp/redact.hpp>
#include <comms/cpp/seconds.hpp>
#include <comms/cpp/timestamp.hpp>

#include "errors.h"
#include "messages.h"

namespace twilio {

namespace {

constexpr std::string_view whatsapp_prefix = "whatsapp:";

bool is_whatsapp(std::string_view address) {
  return address.substr(0, whatsapp_prefix.size()) == whatsapp_prefix;
}

std::string bare(std::string address) {
  if (is_whatsapp(address)) address.erase(0, whatsapp_prefix.size());
  return address;
}

std::string neutral_answered_by(std::string_view text) {
  if (text == "human" || text == "fax") return std::string(text);
  return text.substr(0, 7) == "machine" ? "machine" : "unknown";
}

class Parser {
 public:
  Parser(const comms::Host& host, const comms::HttpIn& in, Channel channel)
      : host_(host),
        in_(in),
        form_(in.method == "GET" ? in.query() : in.form()),
        channel_(channel) {}

  comms::Event parse() const {
    // CallSid last: fields of a recording or of digits come together with it.
    if (!message_sid().empty()) return message();
    if (get("CallSid").empty()) {
      throw comms::Error(COMMS_INVALID, "neither a message nor a call: no MessageSid, no CallSid");
    }
    if (channel_ == Channel::whatsapp) {
      throw comms::Error(COMMS_INVALID, "a call came to the address for WhatsApp messages");
    }
    if (!get("RecordingSid").empty()) return recording();
    if (form_.has("SpeechResult")) return input(COMMS_EVENT_SPEECH, get("SpeechResult"));
    if (form_.has("Digits")) return input(COMMS_EVENT_DTMF, get("Digits"));
    if (!get("DialCallStatus").empty()) return dialled();
    return call();
  }

 private:
  std::string get(std::string_view name) const { return form_.get(name); }

  std::string message_sid() const {
    const std::string sid = get("MessageSid");
    return sid.empty() ? get("SmsSid") : sid;  // the older name of the same
  }

  comms::Event begin(std::int32_t kind, std::string vendor_id) const {
    comms::Event event(kind);
    event.vendor_id = std::move(vendor_id);
    event.client_ref = in_.query().get("ref");
    event.from = bare(get("From"));
    event.to = bare(get("To"));
    event.error_code = get("ErrorCode");
    if (event.error_code == "0") event.error_code.clear();
    event.error_message = comms::redact(get("ErrorMessage"));
    return event;
  }

  comms::Event message() const {
    const bool other = is_whatsapp(get("From")) || is_whatsapp(get("To"));
    if (channel_ == Channel::telephone && other) {
      throw comms::Error(COMMS_INVALID, "a WhatsApp message came to the address for SMS");
    }
    const std::string state = form_.has("MessageStatus") ? get("MessageStatus") : get("SmsStatus");
    const bool received = state == "received" || state == "receiving" ||
                          (state.empty() && (form_.has("Body") || form_.has("NumMedia")));
    if (received) return received_message();
    if (state.empty()) throw comms::Error(COMMS_INVALID, "the message has no MessageStatus");
    comms::Event event = begin(COMMS_EVENT_MESSAGE_STATUS, message_sid());
    event.event_id = event.vendor_id + ':' + state;
    event.status = message_status(state);
    return event;
  }

  comms::Event received_message() const {
    comms::Event event = begin(COMMS_EVENT_MESSAGE_IN, message_sid());
    event.client_ref.clear();
    event.event_id = event.vendor_id;
    event.text = get("Body");
    if (event.from.empty()) throw comms::Error(COMMS_INVALID, "the message has no From");
    for (std::size_t i = 0; i < 64; ++i) {  // WhatsApp allows one, MMS ten
      comms::Media media;
      media.url = get("MediaUrl" + std::to_string(i));
      if (media.url.empty()) break;
      media.content_type = get("MediaContentType" + std::to_string(i));
      event.media.push_back(std::move(media));
    }
    event.note("segments", get("NumSegments"));
    event.note("profile_name", get("ProfileName"));
    event.note("wa_id", get("WaId"));
    event.note("button_text", get("ButtonText"));
    event.note("button_payload", get("ButtonPayload"));
    event.note("in_reply_to", get("OriginalRepliedMessageSid"));
    event.note("latitude", get("Latitude"));
    event.note("longitude", get("Longitude"));
    event.note("messaging_service_sid", get("MessagingServiceSid"));
    return event;
  }

  comms::Event of_call(std::int32_t kind) const {
    comms::Event event = begin(kind, get("CallSid"));
    event.occurred_at_ms = comms::mail_date_ms(get("Timestamp"));
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
    // The first question about an incoming call; later ones (after a redirect) and progress
    // reports are states of a call already known.
    const bool arrives =
        get("Direction") == "inbound" && state == "ringing" && get("CallbackSource").empty();
    comms::Event event = of_call(arrives ? COMMS_EVENT_CALL_IN : COMMS_EVENT_CALL_STATUS);
    event.event_id = event.vendor_id + ':' + state;
    const std::string sequence = get("SequenceNumber");
    if (!sequence.empty()) event.event_id += ':' + sequence;
    event.note("duration_ms", comms::milliseconds(get("CallDuration")));
    if (const std::string who = get("AnsweredBy"); !who.empty()) {
      event.note("answered_by", neutral_answered_by(who));
    }
    event.note("parent_call_id", get("ParentCallSid"));
    event.note("sip_response_code", get("SipResponseCode"));
    event.note("stir_verstat", get("StirVerstat"));
    return event;
  }

  /// The leg a DIAL verb made has ended; the call itself goes on.
  comms::Event dialled() const {
    comms::Event event = of_call(COMMS_EVENT_CALL_STATUS);
    const std::string leg = get("DialCallSid"), state = get("DialCallStatus");
    event.event_id = event.vendor_id + ":dial:" + leg + ':' + state;
    event.note("dial_status", call_status(state));
    event.note("dial_call_id", leg);
    event.note("dial_duration_ms", comms::milliseconds(get("DialCallDuration")));
    return event;
  }

  comms::Event recording() const {
    comms::Event event = of_call(COMMS_EVENT_RECORDING);
    const std::string state = get("RecordingStatus");
    event.event_id = get("RecordingSid");
    // The action URL of RECORD and the callback tell of the same finished recording.
    if (!state.empty() && state != "completed") event.event_id += ':' + state;
    if (!get("TranscriptionSid").empty()) {
      event.event_id += ':' + get("TranscriptionSid");
      event.text = get("TranscriptionText");
      event.note("transcription_status", get("TranscriptionStatus"));
    }
    comms::Media media;
    media.url = get("RecordingUrl");
    media.content_type = "audio/x-wav";
    if (!media.url.empty()) event.media.push_back(std::move(media));
    event.note("duration_ms", comms::milliseconds(get("RecordingDuration")));
    event.note("recording_id", get("RecordingSid"));
    return event;
  }

  comms::Event input(std::int32_t kind, std::string text) const {
    comms::Event event = of_call(kind);
    event.text = std::move(text);
    std::string once(in_.header("I-Twilio-Idempotency-Token"));
    if (once.empty()) {
      once = comms::hex(
                 comms::Crypto(host_).sha256(std::string(in_.url) + '\n' + std::string(in_.body)))
                 .substr(0, 32);
    }
    event.event_id = event.vendor_id + ":input:" + once;
    event.note("confidence", get("Confidence"));
    return event;
  }

  const comms::Host& host_;
  const comms::HttpIn& in_;
  comms::Form form_;
  Channel channel_;
};

}  // namespace

comms::Events events_of(const comms::Host& host, const comms::HttpIn& in, Channel channel) {
  return {Parser(host, in, channel).parse()};
}

}  // namespace twilio
