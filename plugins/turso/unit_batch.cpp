#include "unit_batch.h"

#include "sql_kind.h"

namespace turso_plugin {

namespace {

/// Fails by overflow when `count`, an expression, is not `expected`. changes() is in it so that the
/// engine does not work out the constant before it knows whether it is needed.
std::string guard(const std::string& count, std::int64_t expected) {
  return "SELECT CASE " + count + " WHEN " + std::to_string(expected) +
         " THEN 1 ELSE abs(-9223372036854775807 - 1 - 0 * changes()) END";
}

}  // namespace

UnitBatch::UnitBatch(const comms_unit* units, std::size_t count, bool careful,
                     const comms::Crypto& crypto)
    : batch_(crypto) {
  // SQLite forgets it with the connection, and a stream may be a new one.
  add(Kind::control, "PRAGMA foreign_keys = ON", {});
  // The lock at the start: a transaction that begins by reading and then finds the lock taken
  // cannot wait for it.
  const std::size_t begin = add(Kind::begin, "BEGIN IMMEDIATE", {});
  std::string condition = if_ok(begin);
  for (std::size_t number = 0; number < count; ++number) {
    if (careful) {
      add_carefully(units[number], number, begin);
    } else {
      add_unit(units[number], number, condition);
    }
  }
  // Some failures, such as a full disk, end the transaction by themselves.
  if (careful) condition = if_both(if_ok(begin), if_in_transaction());
  const std::size_t commit = add(Kind::commit, "COMMIT", condition);
  add(Kind::control, "ROLLBACK", if_both(if_not(if_ok(commit)), if_in_transaction()));
}

const UnitBatch::Role& UnitBatch::role(std::size_t step) const {
  if (step >= roles_.size()) {
    throw comms::Error(COMMS_UNAVAILABLE,
                       "the database server answers for a step it was not given");
  }
  return roles_[step];
}

std::size_t UnitBatch::add(Kind kind, std::string_view sql, const std::string& condition) {
  roles_.push_back({kind, 0, 0, false});
  return batch_.add(sql, condition);
}

void UnitBatch::add_unit(const comms_unit& unit, std::size_t number, std::string& condition) {
  for (std::size_t at = 0; at < unit.step_count; ++at) {
    try {
      add_step(unit.steps[at], number, at, condition);
    } catch (const comms::Error& error) {
      unwritable_.push_back({number, at, error.message});
      return;
    }
  }
}

void UnitBatch::add_carefully(const comms_unit& unit, std::size_t number, std::size_t begin) {
  const std::size_t known = unwritable_.size();
  const std::size_t savepoint =
      add(Kind::control, "SAVEPOINT unit", if_both(if_ok(begin), if_in_transaction()));
  std::string condition = if_ok(savepoint);
  add_unit(unit, number, condition);
  const std::string undone =
      unwritable_.size() > known ? if_ok(savepoint) : if_both(if_ok(savepoint), if_not(condition));
  add(Kind::control, "ROLLBACK TO unit", if_both(undone, if_in_transaction()));
  add(Kind::control, "RELEASE unit", if_both(if_ok(savepoint), if_in_transaction()));
}

void UnitBatch::add_step(const comms_step& step, std::size_t unit, std::size_t number,
                         std::string& condition) {
  const std::string_view sql = comms::view(step.statement->sql);
  const Parameters parameters{step.statement->params, step.statement->param_count};
  const bool capture = (step.flags & COMMS_STEP_CAPTURE) != 0;
  const bool counts_rows = step.expect_changes >= 0 && only_reads(sql);
  if (!counts_rows || capture) {
    condition = if_ok(batch_.add(sql, condition, parameters, capture));
    roles_.push_back({Kind::step, unit, number, capture});
  }
  if (step.expect_changes < 0) return;
  if (counts_rows) {
    // On a line of its own the parenthesis is safe from a comment at the statement's end.
    const std::string count = "(SELECT COUNT(*) FROM (" + std::string(sql) + "\n))";
    condition = if_ok(batch_.add(guard(count, step.expect_changes), condition, parameters));
  } else {
    condition = if_ok(batch_.add(guard("changes()", step.expect_changes), condition));
  }
  roles_.push_back({Kind::guard, unit, number, false});
}

}  // namespace turso_plugin
