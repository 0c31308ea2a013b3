#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "mcp/tool.h"
#include "mcp/tool_registry.h"
#include "messaging/inbox.h"
#include "messaging/message_history.h"
#include "messaging/outbound_pipeline.h"
#include "messaging/threads.h"
#include "policy/contact_preferences.h"
#include "policy/limit_service.h"
#include "policy/usage_report.h"
#include "provisioning/provisioning_service.h"
#include "tools/confirmation.h"

namespace commsd::tools {

/// What tools call into. Everything outlives the registry.
struct Services {
  messaging::OutboundPipeline& outbound;
  messaging::Inbox& inbox;
  messaging::MessageHistory& history;
  messaging::Threads& threads;
  provisioning::ProvisioningService& provisioning;
  policy::ContactPreferences& contacts;
  Confirmation& confirmation;
  policy::LimitService& limits;
  const policy::UsageReport& usage;
  std::string currency;  // of all costs and limits
  std::string server_name;
  std::string version;
  /// The names of the active providers by slot, as a JSON object.
  std::function<std::string()> active_providers;
};

// One file per tool. The definition of each (schemas, title, annotations) is data:
// schema/tools/<name>.json.
mcp::Tool ping(Services& services);
mcp::Tool send_message(Services& services);
mcp::Tool get_message(Services& services);
mcp::Tool get_waiting_messages(Services& services);
mcp::Tool wait_for_messages(Services& services);
mcp::Tool get_channel_status(Services& services);
mcp::Tool provision_channels(Services& services);
mcp::Tool deprovision_channels(Services& services);
mcp::Tool get_usage_dashboard(Services& services);
mcp::Tool set_agent_limits(Services& services);
mcp::Tool get_billing_summary(Services& services);
mcp::Tool set_billing_config(Services& services);
mcp::Tool record_consent(Services& services);
mcp::Tool revoke_consent(Services& services);
mcp::Tool check_consent(Services& services);

/// Adds every tool of the product.
void register_tools(mcp::ToolRegistry& registry, Services& services);

}  // namespace commsd::tools
