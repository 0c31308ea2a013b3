#pragma once

#include <optional>
#include <string>

#include "messaging/inbox.h"
#include "tools/agent_scope.h"
#include "tools/tools.h"

namespace commsd::tools {

/// The filter both inbox tools build from their arguments. A cursor reads on from where it points,
/// items that were handed out before included: that is how a lost answer is read again.
Result<store::InboxFilter> inbox_filter(const AgentScope& scope, const JsonValue& arguments);

/// The page as a result, acknowledged once it was written whole. `timed_out` is left out of the
/// answer when empty.
mcp::ToolResult inbox_result(Services& services, const AgentScope& scope,
                             const messaging::Inbox::Page& page, std::optional<bool> timed_out);

}  // namespace commsd::tools
