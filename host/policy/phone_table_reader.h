#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/phone_numbers.h"

namespace commsd::policy {

/// Reads config/phone/numbers.txt line by line and keeps what is wrong with it. [one thread]
class PhoneTableReader {
 public:
  class Row {
   public:
    explicit Row(std::string_view line);
    /// "" past the last.
    std::string_view field(std::size_t index) const;

   private:
    std::vector<std::string_view> fields_;
  };

  explicit PhoneTableReader(std::string_view table) : rest_(table) {}

  std::optional<Row> next();

  std::string_view pattern(std::string_view text);
  std::uint32_t lengths(std::string_view text);  // "9,10" as bits
  PhoneType type(std::string_view index);
  std::vector<std::size_t> indexes(std::string_view text, std::size_t below);

  void fault(std::string_view what);
  /// The first fault; "" = none.
  const std::string& faults() const { return fault_; }

 private:
  std::string_view rest_;
  std::size_t line_ = 0;
  std::string fault_;
};

}  // namespace commsd::policy
