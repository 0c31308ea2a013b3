#include <comms/cpp/call_xml.hpp>
#include <comms/cpp/price.hpp>
#include <comms/cpp/seconds.hpp>

#include "errors.h"
#include "telephony.h"
#include "texml.h"
#include "values.h"

// Calls of TeXML: /texml/Accounts/{account_sid}/Calls.

namespace telnyx {

namespace {

constexpr std::uint32_t least_ring_seconds = 5, most_ring_seconds = 120;
constexpr std::uint32_t least_call_seconds = 30, most_call_seconds = 14'400;
constexpr const char* call_events = "initiated ringing answered completed";

comms::Receipt receipt_of(const comms::JsonNode& call) {
  comms::Receipt receipt;
  receipt.vendor_id = call["sid"].text();
  receipt.status = call_status(call["status"].text());
  receipt.cost_micros = comms::price_micros(call["price"].text());
  if (receipt.cost_micros != COMMS_COST_UNKNOWN) receipt.currency = call["price_unit"].text();
  const std::string duration = comms::milliseconds(call["duration"].text());
  if (!duration.empty()) receipt.fields.emplace_back("duration_ms", duration);
  return receipt;
}

comms::Outcome<comms::Receipt> find_by_id(const Account& account, std::string_view id) {
  return account.authorized(comms::get(account.calls(id)))
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Receipt> {
        if (!answer.ok()) return error_of(answer);
        const comms::Json body = answer.json();
        comms::Receipt receipt = receipt_of(body.root());
        if (receipt.vendor_id.empty()) return error_of(answer);
        receipt.fields.emplace_back("match", "vendor_id");
        return receipt;
      });
}

/// The one outgoing call between these ends in that time.
comms::Outcome<comms::Receipt> find_by_ends(const Account& account, const comms::Find& what) {
  const std::string url = account.calls() + "?From=" + comms::percent_encode(what.from) +
                          "&To=" + comms::percent_encode(what.to) + "&PageSize=100";
  // Telnyx tells whole seconds.
  return account.authorized(comms::get(url))
      .then([after = what.after_ms - 1000, before = what.before_ms](
                const comms::HttpResponse& answer) -> comms::Outcome<comms::Receipt> {
        if (!answer.ok()) return error_of_create(answer);
        const comms::Json body = answer.json();
        if (body["calls"].type() != COMMS_JSON_ARRAY) return error_of(answer);
        comms::Receipt found;
        int matches = 0;
        for (const comms::JsonNode call : body["calls"]) {
          if (call["direction"].text() == "inbound") continue;
          const std::int64_t created = time_ms(call["date_created"].text());
          // A time that cannot be read may be the one: it must not be overlooked.
          if (created != 0 && (created < after || (before > 0 && created > before))) continue;
          ++matches;
          found = receipt_of(call);
        }
        if (matches > 1 || (matches == 0 && !body["next_page_uri"].text().empty())) {
          return comms::Error(COMMS_UNSUPPORTED, "Telnyx has calls that cannot be told apart", {},
                              "look into the call log of the Telnyx Portal");
        }
        if (matches == 0) return comms::Error(COMMS_NOT_FOUND, "Telnyx has no such call");
        found.fields.emplace_back("match", "content");
        return found;
      });
}

comms::Request update(const Account& account, std::string_view call_id) {
  if (call_id.empty()) throw comms::Error(COMMS_INVALID, "there is no call id");
  return account.authorized(comms::post(account.calls(call_id)));
}

}  // namespace

comms::Outcome<comms::Receipt> Telephony::make_call(const comms::CallRequest& call) {
  if (account_.application().empty()) {
    return comms::Error(COMMS_INVALID, "texml_application_id is not set, which calls need", {},
                        "make a TeXML application in the Telnyx Portal and name it here");
  }
  comms::JsonObject body;
  body.put("ApplicationSid", account_.application()).put("From", call.from).put("To", call.to);
  body.put("Url", call.answer_url).put("UrlMethod", "POST");
  if (!call.status_url.empty()) {
    body.put("StatusCallback", call.status_url).put("StatusCallbackMethod", "POST");
    body.put("StatusCallbackEvent", call_events);
  }
  if (call.flags & COMMS_CALL_DETECT_MACHINE) body.put("MachineDetection", "Enable");
  if (call.flags & COMMS_CALL_RECORD) {
    body.put("Record", true);
    if (!call.status_url.empty()) {
      body.put("RecordingStatusCallback", call.status_url);
      body.put("RecordingStatusCallbackMethod", "POST");
    }
  }
  if (call.ring_timeout_ms) {
    body.put("Timeout", comms::whole_seconds(call.ring_timeout_ms, least_ring_seconds,  //
                                             most_ring_seconds));
  }
  if (call.max_duration_ms) {
    body.put("TimeLimit", comms::whole_seconds(call.max_duration_ms, least_call_seconds,  //
                                               most_call_seconds));
  }
  return account_.authorized(comms::post(account_.calls()))
      .json(body)
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Receipt> {
        if (!answer.ok()) return error_of_create(answer);
        const comms::Json json = answer.json();
        // Telnyx's document lists from, to and status only; its servers name the call too. Without
        // a name the call is made all the same: it is ambiguous, and find_call finds it.
        comms::Receipt receipt{json["call_sid"].text(json["sid"].text()),
                               call_status(json["status"].text())};
        if (receipt.vendor_id.empty()) return error_of(answer);
        return receipt;
      });
}

comms::Outcome<comms::Receipt> Telephony::find_call(const comms::Find& what) {
  if (!what.vendor_id.empty()) return find_by_id(account_, what.vendor_id);
  if (what.from.empty() || what.to.empty()) {
    return comms::Error(COMMS_UNSUPPORTED, "Telnyx finds calls by their id or by both ends");
  }
  return find_by_ends(account_, what);
}

comms::Outcome<comms::Done> Telephony::transfer_call(const comms::Transfer& transfer) {
  if (transfer.to.empty() == transfer.answer_url.empty()) {
    return comms::Error(COMMS_INVALID, "a transfer needs either a number or a URL");
  }
  comms::Form form;
  if (transfer.to.empty()) {
    form.add("Url", transfer.answer_url).add("Method", "POST");
  } else {
    form.add("Texml", comms::transfer_xml(transfer));
  }
  return update(account_, transfer.call_id)
      .form(form)
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
        if (!answer.ok()) return error_of(answer);
        return comms::Done{};
      });
}

comms::Outcome<comms::Done> Telephony::end_call(std::string_view call_id) {
  return update(account_, call_id)
      .form(comms::Form().add("Status", "completed"))
      .idempotent()
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
        if (answer.ok()) return comms::Done{};
        const comms::Error error = error_of(answer);
        if (error.status == COMMS_NOT_FOUND) return comms::Done{};  // over already
        return error;
      });
}

comms::Reply Telephony::render(const comms::Verbs& verbs) {
  return {texml(verbs), texml_type};
}

}  // namespace telnyx
