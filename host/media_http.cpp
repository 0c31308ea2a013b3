#include "media_http.h"

#include <charconv>
#include <chrono>
#include <utility>

namespace commsd {

namespace {

using std::chrono::seconds;
using Kind = net::TransportFailure::Kind;

}  // namespace

Task<Result<plugin::FetchedMedia>> fetch_file(net::HttpClient& client, std::string url,
                                              std::size_t most_bytes) {
  net::HttpRequestOut request;
  request.url = std::move(url);
  request.max_response = most_bytes;
  request.idempotent = true;
  Task<net::HttpOutcome> sending = client.send(std::move(request));
  net::HttpOutcome outcome = co_await std::move(sending);
  if (!outcome) {
    if (outcome.error().kind == Kind::too_large) {
      co_return fail(ErrorCode::too_large, "the file is too large");
    }
    co_return fail(outcome.error().kind == Kind::refused_by_egress ? ErrorCode::rejected
                                                                   : ErrorCode::unavailable,
                   "the file cannot be fetched", outcome.error().cause);
  }
  if (outcome->status != 200) {
    const bool gone = outcome->status == 404 || outcome->status == 410;
    co_return fail(gone ? ErrorCode::not_found : ErrorCode::unavailable,
                   "the file cannot be fetched", "HTTP status " + std::to_string(outcome->status));
  }
  plugin::FetchedMedia file;
  file.content_type = outcome->header("Content-Type");
  file.bytes = std::move(outcome->body);
  co_return file;
}

Task<Result<policy::FileFacts>> look_at_file(net::HttpClient& client, std::string url) {
  policy::FileFacts facts;
  net::HttpRequestOut request;
  request.method = "HEAD";
  request.url = std::move(url);
  request.total_timeout = seconds(3);
  request.connect_timeout = seconds(2);
  request.idempotent = true;
  Task<net::HttpOutcome> sending = client.send(std::move(request));
  const net::HttpOutcome outcome = co_await std::move(sending);
  if (!outcome) {
    if (outcome.error().kind == Kind::refused_by_egress) {
      co_return fail(ErrorCode::invalid_argument, "its address is not a public one",
                     outcome.error().cause);
    }
    co_return facts;  // it may be there for the vendor all the same
  }
  if (outcome->status == 404 || outcome->status == 410) {
    co_return fail(ErrorCode::invalid_argument,
                   "its server says that there is nothing (HTTP status " +
                       std::to_string(outcome->status) + ')');
  }
  if (outcome->status != 200) co_return facts;  // some servers do not answer HEAD
  facts.content_type = outcome->header("Content-Type");
  const std::string_view length = outcome->header("Content-Length");
  std::int64_t bytes = 0;
  const auto read = std::from_chars(length.data(), length.data() + length.size(), bytes);
  if (!length.empty() && read.ec == std::errc() && read.ptr == length.data() + length.size()) {
    facts.bytes = bytes;
  }
  co_return facts;
}

}  // namespace commsd
