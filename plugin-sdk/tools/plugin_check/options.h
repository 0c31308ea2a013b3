#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace comms::check {

struct Options {
  std::vector<std::string> plugins;           // files; a folder stands for every .so in it
  std::string format = "text";                // text, json or junit
  std::string output;                         // file to write to; empty = standard output
  std::vector<std::string> include, exclude;  // patterns of test names; empty = all
  std::string config;                         // file with a configuration to use
  std::string webhooks;                       // file with genuine webhook requests
  std::string cassettes;                      // folder with recorded answers, a file per test
  std::uint64_t seed = 1;
  unsigned jobs = 0;  // children at once; 0 = one per processor
  // Multiplies every time limit, for slow machines. Eight megabytes of rubbish took a sound plugin
  // longer than its limit under a sanitizer.
#ifdef COMMSD_SANITIZED
  double time_factor = 5;
#else
  double time_factor = 1;
#endif
  bool only_failed = false;
  bool list = false;
  bool in_process = false;

  /// Whether a test of that name was asked for.
  bool wants(const std::string& test) const;
};

/// What is wrong with the arguments, "" when nothing is. `--help` is an empty plugin list.
std::string read_options(int count, char** arguments, Options& into);
extern const char* const usage;

}  // namespace comms::check
