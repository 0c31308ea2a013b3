#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/random.h"

namespace commsd {

/// Encrypts text for a place that others may read, e.g. the database: AES-256-GCM under a fresh
/// nonce, as base64url(nonce, ciphertext, tag). `bound_to` is not stored but must be the same at
/// opening, so that a sealed text moved to another row does not open there. At most 2^32 texts
/// under one key (NIST SP 800-38D, 8.3).
std::string seal_text(const Sha256& key, std::string_view text, std::string_view bound_to,
                      Random& random);

/// Empty when it was sealed under another key or for another place, or was altered.
std::optional<std::string> open_text(const Sha256& key, std::string_view sealed,
                                     std::string_view bound_to);

}  // namespace commsd
