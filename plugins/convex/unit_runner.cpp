#include "unit_runner.h"

#include "unit_group.h"
#include "values.h"

namespace convex_plugin {

namespace {

/// Convex takes 16 MiB; what does not fit is not worth the way there.
constexpr std::size_t longest_arguments = (16u << 20) - 512;

std::int32_t reason_of(const std::string& word) {
  if (word == "expectation") return COMMS_DB_EXPECTATION;
  if (word == "unique") return COMMS_DB_UNIQUE;
  if (word == "foreign_key") return COMMS_DB_FOREIGN_KEY;
  return word == "check" ? COMMS_DB_CHECK : COMMS_DB_STATEMENT;
}

}  // namespace

void UnitRunner::run(std::size_t begin, std::size_t end) {
  if (begin == end) return;
  try {
    attempt(begin, end);
  } catch (const Refusal& refusal) {
    if (end - begin == 1) {
      if (!refusal.told) throw;
      results_.failed(begin, refusal.status, COMMS_DB_STATEMENT, 0, refusal.vendor_code,
                      refusal.message + "; " + refusal.remedy);
      return;
    }
    const std::size_t middle = begin + (end - begin) / 2;
    run(begin, middle);
    run(middle, end);
  }
}

void UnitRunner::attempt(std::size_t begin, std::size_t end) {
  const std::string arguments = arguments_of(units_, begin, end, crypto_);
  if (arguments.size() > longest_arguments) {
    throw Refusal(comms::Error(COMMS_INVALID, "Convex takes 16 MiB of arguments and this has more",
                               "limit", "store large content in the object storage"),
                  true);
  }
  const comms::Json answer = deployment_.mutation(
      "store:commit", arguments, settings_.statement_timeout_ms, settings_.lock_timeout_ms);
  std::size_t unit = begin;
  try {
    for (const comms::JsonNode outcome : answer["value"]["units"]) {
      if (unit < end) tell(unit++, outcome);
    }
  } catch (const comms::Error& error) {  // of its values; it was saved all the same
    throw comms::Error(COMMS_AMBIGUOUS, error.message);
  }
  if (unit != end) {
    throw comms::Error(COMMS_AMBIGUOUS, "Convex did not say what became of every unit");
  }
}

void UnitRunner::tell(std::size_t unit, const comms::JsonNode& outcome) {
  if (const comms::JsonNode failure = outcome["failure"]) {
    const std::int32_t reason = reason_of(failure["reason"].text());
    results_.failed(unit, reason == COMMS_DB_STATEMENT ? COMMS_INVALID : COMMS_REJECTED, reason,
                    static_cast<std::size_t>(failure["step"].number()), failure["code"].text(),
                    failure["message"].text());
    return;
  }
  if (outcome["captured"].type() != COMMS_JSON_ARRAY) throw no_value();
  Row reader(crypto_);
  for (const comms::JsonNode captured : outcome["captured"]) {
    const auto step = static_cast<std::size_t>(captured["step"].number());
    read_rows(
        captured, reader,
        [&](const std::vector<comms_str>& columns) { results_.columns(unit, step, columns); },
        [&](const std::vector<comms_value>& row) {
          results_.row(unit, step, row);
          return true;
        });
  }
  results_.committed(unit);
  has_saved_ = true;
}

}  // namespace convex_plugin
