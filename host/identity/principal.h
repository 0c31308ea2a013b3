#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace commsd::identity {

enum class Role { orchestrator, organization, agent };

std::string_view to_string(Role role);

/// Cause of an `unauthenticated` for a token that was good once: whoever brings it is not guessing.
inline constexpr std::string_view ended_token = "expired";

/// What callers of a suspended organization are told, on every path.
inline constexpr std::string_view suspended_organization =
    "the organization is suspended and can do nothing; its administrator has to ask the operator "
    "of this server";

/// Who is asking: what a verified token says. Plain data, copied into whatever acts for it.
struct Principal {
  Role role = Role::agent;
  std::string token_id;
  std::string org_id;    // "" for the orchestrator, who names the organization in each call
  std::string agent_id;  // "" unless role is agent
  /// What the token is limited to; nothing for a token that may do all its role allows.
  std::optional<std::vector<std::string>> scopes = {};
  std::vector<std::string> toolsets = {};  // empty = the role's usual ones
  std::string grant_id = {};               // of access tokens from the authorization server

  /// Whether the token carries `scope`. "" is what everybody may. The role is another question.
  bool may(std::string_view scope) const;

  /// A stable text for keys of caches and sessions, e.g. "agent:org_1:agt_2". Not a secret.
  std::string key() const;
};

/// The agent a call acts for: the argument if given, else the principal's own.
/// invalid_argument when neither names one; permission_denied when an agent names another. Whether
/// the agent is in the caller's organization is for AgentDirectory::resolve to say, because that
/// takes a look at the store.
Result<std::string> requested_agent(const Principal& principal, std::string_view argument);

}  // namespace commsd::identity
