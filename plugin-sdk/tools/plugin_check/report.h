#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "finding.h"

namespace comms::check {

struct PluginReport {
  std::string path, id, version;
  std::vector<TestResult> results;

  int count(Level level) const;
};

/// `format` is text, json or junit.
void write_report(std::ostream& out, const std::string& format,
                  const std::vector<PluginReport>& plugins, bool only_failed);

}  // namespace comms::check
