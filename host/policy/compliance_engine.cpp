#include "policy/compliance_engine.h"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

#include "base/text.h"
#include "policy/text_folding.h"

namespace commsd::policy {
namespace {

using plugin::ChannelKind;

template <typename Value>
bool within(const std::vector<Value>& list, const Value& value) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

/// A country whose rules apply, with the regions of it that do.
struct Party {
  std::string country;
  std::vector<std::string> regions;
};

/// Where the ends are: every country that has a say, and every zone the recipient may be in.
class Ends {
 public:
  /// A recording is made at all ends, so every state's laws count; hours are those of the called.
  enum class OtherEnds { count, do_not };

  Ends(const Situation& situation, const PhoneNumbers& numbers,
       OtherEnds other_ends = OtherEnds::do_not)
      : recipient_(numbers.describe(situation.to)) {
    add(std::string(recipient_.likely_country), std::string(recipient_.region));
    add(situation.declared.country, situation.declared.region);
    const PhoneNumber sender = numbers.describe(situation.from);
    if (parties_.empty()) add("001", "");  // the default rules
    recipient_country_ =
        situation.declared.country.empty() ? parties_.front().country : situation.declared.country;
    add(situation.sender_country, "");
    const bool all = other_ends == OtherEnds::count;
    add(std::string(sender.likely_country), all ? std::string(sender.region) : std::string());
    if (!all) return;
    const PhoneNumber third = numbers.describe(situation.third);
    add(std::string(third.likely_country), std::string(third.region));
  }

  const std::vector<Party>& parties() const { return parties_; }
  const std::string& recipient_country() const { return recipient_country_; }

  /// A declared zone settles which of the number's zones it is; when it is none of them, the person
  /// may be here or there, and both count. The same with a declared country.
  Result<std::vector<TimeZone>> zones(const Situation& situation,
                                      const PhoneNumbers& numbers) const {
    std::vector<std::string_view> names = recipient_.time_zones;
    const std::string& country = situation.declared.country;
    if (!country.empty() && country != recipient_.likely_country && situation.time_zone.empty()) {
      for (const std::string_view name : numbers.zones_of(country)) names.push_back(name);
    }
    if (!situation.time_zone.empty()) {
      if (std::find(names.begin(), names.end(), situation.time_zone) != names.end()) names.clear();
      names.push_back(situation.time_zone);
    }
    std::vector<TimeZone> zones;
    for (const std::string_view name : names) {
      const auto zone = TimeZone::find(name);
      if (!zone) return fail(ErrorCode::invalid_argument, std::string(name));
      zones.push_back(*zone);
    }
    return zones;
  }

 private:
  void add(std::string country, std::string region) {
    if (country.empty()) return;
    const auto known =
        std::find_if(parties_.begin(), parties_.end(),
                     [&country](const Party& party) { return party.country == country; });
    Party& party =
        known != parties_.end() ? *known : parties_.emplace_back(Party{std::move(country), {}});
    if (!region.empty()) party.regions.push_back(std::move(region));
  }

  PhoneNumber recipient_;
  std::vector<Party> parties_;
  std::string recipient_country_;
};

bool applies(const ComplianceRule& rule, const Situation& situation, const Party& party,
             UnixMillis now) {
  const RuleScope& scope = rule.scope;
  const bool here = scope.regions.empty() || std::any_of(party.regions.begin(), party.regions.end(),
                                                         [&scope](const auto& region) {
                                                           return within(scope.regions, region);
                                                         });
  return here && now >= rule.effective_from && now < rule.effective_to &&
         within(scope.channels, situation.channel) && within(scope.actions, situation.kind) &&
         within(scope.classes, situation.message_class) &&
         !(scope.unless_express_consent && situation.express_consent);
}

/// Calls `visit(rule, data)` for every rule of one kind that applies; each rule once, although
/// groups are shared.
template <typename Data, typename Visit>
void each_rule(const RulePack& pack, const Ends& ends, const Situation& situation, UnixMillis now,
               Visit visit) {
  std::set<const ComplianceRule*> seen;
  for (const Party& party : ends.parties()) {
    for (const ComplianceRule* rule : pack.rules_of(party.country)) {
      const Data* data = std::get_if<Data>(&rule->data);
      if (data && applies(*rule, situation, party, now) && seen.insert(rule).second) {
        visit(*rule, *data);
      }
    }
  }
}

Verdict refuse(Decision decision, const ComplianceRule& rule, std::string reason,
               std::string remedy) {
  Verdict verdict;
  verdict.decision = decision;
  verdict.rule = rule.reference;
  verdict.reason = std::move(reason);
  verdict.remedy = rule.remedy.empty() ? std::move(remedy) : rule.remedy;
  return verdict;
}

Verdict check_hours(const RulePack& pack, const Ends& ends, const Situation& situation,
                    const PhoneNumbers& numbers, UnixMillis now) {
  struct Demand {
    const ComplianceRule* rule;
    const AllowedHours* hours;
  };
  std::vector<Demand> demands;
  each_rule<AllowedHours>(pack, ends, situation, now,
                          [&demands](const ComplianceRule& rule, const AllowedHours& hours) {
                            demands.push_back({&rule, &hours});
                          });
  if (demands.empty()) return {};
  const auto zones = ends.zones(situation, numbers);
  if (!zones) {
    return refuse(Decision::deny, *demands.front().rule,
                  "the declared time zone does not exist, so the allowed hours cannot be told",
                  "Give an IANA name such as Europe/Berlin, or none.");
  }
  if (zones->empty()) {
    return refuse(Decision::deny, *demands.front().rule,
                  "the recipient's time zone is not known, so the allowed hours cannot be told",
                  "Say the recipient's time zone.");
  }
  std::vector<HoursInZone> all;
  const ComplianceRule* closed = nullptr;
  for (const Demand& demand : demands) {
    for (const TimeZone& zone : *zones) {
      all.push_back({demand.hours, zone});
      if (!closed && !demand.hours->is_open(zone, now)) closed = demand.rule;
    }
  }
  if (!closed) return {};
  const auto next = next_open_everywhere(all, now);
  if (!next) {
    return refuse(
        Decision::deny, *closed,
        "there is no time at which every zone the recipient may be in is within the hours",
        "Say the recipient's time zone.");
  }
  Verdict verdict = refuse(Decision::defer, *closed, "outside the hours allowed at the recipient",
                           "Send it later, or schedule it for the next allowed time.");
  verdict.next_allowed_at = *next;
  return verdict;
}

Verdict check_wording(const RulePack& pack, const Ends& ends, const Situation& situation,
                      UnixMillis now) {
  Verdict verdict;
  if (situation.text.empty()) return verdict;
  const std::string text = fold_case(situation.text);
  each_rule<WordingRule>(
      pack, ends, situation, now, [&](const ComplianceRule& rule, const WordingRule& wording) {
        const bool found =
            std::any_of(wording.any_of.begin(), wording.any_of.end(), [&text](const auto& words) {
              return text.find(fold_case(words)) != std::string::npos;
            });
        if (found || !verdict.allowed()) return;
        verdict = refuse(Decision::deny, rule, "a wording that the law asks for is not in the text",
                         "Add \"" + wording.any_of.front() + "\" to the text.");
      });
  return verdict;
}

/// The shorter of two times in days, where 0 is for ever.
std::int64_t shorter(std::int64_t left, std::int64_t right) {
  if (left == 0 || right == 0) return left + right;
  return std::min(left, right);
}

/// The strictest of all rules; named is the last one that made it stricter.
void narrow(ConsentNeed& need, const ConsentRule& rule, const RuleReference& reference) {
  ConsentNeed next;
  next.needed = true;
  next.express = rule.express && (!need.needed || need.express);
  next.implied = rule.implied && (!need.needed || need.implied);
  next.transactional = rule.transactional && (!need.needed || need.transactional);
  next.written = rule.written || need.written;
  next.valid_days = shorter(need.valid_days, rule.valid_days);
  next.implied_valid_days = shorter(need.implied_valid_days, rule.implied_valid_days);
  const auto terms = [](const ConsentNeed& of) {
    return std::tie(of.needed, of.express, of.implied, of.transactional, of.written, of.valid_days,
                    of.implied_valid_days);
  };
  next.rule = terms(next) == terms(need) ? need.rule : reference;
  need = std::move(next);
}

}  // namespace

ComplianceEngine::ComplianceEngine(RulePack pack, const PhoneNumbers& numbers)
    : pack_(std::make_shared<const RulePack>(std::move(pack))), numbers_(numbers) {}

void ComplianceEngine::replace(RulePack pack) {
  auto next = std::make_shared<const RulePack>(std::move(pack));
  const std::lock_guard lock(mutex_);
  pack_.swap(next);
}

std::shared_ptr<const RulePack> ComplianceEngine::pack() const {
  const std::lock_guard lock(mutex_);
  return pack_;
}

std::string ComplianceEngine::version() const {
  return pack()->version();
}

std::vector<std::pair<std::string, UnixMillis>> ComplianceEngine::verified_on() const {
  return pack()->verified_on();
}

Verdict ComplianceEngine::evaluate(const Situation& situation, UnixMillis now) const {
  const auto rules = pack();
  const Ends ends(situation, numbers_);
  Verdict wording = check_wording(*rules, ends, situation, now);
  if (!wording.allowed()) return wording;  // waiting would not help
  return check_hours(*rules, ends, situation, numbers_, now);
}

ConsentNeed ComplianceEngine::consent_needed(const Situation& situation, UnixMillis now) const {
  const auto rules = pack();
  ConsentNeed need;
  each_rule<ConsentRule>(*rules, Ends(situation, numbers_), situation, now,
                         [&need](const ComplianceRule& rule, const ConsentRule& consent) {
                           narrow(need, consent, rule.reference);
                         });
  return need;
}

std::vector<DncLimit> ComplianceEngine::dnc_age_limit(const Situation& situation,
                                                      UnixMillis now) const {
  const auto rules = pack();
  std::vector<DncLimit> limits;
  each_rule<RegistryRule>(
      *rules, Ends(situation, numbers_), situation, now,
      [&limits](const ComplianceRule& rule, const RegistryRule& registry) {
        limits.push_back({registry.name, registry.max_age_days, rule.reference});
      });
  std::stable_sort(limits.begin(), limits.end(),
                   [](const auto& left, const auto& right) { return left.days < right.days; });
  return limits;
}

ContactFrequency ComplianceEngine::contact_frequency(const Situation& situation,
                                                     UnixMillis now) const {
  const auto rules = pack();
  ContactFrequency frequency;
  each_rule<FrequencyRule>(*rules, Ends(situation, numbers_), situation, now,
                           [&frequency](const ComplianceRule& rule, const FrequencyRule& data) {
                             for (const auto& [count, days] : data.limits) {
                               frequency.limits.push_back({count, days, rule.reference});
                             }
                             const std::int64_t pause = data.pause_after_refusal_days;
                             const std::int64_t known = frequency.pause_after_refusal_days;
                             if (known != -1 && (pause == -1 || pause > known)) {
                               frequency.pause_after_refusal_days = pause;
                               frequency.pause_rule = rule.reference;
                             }
                           });
  return frequency;
}

std::optional<RuleReference> ComplianceEngine::postal_address_rule(const Situation& situation,
                                                                   UnixMillis now) const {
  const auto rules = pack();
  std::optional<RuleReference> found;
  each_rule<PostalAddressRule>(*rules, Ends(situation, numbers_), situation, now,
                               [&found](const ComplianceRule& rule, const PostalAddressRule&) {
                                 if (!found) found = rule.reference;
                               });
  return found;
}

std::optional<std::int64_t> ComplianceEngine::opt_out_days(const Situation& situation,
                                                           UnixMillis now) const {
  const auto rules = pack();
  std::optional<std::int64_t> days;
  each_rule<OptOutRule>(*rules, Ends(situation, numbers_), situation, now,
                        [&days](const ComplianceRule&, const OptOutRule& rule) {
                          days = days ? std::min(*days, rule.days) : rule.days;
                        });
  return days;
}

std::vector<Requirement> ComplianceEngine::provisioning_requirements(
    std::string_view country, const std::vector<ChannelKind>& channels, UnixMillis now) const {
  const auto rules = pack();
  std::vector<Requirement> found;
  std::set<const ComplianceRule*> seen;  // groups are shared by countries
  std::vector<std::string> countries = {std::string(country)};
  if (country.empty()) countries = rules->countries();
  for (const std::string& one : countries) {
    for (const ComplianceRule* rule : rules->rules_of(one)) {
      const auto* data = std::get_if<ProvisioningRule>(&rule->data);
      if (!data || now < rule->effective_from || now >= rule->effective_to) continue;
      const bool wanted =
          channels.empty() ||
          std::any_of(channels.begin(), channels.end(), [rule](ChannelKind channel) {
            return within(rule->scope.channels, channel);
          });
      if (!wanted || !seen.insert(rule).second) continue;
      found.insert(found.end(), data->requirements.begin(), data->requirements.end());
    }
  }
  return found;
}

Announcement ComplianceEngine::recording_announcement(const Situation& situation,
                                                      std::string_view language,
                                                      UnixMillis now) const {
  const auto rules = pack();
  const Ends ends(situation, numbers_, Ends::OtherEnds::count);
  Announcement announcement;
  each_rule<RecordingRule>(*rules, ends, situation, now,
                           [&announcement](const ComplianceRule& rule, const RecordingRule& data) {
                             const bool stricter = (data.by_law && !announcement.by_law) ||
                                                   (data.all_parties && !announcement.all_parties);
                             if (!announcement.needed || stricter) {
                               announcement.rule = rule.reference;
                             }
                             announcement.needed = true;
                             announcement.by_law |= data.by_law;
                             announcement.all_parties |= data.all_parties;
                           });
  if (announcement.needed) {
    std::tie(announcement.text, announcement.language) =
        rules->recording_text(language, ends.recipient_country());
  }
  return announcement;
}

Announcement ComplianceEngine::ai_disclosure(const Situation& situation, std::string_view language,
                                             UnixMillis now) const {
  const auto rules = pack();
  const Ends ends(situation, numbers_);
  Announcement announcement;
  each_rule<DisclosureRule>(
      *rules, ends, situation, now,
      [&announcement](const ComplianceRule& rule, const DisclosureRule& data) {
        if (!announcement.needed || (data.by_law && !announcement.by_law)) {
          announcement.rule = rule.reference;
        }
        announcement.needed = true;
        announcement.by_law |= data.by_law;
      });
  if (announcement.needed) {
    std::tie(announcement.text, announcement.language) =
        rules->disclosure_text(language, ends.recipient_country());
  }
  return announcement;
}

}  // namespace commsd::policy
