#pragma once

#include <cstdint>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "store/value.h"

namespace commsd::store {

/// What must become durable together, as data: a list of named statements, run in order inside
/// one transaction (with others in the same group commit; each unit has its own savepoint).
///
/// The problem it solves: a transaction held open by code that thinks between statements cannot
/// be grouped with others, pipelined, or run on a document database. So decisions are made before
/// (by reading) and guarded here: a step with `expect_changes` that changes another number of rows
/// undoes this unit only, and the caller reads again and decides anew.
class UnitOfWork {
 public:
  static constexpr std::int64_t any_changes = -1;

  struct Step {
    std::string_view statement;  // name in schema/statements, e.g. "messages.accept"
    Parameters parameters;
    std::int64_t expect_changes = any_changes;
    bool returns_rows = false;
  };

  /// Adds a statement; how many rows it changes does not matter.
  UnitOfWork& run(std::string_view statement, Parameters parameters) {
    steps_.push_back({statement, std::move(parameters), any_changes, false});
    return *this;
  }
  /// Adds a statement that must change exactly `changes` rows, or the unit is undone. Of a SELECT
  /// the rows it finds count, so that a guard need not write.
  UnitOfWork& expect(std::int64_t changes, std::string_view statement, Parameters parameters) {
    steps_.push_back({statement, std::move(parameters), changes, false});
    return *this;
  }
  /// Adds a statement with RETURNING (or a SELECT) whose rows the caller gets.
  UnitOfWork& fetch(std::string_view statement, Parameters parameters) {
    steps_.push_back({statement, std::move(parameters), any_changes, true});
    return *this;
  }
  /// Adds the steps of another unit behind these.
  UnitOfWork& append(UnitOfWork other) {
    steps_.insert(steps_.end(), std::make_move_iterator(other.steps_.begin()),
                  std::make_move_iterator(other.steps_.end()));
    return *this;
  }

  const std::vector<Step>& steps() const { return steps_; }
  /// For stores that change values on their way, e.g. encrypt them.
  std::vector<Step>& edit() { return steps_; }
  /// For the store, which binds each step once and keeps the values.
  std::vector<Step> take_steps() && { return std::move(steps_); }
  bool empty() const { return steps_.empty(); }

 private:
  std::vector<Step> steps_;
};

/// How a unit ended when the database did its work. `committed` false means a guard failed:
/// nothing of the unit happened, and `failed_step` is the index of the guard. A unique or foreign
/// key that would be violated is such a guard: the schema's own.
struct UnitOutcome {
  bool committed = false;
  std::size_t failed_step = 0;
  /// Per step, when committed: the number its guard demanded, -1 for steps without one (the
  /// provider tells no numbers; a step that must know them returns rows).
  std::vector<std::int64_t> changes;
  std::vector<Rows> rows;  // per step; empty for steps that do not fetch
};

}  // namespace commsd::store
