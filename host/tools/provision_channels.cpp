#include "tools/agent_scope.h"
#include "tools/channel_json.h"
#include "tools/organization_scope.h"
#include "tools/route_json.h"
#include "tools/tools.h"

namespace commsd::tools {

namespace {

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  provisioning::ProvisionRequest request;
  Result<std::string> org_id = organization_scope(context->principal, arguments);
  if (!org_id) co_return fail(org_id.error());
  request.org_id = std::move(*org_id);
  request.agent_id = text_argument(arguments, "agentId");
  request.display_name = text_argument(arguments, "displayName");
  if (const auto country = arguments.string("country")) request.country = *country;
  request.email_domain = text_argument(arguments, "emailDomain");
  if (const auto wanted = arguments.get("capabilities")) {
    request.phone = flag_argument(*wanted, "phone", false);
    request.whatsapp = flag_argument(*wanted, "whatsapp", false);
    request.email = flag_argument(*wanted, "email", false);
    request.voice = flag_argument(*wanted, "voiceAi", false);
  }
  request.identity = text_argument(arguments, "identity");
  if (const auto overrides = arguments.get("providerOverrides")) {
    overrides->each_member([&](std::string_view slot, JsonValue provider) {
      request.provider_overrides[std::string(slot)] = provider.string().value_or("");
    });
  }
  Result<messaging::Routes::Prepared> routes =
      services->routes->prepare(routes_argument(arguments));
  if (!routes) co_return fail(routes.error());
  messaging::CallbackEndpoints::Prepared callback;
  if (const std::string url = text_argument(arguments, "callbackUrl"); !url.empty()) {
    auto prepared = services->callbacks.prepare(url);
    if (!prepared) co_return fail(prepared.error());
    callback = std::move(*prepared);
  }
  request.also = [services, &callback, &routes](store::UnitOfWork& unit,
                                                const store::Agent& agent) {
    const messaging::CallbackOwner owner{agent.org_id, agent.id, ""};
    if (!callback.url.empty()) services->callbacks.add_create(unit, owner, callback);
    if (!routes->routes.empty()) services->routes->add_set(unit, owner, *routes);
  };
  auto done = co_await services->provisioning.provision(context->principal, std::move(request));
  if (!done) co_return fail(done.error());

  JsonWriter out;
  out.begin_object().field("success", true).field("agentId", done->agent.id);
  out.field("displayName", done->agent.display_name).field("securityToken", done->token);
  write_channels(out, done->channels);
  write_pool(out, done->pool);
  if (!callback.url.empty()) {
    out.key("callback").begin_object().field("url", callback.url);
    out.field("secret", callback.secret).end_object();
  }
  if (!routes->routes.empty()) {
    write_routes(out, routes->routes);
    if (!routes->secret.empty()) out.field("webhookCopySecret", routes->secret);
  }
  out.end_object();
  co_return mcp::ToolResult{out.take(), false, {}};
}

}  // namespace

mcp::Tool provision_channels(Services& services) {
  return {"comms_provision_channels", operators,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
