#pragma once

#include "policy/compliance_engine.h"
#include "policy/content_rules.h"
#include "policy/opt_out_intent.h"

namespace commsd::policy::test {

/// The rules that ship with the server, read once for all tests of a program.
inline const ComplianceEngine& standard_countries() {
  static const ComplianceEngine engine(RulePack::standard(), PhoneNumbers::standard());
  return engine;
}
inline const ContentRules& standard_content() {
  static const ContentRules rules(ContentFilter::standard());
  return rules;
}
inline const OptOutIntent& standard_intent() {
  static const OptOutIntent intent = OptOutIntent::standard();
  return intent;
}

}  // namespace commsd::policy::test
