#pragma once

#include <string_view>

#include "base/result.h"
#include "base/task.h"
#include "store/unit_of_work.h"
#include "store/value.h"

namespace commsd::store {

/// The database, as the mission rooms see it. Implemented by DatabaseStore on the database slot,
/// and in the simulator by a fault-injecting double.
///
/// Errors of both calls: unavailable (locked, full, gone: nothing was saved), timeout, internal.
/// [any executor] They suspend the caller; neither blocks.
class Store {
 public:
  virtual ~Store() = default;

  /// Reads on a pooled connection; sees everything whose commit() has returned.
  virtual Task<Result<Rows>> query(std::string_view statement, Parameters parameters) = 0;

  /// Commits durably (fsync) before it returns. A failed guard is a value, not an error: see
  /// UnitOutcome. On an error nothing of the unit was saved, but for ambiguous: then nobody knows.
  virtual Task<Result<UnitOutcome>> commit(UnitOfWork unit) = 0;
};

}  // namespace commsd::store
