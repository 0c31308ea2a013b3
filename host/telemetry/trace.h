#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"

namespace commsd::telemetry {

/// W3C Trace Context level 1, `traceparent` only (https://www.w3.org/TR/trace-context/).
/// `tracestate` is not carried: it is the vendors' data and we add none.
struct TraceContext {
  std::array<std::uint8_t, 16> trace_id{};
  std::array<std::uint8_t, 8> span_id{};
  bool sampled = false;

  /// A new trace.
  static TraceContext start(Random& random);
  /// Empty when the header is malformed or all-zero: then start() a new trace, as section 3.3 of
  /// the recommendation asks. Later versions are read by their first four fields.
  static std::optional<TraceContext> parse(std::string_view traceparent);

  /// The same trace, a new span: what is sent onwards.
  TraceContext child(Random& random) const;

  std::string traceparent() const;   // "00-<32 hex>-<16 hex>-<2 hex>"
  std::string trace_id_hex() const;  // for log fields
};

}  // namespace commsd::telemetry
