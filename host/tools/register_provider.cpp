#include <algorithm>

#include "provisioning/provider_registry.h"
#include "tools/agent_scope.h"
#include "tools/tools.h"

namespace commsd::tools {

namespace {

std::string list_of(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : ", ") + word;
  return list;
}

/// Whether the names of the settings are the provider's; their values are for its manifest's
/// schema.
Result<void> check_names(const provisioning::ProviderRegistry::Offer& offer,
                         const JsonValue& credentials) {
  std::string faults;
  const auto has = [&](std::string_view key) { return credentials.get(key).has_value(); };
  credentials.each_member([&](std::string_view key, JsonValue) {
    const auto& known = offer.settings;
    if (std::find(known.begin(), known.end(), key) != known.end()) return;
    faults += (faults.empty() ? "'" : "; '") + std::string(key.substr(0, 64)) + "' is unknown";
  });
  for (const std::string& key : offer.required) {
    if (!has(key)) faults += (faults.empty() ? "'" : "; '") + key + "' is missing";
  }
  if (faults.empty()) return {};
  return fail(ErrorCode::invalid_argument,
              "'credentials': " + faults + "; " + offer.manifest_name + " needs " +
                  (offer.required.empty() ? "nothing" : list_of(offer.required)) + " and takes " +
                  list_of(offer.settings));
}

Result<std::vector<std::string>> chosen_slots(const provisioning::ProviderRegistry::Offer& offer,
                                              const JsonValue& arguments, bool whole_server) {
  std::vector<std::string> slots;
  if (const auto list = arguments.get("slots")) {
    list->each([&](JsonValue name) { slots.emplace_back(name.string().value_or("")); });
  } else {
    slots = offer.slots;
    // What everybody's media are kept in is not one organization's.
    if (!whole_server) std::erase(slots, "storage");
  }
  for (const std::string& slot : slots) {
    if (std::find(offer.slots.begin(), offer.slots.end(), slot) == offer.slots.end()) {
      return fail(ErrorCode::invalid_argument, "'slots': " + offer.manifest_name + " does not do " +
                                                   slot + ", but " + list_of(offer.slots));
    }
    if (slot == "storage" && !whole_server) {
      return fail(ErrorCode::permission_denied,
                  "'slots': storage is registered for the whole server, by its operator");
    }
  }
  if (!slots.empty()) return slots;
  return fail(ErrorCode::invalid_argument,
              offer.manifest_name +
                  " serves no slot that can be registered; the database is "
                  "chosen in the configuration file");
}

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  if (!services->registry) {
    co_return fail(ErrorCode::unsupported, "providers cannot be registered on this server");
  }
  std::string org_id = context->principal.org_id;
  const std::string named = text_argument(arguments, "organizationId");
  if (context->principal.role == identity::Role::orchestrator) {
    org_id = named;
  } else if (!named.empty() && named != org_id) {
    co_return fail(ErrorCode::permission_denied, "this token is for another organization");
  }
  const std::string provider = text_argument(arguments, "provider");
  auto offer = services->registry->offer(provider);
  if (!offer) co_return fail(offer.error());
  if (!org_id.empty()) {
    auto organization = co_await services->organizations->find(org_id);
    if (!organization) co_return fail(organization.error());
    // Not even to ask whether the credentials are good: in the sandbox no vendor is reached.
    if (organization->mode != "production" && !offer->is_sandbox) {
      co_return fail(ErrorCode::rejected,
                     "the organization is in sandbox mode and reaches no vendor; it can register "
                     "its accounts once it is approved");
    }
  }
  const JsonValue credentials = *arguments.get("credentials");
  if (auto good = check_names(*offer, credentials); !good) co_return fail(good.error());
  auto slots = chosen_slots(*offer, arguments, org_id.empty());
  if (!slots) co_return fail(slots.error());
  std::vector<provisioning::ProviderRegistration> wanted;
  for (const std::string& slot : *slots) {
    wanted.push_back({org_id, "", slot, provider, credentials.to_string()});
  }
  const bool verify = flag_argument(arguments, "autoVerify", true);
  auto done = co_await services->registry->set(context->principal, std::move(wanted), verify);
  if (!done) co_return fail(done.error());

  JsonWriter out;
  out.begin_object().field("success", true).field("provider", provider).field("verified", verify);
  out.key("capabilities").begin_array();
  for (const std::string& slot : *slots) out.value(slot);
  out.end_array().key("envKeysWritten").begin_array();
  credentials.each_member([&](std::string_view key, JsonValue) { out.value(key); });
  out.end_array();
  out.field("note", org_id.empty() ? "It serves the whole server from now on; no restart is needed."
                                   : "It serves the organization from now on; no restart is "
                                     "needed.");
  out.end_object();
  co_return mcp::ToolResult{out.take(), false, {}};
}

}  // namespace

mcp::Tool register_provider(Services& services) {
  return {"comms_register_provider", operators,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
