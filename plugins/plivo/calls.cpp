#include "calls.h"

#include <comms/cpp/e164.hpp>
#include <comms/cpp/price.hpp>
#include <comms/cpp/seconds.hpp>

#include "errors.h"
#include "plivo_xml.h"
#include "telephony.h"
#include "transfer.h"
#include "values.h"

// Call/ and Call/{uuid}/ (https://www.plivo.com/docs/voice/api/calls).

namespace plivo {

namespace {

constexpr std::uint32_t most_ring_seconds = 600;
constexpr std::uint32_t most_call_seconds = 86'399;  // as many as a day has take no effect
constexpr std::uint32_t a_day_ms = 86'400'000;

std::string cache_key(std::string_view request_id) {
  return "call:" + std::string(request_id);
}

std::string path_of(std::string_view collection, std::string_view id) {
  return std::string(collection) + '/' + comms::percent_encode(id) + '/';
}

comms::Error no_call_id() {
  return comms::Error(COMMS_INVALID, "there is no call id");
}

/// Where a call may be, in the order asked: the record of one that is over, one that goes on, one
/// that waits to be made.
constexpr const char* places[] = {"", "?status=live", "?status=queued"};
constexpr std::size_t place_count = sizeof places / sizeof *places;

comms::Receipt receipt_of(const Account& account, const comms::JsonNode& call, std::size_t place) {
  comms::Receipt receipt;
  receipt.vendor_id = call["call_uuid"].text(call["request_uuid"].text());
  if (place > 0) {
    receipt.status = call_status(call["call_status"].text());
    return receipt;
  }
  const bool answered = !call["answer_time"].text().empty();
  receipt.status = ended_status(answered, call["hangup_cause_code"].text());
  receipt.cost_micros = comms::price_micros(call["total_amount"].text());
  if (receipt.cost_micros != COMMS_COST_UNKNOWN) receipt.currency = account.currency();
  const std::string duration = comms::milliseconds(call["call_duration"].text());
  if (!duration.empty()) receipt.fields.emplace_back("duration_ms", duration);
  return receipt;
}

comms::Outcome<comms::Receipt> find_in(const Account& account, const std::string& id,
                                       std::size_t place) {
  const std::string path = path_of("Call", call_of(account.host(), id)) + places[place];
  return account.authorized(comms::get(account.resource(path)))
      .then([&account, id,
             place](const comms::HttpResponse& answer) -> comms::Outcome<comms::Receipt> {
        if (answer.status() == 404 && place + 1 < place_count) {
          return find_in(account, id, place + 1);
        }
        if (!answer.ok()) return error_of(answer);
        const comms::Json body = answer.json();
        comms::Receipt receipt = receipt_of(account, body.root(), place);
        if (receipt.vendor_id.empty()) return error_of(answer);
        receipt.vendor_id = id;  // as make_call named it
        receipt.fields.emplace_back("match", "vendor_id");
        return receipt;
      });
}

}  // namespace

std::string call_of(const comms::Host& host, std::string_view request_id) {
  return host.cached(cache_key(request_id)).value_or(std::string(request_id));
}

void remember_call(const comms::Host& host, std::string_view request_id, std::string_view call_id) {
  if (request_id.empty() || call_id.empty() || request_id == call_id) return;
  host.remember(cache_key(request_id), call_id, a_day_ms);
}

comms::Outcome<comms::Receipt> Telephony::make_call(const comms::CallRequest& call) {
  if (call.flags & COMMS_CALL_RECORD) {
    return comms::Error(COMMS_UNSUPPORTED, "Plivo records by instruction, not from the start", {},
                        "leave the recording out, or record with a record verb");
  }
  if (call.to.find('<') != std::string_view::npos) {
    return comms::Error(COMMS_INVALID, "a call goes to one number");
  }
  comms::JsonObject body;
  body.put("from", comms::without_plus(call.from)).put("to", comms::without_plus(call.to));
  body.put("answer_url", call.answer_url).put("answer_method", "POST");
  const bool detects = (call.flags & COMMS_CALL_DETECT_MACHINE) != 0;
  if (detects) body.put("machine_detection", "true");
  if (!call.status_url.empty()) {
    body.put("ring_url", call.status_url).put("ring_method", "POST");
    body.put("hangup_url", call.status_url).put("hangup_method", "POST");
    // With an address of its own, the call goes on while Plivo listens.
    if (detects) {
      body.put("machine_detection_url", call.status_url).put("machine_detection_method", "POST");
    }
  }
  if (call.ring_timeout_ms) {
    body.put("ring_timeout", comms::whole_seconds(call.ring_timeout_ms, 1, most_ring_seconds));
  }
  if (call.max_duration_ms) {
    body.put("time_limit", comms::whole_seconds(call.max_duration_ms, 1, most_call_seconds));
  }
  return account_.authorized(comms::post(account_.resource("Call/")))
      .json(body)
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Receipt> {
        if (!answer.ok()) return error_of_create(answer);
        const comms::Json json = answer.json();
        comms::Receipt receipt{json["request_uuid"].text(), "queued"};
        if (receipt.vendor_id.empty()) return error_of(answer);
        return receipt;
      });
}

comms::Outcome<comms::Receipt> Telephony::find_call(const comms::Find& what) {
  if (what.vendor_id.empty()) {
    return comms::Error(COMMS_UNSUPPORTED, "Plivo finds calls by their id only", {},
                        "look into the call log of the Plivo Console");
  }
  return find_in(account_, std::string(what.vendor_id), 0);
}

comms::Outcome<comms::Done> Telephony::transfer_call(const comms::Transfer& transfer) {
  if (transfer.call_id.empty()) return no_call_id();
  if (transfer.to.empty() == transfer.answer_url.empty()) {
    return comms::Error(COMMS_INVALID, "a transfer needs either a number or a URL");
  }
  comms::JsonObject body;
  body.put("legs", "aleg").put("aleg_method", "POST");
  if (transfer.to.empty()) {
    body.put("aleg_url", transfer.answer_url);
  } else {
    body.put("aleg_url", instructing_url(account_.host(), transfer));
  }
  const std::string path = path_of("Call", call_of(account_.host(), transfer.call_id));
  return account_.authorized(comms::post(account_.resource(path)))
      .json(body)
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
        if (!answer.ok()) return error_of(answer);
        return comms::Done{};
      });
}

comms::Outcome<comms::Done> Telephony::end_call(std::string_view call_id) {
  if (call_id.empty()) return no_call_id();
  const std::string live = path_of("Call", call_of(account_.host(), call_id));
  return account_.authorized(comms::del(account_.resource(live)))
      .then([this, queued = path_of("Request", call_id)](
                const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
        if (answer.ok()) return comms::Done{};
        if (answer.status() != 404) return error_of(answer);
        // Over, or not begun yet.
        return account_.authorized(comms::del(account_.resource(queued)))
            .then([](const comms::HttpResponse& taken_back) -> comms::Outcome<comms::Done> {
              if (taken_back.ok() || taken_back.status() == 404) return comms::Done{};
              return error_of(taken_back);
            });
      });
}

comms::Reply Telephony::render(const comms::Verbs& verbs) {
  return {plivo_xml(verbs), xml_type};
}

}  // namespace plivo
