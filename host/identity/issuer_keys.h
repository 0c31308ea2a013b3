#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "identity/fetch.h"
#include "identity/jwk_set.h"

namespace commsd::identity {

/// The key set of an external issuer, fetched when needed and kept. [any executor]
///
/// Whoever sends tokens with made-up key ids must not make us call the issuer each time: there is
/// at most one fetch in `retry_pause`, whatever its result. A set is refreshed after `lifetime`,
/// and when a token names a key that it lacks (the issuer has rotated). When the issuer is away,
/// the last set serves for `most_stale` more.
class IssuerKeys {
 public:
  static constexpr UnixMillis lifetime = 10 * 60'000;
  static constexpr UnixMillis retry_pause = 10'000;
  static constexpr UnixMillis most_stale = 24 * 3'600'000;

  /// `jwks_url` "": the one that the issuer's metadata names (RFC 8414, OpenID Connect Discovery).
  IssuerKeys(std::string issuer, std::string jwks_url, Fetch fetch, const Clock& clock)
      : issuer_(std::move(issuer)),
        jwks_url_(std::move(jwks_url)),
        fetch_(std::move(fetch)),
        clock_(clock) {}

  /// The set to check a token with that names `key_id`; it may not know the key all the same.
  /// unavailable when there is no set yet and none can be had now.
  Task<Result<std::shared_ptr<const JwkSet>>> keys_for(std::string key_id);

 private:
  Task<Result<JwkSet>> download();
  Task<Result<std::string>> discover();

  std::string issuer_;
  std::string jwks_url_;
  Fetch fetch_;
  const Clock& clock_;
  std::mutex mutex_;
  std::shared_ptr<const JwkSet> keys_;
  UnixMillis fetched_at_ = 0;
  UnixMillis next_fetch_at_ = 0;
};

}  // namespace commsd::identity
