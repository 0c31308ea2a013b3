#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "identity/organization_modes.h"
#include "policy/admission.h"
#include "policy/compliance_engine.h"
#include "policy/content_rules.h"
#include "policy/dnc_lists.h"
#include "policy/number_choice.h"
#include "policy/outbound_action.h"
#include "store/agent_repository.h"
#include "store/contact_hours_repository.h"
#include "store/refusal_repository.h"
#include "store/store.h"

namespace commsd::policy {

struct GateSettings {
  /// Whose actions the rules about consent, lists, hours and content are for. Organizations in
  /// sandbox mode reach sandbox providers only, so no person. What a contact has refused holds for
  /// everybody.
  enum class Enforce { nobody, production, everybody };

  std::string contact_key;  // keys the hashes by which contacts are found (contact_hash)
  Enforce enforce = Enforce::production;
  std::int64_t marketing_per_day = 0;  // to one contact in any 24 hours; 0 = no limit of ours
};

/// What the gate asks besides the store. All of it outlives the gate.
struct GateRules {
  const identity::OrganizationModes& modes;
  const ComplianceEngine& countries;
  const ContentRules& content;
  const DncLists& lists;
};

/// The one door in front of everything that reaches a person: messages, calls, voice messages,
/// codes and transfers, at once, scheduled or repeated. The rules are asked in this order, and the
/// first that refuses is named in Error::rule:
///
///     agent_active, channel   the agent may use the channel
///     sender                  there is a number it may be sent from
///     opt_out                 the contact said stop, on any way there is
///     possible_opt_out        the contact seems to have said so; a person has to look
///     consent                 revoked, or none that suffices for the class of message
///     dnc                     on a do-not-call list, without express consent (marketing)
///     us.hours.fl, ...        a rule of a country: its registries, hours, wording, frequency, and
///                             how long it lets people alone who refused, and whether mails name
///                             the organization's postal address
///     content.threat, ...     what must not be said, or not be carried
///     contact_frequency       reached too often by this server's own limit (marketing)
///
/// Between agents of one organization no person is reached: of the list only the first line and
/// what must not be said apply. Copies for the organization itself ask for the first three only,
/// and for a consent that was revoked. One read serves them all; another one is made where a
/// refusal counts for longer, and for agents that send from a pool of numbers. Nothing is written
/// here. What must still hold when the action becomes durable is in the Admission as guards. How
/// often a contact was reached is counted by the guard alone: it grows by every send, and to count
/// it twice was the dearest part of a send with a long history. [any executor]
class PolicyGate {
 public:
  PolicyGate(store::Store& store, GateRules rules, const Clock& clock, GateSettings settings)
      : agents_(store),
        hours_(store),
        refusals_(store),
        senders_(store),
        rules_(rules),
        clock_(clock),
        settings_(std::move(settings)) {}

  /// not_found: no such agent in the organization; rejected: see the list above, with
  /// `next_allowed_at` when it would be allowed; else those of Store::query.
  Task<Result<Admission>> admit(OutboundAction action) const;
  /// The whole answer at once, how often the contact was reached with it, where nothing is made
  /// durable right behind it. Errors as of admit().
  Task<Result<void>> check(OutboundAction action) const;
  /// Why a guard of the admission failed, with the time when it would be allowed; nothing when the
  /// step was none of its guards.
  Task<std::optional<Error>> refusal(const Admission& admission, std::size_t failed_step) const;
  /// For what is to happen later, so that a refusal is heard at once: what only a time forbids
  /// (hours, frequency) lets it pass, and nothing is counted. When the time has come, admit() is
  /// asked.
  Task<Result<Admission>> admit_later(OutboundAction action) const;
  /// That a machine speaks, where a law wants it said first on a call, in `language` where there is
  /// a text in it; "" = nothing. It does not depend on what an operator switched off. What is said
  /// of a recording is in the Admission.
  std::string spoken_disclosure(const OutboundAction& action, std::string_view language) const;
  /// The same rules again, as they are now, for what was admitted earlier and is retried. What was
  /// counted then is not counted again.
  Task<Result<Admission>> readmit(OutboundAction action) const;

 private:
  struct Case;
  enum class Moment { asked, first, later, again };

  Task<Result<Admission>> decide(OutboundAction action, Moment moment) const;
  /// What it goes out from. Agents write to each other under their own names when they have no
  /// number of their own: one of the pool would name all of them.
  Task<Result<Sender>> sender_of(const Case& subject) const;
  static void require_sender(const Case& subject, Admission& admission);
  bool enforced(const Case& subject) const;
  ContactFrequency frequency_of(const Case& subject) const;
  Result<void> check_consent(const Case& subject, Admission& admission) const;
  Result<void> check_lists(const Case& subject) const;
  Result<void> check_countries(const Case& subject) const;
  Result<void> check_postal_address(const Case& subject, Admission& admission) const;
  Result<void> check_content(const Case& subject) const;
  Task<Result<void>> check_pause(const Case& subject, Admission& admission) const;
  Task<Result<void>> check_frequency(const Case& subject) const;
  static void require_frequency(const Case& subject, Admission& admission);
  /// When there is room within the limit again; 0 = there is now.
  Task<Result<UnixMillis>> room_after(Admission::ContactLimit limit) const;

  store::AgentRepository agents_;
  store::ContactHoursRepository hours_;
  store::RefusalRepository refusals_;
  SenderAddress senders_;
  GateRules rules_;
  const Clock& clock_;
  GateSettings settings_;
};

}  // namespace commsd::policy
