#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace commsd::config {

/// What laws ask before somebody is reached.
struct ComplianceConfig {
  std::string enforce = "production";  // production | always | never
  std::int64_t implied_consent_days = 180;
  std::int64_t marketing_per_day = 0;  // to one contact; 0 = no limit of this server's own
  std::string rules_dir;               // "" = the rules that ship with the server
  std::string content_dir;             // the same, of phrases that may not be sent
  std::vector<std::string> content_off;
  std::int64_t rules_max_age_days = 400;    // since a row of a file of rules was verified
  std::int64_t numbers_max_age_days = 180;  // of the table of phone numbers and their zones
};

}  // namespace commsd::config
