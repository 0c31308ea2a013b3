#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "plugin/provider_types.h"
#include "policy/allowed_hours.h"
#include "policy/message_class.h"
#include "policy/verdict.h"

namespace commsd::policy {

/// What a row of a rule file is about. Empty lists mean all.
struct RuleScope {
  std::vector<plugin::ChannelKind> channels;
  std::vector<ActionKind> actions;
  std::vector<MessageClass> classes;
  std::vector<std::string> regions;     // of the row's country
  bool unless_express_consent = false;  // does not bind people who asked for it
};

struct ConsentRule {
  bool express = false;
  bool implied = false;
  bool transactional = false;
  std::int64_t valid_days = 0;          // 0 = until revoked
  std::int64_t implied_valid_days = 0;  // of implied consent only; 0 = as valid_days
  bool written = false;
};

struct RegistryRule {
  std::string name;
  std::int64_t max_age_days = 0;
};

struct FrequencyRule {
  struct Limit {
    std::int64_t count = 0;
    std::int64_t days = 0;
  };
  std::vector<Limit> limits;
  std::int64_t pause_after_refusal_days = 0;  // -1 = never again
};

struct OptOutRule {
  std::int64_t days = 0;
};

struct RecordingRule {
  bool all_parties = false;
  bool by_law = false;
};

struct DisclosureRule {
  bool by_law = false;
};

struct WordingRule {
  std::vector<std::string> any_of;
};

struct ProvisioningRule {
  std::vector<Requirement> requirements;
};

/// Mails name where their sender is.
struct PostalAddressRule {};

struct ComplianceRule {
  RuleReference reference;
  std::string remedy;  // the row's own; "" = the engine's
  RuleScope scope;
  UnixMillis verified_on = 0;
  UnixMillis effective_from = std::numeric_limits<UnixMillis>::min();
  UnixMillis effective_to = std::numeric_limits<UnixMillis>::max();  // not included
  std::variant<AllowedHours, ConsentRule, RegistryRule, FrequencyRule, OptOutRule, RecordingRule,
               DisclosureRule, WordingRule, ProvisioningRule, PostalAddressRule>
      data;
};

/// Texts by language.
using Texts = std::map<std::string, std::string, std::less<>>;

/// One file: a country, or a group of rules that countries take in ("eu", "common").
struct CountryRules {
  std::string code;
  std::string name;
  std::string version;   // YYYY-MM-DD
  std::string language;  // of announcements, when nothing else says
  std::vector<std::string> extends;
  std::vector<ComplianceRule> rules;
  Texts recording_texts;
  Texts disclosure_texts;
};

}  // namespace commsd::policy
