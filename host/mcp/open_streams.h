#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "identity/principal.h"

namespace commsd::net {
class EventStream;
}

namespace commsd::mcp {

/// Who a bearer token speaks for; see identity::TokenService::verify. unauthenticated for a bad
/// token, anything else is answered 503. The view is alive until the task has ended.
using Authenticator = std::function<Task<Result<identity::Principal>>(std::string_view token)>;

/// The streams that clients hold open to hear of changes, each with the token it was opened with.
///
/// The problem: a token is checked when a request comes, and a stream is one request that lasts for
/// days. Its token may be revoked or expire, or its agent be deprovisioned, and it would go on
/// hearing. [any thread]
class OpenStreams {
 public:
  void add(const std::shared_ptr<net::EventStream>& stream, std::string token);

  /// Asks again about every token and closes the streams of those that are no good any more; the
  /// client comes back and is told so. While the authenticator cannot tell, they stay. Returns how
  /// many were closed. This outlives the task.
  Task<std::size_t> check(const Authenticator& authenticator);

 private:
  struct Open {
    std::weak_ptr<net::EventStream> stream;
    std::string token;
  };

  /// Forgets streams that have ended and copies the rest.
  std::vector<Open> open();

  std::mutex mutex_;
  std::vector<Open> streams_;
};

}  // namespace commsd::mcp
