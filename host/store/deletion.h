#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "store/store.h"

namespace commsd::store {

/// How the rows of one table that are to go are found and deleted. Data: see
/// schema/privacy/retention.json and erasure.json, whose entries these are.
struct DeletionRule {
  std::string name;
  std::string find;                // statement; its parameters are `given` and "limit"
  std::vector<std::string> given;  // taken from what the caller knows
  std::vector<std::string> key;    // columns that `find` gives and each of `erase` takes
  std::vector<std::string> erase;  // statements; the last returns a row for each it deleted
  std::string keep;                // names a number of days; "" = `find` needs none
  std::int64_t at_least_days = 0;
};

/// {"rules":[...]}. invalid_argument names the rule that is not whole.
Result<std::vector<DeletionRule>> parse_deletion_rules(std::string_view json);

/// Deletes what rules find without standing in the way of sends: it looks for rows on a reading
/// connection, and deletes them by key in small units with a pause behind each. What was deleted
/// stays deleted whatever happens next; a second run finds the rest. [any executor]
class Deletion {
 public:
  struct Settings {
    std::int64_t page = 5'000;  // rows that are looked for at once
    std::size_t batch = 200;    // rows of a unit
    std::chrono::milliseconds pause{10};
  };

  explicit Deletion(Store& store) : store_(store) {}
  Deletion(Store& store, Settings settings) : store_(store), settings_(settings) {}

  /// How many rows went. `known` has at least what the rule is given. Ends early, with what it has
  /// done, when `stop` says so.
  Task<Result<std::int64_t>> run(const DeletionRule* rule, Parameters known,
                                 std::function<bool()> stop) const;
  /// How many would go; counts no further than `most`.
  Task<Result<std::int64_t>> count(const DeletionRule* rule, Parameters known,
                                   std::int64_t most) const;

 private:
  Task<Result<Rows>> find(const DeletionRule* rule, const Parameters* known,
                          std::int64_t limit) const;

  Store& store_;
  Settings settings_;
};

}  // namespace commsd::store
