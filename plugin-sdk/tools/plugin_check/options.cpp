#include "options.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fnmatch.h>

namespace comms::check {
namespace {

template <class Number>
bool read_number(const std::string& text, Number& into) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), into);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

bool matches(const std::vector<std::string>& patterns, const std::string& name) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0 ||
           name.find(pattern) != std::string::npos;
  });
}

/// Sets the option; "" or what is wrong with its value.
std::string take(Options& options, const std::string& name, const std::string& value) {
  if (name == "--format") {
    options.format = value;
    if (value == "text" || value == "json" || value == "junit") return {};
    return "--format is text, json or junit, not '" + value + "'";
  }
  if (name == "--include") options.include.push_back(value);
  if (name == "--exclude") options.exclude.push_back(value);
  if (name == "--config") options.config = value;
  if (name == "--webhooks") options.webhooks = value;
  if (name == "--cassettes") options.cassettes = value;
  if (name == "--output") options.output = value;
  if (name == "--seed" && !read_number(value, options.seed)) return "--seed takes a number";
  if (name == "--jobs" && !read_number(value, options.jobs)) return "--jobs takes a number";
  if (name == "--time-factor" &&
      (!read_number(value, options.time_factor) || options.time_factor <= 0)) {
    return "--time-factor takes a number above 0";
  }
  return {};
}

std::string add_plugin(Options& options, const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) {
    if (!std::filesystem::exists(path, error)) return "there is no file " + path;
    options.plugins.push_back(std::filesystem::absolute(path, error).string());
    return {};
  }
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
    if (entry.path().extension() == ".so") {
      found.push_back(std::filesystem::absolute(entry.path(), error).string());
    }
  }
  if (found.empty()) return "there is no .so file in " + path;
  std::sort(found.begin(), found.end());
  options.plugins.insert(options.plugins.end(), found.begin(), found.end());
  return {};
}

}  // namespace

const char* const usage =
    "usage: plugin-check [options] PLUGIN.so|FOLDER...\n"
    "Holds provider plugins to the contract of the headers in include/comms. Each test runs in a\n"
    "process of its own. Exit status: 0 all passed, 1 some failed, 2 it could not be tried.\n"
    "  --config FILE       a configuration (JSON) for what needs a real one, as databases do\n"
    "  --webhooks FILE     genuine webhook requests: "
    "[{\"slot\",\"url\",\"headers\",\"body\",\"now_ms\"}]\n"
    "  --cassettes FOLDER  what the vendor answered, recorded, in files named like the test:\n"
    "                      op.email.send.jsonl; COMMS_RECORD=1 in the environment makes them\n"
    "  --include PATTERN   only tests whose name matches or contains it; may be repeated\n"
    "  --exclude PATTERN   not these\n"
    "  --only-failed       leave passed tests out of the report\n"
    "  --list              name the tests and run none; without a plugin, all there are\n"
    "  --format FORMAT     text, json or junit;  --output FILE  instead of standard output\n"
    "  --in-process        everything in this one process, for a debugger\n"
    "  --seed N            of what is random;  --jobs N  processes at once\n"
    "  --time-factor N     multiplies the time limits, for a slow machine\n";

bool Options::wants(const std::string& test) const {
  return (include.empty() || matches(include, test)) && !matches(exclude, test);
}

std::string read_options(int count, char** arguments, Options& into) {
  const std::vector<std::string> with_value = {
      "--format",    "--include", "--exclude", "--config", "--webhooks",
      "--cassettes", "--output",  "--seed",    "--jobs",   "--time-factor"};
  for (int i = 1; i < count; ++i) {
    const std::string argument = arguments[i];
    std::string wrong;
    if (std::find(with_value.begin(), with_value.end(), argument) != with_value.end()) {
      if (i + 1 == count) return argument + " takes a value";
      wrong = take(into, argument, arguments[++i]);
    } else if (argument == "--only-failed") {
      into.only_failed = true;
    } else if (argument == "--list") {
      into.list = true;
    } else if (argument == "--in-process") {
      into.in_process = true;
    } else if (argument.rfind("--", 0) == 0) {
      wrong = "what is " + argument + "?";
    } else {
      wrong = add_plugin(into, argument);
    }
    if (!wrong.empty()) return wrong;
  }
  if (into.plugins.empty() && !into.list) return "name a plugin";
  if (into.plugins.size() > 1 && !(into.config + into.webhooks + into.cassettes).empty()) {
    return "--config, --webhooks and --cassettes are for one plugin at a time";
  }
  for (std::string* file : {&into.config, &into.webhooks, &into.cassettes}) {
    // tests run in folders of their own
    if (!file->empty()) *file = std::filesystem::absolute(*file).string();
  }
  return {};
}

}  // namespace comms::check
