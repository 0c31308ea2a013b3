#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Money is whole micros (1e-6) of one currency; nothing in between is rounded. [any thread]

namespace commsd::policy {

/// More than this (10^9 units of the currency) is a mistake of who wrote it.
inline constexpr std::int64_t most_micros = 1'000'000'000'000'000;

/// "0.0083" as 8300. Nothing for a sign, an exponent, more than six decimals, or too much.
std::optional<std::int64_t> parse_micros(std::string_view decimal);
/// The same of a number that JSON or YAML has made a double of.
std::optional<std::int64_t> to_micros(double amount);
/// 8300 as "0.0083": a JSON number without superfluous zeros.
std::string format_micros(std::int64_t micros);

/// What is billed for a cost: cost x (1 + markup), the markup in millionths; half a micro is
/// rounded up. `cost` at most most_micros times ten thousand.
std::int64_t billed(std::int64_t cost, std::int64_t markup_ppm);

}  // namespace commsd::policy
