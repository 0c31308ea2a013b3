#include "base/sealing_keys.h"

#include "base/sealed_text.h"

namespace commsd {

SealingKeys sealing_keys(std::string_view secret, std::string_view secret_before) {
  SealingKeys keys{sha256(secret), {}};
  if (!secret_before.empty()) keys.before = sha256(secret_before);
  return keys;
}

std::optional<std::string> open_text(const SealingKeys& keys, std::string_view sealed,
                                     std::string_view bound_to) {
  auto text = open_text(keys.now, sealed, bound_to);
  if (!text && keys.before) text = open_text(*keys.before, sealed, bound_to);
  return text;
}

std::optional<std::string> reseal_text(const SealingKeys& keys, std::string_view sealed,
                                       std::string_view bound_to, Random& random) {
  if (!keys.before || open_text(keys.now, sealed, bound_to)) return std::nullopt;
  const auto text = open_text(*keys.before, sealed, bound_to);
  if (!text) return std::nullopt;
  return seal_text(keys.now, *text, bound_to, random);
}

}  // namespace commsd
