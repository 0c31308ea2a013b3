#pragma once

#include <string>
#include <utility>

namespace commsd::config {

/// A value that must not be shown. There is no way to print, format or compare it by accident:
/// whoever needs the text says reveal(), which is easy to find in a review. The memory is wiped
/// when the value goes away.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  void wipe();
  std::string value_;
};

}  // namespace commsd::config
