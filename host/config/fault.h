#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

namespace commsd::config {

/// One thing wrong with a configuration file, told so that it can be put right without a manual.
struct ConfigFault {
  std::string file;
  int line = 0;         // from 1; 0 = the file as a whole
  std::string key;      // dotted path, e.g. "providers.email.config.api_key"; empty = the file
  std::string found;    // e.g. "found \"yes\"" or "is missing"; never a secret's value
  std::string allowed;  // what may stand there, or what to do

  /// `commsd.yaml:12: key 'server.listen': found "x"; allowed: ADDRESS:PORT`. Always one line.
  std::string to_string() const;
};

/// Checking stops to collect here: nobody reads more, and a hostile file could hold a million.
constexpr std::size_t most_faults = 500;

/// Every fault on its own line, in file order, and a last line that counts them.
void print_faults(std::ostream& out, const std::vector<ConfigFault>& faults);

}  // namespace commsd::config
