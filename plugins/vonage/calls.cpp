#include "calls.h"

#include <comms/cpp/e164.hpp>
#include <comms/cpp/price.hpp>
#include <comms/cpp/seconds.hpp>

#include "errors.h"
#include "text.h"

namespace vonage {

namespace {

constexpr std::uint32_t a_day_ms = 86'400'000;
constexpr std::size_t page_size = 100;

comms::Receipt receipt_of(const Account& account, const comms::JsonNode& call) {
  comms::Receipt receipt;
  receipt.vendor_id = call["uuid"].text();
  receipt.status = call_status(call["status"].text());
  // While the call lasts there is a rate and no price (Voice API, "price").
  if (receipt.status == "completed") {
    receipt.cost_micros = comms::price_micros(call["price"].text());
  }
  if (receipt.cost_micros != COMMS_COST_UNKNOWN) receipt.currency = account.currency();
  const std::string duration = comms::milliseconds(call["duration"].text());
  if (!duration.empty()) receipt.fields.emplace_back("duration_ms", duration);
  return receipt;
}

std::string cache_key(std::string_view call_id) {
  return "application:" + std::string(call_id);
}

}  // namespace

std::string call_status(std::string_view status) {
  if (status == "answered" || status == "machine" || status == "human") return "in-progress";
  if (status == "timeout" || status == "unanswered") return "no-answer";
  if (status == "rejected") return "failed";
  if (status == "cancelled") return "canceled";
  for (const std::string_view known : {"ringing", "completed", "busy", "failed"}) {
    if (status == known) return std::string(status);
  }
  return "queued";  // started
}

comms::Outcome<comms::Receipt> find_call(const Account& account, const comms::Find& what) {
  if (!what.vendor_id.empty()) {
    const std::string id(what.vendor_id);
    return account
        .as_application(comms::get(account.api("/v1/calls/" + comms::percent_encode(id))),
                        application_of(account.host(), id))
        .then([&account](const comms::HttpResponse& answer) -> comms::Outcome<comms::Receipt> {
          if (!answer.ok()) return error_of(answer);
          const comms::Json body = answer.json();
          comms::Receipt receipt = receipt_of(account, body.root());
          if (receipt.vendor_id.empty()) return error_of(answer);
          receipt.fields.emplace_back("match", "vendor_id");
          return receipt;
        });
  }
  if (what.to.empty() || what.from.empty() || what.after_ms <= 0) {
    return comms::Error(COMMS_UNSUPPORTED, "Vonage finds calls by id or by both ends and time");
  }
  std::string path = "/v1/calls?order=desc&page_size=" + std::to_string(page_size) +
                     "&date_start=" + comms::percent_encode(iso8601(what.after_ms - 1000));
  if (what.before_ms > 0) {
    path += "&date_end=" + comms::percent_encode(iso8601(what.before_ms + 1000));
  }
  return account.as_application(comms::get(account.api(path)))
      .then([&account, to = comms::without_plus(what.to), from = comms::without_plus(what.from)](
                const comms::HttpResponse& answer) -> comms::Outcome<comms::Receipt> {
        if (!answer.ok()) return error_of_create(answer);
        const comms::Json body = answer.json();
        const comms::JsonNode calls = body.at("/_embedded/calls");
        if (calls.type() != COMMS_JSON_ARRAY) return error_of(answer);
        comms::Receipt found;
        int matches = 0;
        for (const comms::JsonNode call : calls) {
          // A list of one or an object: the document and the samples do not agree.
          const comms::JsonNode end =
              call["to"].type() == COMMS_JSON_ARRAY ? call.at("/to/0") : call["to"];
          const comms::JsonNode origin =
              call["from"].type() == COMMS_JSON_ARRAY ? call.at("/from/0") : call["from"];
          if (end["number"].text() != to || origin["number"].text() != from) continue;
          if (call["direction"].text() == "inbound") continue;
          ++matches;
          found = receipt_of(account, call);
        }
        if (matches == 1) {
          found.fields.emplace_back("match", "content");
          return found;
        }
        if (matches == 0 && body["count"].integer() <= std::int64_t{page_size}) {
          return comms::Error(COMMS_NOT_FOUND, "Vonage has no such call");
        }
        return comms::Error(COMMS_UNSUPPORTED,
                            "Vonage has calls of that time that cannot be told apart", {},
                            "look into the voice logs of the Vonage Dashboard");
      });
}

std::string application_of(const comms::Host& host, std::string_view call_id) {
  return host.cached(cache_key(call_id)).value_or("");
}

void remember_application(const comms::Host& host, std::string_view call_id,
                          std::string_view application) {
  if (!call_id.empty() && !application.empty()) {
    host.remember(cache_key(call_id), application, a_day_ms);
  }
}

}  // namespace vonage
