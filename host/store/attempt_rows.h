#pragma once

#include "store/attempt_records.h"
#include "store/records.h"
#include "store/value.h"

// Attempts of messages and of calls in their rows. What only one of them has, its repository adds.

namespace commsd::store {

void read_attempt(const Row& row, AttemptRecord& attempt);
TimelineEntry read_entry(const Row& row);

/// Of the statement that opens an attempt.
Parameters attempt_parameters(const AttemptRecord& attempt);
/// Of the statement that ends one, and of that which says what this makes of its subject.
Parameters end_parameters(const AttemptEnd& end);
Parameters result_parameters(const AttemptEnd& end);

}  // namespace commsd::store
