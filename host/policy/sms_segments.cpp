#include "policy/sms_segments.h"

#include <algorithm>
#include <string>
#include <vector>

namespace commsd::policy {

namespace {

/// TS 23.038, 6.2.1: the default alphabet beside the printable ASCII that it shares.
constexpr std::u32string_view gsm_others =
    U"\u00a3\u00a5\u00e8\u00e9\u00f9\u00ec\u00f2\u00c7\u00d8\u00f8\u00c5\u00e5\u0394\u03a6\u0393"
    U"\u039b\u03a9\u03a0\u03a8\u03a3\u0398\u039e\u00c6\u00e6\u00df\u00c9\u00a4\u00a1\u00c4\u00d6"
    U"\u00d1\u00dc\u00a7\u00bf\u00e4\u00f6\u00f1\u00fc\u00e0\n\r";
/// 6.2.1.1: behind an escape, so two septets each.
constexpr std::u32string_view gsm_escaped = U"^{}\\[~]|\u20ac\f";
/// Printable ASCII that is in neither.
constexpr char32_t backtick = U'`';

std::int64_t septets(char32_t c) {
  if (gsm_escaped.find(c) != std::u32string_view::npos) return 2;
  if (c >= U' ' && c <= U'~' && c != backtick) return 1;
  return gsm_others.find(c) != std::u32string_view::npos ? 1 : 0;
}

/// The code points; a byte that begins none is U+FFFD.
std::u32string code_points(std::string_view text) {
  std::u32string points;
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : 4;
    if ((lead >= 0x80 && lead < 0xc2) || lead > 0xf4 || at + length > text.size()) {
      points += U'\ufffd';
      ++at;
      continue;
    }
    char32_t point = length == 1 ? lead : lead & (0x7fU >> length);
    bool whole = true;
    for (std::size_t next = 1; next < length; ++next) {
      const auto byte = static_cast<unsigned char>(text[at + next]);
      whole = whole && byte >> 6 == 2;
      point = point << 6 | (byte & 0x3fU);
    }
    points += whole ? point : U'\ufffd';
    at += whole ? length : 1;
  }
  return points;
}

std::int64_t segments(const std::vector<std::int64_t>& sizes, std::int64_t alone,
                      std::int64_t each) {
  std::int64_t total = 0;
  for (const std::int64_t size : sizes) total += size;
  if (total <= alone) return 1;
  std::int64_t count = 1;
  std::int64_t filled = 0;
  for (const std::int64_t size : sizes) {
    if (filled + size > each) {
      ++count;
      filled = 0;
    }
    filled += size;
  }
  return count;
}

}  // namespace

SmsSize sms_size(std::string_view text) {
  const std::u32string points = code_points(text);
  SmsSize result;
  std::vector<std::int64_t> sizes(points.size());
  std::transform(points.begin(), points.end(), sizes.begin(), septets);
  if (std::find(sizes.begin(), sizes.end(), 0) == sizes.end()) {
    result.segments = segments(sizes, 160, 153);
    return result;
  }
  result.alphabet = SmsAlphabet::ucs2;
  std::transform(points.begin(), points.end(), sizes.begin(),
                 [](char32_t c) -> std::int64_t { return c > U'\uffff' ? 2 : 1; });
  result.segments = segments(sizes, 70, 67);
  return result;
}

}  // namespace commsd::policy
