#include "telephony.h"

#include <comms/cpp/e164.hpp>
#include <comms/cpp/seconds.hpp>

#include "calls.h"
#include "errors.h"
#include "messages.h"
#include "ncco.h"
#include "signature.h"
#include "webhook_events.h"

namespace vonage {

namespace {

constexpr std::uint32_t max_ring_seconds = 120;
constexpr std::uint32_t max_call_seconds = 7200;
constexpr std::size_t max_media = 10;

comms::JsonObject phone(std::string_view number) {
  return comms::JsonObject().put("type", "phone").put("number", comms::without_plus(number));
}

comms::JsonArray one(std::string_view text) {
  return comms::JsonArray().add(text);
}

comms::JsonObject content_of(const comms::Sms& sms) {
  comms::JsonObject content;
  if (sms.media.empty()) return content.put("message_type", "text").put("text", sms.body);
  if (sms.media.size() == 1) {
    const std::string kind = media_kind(sms.media[0]);
    comms::JsonObject part;
    part.put("url", sms.media[0]).put_nonempty("caption", sms.body);
    return content.put("message_type", kind).put(kind, part);
  }
  comms::JsonArray parts;
  bool first = true;
  for (const std::string_view url : sms.media) {
    comms::JsonObject part;
    part.put("type", media_kind(url)).put("url", url);
    if (first) part.put_nonempty("caption", sms.body);
    parts.add(part);
    first = false;
  }
  return content.put("message_type", "content").put("content", parts);
}

/// Whether the call is over, asked after a refusal that does not say why.
comms::Outcome<comms::Done> done_if_over(const Account& account, const std::string& call_id,
                                         const comms::Error& refusal) {
  return account
      .as_application(comms::get(account.api("/v1/calls/" + comms::percent_encode(call_id))),
                      application_of(account.host(), call_id))
      .then([refusal](const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
        const std::string status = answer.ok() ? call_status(answer.json()["status"].text()) : "";
        if (status.empty() || status == "queued" || status == "ringing" ||
            status == "in-progress") {
          return refusal;
        }
        return comms::Done{};
      });
}

}  // namespace

comms::Outcome<comms::Receipt> Telephony::send_message(const comms::Sms& sms) {
  if (sms.media.size() > max_media) {
    return comms::Error(COMMS_INVALID, "an MMS holds ten media files at most");
  }
  return post_message(
      account_,
      {sms.media.empty() ? "sms" : "mms", sms.from, sms.to, sms.client_ref, sms.status_url},
      content_of(sms));
}

comms::Outcome<comms::Receipt> Telephony::make_call(const comms::CallRequest& call) {
  if (call.flags & COMMS_CALL_RECORD) {
    return comms::Error(COMMS_UNSUPPORTED, "Vonage records by instruction, not from the start", {},
                        "leave the recording out, or record with a record verb");
  }
  comms::JsonObject body;
  body.put("to", comms::JsonArray().add(phone(call.to))).put("from", phone(call.from));
  body.put("answer_url", one(call.answer_url)).put("answer_method", "POST");
  if (!call.status_url.empty()) {
    body.put("event_url", one(call.status_url)).put("event_method", "POST");
  }
  if (call.flags & COMMS_CALL_DETECT_MACHINE) body.put("machine_detection", "continue");
  if (call.ring_timeout_ms) {
    body.put("ringing_timer", comms::whole_seconds(call.ring_timeout_ms, 1, max_ring_seconds));
  }
  if (call.max_duration_ms) {
    body.put("length_timer", comms::whole_seconds(call.max_duration_ms, 1, max_call_seconds));
  }
  return account_.as_application(comms::post(account_.api("/v1/calls")))
      .json(body)
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Receipt> {
        if (!answer.ok()) return error_of_create(answer);
        const comms::Json body_of = answer.json();
        comms::Receipt receipt{body_of["uuid"].text(), call_status(body_of["status"].text())};
        if (receipt.vendor_id.empty()) return error_of(answer);
        return receipt;
      });
}

comms::Request Telephony::call_request(std::string_view call_id) const {
  if (call_id.empty()) throw comms::Error(COMMS_INVALID, "there is no call id");
  return account_.as_application(
      comms::put(account_.api("/v1/calls/" + comms::percent_encode(call_id))),
      application_of(account_.host(), call_id));
}

comms::Outcome<comms::Done> Telephony::transfer_call(const comms::Transfer& transfer) {
  if (transfer.to.empty() == transfer.answer_url.empty()) {
    return comms::Error(COMMS_INVALID, "a transfer needs either a number or a URL");
  }
  std::string body = R"({"action":"transfer","destination":{"type":"ncco",)";
  if (transfer.to.empty()) {
    body += "\"url\":" + one(transfer.answer_url).text();
  } else {
    body += "\"ncco\":" + transfer_ncco(transfer);
  }
  // Twice would announce and dial twice.
  return call_request(transfer.call_id)
      .idempotent(false)
      .body("application/json", body + "}}")
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
        if (!answer.ok()) return error_of(answer);
        return comms::Done{};
      });
}

comms::Outcome<comms::Done> Telephony::end_call(std::string_view call_id) {
  return call_request(call_id)
      .json(comms::JsonObject().put("action", "hangup"))
      .then([this, id = std::string(call_id)](
                const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
        if (answer.ok()) return comms::Done{};
        const comms::Error error = error_of(answer);
        if (error.status == COMMS_NOT_FOUND) return comms::Done{};
        if (answer.status() == 400) return done_if_over(account_, id, error);
        return error;
      });
}

comms::Outcome<comms::Blob> Telephony::fetch_media(std::string_view url) {
  return account_.fetch_media(url);
}

bool Telephony::verify_webhook(const comms::HttpIn& in) {
  return is_authentic(account_, in);
}

comms::Events Telephony::parse_webhook(const comms::HttpIn& in) {
  return events_of(account_, in, Channel::telephone);
}

comms::Reply Telephony::render(const comms::Verbs& verbs) {
  return {ncco(verbs), "application/json"};
}

comms::Outcome<comms::Receipt> Telephony::find_call(const comms::Find& what) {
  return vonage::find_call(account_, what);
}

}  // namespace vonage
