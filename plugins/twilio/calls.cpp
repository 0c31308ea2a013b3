#include "calls.h"

#include <comms/cpp/seconds.hpp>
#include <comms/cpp/timestamp.hpp>

#include "errors.h"
#include "messages.h"

namespace twilio {

namespace {

comms::Receipt receipt_of(const comms::JsonNode& call) {
  comms::Receipt receipt;
  receipt.vendor_id = call["sid"].text();
  receipt.status = call_status(call["status"].text());
  receipt.cost_micros = cost_micros(call["price"].text());
  if (receipt.cost_micros != COMMS_COST_UNKNOWN) {
    receipt.currency = currency_code(call["price_unit"].text());
  }
  const std::string duration = comms::milliseconds(call["duration"].text());
  if (!duration.empty()) receipt.fields.emplace_back("duration_ms", duration);
  return receipt;
}

comms::Outcome<comms::Receipt> find_by_id(const Account& account, std::string_view id) {
  const std::string path = "Calls/" + comms::percent_encode(id) + ".json";
  return account.authorized(comms::get(account.resource(path)))
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Receipt> {
        if (!answer.ok()) return error_of(answer);
        const comms::Json body = answer.json();
        comms::Receipt receipt = receipt_of(body.root());
        if (receipt.vendor_id.empty()) return error_of(answer);
        receipt.fields.emplace_back("match", "vendor_id");
        return receipt;
      });
}

}  // namespace

comms::Outcome<comms::Receipt> find_call(const Account& account, const comms::Find& what) {
  if (!what.vendor_id.empty()) return find_by_id(account, what.vendor_id);
  if (what.to.empty() || what.from.empty()) {
    return comms::Error(COMMS_UNSUPPORTED, "Twilio finds calls by id or by both ends");
  }
  // Not restricted by StartTime: a call still queued has none. Newest first, and no two people
  // speak so often that one page does not hold what was begun a minute ago.
  const std::string path = "Calls.json?To=" + comms::percent_encode(what.to) +
                           "&From=" + comms::percent_encode(what.from) + "&PageSize=100";
  return account.authorized(comms::get(account.resource(path)))
      .then([after = what.after_ms - 1000, before = what.before_ms](
                const comms::HttpResponse& answer) -> comms::Outcome<comms::Receipt> {
        if (!answer.ok()) return error_of_create(answer);
        const comms::Json body = answer.json();
        if (body["calls"].type() != COMMS_JSON_ARRAY) return error_of(answer);
        comms::Receipt found;
        int matches = 0;
        for (const comms::JsonNode call : body["calls"]) {
          const std::int64_t created = comms::mail_date_ms(call["date_created"].text());
          // Legs of a dial verb have the direction outbound-dial.
          if (call["direction"].text() != "outbound-api") continue;
          // A time that cannot be read may be the one: it must not be overlooked.
          if (created != 0 && (created < after || (before > 0 && created > before))) continue;
          ++matches;
          found = receipt_of(call);
        }
        if (matches == 0) return comms::Error(COMMS_NOT_FOUND, "Twilio has no such call");
        if (matches > 1) {
          return comms::Error(COMMS_UNSUPPORTED,
                              "Twilio has calls of that time that cannot be told apart", {},
                              "look into the call log of the Twilio Console");
        }
        found.fields.emplace_back("match", "content");
        return found;
      });
}

}  // namespace twilio
