#include "net/response_head.h"

#include <charconv>

#include <Poco/Net/HTTPResponse.h>

#include "base/text.h"
#include "net/http_request_head.h"
#include "telemetry/log.h"

namespace commsd::net {

std::string_view reason_phrase(int status) {
  if (status == 200) return "OK";
  // Poco returns references to constants of its own.
  const std::string& phrase = Poco::Net::HTTPResponse::getReasonForStatus(
      static_cast<Poco::Net::HTTPResponse::HTTPStatus>(status));
  return phrase == Poco::Net::HTTPResponse::HTTP_REASON_UNKNOWN ? std::string_view("Status")
                                                                : phrase;
}

ResponseHead::ResponseHead(std::string& out, int status, std::string_view date) : out_(out) {
  out_.append("HTTP/1.1 ").append(std::to_string(status)).push_back(' ');
  out_.append(reason_phrase(status)).append("\r\n");
  if (status >= 200) field("Date", date);
}

ResponseHead& ResponseHead::field(std::string_view name, std::string_view value) {
  out_.append(name).append(": ").append(value).append("\r\n");
  return *this;
}

namespace {

bool is_ours(std::string_view name) {
  for (const std::string_view own : {"Content-Length", "Transfer-Encoding", "Connection", "Date"})
    if (equal_ignoring_case(name, own)) return true;
  return false;
}

}  // namespace

ResponseHead& ResponseHead::fields(const Headers& headers) {
  for (const Header& header : headers) {
    if (header.name.empty() || is_ours(header.name) || has_control_character(header.name) ||
        has_control_character(header.value) || header.name.find(':') != std::string::npos) {
      log::error("response_header_dropped");
      continue;
    }
    field(header.name, header.value);
  }
  return *this;
}

ResponseHead& ResponseHead::content_length(std::size_t bytes) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, bytes);
  return field("Content-Length", {digits, static_cast<std::size_t>(end.ptr - digits)});
}

}  // namespace commsd::net
