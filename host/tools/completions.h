#pragma once

#include "mcp/completion.h"
#include "tools/tools.h"

namespace commsd::tools {

/// Candidates for the arguments of every prompt and resource, by the argument's name: agentId (of
/// the caller's organization), channel (those the agent has, else all), from (the agent's own
/// addresses), messageId (the newest of the caller). Others have none. Everything is looked up in
/// the caller's organization.
mcp::Completer completer(Services& services);

}  // namespace commsd::tools
