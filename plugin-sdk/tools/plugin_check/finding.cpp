#include "finding.h"

#include <algorithm>

namespace comms::check {

const char* name_of(Level level) {
  switch (level) {
    case Level::failure:
      return "failed";
    case Level::warning:
      return "warning";
    case Level::skipped:
      return "skipped";
    case Level::note:
      break;
  }
  return "passed";
}

Level TestResult::worst() const {
  Level level = Level::note;
  for (const Finding& finding : findings) level = std::max(level, finding.level);
  return level;
}

std::string TestResult::fact(const std::string& key) const {
  for (const auto& [name, value] : facts) {
    if (name == key) return value;
  }
  return {};
}

}  // namespace comms::check
