#include "ops/oauth_commands.h"

#include <algorithm>

#include "base/json_writer.h"
#include "base/text.h"
#include "identity/scopes.h"
#include "store/oauth_repository.h"

namespace commsd::ops {

namespace {

using identity::Role;

std::string text(const JsonValue& arguments, std::string_view name) {
  return std::string(arguments.string(name).value_or(""));
}

/// The organization of the agent, when only the agent is given.
Task<Result<std::string>> organization_of(OauthCommandParts parts, std::string organization,
                                          std::string agent) {
  if (organization.empty() && agent.empty()) {
    co_return fail(ErrorCode::invalid_argument, "'organization' or 'agent' is needed");
  }
  if (!organization.empty()) co_return organization;
  Task<Result<std::string>> finding = parts.provisioning.organization_of(std::move(agent));
  co_return co_await std::move(finding);
}

Task<Result<std::string>> approve(OauthCommandParts parts, std::string organization,
                                  std::string agent, std::string scopes) {
  if (!parts.authorization) {
    co_return fail(
        ErrorCode::unsupported,
        "the authorization server is off; see server.oauth.authorization_server.enabled");
  }
  auto finding = organization_of(parts, std::move(organization), agent);
  Result<std::string> org_id = co_await std::move(finding);
  if (!org_id) co_return fail(org_id.error());
  std::replace(scopes.begin(), scopes.end(), ',', ' ');
  const Role role = agent.empty() ? Role::organization : Role::agent;
  auto approving = parts.authorization->approve(role, std::move(*org_id), std::move(agent),
                                                identity::split_words(scopes));
  Result<std::string> code = co_await std::move(approving);
  if (!code) co_return fail(code.error());
  JsonWriter out;
  out.begin_object().field("code", *code);
  out.field("minutes", identity::AuthorizationService::approval_lifetime / 60'000).end_object();
  co_return out.take();
}

Task<Result<std::string>> bind(OauthCommandParts parts, std::string subject,
                               std::string organization, std::string agent) {
  if (parts.issuer.empty()) {
    co_return fail(ErrorCode::unsupported, "there is no issuer; see server.oauth.issuer");
  }
  if (subject.empty() || subject.size() > 255 || has_control_character(subject)) {
    co_return fail(ErrorCode::invalid_argument, "'subject' must have 1 to 255 characters");
  }
  auto finding = organization_of(parts, std::move(organization), agent);
  Result<std::string> org_id = co_await std::move(finding);
  if (!org_id) co_return fail(org_id.error());
  store::OauthSubject bound;
  bound.org_id = std::move(*org_id);
  bound.agent_id = std::move(agent);
  bound.role = bound.agent_id.empty() ? "organization" : "agent";
  store::UnitOfWork unit;
  store::OauthRepository::add_bind_subject(unit, parts.issuer, subject, bound, parts.clock.now());
  // The subject names a person: the audit says what was given, not to whom.
  parts.audit.add_entry(unit, {bound.org_id, "commsctl", "oauth_subject_bound",
                               bound.agent_id.empty() ? bound.org_id : bound.agent_id, ""});
  auto saved = co_await parts.store.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) {
    co_return fail(ErrorCode::not_found, "there is no such organization or agent");
  }
  co_return std::string("{\"bound\":true}");
}

Task<Result<std::string>> revoke(OauthCommandParts parts, std::string organization,
                                 std::string agent) {
  auto finding = organization_of(parts, std::move(organization), agent);
  Result<std::string> org_id = co_await std::move(finding);
  if (!org_id) co_return fail(org_id.error());
  store::UnitOfWork unit;
  store::OauthRepository::add_revoke_grants(unit, *org_id, agent, parts.clock.now());
  parts.audit.add_entry(
      unit, {*org_id, "commsctl", "oauth_grants_revoked", agent.empty() ? *org_id : agent, ""});
  auto saved = co_await parts.store.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) co_return fail(ErrorCode::not_found, "there is no such organization");
  parts.tokens.forget_cached();
  co_return std::string("{\"revoked\":true}");
}

}  // namespace

void add_oauth_commands(ControlRegistry& registry, const OauthCommandParts& parts) {
  registry.add("oauth.approve", "Make a one-time code for the consent page",
               [parts](JsonValue arguments) {
                 return approve(parts, text(arguments, "organization"), text(arguments, "agent"),
                                text(arguments, "scopes"));
               });
  registry.add("oauth.bind", "Let a subject of the issuer act for an organization or agent",
               [parts](JsonValue arguments) {
                 return bind(parts, text(arguments, "subject"), text(arguments, "organization"),
                             text(arguments, "agent"));
               });
  registry.add("oauth.revoke", "End what people allowed clients to do",
               [parts](JsonValue arguments) {
                 return revoke(parts, text(arguments, "organization"), text(arguments, "agent"));
               });
}

}  // namespace commsd::ops
