#include "post_callback.h"

#include <charconv>
#include <utility>

namespace commsd {

namespace {

constexpr std::size_t most_of_answer = 16 * 1024;

/// Retry-After in seconds (RFC 9110, 10.2.3); as a date it is left to the schedule.
std::chrono::milliseconds retry_after(const net::HttpResponseIn& response) {
  const std::string_view text = response.header("Retry-After");
  std::int64_t seconds = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
  constexpr std::int64_t most = 24 * 3600;
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || seconds < 0) seconds = 0;
  return std::chrono::seconds(std::min(seconds, most));
}

}  // namespace

Task<Result<messaging::CallbackAnswer>> post_callback(net::HttpClient& client,
                                                      messaging::CallbackRequest request) {
  net::HttpRequestOut out;
  out.method = "POST";
  out.url = std::move(request.url);
  out.headers = std::move(request.headers);
  out.body = std::move(request.body);
  out.total_timeout = request.limit;
  out.max_response = most_of_answer;
  Task<net::HttpOutcome> sending = client.send(std::move(out));
  const net::HttpOutcome outcome = co_await std::move(sending);
  if (outcome) co_return messaging::CallbackAnswer{outcome->status, retry_after(*outcome)};
  // A host that says much has answered all the same.
  if (outcome.error().kind == net::TransportFailure::Kind::too_large &&
      outcome.error().status > 0) {
    co_return messaging::CallbackAnswer{outcome.error().status, {}};
  }
  co_return fail(ErrorCode::unavailable, outcome.error().cause);
}

Result<void> check_callback(const net::HttpClient& client, const std::string& url) {
  if (auto target = client.check(url, nullptr); !target) {
    return fail(ErrorCode::invalid_argument,
                "the callback's address cannot be used: " + target.error());
  }
  return {};
}

}  // namespace commsd
