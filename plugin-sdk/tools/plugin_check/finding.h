#pragma once

#include <string>
#include <vector>

namespace comms::check {

/// Where the contract says so, and what an author does about it: told with every failure.
struct Rule {
  const char* contract;
  const char* remedy;
};

enum class Level {
  note,     // worth knowing
  skipped,  // could not be tried; says what is missing
  warning,  // allowed, seldom wise
  failure
};

struct Finding {
  Level level = Level::note;
  std::string what;
  std::string contract;
  std::string remedy;
};

const char* name_of(Level level);

/// How one test ended.
struct TestResult {
  std::string test;
  std::vector<Finding> findings;
  std::string output;  // the last of what the plugin wrote to stdout and stderr, when it failed
  std::vector<std::pair<std::string, std::string>> facts;  // for the program itself
  long long milliseconds = 0;

  /// The worst of its findings; note when there are none, which is a pass.
  Level worst() const;
  bool failed() const { return worst() == Level::failure; }
  /// The value of a fact, "" when it was not told.
  std::string fact(const std::string& key) const;
};

}  // namespace comms::check
