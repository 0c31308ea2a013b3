#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace commsd::net {

/// Counts what clients hold, all together and per client: connections, or requests with a large
/// body. A client is an IPv4 address, also where it is written as IPv6 (::ffff:192.0.2.7), or of
/// IPv6 the first 64 bits: the rest is what a single machine chooses itself, and as often as it
/// likes (RFC 4291, section 2.5.1; RFC 8981). [any thread]
class ClientLimiter : public std::enable_shared_from_this<ClientLimiter> {
 public:
  /// One that is counted; destroying it gives the place back.
  class Slot {
   public:
    Slot(Slot&& other) noexcept = default;
    Slot& operator=(Slot&&) = delete;
    ~Slot() {
      if (limiter_) limiter_->release(address_, counted_);
    }
    /// The peer's address, e.g. "192.0.2.7" or "2001:db8::1".
    const std::string& address() const { return address_; }

   private:
    friend ClientLimiter;
    Slot(std::shared_ptr<ClientLimiter> limiter, std::string address, bool counted)
        : limiter_(std::move(limiter)), address_(std::move(address)), counted_(counted) {}
    std::shared_ptr<ClientLimiter> limiter_;
    std::string address_;
    bool counted_;  // against the limit per client
  };

  ClientLimiter(std::size_t total, std::size_t per_client)
      : total_limit_(total), per_client_limit_(per_client) {}

  /// Empty when a limit is reached. An `exempt` address counts in the total only.
  std::optional<Slot> acquire(std::string address, bool exempt);

 private:
  void release(const std::string& address, bool counted);

  const std::size_t total_limit_;
  const std::size_t per_client_limit_;
  std::mutex mutex_;
  std::size_t total_ = 0;
  std::unordered_map<std::string, std::size_t> per_client_;
};

}  // namespace commsd::net
