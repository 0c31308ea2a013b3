#pragma once

#include "policy/compliance_engine.h"
#include "policy/content_filter.h"
#include "policy/opt_out_intent.h"

namespace commsd::policy::test {

/// The rules that ship with the server, read once for all tests of a program.
inline const ComplianceEngine& standard_countries() {
  static const ComplianceEngine engine(RulePack::standard(), PhoneNumbers::standard());
  return engine;
}
/// Waits until it is built: a thread that outlives main meets tables that are gone.
inline const ContentFilter& standard_content() {
  static const ContentFilter filter = [] {
    ContentFilter made = ContentFilter::standard();
    made.check(".");
    return made;
  }();
  return filter;
}

inline const OptOutIntent& standard_intent() {
  static const OptOutIntent intent = [] {
    OptOutIntent made = OptOutIntent::standard();
    made.possible_opt_out(".");
    return made;
  }();
  return intent;
}

}  // namespace commsd::policy::test
