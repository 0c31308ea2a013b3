#include "identity/organization_service.h"
#include "messaging/contact_links.h"
#include "tools/agent_scope.h"
#include "tools/resource_uris.h"
#include "tools/tools.h"

namespace commsd::tools {

namespace {

using messaging::ContactLinks;

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  const identity::Principal& principal = context->principal;
  Task<Result<AgentScope>> finding =
      existing_agent_scope(services->provisioning, principal, text_argument(arguments, "agentId"));
  Result<AgentScope> scope = co_await std::move(finding);
  if (!scope) co_return fail(scope.error());
  std::vector<std::string> addresses;
  if (const auto list = arguments.get("addresses")) {
    list->each([&](JsonValue one) { addresses.emplace_back(one.string().value_or("")); });
  }
  const bool links = arguments.string("action").value_or("link") == "link";
  if (!links && addresses.size() != 1) {
    co_return fail(ErrorCode::invalid_argument,
                   "'addresses' must name the one address that is unlinked");
  }
  ContactLinks::Agent agent{scope->org_id, scope->agent_id, identity::actor_of(principal)};
  Task<Result<ContactLinks::Contact>> acting =
      links ? services->contact_links->link(std::move(agent), std::move(addresses))
            : services->contact_links->unlink(std::move(agent), std::move(addresses.front()));
  Result<ContactLinks::Contact> contact = co_await std::move(acting);
  if (!contact) co_return fail(contact.error());
  JsonWriter out;
  out.begin_object().field("success", true).field("agentId", scope->agent_id);
  out.key("threadId");
  if (contact->id.empty()) {
    out.null();
  } else {
    out.value(services->threads.contacts().seal(scope->org_id, contact->id));
  }
  out.key("addresses").begin_array();
  for (const std::string& address : contact->addresses) out.value(address);
  out.end_array().end_object();
  co_return mcp::ToolResult{out.take(), false, {}};
}

}  // namespace

mcp::Tool link_contact(Services& services) {
  return {"comms_link_contact", everybody,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
