#pragma once

#include "base/task.h"
#include "store/store.h"

namespace commsd::messaging {

/// Saves what a vendor has answered, with a little patience: what is not written down ends as
/// unknown. False when it is not saved, because a guard failed or the database did not come back.
Task<bool> commit_patiently(store::Store& store, store::UnitOfWork unit);

}  // namespace commsd::messaging
