#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "policy/compliance_engine.h"
#include "policy/phone_numbers.h"

namespace commsd::policy {

/// After how many days what laws and numbering plans were read from is to be looked at again.
struct AgeLimits {
  std::int64_t rules_days = 400;
  std::int64_t numbers_days = 180;
};

/// A file that is older than that.
struct StaleFile {
  std::string file;       // "us.yaml", "numbers.txt"
  std::int64_t days = 0;  // since the oldest of its rows was verified, or the table was made
  std::int64_t most = 0;
};

/// Do-not-call lists are not among them: laws say how old they may be (ComplianceEngine::
/// dnc_age_limit), and the gate holds them to it. Sorted by name.
std::vector<StaleFile> stale_files(const ComplianceEngine& countries, const PhoneNumbers& numbers,
                                   const AgeLimits& limits, UnixMillis now);

}  // namespace commsd::policy
