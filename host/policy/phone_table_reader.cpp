#include "policy/phone_table_reader.h"

#include <array>
#include <charconv>

#include "base/text.h"
#include "policy/digit_pattern.h"

namespace commsd::policy {
namespace {

/// The order of scripts/phone-data.mjs.
constexpr std::array<PhoneType, 10> types = {
    PhoneType::fixed_line,   PhoneType::mobile,          PhoneType::toll_free,
    PhoneType::premium_rate, PhoneType::personal_number, PhoneType::voicemail,
    PhoneType::uan,          PhoneType::pager,           PhoneType::voip,
    PhoneType::shared_cost};

std::optional<std::size_t> number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

PhoneTableReader::Row::Row(std::string_view line) : fields_(split(line, '\t')) {}

std::string_view PhoneTableReader::Row::field(std::size_t index) const {
  return index < fields_.size() ? fields_[index] : std::string_view();
}

std::optional<PhoneTableReader::Row> PhoneTableReader::next() {
  while (!rest_.empty()) {
    const std::size_t end = rest_.find('\n');
    const std::string_view line = rest_.substr(0, end);
    rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
    ++line_;
    if (!line.empty() && line[0] != '#') return Row(line);
  }
  return std::nullopt;
}

std::string_view PhoneTableReader::pattern(std::string_view text) {
  if (!is_digit_pattern(text)) fault("a pattern that cannot be read");
  return text;
}

std::uint32_t PhoneTableReader::lengths(std::string_view text) {
  std::uint32_t bits = 0;
  for (const std::string_view part : split(text, ',')) {
    const auto length = number(part);
    if (length && *length < 32) {
      bits |= 1U << *length;
    } else {
      fault("a length that cannot be read");
    }
  }
  return bits;
}

PhoneType PhoneTableReader::type(std::string_view index) {
  const auto at = number(index);
  if (at && *at < types.size()) return types.at(*at);
  fault("an unknown type of number");
  return PhoneType::unknown;
}

std::vector<std::size_t> PhoneTableReader::indexes(std::string_view text, std::size_t below) {
  std::vector<std::size_t> found;
  for (const std::string_view part : split(text, ' ')) {
    const auto index = number(part);
    if (index && *index < below) {
      found.push_back(*index);
    } else {
      fault("a zone that is not in the table");
    }
  }
  return found;
}

void PhoneTableReader::fault(std::string_view what) {
  if (fault_.empty()) {
    fault_ = "phone numbers: line " + std::to_string(line_) + ": " + std::string(what);
  }
}

}  // namespace commsd::policy
