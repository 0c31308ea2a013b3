#include "faults.h"

#include <array>

namespace comms::check {
namespace {

constexpr std::array<const char*, 15> kStatuses = {
    "COMMS_OK",        "COMMS_PENDING",      "COMMS_INVALID",      "COMMS_UNAUTHENTICATED",
    "COMMS_DENIED",    "COMMS_NOT_FOUND",    "COMMS_RATE_LIMITED", "COMMS_UNAVAILABLE",
    "COMMS_TIMEOUT",   "COMMS_REJECTED",     "COMMS_UNSUPPORTED",  "COMMS_INTERNAL",
    "COMMS_CANCELLED", "COMMS_BACKPRESSURE", "COMMS_AMBIGUOUS"};

testing::Answer answer(int status, std::string body, std::string type = "application/json") {
  return {status, {std::move(body)}, {{"content-type", std::move(type)}}, COMMS_OK};
}

testing::Answer broken(Status transport) {
  return {0, {""}, {}, transport};
}

std::string vendor_error(const std::string& code) {
  return R"({"code":")" + code + R"(","message":"the vendor says so","error":{"code":")" + code +
         R"(","message":"the vendor says so"},"status":"failed"})";
}

bool has_field(const OpResult& result, std::string_view name) {
  for (const auto& [key, value] : result.fields) {
    if (key == name) return true;
  }
  return false;
}

/// Nothing was found out: neither a success nor "certainly none".
void refuse_success(Context& test, const std::string& where, const Operation& operation,
                    const OpResult& result) {
  if (result.status == COMMS_OK) {
    test.fail(kClass, where + " ended with COMMS_OK");
  } else if (operation.effect == Effect::looks_up && result.status == COMMS_NOT_FOUND) {
    test.fail(kCertain, where + " ended with COMMS_NOT_FOUND, which nobody said");
  }
}

void want(Context& test, const std::string& where, const OpResult& result,
          std::initializer_list<Status> statuses, const Rule& rule) {
  std::string names;
  for (const Status status : statuses) {
    if (result.status == status) return;
    names += (names.empty() ? "" : " or ") + name_of_status(status);
  }
  test.fail(rule, where + " ended with " + name_of_status(result.status) + "; it must be " + names);
}

void unauthorized(Context& test, const std::string& where, const Operation&, const OpResult& result,
                  bool) {
  want(test, where, result, {COMMS_UNAUTHENTICATED, COMMS_DENIED}, kClass);
}

void gone(Context& test, const std::string& where, const Operation& operation,
          const OpResult& result, bool) {
  if (result.status == COMMS_OK && operation.effect != Effect::removes) {
    test.fail(kClass, where + " ended with COMMS_OK");
  }
}

void throttled(Context& test, const std::string& where, const Operation&, const OpResult& result,
               bool) {
  want(test, where, result, {COMMS_RATE_LIMITED}, kClass);
  if (result.status == COMMS_RATE_LIMITED && result.error.retry_after_ms != 7000) {
    test.fail(kClass, where + " told retry_after_ms " +
                          std::to_string(result.error.retry_after_ms) +
                          "; the vendor said Retry-After: 7");
  }
}

/// The vendor may have taken it, and nobody can tell.
void lost(Context& test, const std::string& where, const Operation& operation,
          const OpResult& result, bool idempotent) {
  refuse_success(test, where, operation, result);
  if (operation.effect == Effect::sends && !idempotent && result.status != COMMS_OK) {
    want(test, where, result, {COMMS_AMBIGUOUS}, kAmbiguous);
  }
}

/// Nothing reached the vendor.
void not_sent(Context& test, const std::string& where, const Operation& operation,
              const OpResult& result, bool) {
  refuse_success(test, where, operation, result);
}

/// The vendor said yes in words that cannot be read.
void unreadable(Context& test, const std::string& where, const Operation& operation,
                const OpResult& result, bool idempotent) {
  if (result.status == COMMS_OK) return;  // check_results says whether it may be
  if (operation.effect == Effect::looks_up && result.status == COMMS_NOT_FOUND) {
    test.fail(kCertain, where + " ended with COMMS_NOT_FOUND, which nobody said");
  }
  if (operation.effect == Effect::sends && !idempotent) {
    want(test, where, result, {COMMS_AMBIGUOUS}, kAmbiguous);
  }
}

}  // namespace

std::string name_of_status(Status status) {
  const auto index = static_cast<std::size_t>(status);
  return index < kStatuses.size() ? kStatuses.at(index) : "status " + std::to_string(status);
}

testing::Answer ordinary_answer(const std::string& origin) {
  const std::string one =
      R"("id":"check-id-1","sid":"SM0123456789abcdef0123456789abcdef","message_id":"check-id-1",)"
      R"("messageId":"check-id-1","MessageID":"check-id-1","idMessage":"check-id-1",)"
      R"("message_uuid":"check-id-1","uuid":"check-id-1","call_id":"check-id-1",)"
      R"("request_uuid":"check-id-1","status":"queued","state":"queued","name":"example.com",)"
      R"("phone_number":"+14155550100","phoneNumber":"+14155550100","text":"hello",)"
      R"("url":")" +
      origin + R"(/check/media/2","download_url":")" + origin +
      R"(/check/media/2","content_type":"text/plain","access_token":"check-token",)"
      R"("expires_in":3600)";
  const std::string object = "{" + one + "}";
  testing::Answer good =
      answer(200, "{" + one + ",\"data\":" + object + ",\"messages\":[" + object +
                      "],\"result\":" + object + ",\"results\":[" + object + "],\"voices\":[]}");
  good.headers.emplace_back("x-message-id", "check-id-1");
  good.headers.emplace_back("etag", "\"check\"");
  good.headers.emplace_back("content-length", "7");
  return good;
}

void check_results(Context& test, const std::string& where, const Operation& operation,
                   const OpResult& result) {
  if (result.status != COMMS_OK) return;
  const std::string_view wanted = operation.yields;
  if (wanted == "message" && result.vendor_id.empty()) {
    test.fail(kResults, where + " ended with COMMS_OK without a vendor's id (result.message)");
  } else if (!wanted.empty() && wanted != "message" && !has_field(result, wanted)) {
    test.fail(kResults,
              where + " ended with COMMS_OK without the field '" + std::string(wanted) + "'");
  }
}

const std::vector<Fault>& faults() {
  static const std::vector<Fault> all = [] {
    constexpr std::size_t kLargest = 8 * 1024 * 1024;
    testing::Answer slow_down = answer(429, vendor_error("too_many_requests"));
    slow_down.headers.emplace_back("Retry-After", "7");
    const std::string page = "<!DOCTYPE html><html><body><h1>Bad gateway</h1></body></html>";
    // Latin-1 bytes under a media type that says so, and under one that says UTF-8
    const std::string latin = "{\"message\":\"na\xefve caf\xe9\",\"code\":\"\xe9\"}";
    std::string large = R"({"filler":")";
    large.append(kLargest - large.size() - 2, 'x');
    large += R"("})";
    std::vector<Fault> list;
    list.push_back(
        {"http_401", answer(401, vendor_error("unauthorized")), 8, false, &unauthorized});
    list.push_back({"http_404", answer(404, vendor_error("not_found")), 8, false, &gone});
    list.push_back({"http_429", slow_down, 8, false, &throttled});
    list.push_back({"http_500", answer(500, vendor_error("internal")), 8, true, &lost});
    list.push_back({"http_502_page", answer(502, page, "text/html"), 8, true, &lost});
    list.push_back({"empty_body", answer(200, ""), 8, true, &unreadable});
    list.push_back({"truncated_json", answer(200, R"({"id":"check-id-1","status":"que)"), 8, true,
                    &unreadable});
    list.push_back({"html_page", answer(200, page, "text/html"), 8, true, &unreadable});
    list.push_back({"large_body", answer(200, large), 2, true, &unreadable});
    list.push_back({"wrong_charset", answer(200, latin, "application/json; charset=iso-8859-1"), 8,
                    true, &unreadable});
    list.push_back({"wrong_charset_error", answer(400, latin), 8, false, &gone});
    list.push_back({"timeout_before_sending", broken(COMMS_TIMEOUT), 8, false, &not_sent});
    list.push_back({"timeout_after_sending", broken(COMMS_AMBIGUOUS), 8, true, &lost});
    list.push_back({"unreachable", broken(COMMS_UNAVAILABLE), 8, false, &not_sent});
    testing::Answer reset = broken(COMMS_AMBIGUOUS);
    reset.pieces = {"half of what was"};
    list.push_back({"reset_after_the_request", reset, 8, true, &lost});
    return list;
  }();
  return all;
}

}  // namespace comms::check
