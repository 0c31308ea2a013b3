#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "net/event_loop.h"

namespace commsd::net {

/// A counter that one thread writes and any thread reads.
class Counter {
 public:
  void add(std::uint64_t amount = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  void subtract(std::uint64_t amount = 1) { add(~amount + 1); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// One loop's share of ServerStats. A gauge may wrap below zero on one loop when what it counts
/// moved to another; the sum over the loops is right.
struct ServerCounters {
  Counter connections_accepted;
  Counter connections_refused;
  Counter connections_open;
  Counter requests;
  Counter requests_in_flight;
  Counter responses_2xx;
  Counter responses_4xx;
  Counter responses_5xx;
  Counter malformed;
  Counter timed_out;
  Counter streams_open;
  Counter streams_overflowed;
  Counter websockets_open;
  Counter bytes_received;
  Counter bytes_sent;
};

/// What a server keeps open on a loop: a connection or a WebSocket.
class OpenPeer {
 public:
  virtual ~OpenPeer() = default;
  virtual void drain() = 0;  // end when nothing is in flight
  virtual void abort() = 0;  // end now
};

/// A server's state on one loop; touched by that loop's thread only, counters aside.
class ServerLoop {
 public:
  explicit ServerLoop(EventLoop& event_loop) : loop(event_loop) {}

  void add(std::shared_ptr<OpenPeer> peer) { peers_.insert(std::move(peer)); }
  /// May destroy the peer.
  void remove(const std::shared_ptr<OpenPeer>& peer) { peers_.erase(peer); }
  std::vector<std::shared_ptr<OpenPeer>> peers() const { return {peers_.begin(), peers_.end()}; }
  bool idle() const { return peers_.empty(); }

  /// Up to a quarter less than `delay`, differently each time. Streams that were opened together,
  /// as after a restart, would else be written to in the same turn for ever, with requests waiting.
  std::chrono::milliseconds spread(std::chrono::milliseconds delay);

  /// The Date field's value, made once a second (RFC 9110, section 5.6.7).
  std::string_view date();

  EventLoop& loop;
  ServerCounters counters;
  std::array<char, std::size_t{64} * 1024>
      input;           // shared by all reads: idle connections hold no buffer
  std::string output;  // shared by all writes that leave at once

 private:
  std::unordered_set<std::shared_ptr<OpenPeer>> peers_;
  std::string date_;
  std::int64_t date_until_ = 0;
  std::uint32_t spread_ = 0;
};

}  // namespace commsd::net
