#pragma once

#include <cstdint>

namespace commsd::net {

/// What an event loop calls when a file descriptor is ready.
class EventHandler {
 public:
  /// [loop thread] `events` are EPOLL* bits. May add, modify or remove any descriptor, its own
  /// included: a descriptor removed in the same turn gets no stale event.
  virtual void on_events(std::uint32_t events) = 0;

 protected:
  ~EventHandler() = default;
};

}  // namespace commsd::net
