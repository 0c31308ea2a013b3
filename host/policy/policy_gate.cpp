#include "policy/policy_gate.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "policy/contact_preferences.h"
#include "policy/opt_out.h"
#include "policy/required_consent.h"

namespace commsd::policy {

/// One action with everything that was read about it.
struct PolicyGate::Case {
  OutboundAction action;
  store::ConsentKey key;
  store::SendContext context;
  Situation situation;         // for the rules of countries; only when they are asked
  ContactFrequency frequency;  // the same; limits only for what counts against them now
  UnixMillis now = 0;
  Moment moment = Moment::first;
};

namespace {

constexpr UnixMillis hour_ms = 3'600'000;
constexpr UnixMillis day_ms = 24 * hour_ms;

Error refused(std::string_view rule, std::string message, std::string remedy = {}) {
  return make_error(ErrorCode::rejected, std::move(message), std::move(remedy), rule);
}

/// " (47 CFR 64.1200(c)(1); rule us.hours.federal)", for people who have to explain it.
std::string named(const RuleReference& rule) {
  if (rule.id.empty()) return {};
  return " (" + (rule.law.empty() ? std::string() : rule.law + "; ") + "rule " + rule.id + ")";
}

/// Ids of rules begin with the file they are in, and registries are in files of countries.
std::string country_of(const RuleReference& rule) {
  std::string country = rule.id.substr(0, rule.id.find('.'));
  for (char& c : country) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return country;
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
  return refused(
      "opt_out",
      "opt_out: this contact has opted out of messages on the channel " + std::string(channel),
      "the contact can opt in again by sending START");
}

Error revoked(std::string_view channel) {
  return refused("consent",
                 "this contact revoked their consent to be reached by this agent on the channel " +
                     std::string(channel),
                 "when they agree again, record it with comms_record_consent");
}

Error missing_consent(const OutboundAction& action, const RequiredConsent& required,
                      const RuleReference& rule) {
  return refused("consent",
                 "there is no valid " + required.names() + " consent of this contact on record" +
                     (required.evidence ? " with its evidence" : "") + " for " +
                     std::string(to_string(action.message_class)) + " on the channel " +
                     std::string(plugin::to_string(action.channel)) + named(rule),
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

Error reached_too_often(const FrequencyLimit& limit) {
  return refused(limit.rule.id,
                 "this contact was reached " + std::to_string(limit.count) + " times in the last " +
                     std::to_string(limit.days) + " days, which is the most that is allowed" +
                     (limit.rule.law.empty() ? std::string() : named(limit.rule)),
                 "send it later");
}

bool suffices(const store::SendContext& context, const store::SufficientConsent& sufficient) {
  const bool of_type =
      !context.consent_type.empty() && std::find(sufficient.types.begin(), sufficient.types.end(),
                                                 context.consent_type) != sufficient.types.end();
  const UnixMillis after =
      context.consent_type == "implied" ? sufficient.implied_after : sufficient.granted_after;
  return context.consent_status == "granted" && of_type &&
         context.consent_granted_at.value_or(0) > after &&
         context.consent_expires_at.value_or(sufficient.now + 1) > sufficient.now &&
         (!sufficient.evidence || context.consent_evidence);
}

bool has_express_consent(const store::SendContext& context, UnixMillis now) {
  return context.consent_status == "granted" && context.consent_type == "express" &&
         context.consent_expires_at.value_or(now + 1) > now;
}

Situation situation_of(const OutboundAction& action, const store::SendContext& context,
                       const std::string& from, UnixMillis now) {
  Situation situation;
  situation.kind = action.kind;
  situation.channel = action.channel;
  situation.message_class = action.message_class;
  situation.to = action.to;
  if (action.channel != plugin::ChannelKind::email) situation.from = from;
  situation.third = action.third;
  situation.sender_country = context.agent_country;
  situation.time_zone = action.time_zone;
  situation.express_consent = has_express_consent(context, now);
  situation.text = action.subject.empty() ? std::string() : action.subject + '\n';
  situation.text += action.text.empty() ? action.html : action.text;
  return situation;
}

}  // namespace

Task<Result<Admission>> PolicyGate::admit(OutboundAction action) const {
  return decide(std::move(action), Moment::first);
}

Task<Result<Admission>> PolicyGate::admit_later(OutboundAction action) const {
  return decide(std::move(action), Moment::later);
}

Task<Result<void>> PolicyGate::check(OutboundAction action) const {
  Result<Admission> admission = co_await decide(std::move(action), Moment::asked);
  if (!admission) co_return fail(admission.error());
  co_return Result<void>();
}

Task<Result<Admission>> PolicyGate::readmit(OutboundAction action) const {
  return decide(std::move(action), Moment::again);
}

std::string PolicyGate::spoken_disclosure(const OutboundAction& action,
                                          std::string_view language) const {
  Situation situation;
  situation.kind = action.kind;
  situation.channel = plugin::ChannelKind::voice;
  situation.message_class = action.message_class;
  situation.to = action.to;
  const Announcement machine = rules_.countries.ai_disclosure(situation, language, clock_.now());
  return machine.needed && machine.by_law ? machine.text : std::string();
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
  return subject.context.org_mode == "production" ||
         !rules_.modes.is_sandbox(subject.action.org_id);
}

Task<Result<Admission>> PolicyGate::decide(OutboundAction action, Moment moment) const {
  Case subject;
  subject.moment = moment;
  subject.key = {action.org_id, action.agent_id, std::string(plugin::to_string(action.channel)),
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

  const bool issued = subject.action.channel != plugin::ChannelKind::email;
  Result<Sender> sender = Sender{context.address, issued ? context.provider : std::string()};
  if (SenderAddress::has_choice(context.identity, key.channel, context.provider)) {
    Task<Result<Sender>> choosing = sender_of(subject);
    sender = co_await std::move(choosing);
    if (!sender) co_return fail(sender.error());
  }
  const std::string from = sender->address;
  Admission admission(std::move(*sender));
  admission.set_routes(context.routes);
  if (subject.action.record) {
    const Situation situation = situation_of(subject.action, context, from, subject.now);
    admission.set_recording(
        rules_.countries.recording_announcement(situation, subject.action.language, subject.now));
  }
  store::UnitOfWork active;
  store::AgentRepository::add_require_active(active, key.org_id, key.agent_id, key.channel,
                                             context.address);
  admission.require(std::move(active),
                    refused("agent_active", "agent '" + key.agent_id + "' or its " + key.channel +
                                                " channel was stopped or changed meanwhile"));
  const bool pooled = from != context.address && from != key.agent_id;
  if (pooled) require_sender(subject, admission);
  // What the law wants answered is answered; everything below protects from being bothered.
  if (subject.action.mandated) co_return admission;
  if (subject.action.to_agent) {
    if (enforced(subject)) {
      if (auto allowed = check_content(subject); !allowed) co_return fail(allowed.error());
    }
    co_return admission;
  }

  if (!context.opt_out_source.empty()) {
    co_return fail(opted_out(key.channel, context.opt_out_source));
  }
  if (context.consent_status == "revoked") co_return fail(revoked(key.channel));
  // Copies go to the organization itself, with its knowledge: nobody is solicited or sold to, and
  // no contact is reached. That somebody wants no more of them holds all the same.
  const bool enforce = !subject.action.copy && enforced(subject);
  if (enforce) {
    subject.situation = situation_of(subject.action, context, from, subject.now);
    subject.frequency = frequency_of(subject);
  }

  store::UnitOfWork wanted;
  if (subject.frequency.limits.empty()) {
    store::SuppressionRepository::add_share_contact(wanted, key.org_id, key.contact_hash);
  } else {  // two must not both be the last within a limit
    store::SuppressionRepository::add_lock_contact(wanted, key.org_id, key.contact_hash);
  }
  store::SuppressionRepository::add_require_absent(wanted, key.org_id, key.agent_id, key.channel,
                                                   key.contact_hash);
  admission.require(std::move(wanted), opted_out(key.channel, "keyword"));
  store::UnitOfWork agreed;
  store::ConsentRepository::add_require_not_revoked(agreed, key);
  admission.require(std::move(agreed), revoked(key.channel));
  if (!enforce) co_return admission;

  if (auto allowed = check_consent(subject, admission); !allowed) co_return fail(allowed.error());
  if (auto allowed = check_lists(subject); !allowed) co_return fail(allowed.error());
  if (auto allowed = check_countries(subject); !allowed) co_return fail(allowed.error());
  if (auto allowed = check_postal_address(subject, admission); !allowed) {
    co_return fail(allowed.error());
  }
  if (auto allowed = check_content(subject); !allowed) co_return fail(allowed.error());
  if (subject.frequency.pause_after_refusal_days != 0) {
    Result<void> allowed = co_await check_pause(subject, admission);
    if (!allowed) co_return fail(allowed.error());
  }
  if (subject.moment == Moment::asked) {
    Result<void> allowed = co_await check_frequency(subject);
    if (!allowed) co_return fail(allowed.error());
  } else {
    require_frequency(subject, admission);
  }
  co_return admission;
}

Task<Result<Sender>> PolicyGate::sender_of(const Case& subject) const {
  const OutboundAction& action = subject.action;
  const store::SendContext& context = subject.context;
  if (action.to_agent && action.kind == ActionKind::message) {
    const bool shared = context.provider == store::pooled_provider;
    co_return Sender{shared ? action.agent_id : context.address, {}};
  }
  SenderAddress::Question question;
  question.org_id = action.org_id;
  question.identity = context.identity;
  question.channel = subject.key.channel;
  question.own = context.address;
  question.provider = context.provider;
  question.to_country = rules_.countries.country_of(action.to);
  question.before = action.from;
  Task<Result<Sender>> choosing = senders_.choose(std::move(question));
  co_return co_await std::move(choosing);
}

void PolicyGate::require_sender(const Case& subject, Admission& admission) {
  const store::ConsentKey& key = subject.key;
  store::UnitOfWork listed;
  store::PoolRepository::add_require_active(listed, key.org_id, admission.from());
  admission.require(std::move(listed),
                    refused("sender",
                            "the number it was to go out from was taken out of the "
                            "organization's pool meanwhile",
                            "send it again, from another number"));
  // A confirmation that the law wants says nothing about whose the contact is.
  if (subject.moment != Moment::first || subject.action.mandated) return;
  store::UnitOfWork thread;
  store::PoolRepository::add_thread(thread, key.org_id, admission.from(), key.contact_hash,
                                    key.agent_id, subject.now);
  admission.require(std::move(thread), Error());
}

Result<void> PolicyGate::check_consent(const Case& subject, Admission& admission) const {
  const ConsentNeed need = rules_.countries.consent_needed(subject.situation, subject.now);
  if (!need.needed) return {};
  const RequiredConsent required(need);
  const store::SufficientConsent sufficient = required.at(subject.now);
  Error refusal = missing_consent(subject.action, required, need.rule);
  if (!suffices(subject.context, sufficient)) return fail(std::move(refusal));
  store::UnitOfWork granted;
  store::ConsentRepository::add_require_granted(granted, subject.key, sufficient);
  admission.require(std::move(granted), std::move(refusal));
  return {};
}

Result<void> PolicyGate::check_lists(const Case& subject) const {
  const OutboundAction& action = subject.action;
  if (action.channel == plugin::ChannelKind::email) return {};
  if (subject.context.on_dnc_list && action.message_class == MessageClass::marketing &&
      !subject.situation.express_consent) {
    return fail(refused("dnc",
                        "this number is on a do-not-call list, and there is no express consent of "
                        "the contact",
                        "contact them only when they asked for it; then record that with "
                        "comms_record_consent"));
  }
  for (const DncLimit& limit : rules_.countries.dnc_age_limit(subject.situation, subject.now)) {
    if (limit.days <= 0) continue;  // the law names no age
    const std::string country = country_of(limit.rule);
    const auto checked = rules_.lists.checked_at(action.org_id, country, limit.registry);
    if (checked && *checked > subject.now - limit.days * day_ms) continue;
    return fail(refused(limit.rule.id,
                        "the registry '" + limit.registry + "' must have been checked at most " +
                            std::to_string(limit.days) + " days before, and " +
                            (checked ? "the last check is older" : "it never was") +
                            named(limit.rule),
                        "get the current list and import it: commsctl dnc import --country " +
                            country + " --list '" + limit.registry + "'"));
  }
  return {};
}

Result<void> PolicyGate::check_countries(const Case& subject) const {
  Verdict verdict = rules_.countries.evaluate(subject.situation, subject.now);
  if (verdict.allowed()) return {};
  const bool deferred = verdict.decision == Decision::defer;
  if (deferred && subject.moment == Moment::later) return {};
  Error refusal = refused(verdict.rule.id, std::move(verdict.reason) + named(verdict.rule),
                          std::move(verdict.remedy));
  if (deferred) refusal.next_allowed_at = verdict.next_allowed_at;
  return fail(std::move(refusal));
}

Result<void> PolicyGate::check_postal_address(const Case& subject, Admission& admission) const {
  // What is tried again has it already.
  if (subject.moment == Moment::again || subject.action.kind != ActionKind::message) return {};
  const auto rule = rules_.countries.postal_address_rule(subject.situation, subject.now);
  if (!rule) return {};
  if (subject.context.postal_address.empty()) {
    return fail(refused(rule->id,
                        "a mail of marketing must name its sender's postal address, and none is "
                        "set for this organization" +
                            named(*rule),
                        "an administrator sets it with comms_set_postal_address or commsctl "
                        "organizations address; 'messageClass' says when it is no marketing"));
  }
  admission.demand_postal_address(subject.context.postal_address);
  return {};
}

Result<void> PolicyGate::check_content(const Case& subject) const {
  const OutboundAction& action = subject.action;
  if (const auto match = rules_.content.check(action.text, action.subject, action.html)) {
    return fail(
        refused(match->rule,
                "the text falls into the category '" + match->category + "', which may not be sent",
                "say it in other words, without what this category is about"));
  }
  return {};
}

ContactFrequency PolicyGate::frequency_of(const Case& subject) const {
  ContactFrequency frequency = rules_.countries.contact_frequency(subject.situation, subject.now);
  if (subject.moment == Moment::later || subject.moment == Moment::again) {
    frequency.limits.clear();
  } else if (settings_.marketing_per_day > 0 &&
             subject.action.message_class == MessageClass::marketing) {
    frequency.limits.push_back({settings_.marketing_per_day, 1, {"contact_frequency", "", ""}});
  }
  return frequency;
}

// Who agreed expressly after they had refused has ended the pause themselves.
Task<Result<void>> PolicyGate::check_pause(const Case& subject, Admission& admission) const {
  const store::ConsentKey& key = subject.key;
  const std::int64_t days = subject.frequency.pause_after_refusal_days;
  const bool for_ever = days < 0;
  if (!for_ever && subject.moment == Moment::later) co_return Result<void>();
  auto refused_at = co_await refusals_.latest(key.org_id, key.channel, key.contact_hash);
  if (!refused_at) co_return fail(refused_at.error());
  UnixMillis after = for_ever ? 0 : subject.now - days * day_ms;
  if (subject.situation.express_consent) {
    after = std::max(after, subject.context.consent_granted_at.value_or(0));
  }
  Error refusal =
      refused(subject.frequency.pause_rule.id,
              "this contact refused to be reached on the channel " + key.channel +
                  ", and may not be reached again " +
                  (for_ever ? std::string("unless they agree themselves")
                            : "for " + std::to_string(days) + " days") +
                  named(subject.frequency.pause_rule),
              "when they agree expressly after that, record it with comms_record_consent");
  if (*refused_at && **refused_at > after) {
    if (!for_ever) refusal.next_allowed_at = **refused_at + days * day_ms;
    co_return fail(std::move(refusal));
  }
  store::UnitOfWork none;
  store::RefusalRepository::add_require_none_after(none, key.org_id, key.channel, key.contact_hash,
                                                   after);
  admission.require(std::move(none), std::move(refusal));
  co_return Result<void>();
}

void PolicyGate::require_frequency(const Case& subject, Admission& admission) {
  const store::ConsentKey& key = subject.key;
  const std::int64_t hour = store::hour_of(subject.now);
  const std::vector<FrequencyLimit>& limits = subject.frequency.limits;
  if (limits.empty()) return;
  for (const FrequencyLimit& limit : limits) {
    admission.require_below({key.org_id, key.contact_hash, hour, limit.days * 24, limit.count},
                            reached_too_often(limit));
  }
  store::UnitOfWork counted;
  store::ContactHoursRepository::add_count(counted, key.org_id, key.contact_hash, hour);
  admission.require(std::move(counted), Error());
}

Task<Result<void>> PolicyGate::check_frequency(const Case& subject) const {
  const store::ConsentKey& key = subject.key;
  const std::int64_t hour = store::hour_of(subject.now);
  for (const FrequencyLimit& limit : subject.frequency.limits) {
    Admission::ContactLimit asked{key.org_id, key.contact_hash, hour, limit.days * 24, limit.count};
    Result<UnixMillis> room = co_await room_after(std::move(asked));
    if (!room) co_return fail(room.error());
    if (*room == 0) continue;
    Error refusal = reached_too_often(limit);
    refusal.next_allowed_at = *room;
    co_return fail(std::move(refusal));
  }
  co_return Result<void>();
}

Task<std::optional<Error>> PolicyGate::refusal(const Admission& admission,
                                               std::size_t failed_step) const {
  std::optional<Error> refusal = admission.refusal(failed_step);
  if (const Admission::ContactLimit* limit = admission.limit(failed_step)) {
    const Result<UnixMillis> room = co_await room_after(*limit);
    refusal->next_allowed_at = room.value_or(0);  // it holds without a time, too
  }
  co_return refusal;
}

Task<Result<UnixMillis>> PolicyGate::room_after(Admission::ContactLimit limit) const {
  const std::int64_t since = limit.hour - limit.window_hours;
  auto reached = co_await hours_.since(limit.org_id, limit.contact_hash, since, limit.hour);
  if (!reached) co_return fail(reached.error());
  // From the last backwards: room comes when the oldest of the last `count` leaves the window.
  std::int64_t count = 0;
  for (auto entry = reached->rbegin(); entry != reached->rend(); ++entry) {
    count += entry->count;
    if (count >= limit.count) co_return (entry->hour + limit.window_hours) * hour_ms;
  }
  co_return 0;
}

}  // namespace commsd::policy
