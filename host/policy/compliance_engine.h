#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "policy/phone_numbers.h"
#include "policy/rule_pack.h"
#include "policy/situation.h"
#include "policy/verdict.h"

namespace commsd::policy {

/// Says what the rules of countries make of a contact. Pure: it reads the loaded pack, the phone
/// number table and the system's time zones, no store and no network. Of several countries (the
/// sender's, that of the recipient's number, where the recipient is said to be) the strictest rule
/// counts. [any thread]
class ComplianceEngine {
 public:
  /// `numbers` outlives the engine.
  ComplianceEngine(RulePack pack, const PhoneNumbers& numbers);

  /// A new pack serves the next question; questions in progress finish with theirs.
  void replace(RulePack pack);
  /// Where a number is, ISO 3166-1 alpha-2; "" = not known. The view lasts as the numbers do.
  std::string_view country_of(std::string_view number) const {
    return numbers_.describe(number).likely_country;
  }
  /// Of the pack in force, for doctor and the dashboard; and RulePack::verified_on().
  std::string version() const;
  std::vector<std::pair<std::string, UnixMillis>> verified_on() const;

  /// Hours, holidays and required words. Consent, do-not-call lists and frequency need what is on
  /// record and are the functions below. An unknown zone fails closed: the hours must hold in
  /// every zone the recipient may be in.
  Verdict evaluate(const Situation& situation, UnixMillis now) const;

  ConsentNeed consent_needed(const Situation& situation, UnixMillis now) const;
  /// Every registry that must have been asked, the shortest age first.
  std::vector<DncLimit> dnc_age_limit(const Situation& situation, UnixMillis now) const;
  ContactFrequency contact_frequency(const Situation& situation, UnixMillis now) const;
  /// The rule that wants the sender's postal address in it, if one does.
  std::optional<RuleReference> postal_address_rule(const Situation& situation,
                                                   UnixMillis now) const;
  /// Days within which a refusal must be honoured by law; ours works at once.
  std::optional<std::int64_t> opt_out_days(const Situation& situation, UnixMillis now) const;

  /// What stands before a number or sender of `country` on these channels; the caller takes away
  /// what it knows to be met. Country "" = of every one, channels {} = on any.
  std::vector<Requirement> provisioning_requirements(
      std::string_view country, const std::vector<plugin::ChannelKind>& channels,
      UnixMillis now) const;

  /// `language` as in "de" or "de-AT"; when there is no text in it, the recipient's country
  /// decides, and English after that.
  Announcement recording_announcement(const Situation& situation, std::string_view language,
                                      UnixMillis now) const;
  Announcement ai_disclosure(const Situation& situation, std::string_view language,
                             UnixMillis now) const;

 private:
  std::shared_ptr<const RulePack> pack() const;

  mutable std::mutex mutex_;  // guards pack_ only, for the length of a pointer's copy
  std::shared_ptr<const RulePack> pack_;
  const PhoneNumbers& numbers_;
};

}  // namespace commsd::policy
