#pragma once

#include <string>
#include <vector>

#include "messaging/callback_endpoints.h"

namespace commsd::tools {

/// A callback with its newest deliveries, as the tool and commsctl show it. `secret` "" is left
/// out: it is shown once, when it was made.
std::string callback_json(const std::string& agent_id,
                          const messaging::CallbackEndpoints::View& view,
                          const std::vector<store::CallbackDelivery>& deliveries,
                          const std::string& secret);

}  // namespace commsd::tools
