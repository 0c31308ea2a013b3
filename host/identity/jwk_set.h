#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/types.h>

#include "base/result.h"

namespace commsd::identity {

/// The public keys of an issuer (RFC 7517), of the kinds we verify with: RSA of at least 2048 bits
/// (RS256), P-256 (ES256) and Ed25519 (EdDSA). Immutable; [any thread].
class JwkSet {
 public:
  /// Keys of other kinds, for other uses, or malformed are left out: issuers publish keys for
  /// encryption and for algorithms to come beside those that sign tokens. invalid_argument when
  /// this is no key set, or none of its keys can be used.
  static Result<JwkSet> parse(std::string_view json);

  /// Whether a key of that id exists, of any algorithm. "" asks whether there is just one key.
  bool knows(std::string_view key_id) const;

  /// Whether `signature` over `text` is good under the key of that id. The algorithm is the key's
  /// own; `algorithm` must be the same, so that a token cannot choose how it is checked (RFC 8725,
  /// section 3.1). "" as id stands for the only key there is.
  bool verify(std::string_view key_id, std::string_view algorithm, std::string_view text,
              std::string_view signature) const;

  std::size_t size() const { return keys_.size(); }

 private:
  struct Key {
    std::string id;
    std::string algorithm;
    std::shared_ptr<EVP_PKEY> key;
  };

  const Key* find(std::string_view key_id) const;

  std::vector<Key> keys_;
};

}  // namespace commsd::identity
