#pragma once

#include <string>
#include <vector>

namespace commsd::net {

/// A header field to send. A name or value with a control character (CR and LF included) is never
/// sent: the field is dropped and the fault logged, because it would split the response.
struct Header {
  std::string name;
  std::string value;
};
using Headers = std::vector<Header>;

}  // namespace commsd::net
