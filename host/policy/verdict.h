#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "plugin/provider_types.h"

namespace commsd::policy {

/// The row of a rule pack that an answer comes from. All empty = no rule says anything.
struct RuleReference {
  std::string id;      // stable, e.g. "fr.calls.hours"
  std::string law;     // e.g. "Decree 2022-1313"
  std::string source;  // where it was read
};

enum class Decision { allow, deny, defer };  // defer: not now, but at next_allowed_at

struct Verdict {
  Decision decision = Decision::allow;
  RuleReference rule;              // the rule that decided; empty when allowed
  std::string reason;              // for people; holds no number, address or text
  std::string remedy;              // one sentence
  UnixMillis next_allowed_at = 0;  // 0 = not stated

  bool allowed() const { return decision == Decision::allow; }
};

/// Which kinds of consent on record suffice: the strictest of all rules that apply.
struct ConsentNeed {
  bool needed = false;
  bool express = true;                  // express consent suffices
  bool implied = false;                 // an existing relationship suffices
  bool transactional = false;           // the recipient's own request suffices
  std::int64_t valid_days = 0;          // from when it was given; 0 = until revoked
  std::int64_t implied_valid_days = 0;  // of implied consent; 0 = as valid_days
  bool written = false;                 // the evidence must be written or recorded
  RuleReference rule;
};

/// A do-not-call list that must have been checked at most `days` before the contact.
struct DncLimit {
  std::string registry;  // e.g. "US National Do Not Call Registry"
  std::int64_t days = 0;
  RuleReference rule;
};

/// At most `count` contacts with one person in any `days` days.
struct FrequencyLimit {
  std::int64_t count = 0;
  std::int64_t days = 0;
  RuleReference rule;
};

struct ContactFrequency {
  std::vector<FrequencyLimit> limits;         // all of them hold
  std::int64_t pause_after_refusal_days = 0;  // 0 = no rule; -1 = never again
  RuleReference pause_rule;
};

/// Something to be had before a channel may be provisioned, e.g. "us.a2p_10dlc.brand".
struct Requirement {
  std::string id;
  std::string text;  // what is missing and how to get it, one sentence
  std::vector<plugin::ChannelKind> channels;
  bool blocking = true;  // false: advised
  RuleReference rule;
};

/// Words to be spoken or written first. `text` is set whenever something should be said; `by_law`
/// tells a duty from this server's own default.
struct Announcement {
  bool needed = false;
  bool by_law = false;
  bool all_parties =
      false;  // recording: every party must agree, so staying on the line must be a choice
  std::string text;
  std::string language;  // of `text`, e.g. "de"
  RuleReference rule;
};

}  // namespace commsd::policy
