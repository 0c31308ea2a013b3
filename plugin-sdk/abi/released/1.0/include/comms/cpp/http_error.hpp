#pragma once

#include <charconv>
#include <cstdio>

#include <comms/cpp/types.hpp>

namespace comms {

struct HttpFailure {
  int status = 0;
  Status transport = COMMS_OK;
  bool idempotent = false;  // doing it again cannot do it twice
  std::string_view retry_after{}, retry_after_ms{};
  std::int64_t now_ms = 0;  // to read a date in Retry-After
};

/// Days since 1970-01-01 of a date of the Gregorian calendar (H. Hinnant, "chrono-compatible
/// low-level date algorithms").
inline std::int64_t days_from_civil(std::int64_t year, unsigned month, unsigned day) {
  year -= month <= 2;
  std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  auto of_era = static_cast<unsigned>(year - era * 400);
  unsigned of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/// Unix time of an HTTP date ("Sun, 06 Nov 1994 08:49:37 GMT", RFC 9110 5.6.7); -1 = not one.
inline std::int64_t http_date_ms(std::string_view text) {
  static constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  std::string copy(text.substr(0, 40));
  unsigned day = 0, hour = 0, minute = 0, second = 0;
  int year = 0;
  char name[4] = "";
  // The widths leave no number that does not fit.
  // NOLINTNEXTLINE(cert-err34-c)
  if (std::sscanf(copy.c_str(), "%*3s, %2u %3s %4d %2u:%2u:%2u GMT", &day, name, &year, &hour,
                  &minute, &second) != 6) {
    return -1;
  }
  std::size_t month = months.find(name);
  if (month == std::string_view::npos || month % 3 != 0 || std::string_view(name).size() != 3 ||
      day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) {
    return -1;
  }
  std::int64_t days = days_from_civil(year, static_cast<unsigned>(month / 3 + 1), day);
  return ((days * 24 + hour) * 60 + minute) * 60000 + second * 1000;
}

/// Milliseconds to wait, 0 = not told: retry-after-ms, Retry-After as seconds or as a date.
inline std::uint32_t retry_after(const HttpFailure& f) {
  static constexpr std::int64_t most = 86400000;  // a day; nobody waits longer for a vendor
  auto number = [](std::string_view text) -> std::int64_t {
    std::int64_t value = -1;
    auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() ? value : -1;
  };
  std::int64_t wait = number(f.retry_after_ms);
  if (wait < 0) {
    std::int64_t seconds = number(f.retry_after);
    if (seconds >= 0) wait = seconds > most / 1000 ? most : seconds * 1000;
  }
  if (wait < 0) {
    std::int64_t date = http_date_ms(f.retry_after);
    if (date >= 0) wait = date - f.now_ms;
  }
  if (wait < 0) return 0;
  return static_cast<std::uint32_t>(wait > most ? most : wait);
}

/// HTTP and transport to the classes of comms.h, once for every vendor. What may have been accepted
/// is COMMS_AMBIGUOUS unless the request was idempotent: 408, 409 and 5xx as well as a connection
/// lost after the request was written. A 2xx lands here when its body made no sense.
inline Error http_error(const HttpFailure& f) {
  auto lost = [&](Status otherwise) { return f.idempotent ? otherwise : Status{COMMS_AMBIGUOUS}; };
  if (f.status == 0) {
    switch (f.transport) {
      case COMMS_UNAVAILABLE:
        return Error(COMMS_UNAVAILABLE, "the vendor cannot be reached");
      case COMMS_TIMEOUT:
        return Error(COMMS_TIMEOUT, "the deadline passed before the request");
      case COMMS_DENIED:
        return Error(COMMS_DENIED, "the egress policy does not allow this address", {},
                     "name the origin in the manifest or in the configuration");
      case COMMS_CANCELLED:
        return Error(COMMS_CANCELLED, "cancelled");
      default:
        return Error(lost(COMMS_UNAVAILABLE), "no complete answer came from the vendor");
    }
  }
  Error error(COMMS_REJECTED, "the vendor answered HTTP " + std::to_string(f.status));
  error.retry_after_ms = retry_after(f);
  switch (f.status) {
    case 401:
      error.status = COMMS_UNAUTHENTICATED;
      error.remedy = "check the credentials of this provider";
      break;
    case 403:
      error.status = COMMS_DENIED;
      break;
    case 404:
    case 410:
      error.status = COMMS_NOT_FOUND;
      break;
    case 408:
      error.status = lost(COMMS_TIMEOUT);
      break;
    case 409:
      error.status = lost(COMMS_REJECTED);
      break;
    case 429:
      error.status = COMMS_RATE_LIMITED;
      break;
    default:
      if (f.status == 503 && error.retry_after_ms > 0) {
        error.status = COMMS_RATE_LIMITED;
      } else if (f.status >= 500) {
        error.status = lost(COMMS_UNAVAILABLE);
      } else if (f.status < 300) {
        error.status = lost(COMMS_INTERNAL);
        error.message += " with an unexpected body";
      }
  }
  return error;
}

}  // namespace comms
