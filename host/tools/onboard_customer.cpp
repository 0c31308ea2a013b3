#include "tools/agent_scope.h"
#include "tools/channel_json.h"
#include "tools/organization_scope.h"
#include "tools/tools.h"

namespace commsd::tools {

namespace {

using provisioning::EmailDomains;

constexpr std::chrono::milliseconds vendor_limit{5'000};

void write_email_setup(JsonWriter& out, const std::optional<EmailDomains::State>& domain) {
  out.key("emailSetup");
  if (!domain) {
    out.null();
    return;
  }
  out.begin_object().field("domain", domain->domain).field("status", domain->status);
  out.key("records").begin_array();
  for (const plugin::DomainRecord& record : domain->records) {
    out.begin_object().field("type", record.type).field("name", record.name);
    out.field("value", record.value).end_object();
  }
  out.end_array().end_object();
}

void write_instructions(JsonWriter& out, const std::string& url, const std::string& agent_id) {
  const std::string hooks = url + "/webhooks/" + agent_id;
  std::string socket = hooks;
  if (socket.starts_with("http")) socket.replace(0, 4, "ws");
  out.key("webhookUrls").begin_object().field("sms", hooks + "/sms");
  out.field("whatsapp", hooks + "/whatsapp").field("email", hooks + "/email");
  out.field("voice", hooks + "/voice").field("voiceWs", socket + "/voice-ws").end_object();
  out.key("connectionInstructions").begin_object().field("mcpEndpoint", url + "/mcp");
  out.field("sseEndpoint", url + "/sse").field("messagesEndpoint", url + "/messages");
  out.field("authHeader", "Authorization: Bearer <securityToken>").key("steps").begin_array();
  out.value("Keep securityToken: it is shown only now.");
  out.value("Point your MCP client at mcpEndpoint and send authHeader with each request.");
  out.value("If emailSetup is pending, set its DNS records, then provision the mail channel.");
  out.value("Call comms_get_me to see what the agent may do.");
  out.end_array().end_object();
}

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  Result<std::string> org_id = organization_scope(context->principal, arguments);
  if (!org_id) co_return fail(org_id.error());
  provisioning::ProvisionRequest request;
  request.org_id = *org_id;
  request.agent_id = text_argument(arguments, "agentId");
  request.display_name = text_argument(arguments, "displayName");
  if (const auto country = arguments.string("country")) request.country = *country;
  request.email_domain = text_argument(arguments, "emailDomain");
  const JsonValue wanted = *arguments.get("capabilities");
  request.phone = flag_argument(wanted, "phone", true);
  request.whatsapp = flag_argument(wanted, "whatsapp", true);
  request.voice = flag_argument(wanted, "voiceAi", true);
  // By default an agent has mail when there is a domain for it.
  request.email = flag_argument(wanted, "email", !request.email_domain.empty());

  std::optional<EmailDomains::State> domain;
  if (request.email && !request.email_domain.empty()) {
    Task<Result<EmailDomains::State>> asking = services->provisioning.domains().verify(
        context->principal, *org_id, "", request.email_domain, vendor_limit);
    Result<EmailDomains::State> state = co_await std::move(asking);
    if (!state) co_return fail(state.error());
    domain = std::move(*state);
    if (domain->status == "pending" && (request.phone || request.whatsapp || request.voice)) {
      request.email = false;
    }
  }
  auto done = co_await services->provisioning.provision(context->principal, std::move(request));
  if (!done) co_return fail(done.error());

  JsonWriter out;
  out.begin_object().field("success", true).key("provisioning").begin_object();
  out.field("agentId", done->agent.id).field("displayName", done->agent.display_name);
  out.field("securityToken", done->token);
  write_channels(out, done->channels);
  write_pool(out, done->pool);
  out.end_object();
  write_email_setup(out, domain);
  write_instructions(out, services->provisioning.settings().public_url, done->agent.id);
  out.end_object();
  co_return mcp::ToolResult{out.take(), false, {}};
}

}  // namespace

mcp::Tool onboard_customer(Services& services) {
  return {"comms_onboard_customer", operators,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
