#include "store/deletion.h"

#include <algorithm>

#include "base/executor.h"
#include "base/json.h"

namespace commsd::store {

namespace {

std::vector<std::string> texts(const JsonValue& rule, std::string_view name) {
  std::vector<std::string> found;
  if (const auto list = rule.get(name)) {
    list->each([&](JsonValue text) { found.emplace_back(text.string().value_or("")); });
  }
  return found;
}

std::size_t index_of(const Rows& rows, std::string_view column) {
  const auto& columns = rows.columns();
  return static_cast<std::size_t>(std::find(columns.begin(), columns.end(), column) -
                                  columns.begin());
}

/// Adds the statements that delete one row.
void add_row(UnitOfWork& unit, const DeletionRule& rule, const Row& row,
             const std::vector<std::size_t>& indexes) {
  for (const std::string& statement : rule.erase) {
    Parameters parameters;
    for (std::size_t at = 0; at < rule.key.size(); ++at) {
      parameters.push_back({rule.key[at], row.values()[indexes[at]]});
    }
    if (&statement == &rule.erase.back()) {
      unit.fetch(statement, std::move(parameters));
    } else {
      unit.run(statement, std::move(parameters));
    }
  }
}

}  // namespace

Result<std::vector<DeletionRule>> parse_deletion_rules(std::string_view json) {
  const auto document = JsonDocument::parse(json);
  if (!document) return fail(document.error());
  std::vector<DeletionRule> rules;
  const auto list = document->root().get("rules");
  if (!list) return fail(ErrorCode::invalid_argument, "deletion rules: 'rules' is missing");
  list->each([&](JsonValue entry) {
    DeletionRule rule;
    rule.name = entry.string("name").value_or("");
    rule.find = entry.string("find").value_or("");
    rule.keep = entry.string("keep").value_or("");
    rule.at_least_days = entry.integer("at_least_days").value_or(0);
    rule.given = texts(entry, "given");
    rule.key = texts(entry, "key");
    rule.erase = texts(entry, "erase");
    rules.push_back(std::move(rule));
  });
  for (const DeletionRule& rule : rules) {
    if (rule.name.empty() || rule.find.empty() || rule.key.empty() || rule.erase.empty()) {
      return fail(ErrorCode::invalid_argument,
                  "deletion rules: '" + rule.name + "' needs name, find, key and erase");
    }
  }
  return rules;
}

Task<Result<Rows>> Deletion::find(const DeletionRule* rule, const Parameters* known,
                                  std::int64_t limit) const {
  Parameters parameters;
  for (const std::string& name : rule->given) {
    const auto found = std::find_if(known->begin(), known->end(),
                                    [&](const Parameter& one) { return one.name == name; });
    if (found != known->end()) parameters.push_back({name, found->value});
  }
  parameters.push_back({"limit", limit});
  Task<Result<Rows>> reading = store_.query(rule->find, std::move(parameters));
  co_return co_await std::move(reading);
}

Task<Result<std::int64_t>> Deletion::run(const DeletionRule* rule, Parameters known,
                                         std::function<bool()> stop) const {
  std::int64_t gone = 0;
  while (!stop()) {
    Task<Result<Rows>> finding = find(rule, &known, settings_.page);
    Result<Rows> rows = co_await std::move(finding);
    if (!rows) co_return fail(rows.error());
    if (rows->empty()) break;
    std::vector<std::size_t> indexes;
    for (const std::string& column : rule->key) indexes.push_back(index_of(*rows, column));
    const std::int64_t before = gone;
    auto next = rows->begin();
    while (next != rows->end() && !stop()) {
      UnitOfWork unit;
      for (std::size_t added = 0; added < settings_.batch && next != rows->end(); ++added, ++next) {
        add_row(unit, *rule, *next, indexes);
      }
      Result<UnitOutcome> outcome = co_await store_.commit(std::move(unit));
      if (!outcome) co_return fail(outcome.error());
      for (const Rows& deleted : outcome->rows) {
        gone += static_cast<std::int64_t>(deleted.size());
      }
      co_await sleep_for(settings_.pause);
    }
    // What is found and cannot be deleted would be found for ever.
    if (gone == before) break;
  }
  co_return gone;
}

Task<Result<std::int64_t>> Deletion::count(const DeletionRule* rule, Parameters known,
                                           std::int64_t most) const {
  Task<Result<Rows>> finding = find(rule, &known, most);
  Result<Rows> rows = co_await std::move(finding);
  if (!rows) co_return fail(rows.error());
  co_return static_cast<std::int64_t>(rows->size());
}

}  // namespace commsd::store
