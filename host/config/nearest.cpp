#include "config/nearest.h"

#include <algorithm>

#include "base/text.h"

namespace commsd::config {

namespace {

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t at = 0; at <= b.size(); ++at) last[at] = at;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({row[j - 1] + 1, last[j] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

std::string_view nearest_name(std::string_view wanted, const std::vector<std::string_view>& known) {
  constexpr std::size_t longest = 64;  // beyond that nobody mistyped a key
  if (wanted.empty() || wanted.size() > longest) return {};
  const std::string lower = to_lower_ascii(wanted);
  std::string_view best;
  std::size_t least = longest;
  for (const std::string_view name : known) {
    // "warning" for "warn": more letters apart than a slip, but clearly the same word
    const bool prefix = name.size() >= 3 && wanted.size() >= 3 &&
                        (lower.starts_with(name) || name.starts_with(lower));
    const std::size_t apart = prefix ? 1 : distance(lower, to_lower_ascii(name));
    if (apart < least && apart * 3 <= std::max(wanted.size(), name.size())) {
      best = name;
      least = apart;
    }
  }
  return best;
}

}  // namespace commsd::config
