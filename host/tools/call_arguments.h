#pragma once

#include <string>

#include "tools/agent_scope.h"
#include "tools/tools.h"
#include "voice/outbound_calls.h"

namespace commsd::tools {

/// What the tools that place a call read alike: class, time zone, idempotency key. The script has
/// the disclosure that a machine speaks.
voice::CallRequest call_request(const Services& services, const AgentScope& scope,
                                const JsonValue& arguments, std::string_view tool);

policy::MessageClass class_argument(const JsonValue& arguments);
std::string zone_argument(const JsonValue& arguments);

/// The call as every tool that places one answers it; `more` may add fields to the object.
mcp::ToolResult call_result(const voice::CallOutcome& outcome,
                            const std::function<void(JsonWriter&)>& more = nullptr);

/// {"message":{...},"timeline":[...],"failure":{...}|null}, as of a message.
std::string call_json(const messaging::Threads& threads, const voice::CallHistory::View& view,
                      const std::optional<std::string>& script = {});

}  // namespace commsd::tools
