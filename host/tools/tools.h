#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "base/task.h"
#include "identity/agent_tokens.h"
#include "identity/organization_service.h"
#include "mcp/tool.h"
#include "mcp/tool_registry.h"
#include "messaging/body_storage.h"
#include "messaging/callback_endpoints.h"
#include "messaging/contact_erasure.h"
#include "messaging/contact_links.h"
#include "messaging/inbound_media.h"
#include "messaging/inbox.h"
#include "messaging/message_history.h"
#include "messaging/one_time_codes.h"
#include "messaging/outbound_pipeline.h"
#include "messaging/routes.h"
#include "messaging/scheduled_sends.h"
#include "messaging/threads.h"
#include "plugin/provider_manager.h"
#include "policy/contact_preferences.h"
#include "policy/limit_service.h"
#include "policy/usage_report.h"
#include "provisioning/provider_registry.h"
#include "provisioning/provisioning_service.h"
#include "tools/confirmation.h"
#include "voice/bridges.h"
#include "voice/call_history.h"
#include "voice/outbound_calls.h"
#include "voice/spoken_audio.h"

namespace commsd::tools {

/// What calls say of themselves.
struct CallTexts {
  std::string greeting;
  std::string disclosure;  // that a machine speaks; "" = none
  std::string language;    // BCP 47
};

/// What tools call into. Everything outlives the registry.
struct Services {
  messaging::OutboundPipeline& outbound;
  messaging::ScheduledSends& scheduled;
  messaging::Inbox& inbox;
  messaging::MessageHistory& history;
  messaging::Threads& threads;
  messaging::CallbackEndpoints& callbacks;
  provisioning::ProvisioningService& provisioning;
  identity::AgentTokens& agent_tokens;
  policy::ContactPreferences& contacts;
  Confirmation& confirmation;
  policy::LimitService& limits;
  const policy::UsageReport& usage;
  std::string currency;  // of all costs and limits
  std::string server_name;
  std::string version;
  /// The names of the active providers by slot, as a JSON object.
  std::function<std::string()> active_providers;
  voice::OutboundCalls& calls;
  voice::Bridges& bridges;
  const voice::CallHistory& call_history;
  messaging::OneTimeCodes& codes;
  voice::SpokenAudio& spoken_audio;
  CallTexts call_texts;
  messaging::InboundMedia* media = nullptr;                // never null in a server
  messaging::ContactLinks* contact_links = nullptr;        // never null in a server
  identity::OrganizationService* organizations = nullptr;  // never null in a server
  provisioning::ProviderRegistry* registry = nullptr;      // null: no providers can be registered
  messaging::BodyStorage* bodies = nullptr;                // never null in a server, and
  messaging::ContactErasure* erasure = nullptr;            // neither is this
  messaging::Routes* routes = nullptr;                     // never null in a server
  plugin::ProviderManager* plugins = nullptr;              // nor is this
  /// Has a plugin that is held back loaded again; for the token of that id.
  std::function<Task<Result<std::string>>(std::string token_id, std::string name)> enable_plugin{};
};

// One file per tool. The definition of each (schemas, title, annotations) is data:
// schema/tools/<name>.json.
mcp::Tool ping(Services& services);
mcp::Tool send_message(Services& services);
mcp::Tool cancel_message(Services& services);
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
mcp::Tool make_call(Services& services);
mcp::Tool call_on_behalf(Services& services);
mcp::Tool transfer_call(Services& services);
mcp::Tool end_call(Services& services);
mcp::Tool send_voice_message(Services& services);
mcp::Tool bridge_call(Services& services);
mcp::Tool send_otp(Services& services);
mcp::Tool verify_otp(Services& services);
mcp::Tool block_channels(Services& services);
mcp::Tool create_organization(Services& services);
mcp::Tool erase_contact(Services& services);
mcp::Tool set_body_storage(Services& services);
mcp::Tool meet_requirement(Services& services);
mcp::Tool expand_agent_pool(Services& services);
mcp::Tool get_me(Services& services);
mcp::Tool list_organizations(Services& services);
mcp::Tool onboard_customer(Services& services);
mcp::Tool register_provider(Services& services);
mcp::Tool list_agent_tokens(Services& services);
mcp::Tool regenerate_agent_token(Services& services);
mcp::Tool set_callback(Services& services);
mcp::Tool get_thread(Services& services);
mcp::Tool link_contact(Services& services);
mcp::Tool set_postal_address(Services& services);
mcp::Tool set_media_storage(Services& services);
mcp::Tool set_route_duplication(Services& services);
mcp::Tool list_plugins(Services& services);
mcp::Tool enable_plugin(Services& services);

/// Adds every tool of the product.
void register_tools(mcp::ToolRegistry& registry, Services& services);

}  // namespace commsd::tools
