#include "tools/tools.h"

namespace commsd::tools {

void register_tools(mcp::ToolRegistry& registry, Services& services) {
  registry.add(ping(services));
  registry.add(services.confirmation.guard(send_message(services)));
  registry.add(cancel_message(services));
  registry.add(get_message(services));
  registry.add(get_waiting_messages(services));
  registry.add(wait_for_messages(services));
  registry.add(get_channel_status(services));
  registry.add(services.confirmation.guard(provision_channels(services)));
  registry.add(services.confirmation.guard(deprovision_channels(services)));
  registry.add(get_usage_dashboard(services));
  registry.add(set_agent_limits(services));
  registry.add(get_billing_summary(services));
  registry.add(set_billing_config(services));
  registry.add(record_consent(services));
  registry.add(revoke_consent(services));
  registry.add(check_consent(services));
  registry.add(services.confirmation.guard(make_call(services)));
  registry.add(services.confirmation.guard(call_on_behalf(services)));
  registry.add(services.confirmation.guard(transfer_call(services)));
  registry.add(end_call(services));
  registry.add(services.confirmation.guard(send_voice_message(services)));
  registry.add(services.confirmation.guard(bridge_call(services)));
  registry.add(send_otp(services));
  registry.add(verify_otp(services));
  registry.add(block_channels(services));
  registry.add(services.confirmation.guard(create_organization(services)));
  registry.add(expand_agent_pool(services));
  registry.add(meet_requirement(services));
  registry.add(get_me(services));
  registry.add(list_organizations(services));
  registry.add(services.confirmation.guard(onboard_customer(services)));
  registry.add(services.confirmation.guard(register_provider(services)));
  registry.add(list_agent_tokens(services));
  registry.add(regenerate_agent_token(services));
  registry.add(set_callback(services));
  registry.add(services.confirmation.guard(erase_contact(services)));
  registry.add(set_body_storage(services));
  registry.add(get_thread(services));
  registry.add(link_contact(services));
  registry.add(set_postal_address(services));
  registry.add(set_media_storage(services));
  registry.add(set_route_duplication(services));
  registry.add(list_plugins(services));
  registry.add(enable_plugin(services));
}

}  // namespace commsd::tools
