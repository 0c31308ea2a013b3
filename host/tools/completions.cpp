#include "tools/completions.h"

#include <algorithm>

#include "tools/agent_scope.h"

namespace commsd::tools {

namespace {

using Candidates = std::vector<std::string>;

constexpr std::int64_t most_candidates = 101;  // one more than is shown, to say that there are more

Task<Result<Candidates>> agents(Services* services, identity::Principal principal,
                                std::string prefix) {
  Candidates found;
  if (principal.role == identity::Role::agent) found.push_back(principal.agent_id);
  if (principal.role != identity::Role::organization) co_return found;
  auto agents = co_await services->provisioning.agents_starting_with(
      principal.org_id, std::move(prefix), most_candidates);
  if (!agents) co_return fail(agents.error());
  for (store::Agent& agent : *agents) found.push_back(std::move(agent.id));
  co_return found;
}

/// The channels of the agent in question, or nothing when it is not known or not the caller's.
Task<Result<std::vector<store::Channel>>> channels(Services* services,
                                                   mcp::CompletionContext* context) {
  std::vector<store::Channel> none;
  const std::string agent_id = context->arguments["agentId"];
  if (agent_id.empty() && context->principal.role != identity::Role::agent) co_return none;
  Task<Result<AgentScope>> asking =
      agent_scope(services->provisioning, context->principal, agent_id);
  Result<AgentScope> scope = co_await std::move(asking);
  if (!scope) co_return none;
  auto report = co_await services->provisioning.report(scope->org_id, scope->agent_id);
  if (!report && report.error().code == ErrorCode::not_found) co_return none;
  if (!report) co_return fail(report.error());
  std::erase_if(report->channels, [](const auto& channel) { return channel.status == "released"; });
  co_return std::move(report->channels);
}

Task<Result<Candidates>> complete(Services* services, mcp::CompletionContext* context) {
  Candidates found;
  // Prompts need no scope, but ids and addresses are what comms:read is about.
  if (!context->principal.may("comms:read")) co_return found;
  if (context->argument == "agentId") {
    Task<Result<Candidates>> asking = agents(services, context->principal, context->value);
    co_return co_await std::move(asking);
  }
  if (context->argument == "messageId") {
    const identity::Principal& caller = context->principal;
    if (caller.role == identity::Role::orchestrator) co_return found;
    auto newest =
        co_await services->history.newest(caller.org_id, caller.agent_id, most_candidates);
    if (!newest) co_return fail(newest.error());
    for (store::Message& message : *newest) found.push_back(std::move(message.id));
    co_return found;
  }
  const bool names = context->argument == "channel";
  if (!names && context->argument != "from") co_return found;
  Task<Result<std::vector<store::Channel>>> asking = channels(services, context);
  Result<std::vector<store::Channel>> owned = co_await std::move(asking);
  if (!owned) co_return fail(owned.error());
  for (const store::Channel& channel : *owned) {
    if (!names && channel.provider == store::pooled_provider) continue;
    std::string candidate = names ? channel.channel : channel.address;
    if (std::find(found.begin(), found.end(), candidate) == found.end()) {
      found.push_back(std::move(candidate));
    }
  }
  if (names && found.empty()) found = {"sms", "whatsapp", "email", "voice"};
  co_return found;
}

}  // namespace

mcp::Completer completer(Services& services) {
  return [&services](mcp::CompletionContext& context) { return complete(&services, &context); };
}

}  // namespace commsd::tools
