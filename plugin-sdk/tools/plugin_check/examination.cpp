#include "examination.h"

#include <algorithm>
#include <charconv>

#include "runner.h"
#include "tests.h"

namespace comms::check {
namespace {

int number(const std::string& text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

void append(std::vector<Test>& to, std::vector<Test> more) {
  for (Test& test : more) to.push_back(std::move(test));
}

std::vector<Test> slot_tests(const PluginFile& plugin) {
  std::vector<Test> tests = webhook_tests(plugin);
  append(tests, render_tests(plugin));
  append(tests, voice_tests(plugin));
  append(tests, stt_tests(plugin));
  append(tests, storage_tests(plugin));
  append(tests, database_tests(plugin));
  append(tests, thread_tests(plugin));
  return tests;
}

class Examination {
 public:
  Examination(const PluginFile& plugin, const Options& options)
      : plugin_(plugin), options_(options), runner_(plugin, options) {}

  std::vector<TestResult> run() {
    SampleConfig none;
    run(file_tests(), none);
    if (!plugin_.usable()) {
      not_run("load", "the manifest is not valid: see manifest.valid");
      return std::move(results_);
    }
    if (!find_config()) return std::move(results_);
    std::vector<Test> more = create_tests();
    more.erase(more.begin());  // create.valid_config has run
    run(std::move(more), config_);
    for (const Operation& operation : operations()) run_operation(operation);
    run(slot_tests(plugin_), config_);
    return std::move(results_);
  }

 private:
  /// Loads it and finds a configuration it accepts: what all other tests stand on.
  bool find_config() {
    std::vector<Test> loading = load_tests();
    std::vector<SampleConfig> candidates = sample_configs(*plugin_.config, 1);
    if (!options_.config.empty()) {
      candidates = {config_from_file(options_.config, *plugin_.config)};
    }
    config_ = candidates.front();
    const TestResult opens = runner_.run({loading.front()}, config_).front();
    keep(opens);
    if (opens.failed()) {
      not_run("create", "it cannot be loaded: see load.opens");
      return false;
    }
    const Test create = create_tests().front();
    TestResult created;
    for (const SampleConfig& candidate : candidates) {
      created = runner_.run({create}, candidate).front();
      config_ = candidate;
      if (!created.failed()) break;
    }
    if (created.failed()) explain(created, candidates);
    keep(created);
    loading.erase(loading.begin());
    run(std::move(loading), config_);
    if (created.failed() || created.worst() == Level::skipped) {
      not_run("op", "no instance can be made: see create.valid_config");
      return false;
    }
    return true;
  }

  /// A made-up configuration may be refused for what no schema can say; a given one may not, and
  /// nothing excuses a crash.
  void explain(TestResult& created, const std::vector<SampleConfig>& candidates) const {
    if (!options_.config.empty() || created.fact("config") != "refused") return;
    for (Finding& finding : created.findings) {
      finding.level = Level::skipped;
      finding.contract.clear();
      finding.remedy =
          "give a working configuration with --config FILE, or describe the settings "
          "more closely in plugin.yaml (pattern, enum, default)";
    }
    for (const std::string& setting : candidates.front().left_out) {
      created.findings.push_back({Level::skipped, "no value can be made up for '" + setting + "'",
                                  "", "give one with --config FILE"});
    }
  }

  void run_operation(const Operation& operation) {
    const DeclaredSlot* slot = plugin_.slot(operation.slot_id);
    if (!slot || !slot->has(operation.name)) return;
    std::vector<Test> first;
    for (Test& test : success_tests(plugin_)) {
      if (test.name == test_name(operation, "success")) first.push_back(std::move(test));
    }
    bool wanted = options_.wants(first.front().name);
    for (const Test& test : fault_tests(operation, 1, 1)) {
      wanted = wanted || options_.wants(test.name);
    }
    if (!wanted) return;
    const TestResult result = runner_.run(first, config_).front();
    keep(result);
    run(fault_tests(operation, number(result.fact("requests")), number(result.fact("sockets"))),
        config_);
  }

  void run(std::vector<Test> tests, const SampleConfig& config) {
    tests.erase(std::remove_if(tests.begin(), tests.end(),
                               [&](const Test& test) { return !options_.wants(test.name); }),
                tests.end());
    std::vector<TestResult> done = runner_.run(tests, config);
    for (std::size_t i = 0; i < done.size(); ++i) {
      // A time that was too long counts when it is so every time: others use this machine, too.
      for (int again = 0; again < 4 && done[i].fact("constructors") == "slow"; ++again) {
        done[i] = runner_.run({tests[i]}, config).front();
      }
      keep(done[i]);
    }
  }

  void keep(const TestResult& result) {
    if (options_.wants(result.test) || result.failed()) results_.push_back(result);
  }

  void not_run(const std::string& what, const std::string& why) {
    TestResult result;
    result.test = what + ".not_run";
    result.findings.push_back({Level::skipped, why, "", "correct that first"});
    results_.push_back(result);
  }

  const PluginFile& plugin_;
  const Options& options_;
  Runner runner_;
  SampleConfig config_;
  std::vector<TestResult> results_;
};

}  // namespace

PluginReport examine(const std::string& path, const Options& options) {
  const PluginFile plugin = PluginFile::read(path);
  return {path, plugin.id, plugin.version, Examination(plugin, options).run()};
}

std::vector<std::string> test_names(const PluginFile& plugin) {
  std::vector<Test> tests = file_tests();
  if (plugin.usable()) {
    append(tests, load_tests());
    append(tests, create_tests());
    for (const Operation& operation : operations()) {
      const DeclaredSlot* slot = plugin.slot(operation.slot_id);
      if (!slot || !slot->has(operation.name)) continue;
      tests.push_back({test_name(operation, "success"), {}});
      append(tests, fault_tests(operation, 1, 1));
    }
    append(tests, slot_tests(plugin));
  }
  std::vector<std::string> names;
  for (const Test& test : tests) names.push_back(test.name);
  return names;
}

}  // namespace comms::check
