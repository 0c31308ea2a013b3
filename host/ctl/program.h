#pragma once

#include <istream>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/exit_code.h"

namespace commsd::ctl {

/// Where commsctl reads and writes; data goes to `out` and talk to `err`, so that output can be
/// piped.
struct Streams {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
};

/// Everything commsctl does. `arguments` without the program's name; `version` of this program.
ExitCode run(const std::vector<std::string>& arguments, std::string_view version, Streams streams);

}  // namespace commsd::ctl
