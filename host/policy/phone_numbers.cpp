#include "policy/phone_numbers.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <date/date.h>

#include "base/text.h"
#include "embedded/phone.h"
#include "policy/digit_pattern.h"
#include "policy/phone_table_reader.h"

namespace commsd::policy {
namespace {

constexpr std::size_t longest_calling_code = 3;

constexpr std::array<std::string_view, 12> type_names = {"unknown",
                                                         "fixed_line",
                                                         "mobile",
                                                         "fixed_line_or_mobile",
                                                         "toll_free",
                                                         "premium_rate",
                                                         "personal_number",
                                                         "voicemail",
                                                         "uan",
                                                         "pager",
                                                         "voip",
                                                         "shared_cost"};

bool has(std::uint32_t lengths, std::size_t length) {
  return length < 32 && (lengths & (1U << length)) != 0;
}

}  // namespace

std::string_view to_string(PhoneType type) {
  return type_names.at(static_cast<std::size_t>(type));
}

Result<PhoneNumbers> PhoneNumbers::parse(std::string_view table) {
  PhoneNumbers numbers;
  PhoneTableReader reader(table);
  std::unordered_map<std::string_view, std::size_t> plan_at;
  std::vector<std::pair<std::string_view, std::vector<std::string_view>>> codes;
  while (const auto row = reader.next()) {
    const std::string_view kind = row->field(0);
    const std::string_view key = row->field(1);
    if (kind == "date") {
      numbers.date_ = key;
    } else if (kind == "code") {
      codes.emplace_back(key, split(row->field(2), ' '));
    } else if (kind == "plan") {
      plan_at[key] = numbers.plans_.size();
      numbers.plans_.push_back({key.starts_with('+') ? "001" : key,
                                reader.pattern(row->field(2)),
                                reader.lengths(row->field(3)),
                                row->field(4).empty() ? "" : reader.pattern(row->field(4)),
                                false,
                                {}});
    } else if (kind == "type" && !numbers.plans_.empty()) {
      Plan& plan = numbers.plans_.back();
      if (row->field(2) == "=") {
        plan.mobile_as_fixed = true;
      } else {
        plan.types.push_back(
            {reader.type(key), reader.pattern(row->field(2)),
             row->field(3).empty() ? plan.lengths : reader.lengths(row->field(3))});
      }
    } else if (kind == "zone") {
      numbers.zones_.push_back(key);
    } else if (kind == "zones") {
      numbers.prefix_zones_[key] = reader.indexes(row->field(2), numbers.zones_.size());
    } else if (kind == "country_zones") {
      numbers.country_zones_[key] = reader.indexes(row->field(2), numbers.zones_.size());
    } else if (kind == "region") {
      numbers.regions_[key] = row->field(2);
    } else {
      reader.fault("an unknown kind of line");
    }
  }
  for (const auto& [code, countries] : codes) {
    for (const std::string_view country : countries) {
      const auto plan = plan_at.find(country);
      const auto own = plan_at.find("+" + std::string(code));
      if (country == "001" && own != plan_at.end()) {
        numbers.codes_[code].push_back(own->second);
      } else if (plan != plan_at.end()) {
        numbers.codes_[code].push_back(plan->second);
      } else {
        reader.fault("a code of a country without a plan");
      }
    }
  }
  if (!reader.faults().empty()) return fail(ErrorCode::invalid_argument, reader.faults());
  return numbers;
}

const PhoneNumbers& PhoneNumbers::standard() {
  static const PhoneNumbers numbers = [] {
    Result<PhoneNumbers> parsed = parse(embedded::phone::numbers_txt());
    if (!parsed) {
      // The file is part of the program: a fault in it is a build that should not have left CI.
      std::fprintf(stderr, "commsd: %s\n", parsed.error().message.c_str());
      std::abort();
    }
    return std::move(*parsed);
  }();
  return numbers;
}

// The order of questions is that of libphonenumber: the general pattern, then a fixed line, which
// may be a mobile as well, then the other types.
PhoneType PhoneNumbers::type_of(const Plan& plan, std::string_view national) {
  const DigitText text(national);
  if (!text.matches(plan.pattern)) return PhoneType::unknown;
  bool fixed = false;
  for (const Type& type : plan.types) {
    if (!has(type.lengths, national.size()) || !text.matches(type.pattern)) continue;
    if (type.type == PhoneType::fixed_line) {
      if (plan.mobile_as_fixed) return PhoneType::fixed_line_or_mobile;
      fixed = true;
    } else if (fixed) {
      return type.type == PhoneType::mobile ? PhoneType::fixed_line_or_mobile
                                            : PhoneType::fixed_line;
    } else {
      return type.type;
    }
  }
  return fixed ? PhoneType::fixed_line : PhoneType::unknown;
}

const PhoneNumbers::Plan* PhoneNumbers::plan_of(const std::vector<std::size_t>& plans,
                                                std::string_view national) const {
  if (plans.size() == 1) return &plans_[plans.front()];
  const DigitText text(national);
  for (const std::size_t at : plans) {
    const Plan& plan = plans_[at];
    const bool is_it = plan.leading_digits.empty() ? type_of(plan, national) != PhoneType::unknown
                                                   : text.starts(plan.leading_digits);
    if (is_it) return &plan;
  }
  return nullptr;
}

PhoneNumber PhoneNumbers::describe(std::string_view number) const {
  PhoneNumber found;
  if (!is_e164(number)) return found;
  const std::string_view digits = number.substr(1);
  const std::size_t length = calling_code_length(digits);
  if (const auto code = codes_.find(digits.substr(0, length)); code != codes_.end()) {
    const std::string_view national = digits.substr(length);
    const Plan* exact = plan_of(code->second, national);
    const Plan& plan = exact ? *exact : plans_[code->second.front()];
    if (exact) found.country = plan.country;
    found.likely_country = plan.country;
    found.type = type_of(plan, national);
    found.valid = found.type != PhoneType::unknown;
    found.possible = has(plan.lengths, national.size());
  }
  locate(digits, found);
  return found;
}

void PhoneNumbers::locate(std::string_view digits, PhoneNumber& number) const {
  for (std::size_t length = digits.size(); length > 0 && number.region.empty(); --length) {
    const auto region = regions_.find(digits.substr(0, length));
    if (region != regions_.end()) number.region = region->second;
  }
  std::size_t length = digits.size();
  auto zones = prefix_zones_.end();
  for (; length > 0 && zones == prefix_zones_.end(); --length) {
    zones = prefix_zones_.find(digits.substr(0, length));
  }
  // A calling code alone tells no more than the country.
  number.time_zones = zones_of(number.country);
  if (zones == prefix_zones_.end()) return;
  const bool tells_a_place = length + 1 > calling_code_length(digits);
  if (!tells_a_place && !number.time_zones.empty()) return;
  number.time_zones.clear();
  for (const std::size_t zone : zones->second) number.time_zones.push_back(zones_[zone]);
}

std::size_t PhoneNumbers::calling_code_length(std::string_view digits) const {
  std::size_t length = 1;
  while (length < longest_calling_code && !codes_.contains(digits.substr(0, length))) ++length;
  return length;
}

std::vector<std::string_view> PhoneNumbers::zones_of(std::string_view country) const {
  std::vector<std::string_view> names;
  const auto zones = country_zones_.find(country);
  if (zones == country_zones_.end()) return names;
  for (const std::size_t zone : zones->second) names.push_back(zones_[zone]);
  return names;
}

std::int64_t PhoneNumbers::age_days(UnixMillis now) const {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  if (std::sscanf(std::string(date_).c_str(), "%d-%u-%u", &year, &month, &day) != 3) return 0;
  const date::sys_days made{date::year{year} / date::month{month} / date::day{day}};
  const date::sys_time<std::chrono::milliseconds> at{std::chrono::milliseconds(now)};
  return date::floor<date::days>(at - made).count();
}

}  // namespace commsd::policy
