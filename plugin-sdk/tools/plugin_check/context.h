#pragma once

#include <functional>
#include <mutex>
#include <string>

#include "options.h"
#include "plugin_file.h"
#include "rules.h"
#include "sample_config.h"

namespace comms::check {

/// What a test may look at, and where it tells what it found.
class Context {
 public:
  /// Hands on one finding, step or fact; called under a lock.
  struct Listener {
    std::function<void(const Finding&)> found;
    std::function<void(const std::string&)> step;
    std::function<void(const std::string&, const std::string&)> fact;
  };

  Context(const PluginFile& plugin_file, SampleConfig plugin_config, const Options& options,
          Listener listener)
      : plugin(plugin_file),
        config(std::move(plugin_config)),
        seed(options.seed),
        webhooks(options.webhooks),
        cassettes(options.cassettes),
        listener_(std::move(listener)) {}

  const PluginFile& plugin;
  SampleConfig config;  // one the plugin accepts, once that is known
  std::uint64_t seed;
  std::string webhooks;   // file with genuine requests; may be empty
  std::string cassettes;  // folder with recorded answers; may be empty

  /// [any thread] Equal findings of one test are told once.
  void fail(const Rule& rule, const std::string& what);
  void warn(const Rule& rule, const std::string& what);
  void note(const std::string& what);
  void not_tried(const std::string& what, const std::string& remedy);
  /// What is being tried: told when the test crashes or does not return.
  void step(const std::string& what);
  void fact(const std::string& key, const std::string& value);
  bool failed() const { return failed_; }

 private:
  void add(Finding finding);

  Listener listener_;
  std::mutex mutex_;
  std::vector<std::string> told_;
  bool failed_ = false;
};

struct Test {
  std::string name;
  std::function<void(Context&)> run;
  int seconds = 10;
};

}  // namespace comms::check
