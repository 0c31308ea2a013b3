#include "policy/dnc_import.h"

#include <algorithm>
#include <cctype>
#include <fstream>

#include "base/json_writer.h"
#include "base/text.h"
#include "policy/opt_out.h"

namespace commsd::policy {

namespace {

constexpr std::size_t longest_line = 256;
constexpr std::size_t batch = 500;  // entries of one unit of work

/// The number of a line; "" for one without. Nothing when the line is wrong.
std::optional<std::string> number_of(std::string_view line, const std::string& prefix) {
  if (line.size() > longest_line) return std::nullopt;
  line = trim(line.substr(0, line.find('#')));
  std::string number;
  for (const char c : line) {
    if (std::string_view(" -.,()\"\t").find(c) == std::string_view::npos) number += c;
  }
  if (number.empty()) return number;
  if (number.front() != '+') number = prefix + number;
  return is_e164(number) ? std::optional(number) : std::nullopt;
}

Result<std::ifstream> open(const std::string& path) {
  if (!path.starts_with('/')) {
    return fail(ErrorCode::invalid_argument,
                "the path of the list must be absolute, because the server reads it: '/...'");
  }
  std::ifstream file(path);
  if (!file) {
    return fail(ErrorCode::not_found,
                "the server cannot read '" + path + "'; it must be there for the user it runs as");
  }
  return file;
}

Result<std::int64_t> count_numbers(const std::string& path, const std::string& prefix) {
  auto file = open(path);
  if (!file) return fail(file.error());
  std::int64_t numbers = 0;
  std::int64_t line_number = 0;
  for (std::string line; std::getline(*file, line);) {
    ++line_number;
    const auto number = number_of(line, prefix);
    if (!number) {
      return fail(ErrorCode::invalid_argument,
                  "line " + std::to_string(line_number) +
                      " is no number in E.164 form like +14155552671; for a list without country "
                      "codes give its prefix (--prefix +1). Nothing was imported");
    }
    if (!number->empty()) ++numbers;
  }
  return numbers;
}

Result<void> check(const DncImport::Source& source, UnixMillis now) {
  if (trim(source.name).empty() || source.name.size() > 128 || has_control_character(source.name)) {
    return fail(ErrorCode::invalid_argument, "the list's name must have 1 to 128 characters");
  }
  const bool country =
      source.country.size() == 2 && std::all_of(source.country.begin(), source.country.end(),
                                                [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!country) {
    return fail(ErrorCode::invalid_argument,
                "the country must be two capital letters (ISO 3166-1), like US");
  }
  if (source.checked_at <= 0 || source.checked_at > now) {
    return fail(ErrorCode::invalid_argument,
                "the moment at which the registry was asked must be in the past");
  }
  return {};
}

}  // namespace

Task<Result<store::DncList>> DncImport::run(Source source, std::string path,
                                            std::string actor) const {
  const UnixMillis now = clock_.now();
  if (auto valid = check(source, now); !valid) co_return fail(valid.error());
  Result<std::int64_t> numbers = count_numbers(path, source.prefix);
  if (!numbers) co_return fail(numbers.error());
  auto known = co_await lists_.all_lists();
  if (!known) co_return fail(known.error());

  store::DncList list{source.org_id, source.name, source.country, source.checked_at, now, *numbers};
  for (const store::DncList& one : *known) {
    const bool same =
        one.org_id == list.org_id && one.country == list.country && one.name == list.name;
    if (same) list.imported_at = std::max(now, one.imported_at + 1);  // clocks are set back
  }
  auto file = open(path);
  if (!file) co_return fail(file.error());
  store::UnitOfWork unit;
  for (std::string line; std::getline(*file, line);) {
    const auto number = number_of(line, source.prefix);
    if (!number || number->empty()) continue;
    store::DncRepository::add_entry(unit, list, contact_hash(contact_key_, *number));
    if (unit.steps().size() < batch) continue;
    store::UnitOfWork full = std::move(unit);
    unit = store::UnitOfWork();
    const Result<store::UnitOutcome> saved = co_await store_.commit(std::move(full));
    if (!saved) co_return fail(saved.error());
  }
  store::DncRepository::add_list(unit, list);
  JsonWriter details;
  details.begin_object().field("country", list.country).field("entries", list.entries);
  audit_.add_entry(
      unit, {list.org_id, actor, "dnc_list_imported", list.name, details.end_object().take()});
  const Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) co_return fail(ErrorCode::unavailable, "the list could not be saved");
  co_return list;
}

}  // namespace commsd::policy
