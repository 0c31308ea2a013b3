#pragma once

namespace commsd::ctl {

/// What commsctl ends with; scripts depend on these numbers.
enum class ExitCode {
  ok = 0,
  failed = 1,         // the server refused, failed or does not run; doctor found a FAIL
  usage = 2,          // the command line is wrong; nothing was done
  configuration = 3,  // the configuration file has faults
};

}  // namespace commsd::ctl
