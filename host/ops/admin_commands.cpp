#include "ops/admin_commands.h"

#include <algorithm>

#include "base/digest.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "identity/organization_service.h"
#include "identity/scopes.h"
#include "store/agent_repository.h"
#include "store/organization_repository.h"
#include "store/token_repository.h"

namespace commsd::ops {

namespace {

std::string text(const JsonValue& arguments, std::string_view name) {
  return std::string(arguments.string(name).value_or(""));
}

/// Words between spaces or commas, as people type lists.
std::vector<std::string> word_list(const JsonValue& arguments, std::string_view name) {
  std::string list = text(arguments, name);
  std::replace(list.begin(), list.end(), ',', ' ');
  return identity::split_words(list);
}

Task<Result<std::string>> list_organizations(AdminParts parts) {
  const store::OrganizationRepository organizations(parts.store);
  auto all = co_await organizations.list();
  if (!all) co_return fail(all.error());
  JsonWriter out;
  out.begin_object().key("organizations").begin_array();
  for (const store::Organization& organization : *all) {
    out.begin_object().field("id", organization.id).field("name", organization.name);
    out.field("mode", organization.mode);
    out.field("status", identity::account_status(organization));
    out.field("createdAt", organization.created_at).end_object();
  }
  co_return out.end_array().end_object().take();
}

Task<Result<std::string>> create_organization(AdminParts parts, std::string name,
                                              std::string mode) {
  if (trim(name).empty() || name.size() > 128 || has_control_character(name)) {
    co_return fail(ErrorCode::invalid_argument, "'name' must have 1 to 128 characters");
  }
  if (mode != "sandbox" && mode != "production") {
    co_return fail(ErrorCode::invalid_argument, "'mode' must be sandbox or production");
  }
  store::Organization organization;
  organization.id = parts.ids.make("org");
  organization.name = std::move(name);
  organization.mode = std::move(mode);
  organization.status = "active";
  organization.created_at = parts.clock.now();
  organization.review = organization.mode == "production" ? "approved" : "pending_review";
  store::UnitOfWork unit;
  store::OrganizationRepository::add_create(unit, organization);
  parts.audit.add_entry(unit,
                        {organization.id, "commsctl", "organization_created", organization.id, ""});
  auto saved = co_await parts.store.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) co_return fail(ErrorCode::conflict, "the organization exists already");
  parts.modes.note(organization.id, organization.mode);
  JsonWriter out;
  out.begin_object().field("id", organization.id).field("name", organization.name);
  co_return out.field("mode", organization.mode).end_object().take();
}

Task<Result<std::string>> list_agents(AdminParts parts, std::string organization) {
  std::vector<std::string> of;
  if (organization.empty()) {
    const store::OrganizationRepository organizations(parts.store);
    auto all = co_await organizations.list();
    if (!all) co_return fail(all.error());
    for (store::Organization& one : *all) of.push_back(std::move(one.id));
  } else {
    of.push_back(std::move(organization));
  }
  const store::AgentRepository agents(parts.store);
  JsonWriter out;
  out.begin_object().key("agents").begin_array();
  for (const std::string& org_id : of) {
    constexpr std::int64_t most = 1000;
    auto found = co_await agents.list(org_id, "", most);
    if (!found) co_return fail(found.error());
    for (const store::Agent& agent : *found) {
      out.begin_object().field("id", agent.id).field("organization", agent.org_id);
      out.field("displayName", agent.display_name).field("status", agent.status);
      out.field("createdAt", agent.created_at).end_object();
    }
  }
  co_return out.end_array().end_object().take();
}

Task<Result<std::string>> create_token(AdminParts parts, std::string role, std::string org_id,
                                       std::string agent_id, std::string label,
                                       identity::TokenService::Terms terms) {
  identity::Role kind = identity::Role::agent;
  if (role == "orchestrator") {
    kind = identity::Role::orchestrator;
  } else if (role == "organization") {
    kind = identity::Role::organization;
  } else if (role != "agent") {
    co_return fail(ErrorCode::invalid_argument,
                   "'role' must be orchestrator, organization or agent");
  }
  if (kind == identity::Role::agent && org_id.empty() && !agent_id.empty()) {
    auto found = co_await parts.provisioning.organization_of(agent_id);
    if (!found) co_return fail(found.error());
    org_id = std::move(*found);
  }
  if (auto fits = identity::TokenService::check_owner(kind, org_id, agent_id); !fits) {
    co_return fail(fits.error());
  }
  if (auto known = identity::check_scopes(terms.scopes); !known) co_return fail(known.error());
  store::UnitOfWork unit;
  const identity::TokenService::Issued issued =
      parts.tokens.add_issue(unit, kind, org_id, agent_id, std::move(label), terms);
  parts.audit.add_entry(unit, {org_id, "commsctl", "token_created", issued.id, ""});
  auto saved = co_await parts.store.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) {
    co_return fail(ErrorCode::not_found, "there is no such organization or agent");
  }
  JsonWriter out;
  out.begin_object().field("id", issued.id).field("token", issued.text);
  co_return out.end_object().take();
}

Task<Result<std::string>> list_tokens(AdminParts parts, std::string org_id) {
  const store::TokenRepository tokens(parts.store);
  auto all = co_await tokens.list(org_id);
  if (!all) co_return fail(all.error());
  JsonWriter out;
  out.begin_object().key("tokens").begin_array();
  for (const store::Token& token : *all) {
    out.begin_object().field("id", token.id).field("role", token.role);
    out.field("organization", token.org_id).field("agent", token.agent_id);
    out.field("label", token.label).field("createdAt", token.created_at);
    out.field("scopes", token.scopes).field("toolsets", token.toolsets);
    out.field("revoked", token.revoked_at.has_value()).end_object();
  }
  co_return out.end_array().end_object().take();
}

Task<Result<std::string>> revoke_token(AdminParts parts, std::string org_id, std::string id) {
  store::UnitOfWork unit;
  store::TokenRepository::add_revoke(unit, org_id, id, parts.clock.now());
  parts.audit.add_entry(unit, {org_id, "commsctl", "token_revoked", id, ""});
  auto saved = co_await parts.store.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) {
    co_return fail(ErrorCode::not_found, "there is no such live token in this organization");
  }
  parts.tokens.forget_cached();
  co_return std::string("{\"revoked\":true}");
}

Task<Result<std::string>> send(AdminParts parts, Result<messaging::SendRequest> given) {
  if (!given) co_return fail(given.error());
  messaging::SendRequest request = std::move(*given);
  auto org_id = co_await parts.provisioning.organization_of(request.agent_id);
  if (!org_id) co_return fail(org_id.error());
  request.org_id = std::move(*org_id);
  auto outcome = co_await parts.outbound.send(std::move(request));
  if (!outcome) co_return fail(outcome.error());
  const store::Message& message = outcome->message;
  JsonWriter out;
  out.begin_object().field("messageId", message.id).field("status", message.state);
  out.field("organization", message.org_id).field("provider", message.provider);
  out.field("externalId", message.vendor_id).field("deduplicated", outcome->deduplicated);
  out.field("reason", message.failure_reason).field("remedy", message.failure_remedy);
  co_return out.end_object().take();
}

Task<Result<std::string>> get_message(AdminParts parts, std::string org_id, std::string id) {
  auto view = co_await parts.history.find(org_id, "", id);
  if (!view) co_return fail(view.error());
  JsonWriter out;
  out.begin_object().key("message").begin_object().field("id", view->message.id);
  out.field("agent", view->message.agent_id).field("channel", view->message.channel);
  out.field("status", view->message.state).field("provider", view->message.provider);
  out.field("externalId", view->message.vendor_id).field("attempts", view->message.attempts);
  out.end_object().key("timeline").begin_array();
  for (const store::TimelineEntry& entry : view->timeline) {
    out.begin_object().field("at", entry.at).field("state", entry.state);
    out.field("detail", entry.detail).end_object();
  }
  out.end_array().key("failure");
  if (view->failure) {
    out.begin_object().field("code", view->failure->code).field("why", view->failure->why);
    out.field("whatToDo", view->failure->what_to_do).end_object();
  } else {
    out.null();
  }
  co_return out.end_object().take();
}

Result<messaging::SendRequest> send_request(const JsonValue& arguments) {
  messaging::SendRequest request;
  request.agent_id = text(arguments, "agent");
  const auto channel = plugin::parse_channel(arguments.string("channel").value_or("sms"));
  if (!channel || *channel == plugin::ChannelKind::voice) {
    return fail(ErrorCode::invalid_argument, "'channel' must be sms, whatsapp or email");
  }
  request.content.channel = *channel;
  request.content.to = text(arguments, "to");
  request.content.text = text(arguments, "body");
  request.content.subject = text(arguments, "subject");
  request.idempotency_key = text(arguments, "key");
  request.arguments_hash = sha256_hex(arguments.to_canonical_string());
  return request;
}

}  // namespace

void add_admin_commands(ControlRegistry& registry, AdminParts parts) {
  registry.add("organizations.list", "List organizations",
               [parts](JsonValue) { return list_organizations(parts); });
  registry.add("organizations.create", "Create an organization", [parts](JsonValue arguments) {
    return create_organization(parts, text(arguments, "name"),
                               std::string(arguments.string("mode").value_or("sandbox")));
  });
  registry.add("agents.list", "List agents", [parts](JsonValue arguments) {
    return list_agents(parts, text(arguments, "organization"));
  });
  registry.add("tokens.create", "Create a token", [parts](JsonValue arguments) {
    identity::TokenService::Terms terms;
    terms.scopes = word_list(arguments, "scopes");
    terms.toolsets = word_list(arguments, "toolsets");
    return create_token(parts, text(arguments, "role"), text(arguments, "organization"),
                        text(arguments, "agent"), text(arguments, "label"), std::move(terms));
  });
  registry.add("tokens.list", "List tokens", [parts](JsonValue arguments) {
    return list_tokens(parts, text(arguments, "organization"));
  });
  registry.add("tokens.revoke", "Revoke a token", [parts](JsonValue arguments) {
    return revoke_token(parts, text(arguments, "organization"), text(arguments, "id"));
  });
  registry.add("messages.send", "Send a message as an agent",
               [parts](JsonValue arguments) { return send(parts, send_request(arguments)); });
  registry.add("messages.get", "Show a message and its timeline", [parts](JsonValue arguments) {
    return get_message(parts, text(arguments, "organization"), text(arguments, "id"));
  });
}

}  // namespace commsd::ops
