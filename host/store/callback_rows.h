#pragma once

#include "store/callback_records.h"
#include "store/value.h"

// What the queue of callbacks and that of their copies have in common in their rows.

namespace commsd::store {

/// Without the lane, which copies have none of.
CallbackDelivery delivery_from_row(const Row& row);

/// Of the statements that say how a try ended.
Parameters finish_parameters(const CallbackDelivery& delivery, const CallbackResult& result);

}  // namespace commsd::store
