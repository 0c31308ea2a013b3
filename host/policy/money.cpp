#include "policy/money.h"

#include <cmath>

namespace commsd::policy {

namespace {

constexpr std::int64_t one = 1'000'000;
constexpr std::size_t decimals = 6;

}  // namespace

std::optional<std::int64_t> parse_micros(std::string_view decimal) {
  const std::size_t point = decimal.find('.');
  const std::string_view whole = decimal.substr(0, point);
  std::string fraction(point == std::string_view::npos ? "" : decimal.substr(point + 1));
  const bool bare_point = point != std::string_view::npos && fraction.empty();
  if (whole.empty() || whole.size() > 10 || bare_point || fraction.size() > decimals) {
    return std::nullopt;
  }
  fraction.resize(decimals, '0');
  std::int64_t micros = 0;
  for (const char digit : std::string(whole) + fraction) {
    if (digit < '0' || digit > '9') return std::nullopt;
    micros = micros * 10 + (digit - '0');
  }
  if (micros > most_micros) return std::nullopt;
  return micros;
}

std::optional<std::int64_t> to_micros(double amount) {
  if (!(amount >= 0) || amount > static_cast<double>(most_micros / one)) return std::nullopt;
  const auto micros = static_cast<std::int64_t>(std::llround(amount * 1e6));
  // The double nearest to a decimal of six places and no other one is that decimal.
  if (static_cast<double>(micros) / 1e6 != amount) return std::nullopt;
  return micros;
}

std::string format_micros(std::int64_t micros) {
  const bool negative = micros < 0;
  const auto value =
      negative ? 0 - static_cast<std::uint64_t>(micros) : static_cast<std::uint64_t>(micros);
  std::string text = std::to_string(value / one);
  std::string fraction = std::to_string(value % one);
  fraction.insert(0, decimals - fraction.size(), '0');
  fraction.erase(fraction.find_last_not_of('0') + 1);
  if (!fraction.empty()) text += '.' + fraction;
  return negative ? '-' + text : text;
}

std::int64_t billed(std::int64_t cost, std::int64_t markup_ppm) {
  // The product of two 64-bit numbers does not fit into one: whole units and the rest apart.
  const std::int64_t units = cost / one;
  const std::int64_t rest = cost % one;
  return cost + units * markup_ppm + (rest * markup_ppm + one / 2) / one;
}

}  // namespace commsd::policy
