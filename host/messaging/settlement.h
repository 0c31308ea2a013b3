#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "messaging/message_state.h"
#include "plugin/provider_types.h"
#include "store/records.h"
#include "store/unit_of_work.h"

namespace commsd::messaging {

/// What the end of an attempt says of the message's cost, for the limits: the vendor's price in
/// place of the estimate, nothing after a definite failure; an unknown outcome keeps the estimate.
/// `message` is as before the attempt, `state` what it becomes. [any thread]
void add_settlement(store::UnitOfWork& unit, const store::Message& message,
                    const Result<plugin::Receipt>& receipt, MessageState state, UnixMillis now);
/// The vendor's bill, which may come long after the delivery: for the message and for the limits.
void add_bill(store::UnitOfWork& unit, const store::Message& message,
              const plugin::ProviderEvent& event, UnixMillis now);

}  // namespace commsd::messaging
