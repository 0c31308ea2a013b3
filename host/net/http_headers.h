#pragma once

#include <string>
#include <vector>

namespace commsd::net {

/// A header field to send. A name or value with a control character (CR and LF included) is never
/// sent, nor one that the server writes itself (Content-Length, Transfer-Encoding, Connection,
/// Date): the field is dropped and the fault logged, because it would split the response.
struct Header {
  std::string name;
  std::string value;
};
using Headers = std::vector<Header>;

}  // namespace commsd::net
