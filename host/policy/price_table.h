#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace commsd::policy {

/// What a vendor will ask, as long as it has not said so itself. The prices are data
/// (config/prices.yaml): per provider, item ("sms" and "mms" per segment and message, "whatsapp",
/// "email", "voice" per minute) and beginning of the number. All are of one currency, that of the
/// limits. [any thread]
class PriceTable {
 public:
  /// invalid_argument names the entry and what is wrong with it. Every item must have a price for
  /// any provider and destination.
  static Result<PriceTable> parse(std::string_view yaml);
  /// The prices that ship with the server.
  static PriceTable standard();

  /// ISO 4217, e.g. "USD".
  const std::string& currency() const { return currency_; }

  /// Micros of `units` units to `to`: the provider's entry with the longest beginning of the number
  /// that fits, else that of any provider. Unknown items cost what the dearest known one does.
  std::int64_t estimate(std::string_view provider, std::string_view item, std::string_view to,
                        std::int64_t units) const;

 private:
  using Prefixes = std::map<std::string, std::int64_t, std::less<>>;  // -> micros of a unit

  std::int64_t unit_price(std::string_view provider, std::string_view item,
                          std::string_view to) const;

  std::string currency_;
  std::map<std::pair<std::string, std::string>, Prefixes> prices_;  // by provider and item
  std::int64_t dearest_ = 0;
};

}  // namespace commsd::policy
