#pragma once

#include <string_view>

namespace comms {

/// Whether `url` is below `origin` ("https://api.example", without a slash at the end): the same
/// scheme, host and port, then a path. For those who must not show credentials to anybody else, so
/// what is merely written differently is no match.
inline bool is_below(std::string_view url, std::string_view origin) {
  return url.size() > origin.size() && url.substr(0, origin.size()) == origin &&
         url[origin.size()] == '/';
}

}  // namespace comms
