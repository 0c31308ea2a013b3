#pragma once

#include <cstddef>

#include <comms/cpp/types.hpp>

namespace comms {

/// What an error code of a vendor means and what to do about it.
struct Remedy {
  std::string_view code;
  Status status;  // 0 = as the HTTP status says
  std::string_view remedy;
};

/// A vendor's codes, as an array that lives as long as the plugin. [any thread], immutable.
class Remedies {
 public:
  template <std::size_t count>
  constexpr explicit Remedies(const Remedy (&entries)[count]) : first_(entries), count_(count) {}

  const Remedy* find(std::string_view code) const {
    for (std::size_t i = 0; i < count_; ++i) {
      if (first_[i].code == code) return &first_[i];
    }
    return nullptr;
  }
  /// What to do; empty when there is nothing better than the vendor's message.
  std::string_view of(std::string_view code) const {
    const Remedy* entry = find(code);
    return entry ? entry->remedy : std::string_view();
  }
  /// Class and remedy of `error` by its vendor_code. Of refusals (4xx) only: a 2xx that made no
  /// sense and a 5xx keep their class, for no code there tells whether anything was accepted.
  void apply(Error& error, int http_status) const {
    const Remedy* entry = find(error.vendor_code);
    if (!entry || http_status < 400 || http_status >= 500) return;
    if (entry->status) error.status = entry->status;
    error.remedy = entry->remedy;
  }

 private:
  const Remedy* first_;
  std::size_t count_;
};

/// An error of a request that creates something. A 404 there speaks of the settings (the account,
/// the address), not of what was asked for: `remedy` says which.
inline Error error_of_create(Error error, std::string_view remedy) {
  if (error.status != COMMS_NOT_FOUND) return error;
  error.status = COMMS_INVALID;
  error.remedy = remedy;
  return error;
}

}  // namespace comms
