#include "failure.h"

#include <algorithm>
#include <charconv>

#include <comms/cpp/redact.hpp>
#include <comms/cpp/utf8.hpp>

namespace sendgrid {

namespace {

constexpr const char* too_large = "send less than 30 MB, or links to the files";

/// What SendGrid says, and what it means (https://www.twilio.com/docs/sendgrid/api-reference/
/// mail-send/errors and "4XX API Errors and Troubleshooting Suggestions" of its support). What is
/// the matter with the account and not with the mail may go out through another provider.
struct Saying {
  std::string_view words;
  comms::Status status;  // 0 = as the HTTP status says
  const char* remedy;
};
constexpr Saying sayings[] = {
    {"Maximum credits exceeded", COMMS_DENIED,
     "the plan's mails are used up: take a larger plan, or wait until its next month or day"},
    {"authorization grant is invalid", COMMS_UNAUTHENTICATED,
     "make a new API key at SendGrid and set api_key; check region, too"},
    {"not authorized", COMMS_DENIED,
     "give the API key the permission for this: Mail Send, Sender Authentication, Email Activity"},
    {"authorization required", COMMS_DENIED,
     "give the API key the permission for this: Mail Send, Sender Authentication, Email Activity"},
    {"access forbidden", COMMS_DENIED,
     "give the API key the permission for this: Mail Send, Sender Authentication, Email Activity"},
    {"verified Sender Identity", COMMS_DENIED,
     "verify the sender's domain at SendGrid, or its address under Sender Authentication"},
    {"valid address", 0, "check the addresses of the mail"},
    {"subject is required", 0, "give the mail a subject"},
    {"content value must be", 0, "give the mail a text"},
    {"less than 30MB", 0, too_large},
    {"reserved", 0, "leave out the header field that the message names"},
};

/// X-RateLimit-Reset: the second at which the next request may come
/// (https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/rate-limits).
std::uint32_t until_reset(const comms::Host& host, std::string_view reset) {
  constexpr std::int64_t most = 86'400'000;  // longer than that nobody waits
  std::int64_t seconds = 0;
  const auto read = std::from_chars(reset.data(), reset.data() + reset.size(), seconds);
  if (reset.empty() || read.ec != std::errc() || seconds < 0 || seconds > 99'999'999'999) return 0;
  const std::int64_t wait = seconds * 1000 - host.now_ms();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(wait, 0, most));
}

}  // namespace

comms::Error failure(const comms::Host& host, const comms::HttpResponse& response) {
  comms::Error error = response.error();
  const comms::Json answer = response.json();
  const comms::JsonNode first = answer.at("/errors/0");
  const int status = response.status();
  const std::string said = first["message"].text();
  if (!said.empty()) error.message += ": " + comms::redact(comms::utf8_front(said, 300));
  if (status < 400) return error;
  error.vendor_code = comms::utf8_front(first["field"].text(std::to_string(status)), 100);
  if (status >= 500) return error;  // what it says does not tell whether the mail was taken
  if (status == 413) error.remedy = too_large;
  if (status == 429) {
    error.remedy = "nothing: it is tried again by itself";
    if (error.retry_after_ms == 0) {
      error.retry_after_ms = until_reset(host, response.header("X-RateLimit-Reset"));
    }
  }
  for (const Saying& known : sayings) {
    if (said.find(known.words) == std::string::npos) continue;
    if (known.status) error.status = known.status;
    error.remedy = known.remedy;
    break;
  }
  return error;
}

}  // namespace sendgrid
