#pragma once

#include <string>
#include <string_view>

#include "plugin/database_handle.h"

// Without the test framework, so that benchmarks and other rooms' tests can use it: give the target
// add_dependencies(<target> sqlite) and compile tests/unit/store/{sqlite,plugin}_loader.cpp into
// it.

namespace commsd::store::test {

/// A folder that goes away with its content.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// The SQLite provider from its .so, on the file `path`. Ends the test program when it cannot be
/// loaded. `more` are further settings, e.g. R"(,"max_megabytes":1)".
plugin::DatabaseHandle load_sqlite(const std::string& path, std::string_view more = {});

}  // namespace commsd::store::test
