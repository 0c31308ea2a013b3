#include "policy/policy_gate.h"

#include "policy/opt_out.h"
#include "store/suppression_repository.h"

namespace commsd::policy {

namespace {

Error refused(std::string_view rule, std::string message, std::string remedy = {}) {
  Error refusal;
  refusal.code = ErrorCode::rejected;
  refusal.message = std::move(message);
  refusal.remedy = std::move(remedy);
  refusal.rule = rule;
  return refusal;
}

Error opted_out(std::string_view channel) {
  return refused(
      "opt_out",
      "opt_out: this contact has opted out of messages on the channel " + std::string(channel),
      "the contact can opt in again by sending START");
}

std::optional<Error> inactive(const OutboundAction& action, const store::SendContext& context) {
  const std::string name(plugin::to_string(action.channel));
  if (context.agent_status != "active") {
    return refused("agent_active", "agent '" + action.agent_id +
                                       "' is not active (status: " + context.agent_status + ")");
  }
  if (context.channel_status.empty()) {
    return refused("channel", "agent '" + action.agent_id + "' has no " + name +
                                  " channel; provision it first");
  }
  if (context.channel_status != "active") {
    return refused("channel", "the " + name + " channel of agent '" + action.agent_id + "' is " +
                                  context.channel_status);
  }
  return std::nullopt;
}

}  // namespace

Task<Result<Admission>> PolicyGate::admit(OutboundAction action) const {
  return decide(std::move(action), true);
}

Task<Result<Admission>> PolicyGate::readmit(OutboundAction action) const {
  return decide(std::move(action), false);
}

Task<Result<Admission>> PolicyGate::decide(OutboundAction action, bool) const {
  const std::string channel(plugin::to_string(action.channel));
  const std::string contact = contact_hash(settings_.contact_key, action.to);
  auto found = co_await agents_.send_context(action.org_id, action.agent_id, channel, contact);
  if (!found) co_return fail(found.error());
  if (!*found) {
    co_return fail(ErrorCode::not_found,
                   "there is no agent '" + action.agent_id + "' in this organization");
  }
  const store::SendContext& context = **found;
  if (auto refusal = inactive(action, context)) co_return fail(std::move(*refusal));
  if (context.opted_out && !action.mandated) co_return fail(opted_out(channel));

  Admission admission(context.address);
  store::UnitOfWork active;
  store::AgentRepository::add_require_active(active, action.org_id, action.agent_id, channel,
                                             context.address);
  admission.require(std::move(active),
                    refused("agent_active", "agent '" + action.agent_id + "' or its " + channel +
                                                " channel was stopped or changed meanwhile"));
  if (!action.mandated) {
    store::UnitOfWork wanted;
    store::SuppressionRepository::add_share_contact(wanted, action.org_id, contact);
    store::SuppressionRepository::add_require_absent(wanted, action.org_id, action.agent_id,
                                                     channel, contact);
    admission.require(std::move(wanted), opted_out(channel));
  }
  co_return admission;
}

}  // namespace commsd::policy
