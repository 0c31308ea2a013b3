#include "policy/policy_gate.h"

#include <algorithm>
#include <optional>

#include "policy/required_consent.h"
#include "policy/contact_preferences.h"
#include "policy/opt_out.h"

namespace commsd::policy {

/// One action with everything that was read about it.
struct PolicyGate::Case {
  OutboundAction action;
  std::string channel;
  store::ConsentKey key;
  store::SendContext context;
  UnixMillis now = 0;
};

namespace {

Error refused(std::string_view rule, std::string message, std::string remedy = {}) {
  Error refusal;
  refusal.code = ErrorCode::rejected;
  refusal.message = std::move(message);
  refusal.remedy = std::move(remedy);
  refusal.rule = rule;
  return refusal;
}

Error opted_out(std::string_view channel, std::string_view source) {
  if (source == possible_opt_out) {
    return refused("possible_opt_out",
                   "this contact seems to have asked in their own words not to be reached on the "
                   "channel " +
                       std::string(channel),
                   "read what they wrote; an operator lifts the hold with commsctl contacts allow, "
                   "or the contact by sending START");
  }
  return refused("opt_out",
                 "opt_out: this contact has opted out of messages on the channel " +
                     std::string(channel),
                 "the contact can opt in again by sending START");
}

Error revoked(std::string_view channel) {
  return refused("consent", "this contact revoked their consent to be reached by this agent on the "
                            "channel " +
                                std::string(channel),
                 "when they agree again, record it with comms_record_consent");
}

Error missing_consent(const RequiredConsent& need, std::string_view channel,
                      MessageClass message_class) {
  return refused("consent",
                 "there is no valid " + need.names() + " consent of this contact on record for " +
                     std::string(to_string(message_class)) + " on the channel " +
                     std::string(channel),
                 "record the consent you have with comms_record_consent; 'messageClass' says what "
                 "kind of message it is");
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

bool holds(const RequiredConsent& need, const store::SendContext& context, UnixMillis now) {
  return context.consent_status == "granted" && need.suffices(context.consent_type) &&
         context.consent_granted_at.value_or(0) > need.granted_after(now) &&
         context.consent_expires_at.value_or(now + 1) > now;
}

bool on_list(const OutboundAction& action, const store::SendContext& context) {
  return context.on_dnc_list && action.channel != plugin::ChannelKind::email &&
         action.message_class == MessageClass::marketing &&
         !(context.consent_status == "granted" && context.consent_type == "express");
}

}  // namespace

Task<Result<Admission>> PolicyGate::admit(OutboundAction action) const {
  return decide(std::move(action), true);
}

Task<Result<Admission>> PolicyGate::readmit(OutboundAction action) const {
  return decide(std::move(action), false);
}

bool PolicyGate::enforced(const Case& subject) const {
  switch (settings_.enforce) {
    case GateSettings::Enforce::nobody:
      return false;
    case GateSettings::Enforce::everybody:
      return true;
    case GateSettings::Enforce::production:
      break;
  }
  // The store and what the SandboxGate goes by may differ for seconds: real providers are out of
  // reach only while both say sandbox.
  return subject.context.org_mode == "production" || !modes_.is_sandbox(subject.action.org_id);
}

Task<Result<Admission>> PolicyGate::decide(OutboundAction action, bool first) const {
  Case subject;
  subject.channel = plugin::to_string(action.channel);
  subject.key = {action.org_id, action.agent_id, subject.channel,
                 contact_hash(settings_.contact_key, action.to)};
  subject.action = std::move(action);
  subject.now = clock_.now();
  const store::ConsentKey& key = subject.key;
  auto found =
      co_await agents_.send_context(key.org_id, key.agent_id, key.channel, key.contact_hash);
  if (!found) co_return fail(found.error());
  if (!*found) {
    co_return fail(ErrorCode::not_found,
                   "there is no agent '" + key.agent_id + "' in this organization");
  }
  subject.context = std::move(**found);
  const store::SendContext& context = subject.context;
  if (auto refusal = inactive(subject.action, context)) co_return fail(std::move(*refusal));

  Admission admission(context.address);
  store::UnitOfWork active;
  store::AgentRepository::add_require_active(active, key.org_id, key.agent_id, key.channel,
                                             context.address);
  admission.require(std::move(active),
                    refused("agent_active", "agent '" + key.agent_id + "' or its " + key.channel +
                                                " channel was stopped or changed meanwhile"));
  // What the law wants answered is answered; everything below protects from being bothered.
  if (subject.action.mandated) co_return admission;

  if (!context.opt_out_source.empty()) {
    co_return fail(opted_out(key.channel, context.opt_out_source));
  }
  if (context.consent_status == "revoked") co_return fail(revoked(key.channel));
  const bool marketing = subject.action.message_class == MessageClass::marketing;
  const bool enforce = enforced(subject);
  const bool counted = enforce && marketing && settings_.marketing_per_day > 0;

  store::UnitOfWork wanted;
  if (counted && first) {
    store::SuppressionRepository::add_lock_contact(wanted, key.org_id, key.contact_hash);
  } else {
    store::SuppressionRepository::add_share_contact(wanted, key.org_id, key.contact_hash);
  }
  store::SuppressionRepository::add_require_absent(wanted, key.org_id, key.agent_id, key.channel,
                                                   key.contact_hash);
  admission.require(std::move(wanted), opted_out(key.channel, "keyword"));
  store::UnitOfWork agreed;
  store::ConsentRepository::add_require_not_revoked(agreed, key);
  admission.require(std::move(agreed), revoked(key.channel));
  if (!enforce) co_return admission;

  const RequiredConsent need = RequiredConsent::of(subject.action.message_class);
  if (need.needed()) {
    if (!holds(need, context, subject.now)) {
      co_return fail(missing_consent(need, key.channel, subject.action.message_class));
    }
    store::UnitOfWork granted;
    store::ConsentRepository::add_require_granted(
        granted, key, {need.types, need.granted_after(subject.now), subject.now});
    admission.require(std::move(granted),
                      missing_consent(need, key.channel, subject.action.message_class));
  }
  if (on_list(subject.action, context)) {
    co_return fail(refused("dnc",
                           "this number is on a do-not-call list, and there is no express consent "
                           "of the contact",
                           "contact them only when they asked for it; then record that with "
                           "comms_record_consent"));
  }
  if (counted && first) {
    Result<void> allowed = co_await check_frequency(subject, admission);
    if (!allowed) co_return fail(allowed.error());
  }
  co_return admission;
}

Task<Result<void>> PolicyGate::check_frequency(Case& subject, Admission& admission) const {
  const store::ConsentKey& key = subject.key;
  constexpr std::int64_t window = 24;
  const std::int64_t hour = store::hour_of(subject.now);
  auto reached = co_await hours_.since(key.org_id, key.contact_hash, hour - window);
  if (!reached) co_return fail(reached.error());

  const std::int64_t most = settings_.marketing_per_day;
  Error refusal = refused("contact_frequency",
                          "this contact was reached " + std::to_string(most) +
                              " times in the last 24 hours, which is the most for marketing",
                          "send it later");
  std::int64_t count = 0;
  // From the last backwards: room comes when the oldest of the last `most` leaves the window.
  for (auto entry = reached->rbegin(); entry != reached->rend(); ++entry) {
    count += entry->count;
    refusal.next_allowed_at = (entry->hour + window) * 3'600'000;
    if (count >= most) co_return fail(std::move(refusal));
  }
  refusal.next_allowed_at = 0;
  store::UnitOfWork once;
  store::ContactHoursRepository::add_require_below(once, key.org_id, key.contact_hash,
                                                   hour - window, most);
  store::ContactHoursRepository::add_count(once, key.org_id, key.contact_hash, hour);
  admission.require(std::move(once), std::move(refusal));
  co_return Result<void>();
}

}  // namespace commsd::policy
