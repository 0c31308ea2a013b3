#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/random.h"

namespace commsd {

/// The key that texts are sealed under (see seal_text), and the one before it while there may be
/// texts of that one's. [any thread]
struct SealingKeys {
  Sha256 now{};
  std::optional<Sha256> before = {};
};

/// The keys of the server's secrets; `secret_before` "" = there is none.
SealingKeys sealing_keys(std::string_view secret, std::string_view secret_before);

/// Empty when neither key opens it.
std::optional<std::string> open_text(const SealingKeys& keys, std::string_view sealed,
                                     std::string_view bound_to);

/// The same text under the key of now; nothing when it is that already, or neither key opens it.
std::optional<std::string> reseal_text(const SealingKeys& keys, std::string_view sealed,
                                       std::string_view bound_to, Random& random);

}  // namespace commsd
