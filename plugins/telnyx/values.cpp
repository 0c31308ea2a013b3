#include "values.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include <comms/cpp/http_error.hpp>

namespace telnyx {

namespace {

/// True with what follows the first `count` digits, which become `value`.
bool digits(std::string_view& text, std::size_t count, unsigned& value) {
  if (text.size() < count) return false;
  const auto parsed = std::from_chars(text.data(), text.data() + count, value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + count) return false;
  text.remove_prefix(count);
  return true;
}

bool sign(std::string_view& text, char wanted) {
  if (text.empty() || text[0] != wanted) return false;
  text.remove_prefix(1);
  return true;
}

std::int64_t rfc3339_ms(std::string_view text) {
  unsigned year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!digits(text, 4, year) || !sign(text, '-') || !digits(text, 2, month) || !sign(text, '-') ||
      !digits(text, 2, day) || !sign(text, 'T') || !digits(text, 2, hour) || !sign(text, ':') ||
      !digits(text, 2, minute) || !sign(text, ':') || !digits(text, 2, second)) {
    return 0;
  }
  std::int64_t fraction = 0;
  if (sign(text, '.')) {
    for (std::int64_t unit = 100; !text.empty() && text[0] >= '0' && text[0] <= '9'; unit /= 10) {
      fraction += (text[0] - '0') * unit;
      text.remove_prefix(1);
    }
  }
  if (text != "Z" && text != "+00:00") return 0;
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) {
    return 0;
  }
  const std::int64_t days = comms::days_from_civil(year, month, day);
  return ((days * 24 + hour) * 60 + minute) * 60'000 + second * 1000 + fraction;
}

std::int64_t rfc2822_ms(std::string_view text) {
  constexpr std::string_view utc = "+0000";
  if (text.size() < utc.size() || text.substr(text.size() - utc.size()) != utc) return 0;
  const std::string http(text.substr(0, text.size() - utc.size()));
  return std::max<std::int64_t>(comms::http_date_ms(http + "GMT"), 0);
}

}  // namespace

std::string message_status(std::string_view status) {
  if (status == "sent" || status == "delivered") return std::string(status);
  if (status == "delivery_unconfirmed") return "sent";
  if (status == "delivery_failed") return "undelivered";
  if (status == "sending_failed" || status == "expired") return "failed";
  return "queued";  // queued, sending
}

std::string call_status(std::string_view status) {
  if (status == "answered") return "in-progress";
  for (const std::string_view known :
       {"ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"}) {
    if (status == known) return std::string(status);
  }
  return "queued";  // queued, accepted, initiated
}

std::int64_t cost_micros(std::string_view amount) {
  if (!amount.empty() && amount[0] == '-') amount.remove_prefix(1);
  std::int64_t micros = 0;
  int decimals = -1;  // -1 = before the point
  bool any_digit = false;
  for (const char c : amount) {
    if (c == '.' && decimals < 0) {
      decimals = 0;
    } else if (c >= '0' && c <= '9') {
      any_digit = true;
      if (decimals == 6) continue;
      if (micros > 1'000'000'000'000) return COMMS_COST_UNKNOWN;
      micros = micros * 10 + (c - '0');
      if (decimals >= 0) ++decimals;
    } else {
      return COMMS_COST_UNKNOWN;
    }
  }
  if (!any_digit) return COMMS_COST_UNKNOWN;
  for (int i = std::max(decimals, 0); i < 6; ++i) micros *= 10;
  return micros;
}

std::int64_t time_ms(std::string_view text) {
  const std::int64_t rfc3339 = rfc3339_ms(text);
  return rfc3339 != 0 ? rfc3339 : rfc2822_ms(text);
}

std::string milliseconds(std::string_view seconds) {
  std::uint32_t value = 0;
  const auto end = seconds.data() + seconds.size();
  const auto parsed = std::from_chars(seconds.data(), end, value);
  if (seconds.empty() || parsed.ec != std::errc() || parsed.ptr != end) return {};
  return std::to_string(std::uint64_t{value} * 1000);
}

std::uint32_t seconds_within(std::uint32_t ms, std::uint32_t least, std::uint32_t most) {
  return std::clamp(ms / 1000 + (ms % 1000 != 0), least, most);
}

}  // namespace telnyx
