#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

// The rows of limits, billing and what counts against them; otherwise as store/records.h.

namespace commsd::store {

/// What one agent, or ("" as agent) every agent of an organization, may do. Empty members leave it
/// to the next source. Spend and caps are micros.
struct LimitSettings {
  std::string org_id;
  std::string agent_id;
  std::optional<std::int64_t> per_minute;
  std::optional<std::int64_t> per_hour;
  std::optional<std::int64_t> per_day;
  std::optional<std::int64_t> same_number_per_day;
  std::optional<std::int64_t> spend_per_day;
  std::optional<std::int64_t> spend_per_month;
  std::optional<std::int64_t> cap_per_day;  // of all agents together; the organization's row only
  std::optional<std::int64_t> cap_per_month;
  UnixMillis updated_at = 0;
};

/// What an agent, or ("") an organization, is billed.
struct BillingSettings {
  std::string org_id;
  std::string agent_id;
  std::string tier;
  std::optional<std::int64_t> markup_ppm;  // millionths of the cost
  std::string email;
  UnixMillis updated_at = 0;
};

/// Behind an agent's id: the copies of what it sends and receives are numbered apart, so that they
/// take no place of what they are copies of.
inline constexpr std::string_view copies_lane = "/copies";

/// One action that counts against limits; see schema/migrations, table reservations.
struct Reservation {
  std::string org_id;
  std::string agent_id;  // with copies_lane behind it where the numbers are those of copies
  std::int64_t sequence = 0;
  std::string subject;  // id of the message or call
  std::string action;
  UnixMillis at = 0;
  std::string currency;
  std::int64_t micros = 0;
  std::optional<UnixMillis> settled_at;
};

/// What one agent did of one kind, over several windows.
struct UsageTotal {
  std::string org_id;
  std::string agent_id;
  std::string action;
  std::int64_t count = 0;
  std::int64_t spend_micros = 0;
};

}  // namespace commsd::store
