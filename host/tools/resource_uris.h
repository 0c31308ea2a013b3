#pragma once

#include <string>
#include <string_view>

#include "messaging/threads.h"

namespace commsd::tools {

// The URIs of the product's resources; their templates are in schema/resources.

std::string inbox_uri(std::string_view agent_id);
std::string channels_uri(std::string_view agent_id);
std::string message_uri(std::string_view message_id);
std::string call_uri(std::string_view call_id);
/// The thread's name (see messaging::Threads) stands in it sealed. "" when there is none.
std::string thread_uri(const messaging::Threads& threads, std::string_view org_id,
                       std::string_view agent_id, std::string_view name);

}  // namespace commsd::tools
