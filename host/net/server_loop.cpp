#include "net/server_loop.h"

#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/Timestamp.h>

namespace commsd::net {

std::string_view ServerLoop::date() {
  if (loop.now_ms() >= date_until_) {
    date_ = Poco::DateTimeFormatter::format(Poco::Timestamp(), Poco::DateTimeFormat::HTTP_FORMAT);
    date_until_ = loop.now_ms() + 1000;
  }
  return date_;
}

}  // namespace commsd::net
