#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <comms/comms.h>

namespace commsd::plugin {

/// The host's side of `comms_sink`: collects what a pure function writes, up to a limit beyond
/// which the rest is dropped and overflowed() says so. Used on the calling thread, during the call.
class Sink {
 public:
  explicit Sink(std::size_t limit = 1024 * 1024) : limit_(limit) {}

  comms_sink* handle() { return reinterpret_cast<comms_sink*>(this); }
  static Sink* from(comms_sink* handle) { return reinterpret_cast<Sink*>(handle); }

  void write(std::string_view piece) {
    if (overflowed_ || piece.size() > limit_ - text_.size()) {
      overflowed_ = true;
      return;
    }
    text_ += piece;
  }
  bool overflowed() const { return overflowed_; }
  const std::string& text() const { return text_; }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
  std::size_t limit_;
  bool overflowed_ = false;
};

}  // namespace commsd::plugin
