#pragma once

#include <string>
#include <vector>

#include "context.h"
#include "finding.h"
#include "options.h"

namespace comms::check {

/// Runs tests, each in a child of its own with a time limit and an empty folder to work in.
class Runner {
 public:
  Runner(const PluginFile& plugin, const Options& options) : plugin_(plugin), options_(options) {}

  /// In the order of `tests`. `config` is what instances are made with.
  std::vector<TestResult> run(const std::vector<Test>& tests, const SampleConfig& config);

 private:
  struct Child;
  TestResult run_here(const Test& test, const SampleConfig& config);
  void start(Child& child, const Test& test, const SampleConfig& config);
  void finish(Child& child, bool in_time, TestResult& result);

  const PluginFile& plugin_;
  const Options& options_;
};

}  // namespace comms::check
