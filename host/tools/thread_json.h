#pragma once

#include <string>

#include "messaging/threads.h"
#include "tools/agent_scope.h"

namespace commsd::tools {

/// One page of a thread: {"threadId","contact","addresses","entries":[...],"next"}.
std::string thread_json(const messaging::Threads& threads, const AgentScope& scope,
                        const messaging::Threads::View& view);

}  // namespace commsd::tools
