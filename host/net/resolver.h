#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <vector>

#include <tl/expected.hpp>

namespace commsd::net {

/// Numeric addresses of a host ("192.0.2.1", "2001:db8::1"), or why there are none.
using Addresses = tl::expected<std::vector<std::string>, std::string>;

/// Name resolution that never blocks a loop: a few threads run the system's blocking lookup,
/// answers are kept for `ttl`, and callers that ask for one name share one lookup.
/// getaddrinfo() does not report the record's own TTL, hence a fixed short one. [any thread]
class Resolver {
 public:
  using Lookup = std::function<Addresses(const std::string& host)>;
  using Callback = std::function<void(const Addresses&)>;
  struct Options {
    std::size_t threads = 4;
    std::size_t max_queued = 1024;  // lookups waiting for a thread; beyond it they fail
    std::chrono::milliseconds ttl{30000};
    std::chrono::milliseconds failure_ttl{2000};
    std::size_t max_cached = 4096;
    Lookup lookup;  // empty = getaddrinfo
  };

  explicit Resolver(Options options);
  Resolver() : Resolver(Options()) {}
  /// Waits for lookups in progress; callbacks of those not begun get an error.
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// `done` runs once: at once on the calling thread for a cached answer, else on a lookup thread.
  /// It must not block.
  void resolve(std::string_view host, Callback done);

 private:
  class Pool;
  std::unique_ptr<Pool> pool_;
};

}  // namespace commsd::net
