#include "base/iso_time.h"

#include <cstdio>
#include <ctime>

namespace commsd {

std::string iso_time(UnixMillis at) {
  const std::time_t seconds = at / 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[40];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text + size, sizeof text - size, ".%03dZ", static_cast<int>(at % 1000));
  return text;
}

}  // namespace commsd
