#pragma once

#include <vector>

#include "base/json_writer.h"
#include "provisioning/provisioning_service.h"
#include "store/records.h"

namespace commsd::tools {

/// "channels": {"phone":{...}|null,"whatsapp":...,"email":...,"voiceAi":...}.
void write_channels(JsonWriter& out, const std::vector<store::Channel>& channels);

/// "pool": {"maxAgents","activeAgents","slotsRemaining"}.
void write_pool(JsonWriter& out, const provisioning::Pool& pool);

}  // namespace commsd::tools
