#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "net/transport.h"

namespace commsd::net {

/// Bytes on their way out: what the kernel does not take at once waits here. One thread.
class OutputQueue {
 public:
  enum class State { empty, waiting, failed };

  /// Writes what waits, then `data`; keeps what is left. `sent` grows by what the kernel took.
  State write(Transport& transport, std::string_view data, std::size_t& sent) {
    if (size() == 0) {
      const State state = push(transport, data, sent);
      if (state == State::waiting) waiting_.assign(data);
      return state;
    }
    waiting_.append(data);
    std::string_view rest(waiting_.data() + offset_, size());
    const State state = push(transport, rest, sent);
    offset_ = waiting_.size() - rest.size();
    if (state == State::empty) {
      // An idle connection must not keep what one large response needed.
      waiting_ = {};
      offset_ = 0;
    } else if (offset_ > waiting_.size() / 2) {
      waiting_.erase(0, offset_);
      offset_ = 0;
    }
    return state;
  }
  std::size_t size() const { return waiting_.size() - offset_; }
  bool empty() const { return size() == 0; }

 private:
  static State push(Transport& transport, std::string_view& data, std::size_t& sent) {
    while (!data.empty()) {
      const Transport::Outcome outcome = transport.write(data);
      if (outcome.status == Transport::Status::again) return State::waiting;
      if (outcome.status != Transport::Status::ok) return State::failed;
      sent += outcome.bytes;
      data.remove_prefix(outcome.bytes);
    }
    return State::empty;
  }

  std::string waiting_;
  std::size_t offset_ = 0;
};

}  // namespace commsd::net
