#include "net/server_loop.h"

#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/Timestamp.h>

namespace commsd::net {

std::chrono::milliseconds ServerLoop::spread(std::chrono::milliseconds delay) {
  spread_ += 0x9e3779b9;  // the golden ratio of 2^32: multiples of it fall evenly over the range
  return delay - delay / 4 * (spread_ >> 24) / 256;
}

std::string_view ServerLoop::date() {
  if (loop.now_ms() >= date_until_) {
    date_ = Poco::DateTimeFormatter::format(Poco::Timestamp(), Poco::DateTimeFormat::HTTP_FORMAT);
    date_until_ = loop.now_ms() + 1000;
  }
  return date_;
}

}  // namespace commsd::net
