#include "fetch_document.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "base/text.h"

namespace commsd {

using std::chrono::seconds;

Task<Result<identity::FetchedDocument>> fetch_document(net::HttpClient& client, std::string url) {
  net::HttpRequestOut request;
  request.url = std::move(url);
  request.headers = {{"Accept", "application/json"}};
  request.total_timeout = seconds(5);
  request.connect_timeout = seconds(3);
  request.max_response = 64 * 1024;
  request.idempotent = true;
  Task<net::HttpOutcome> sending = client.send(std::move(request));
  net::HttpOutcome outcome = co_await std::move(sending);
  constexpr std::string_view failed = "the document cannot be fetched";
  if (!outcome) co_return fail(ErrorCode::unavailable, std::string(failed), outcome.error().cause);
  if (outcome->status != 200) {
    co_return fail(ErrorCode::unavailable, std::string(failed),
                   "HTTP status " + std::to_string(outcome->status));
  }
  identity::FetchedDocument document;
  const std::string control = to_lower_ascii(outcome->header("Cache-Control"));
  if (const std::size_t at = control.find("max-age="); at != std::string::npos) {
    std::int64_t age = 0;
    std::from_chars(control.data() + at + 8, control.data() + control.size(), age);
    document.max_age = seconds(std::clamp<std::int64_t>(age, 0, 7 * 24 * 3600));
  }
  document.body = std::move(outcome->body);
  co_return document;
}

}  // namespace commsd
