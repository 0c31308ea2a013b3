#include "telephony.h"

#include <algorithm>

#include <comms/cpp/call_xml.hpp>
#include <comms/cpp/seconds.hpp>

#include "calls.h"
#include "errors.h"
#include "messages.h"
#include "signature.h"
#include "twiml.h"
#include "webhook_events.h"

namespace twilio {

namespace {

constexpr std::uint32_t max_ring_seconds = 600;
constexpr std::uint32_t max_call_seconds = 86'400;

std::string seconds(std::uint32_t ms, std::uint32_t most) {
  return std::to_string(comms::whole_seconds(ms, 0, most));
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

comms::Outcome<comms::Receipt> Telephony::send_message(const comms::Sms& sms) {
  if (sms.media.size() > max_media) {
    return comms::Error(COMMS_INVALID, "an MMS holds ten media files at most");
  }
  comms::Form form;
  // With both, the service sends from this very number, so that answers come back to its agent.
  form.add("To", sms.to).add_nonempty("From", sms.from);
  form.add_nonempty("MessagingServiceSid", account_.messaging_service());
  form.add_nonempty("Body", sms.body);
  for (const std::string_view url : sms.media) form.add("MediaUrl", url);
  form.add_nonempty("StatusCallback", sms.status_url);
  return post_message(account_, form);
}

comms::Outcome<comms::Receipt> Telephony::find_message(const comms::Find& what) {
  Wanted wanted{std::string(what.vendor_id), std::string(what.from), std::string(what.to),
                std::string(what.text),      what.after_ms,          what.before_ms};
  // Smart encoding of a messaging service writes typographic characters in ASCII.
  wanted.text_is_literal = account_.messaging_service().empty() || is_ascii(what.text);
  return twilio::find_message(account_, std::move(wanted));
}

comms::Outcome<comms::Receipt> Telephony::make_call(const comms::CallRequest& call) {
  comms::Form form;
  form.add("To", call.to).add("From", call.from).add("Url", call.answer_url).add("Method", "POST");
  if (!call.status_url.empty()) {
    form.add("StatusCallback", call.status_url).add("StatusCallbackMethod", "POST");
    for (const char* event : {"initiated", "ringing", "answered", "completed"}) {
      form.add("StatusCallbackEvent", event);
    }
  }
  if (call.flags & COMMS_CALL_DETECT_MACHINE) form.add("MachineDetection", "Enable");
  if (call.flags & COMMS_CALL_RECORD) {
    form.add("Record", "true").add_nonempty("RecordingStatusCallback", call.status_url);
  }
  if (call.ring_timeout_ms) form.add("Timeout", seconds(call.ring_timeout_ms, max_ring_seconds));
  if (call.max_duration_ms) {
    form.add("TimeLimit", seconds(call.max_duration_ms, max_call_seconds));
  }
  return account_.authorized(comms::post(account_.resource("Calls.json")))
      .form(form)
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Receipt> {
        if (!answer.ok()) return error_of_create(answer);
        const comms::Json body = answer.json();
        comms::Receipt receipt{body["sid"].text(), call_status(body["status"].text())};
        if (receipt.vendor_id.empty()) return error_of(answer);
        return receipt;
      });
}

comms::Request Telephony::call_request(std::string_view call_id) const {
  if (call_id.empty()) throw comms::Error(COMMS_INVALID, "there is no call id");
  const std::string path = "Calls/" + comms::percent_encode(call_id) + ".json";
  return account_.authorized(comms::post(account_.resource(path)));
}

comms::Outcome<comms::Done> Telephony::transfer_call(const comms::Transfer& transfer) {
  if (transfer.to.empty() == transfer.answer_url.empty()) {
    return comms::Error(COMMS_INVALID, "a transfer needs either a number or a URL");
  }
  comms::Form form;
  if (transfer.to.empty()) {
    form.add("Url", transfer.answer_url).add("Method", "POST");
  } else {
    form.add("Twiml", comms::transfer_xml(transfer));
  }
  return call_request(transfer.call_id)
      .form(form)
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
        if (!answer.ok()) return error_of(answer);
        return comms::Done{};
      });
}

comms::Outcome<comms::Done> Telephony::end_call(std::string_view call_id) {
  return call_request(call_id)
      .form(comms::Form().add("Status", "completed"))
      .idempotent()
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
        if (answer.ok()) return comms::Done{};
        const comms::Error error = error_of(answer);
        if (error.status == COMMS_NOT_FOUND) return comms::Done{};  // over already
        return error;
      });
}

comms::Outcome<comms::Blob> Telephony::fetch_media(std::string_view url) {
  return account_.fetch_media(url);
}

bool Telephony::verify_webhook(const comms::HttpIn& in) {
  return is_authentic(account_.host(), account_.auth_token(), in);
}

comms::Events Telephony::parse_webhook(const comms::HttpIn& in) {
  return events_of(account_.host(), in, Channel::telephone);
}

comms::Reply Telephony::webhook_reply(const comms::HttpIn&, std::int32_t) {
  return {"<Response/>", twiml_type};
}

comms::Reply Telephony::render(const comms::Verbs& verbs) {
  return {twiml(verbs), twiml_type};
}

comms::Outcome<comms::Receipt> Telephony::find_call(const comms::Find& what) {
  return twilio::find_call(account_, what);
}

}  // namespace twilio
