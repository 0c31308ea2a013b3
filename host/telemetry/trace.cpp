#include "telemetry/trace.h"

#include <algorithm>

#include "base/digest.h"

namespace commsd::telemetry {

namespace {

std::optional<std::uint8_t> nibble(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  return std::nullopt;  // the recommendation allows lower case only
}

template <std::size_t Size>
bool read_hex(std::string_view text, std::array<std::uint8_t, Size>& out) {
  for (std::size_t at = 0; at < Size; ++at) {
    const auto high = nibble(text[2 * at]);
    const auto low = nibble(text[2 * at + 1]);
    if (!high || !low) return false;
    out[at] = static_cast<std::uint8_t>(*high << 4 | *low);
  }
  return true;
}

template <std::size_t Size>
bool all_zero(const std::array<std::uint8_t, Size>& bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

template <std::size_t Size>
std::string hex(const std::array<std::uint8_t, Size>& bytes) {
  return to_hex(std::string_view(reinterpret_cast<const char*>(bytes.data()), Size));
}

template <std::size_t Size>
void fill_not_zero(Random& random, std::array<std::uint8_t, Size>& bytes) {
  do {
    random.fill(bytes);
  } while (all_zero(bytes));
}

}  // namespace

TraceContext TraceContext::start(Random& random) {
  TraceContext context;
  fill_not_zero(random, context.trace_id);
  fill_not_zero(random, context.span_id);
  return context;
}

std::optional<TraceContext> TraceContext::parse(std::string_view text) {
  constexpr std::size_t size = 55;  // 2 + 1 + 32 + 1 + 16 + 1 + 2
  if (text.size() < size || text[2] != '-' || text[35] != '-' || text[52] != '-') {
    return std::nullopt;
  }
  std::array<std::uint8_t, 1> version{};
  std::array<std::uint8_t, 1> flags{};
  TraceContext context;
  if (!read_hex(text, version) || !read_hex(text.substr(3), context.trace_id) ||
      !read_hex(text.substr(36), context.span_id) || !read_hex(text.substr(53), flags)) {
    return std::nullopt;
  }
  if (version[0] == 0xFF || all_zero(context.trace_id) || all_zero(context.span_id)) {
    return std::nullopt;
  }
  if (text.size() > size && (version[0] == 0 || text[size] != '-')) return std::nullopt;
  context.sampled = (flags[0] & 1) != 0;
  return context;
}

TraceContext TraceContext::child(Random& random) const {
  TraceContext next = *this;
  fill_not_zero(random, next.span_id);
  return next;
}

std::string TraceContext::traceparent() const {
  return "00-" + hex(trace_id) + "-" + hex(span_id) + (sampled ? "-01" : "-00");
}

std::string TraceContext::trace_id_hex() const {
  return hex(trace_id);
}

}  // namespace commsd::telemetry
