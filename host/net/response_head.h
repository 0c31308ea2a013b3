#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_headers.h"

namespace commsd::net {

/// "OK" for 200; "Status" for a code without a registered phrase.
std::string_view reason_phrase(int status);

/// Writes the head of a response.
class ResponseHead {
 public:
  ResponseHead(std::string& out, int status, std::string_view date);
  ResponseHead& field(std::string_view name, std::string_view value);
  ResponseHead& fields(const Headers& headers);
  ResponseHead& content_length(std::size_t bytes);
  void end() { out_.append("\r\n"); }

 private:
  std::string& out_;
};

}  // namespace commsd::net
