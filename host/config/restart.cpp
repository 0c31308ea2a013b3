#include "config/restart.h"

#include <array>
#include <map>
#include <string_view>
#include <utility>

#include "base/json_writer.h"
#include "config/binding.h"

namespace commsd::config {
namespace {

constexpr std::array<std::string_view, 7> kTakenOverAtOnce{"compliance.content_",
                                                           "compliance.rules_dir",
                                                           "egress.",
                                                           "logging.",
                                                           "messaging.media_limits",
                                                           "plugins.",
                                                           "secrets."};

/// Every key with its value as text. Visitors take members they could write to.
class Leaves {
 public:
  std::map<std::string, std::string> values;

  void operator()(std::string_view key, std::string& value) { put(key, value); }
  void operator()(std::string_view key, std::int64_t& value) { put(key, std::to_string(value)); }
  void operator()(std::string_view key, double& value) { put(key, std::to_string(value)); }
  void operator()(std::string_view key, bool& value) { put(key, value ? "true" : "false"); }
  void operator()(std::string_view key, std::vector<std::string>& list) {
    JsonWriter text;
    text.begin_array();
    for (const std::string& value : list) text.value(value);
    put(key, text.end_array().take());
  }
  void operator()(std::string_view key, std::vector<std::int64_t>& list) {
    JsonWriter text;
    text.begin_array();
    for (const std::int64_t value : list) text.value(value);
    put(key, text.end_array().take());
  }
  void operator()(std::string_view key, std::map<std::string, std::string>& map) {
    JsonWriter text;
    text.begin_object();
    for (const auto& [name, value] : map) text.field(name, value);
    put(key, text.end_object().take());
  }
  template <typename Group>
  void operator()(std::string_view key, Group& group) {
    const std::string outside = prefix_;
    prefix_ += key;
    prefix_ += '.';
    each(*this, group);
    prefix_ = outside;
  }
  template <typename Path>
  void path(std::string_view key, Path& value) {
    (*this)(key, value);
  }

 private:
  void put(std::string_view key, std::string value) {
    values[prefix_ + std::string(key)] = std::move(value);
  }

  std::string prefix_;
};

std::map<std::string, std::string> leaves(Config config) {
  Leaves all;
  each(all, config);
  const auto database = config.providers.find("database");
  if (database != config.providers.end()) {
    all.values["providers.database"] =
        database->second.use + '\n' + database->second.config.config_json();
  }
  return std::move(all.values);
}

}  // namespace

std::vector<std::string> keys_for_restart(const Config& started_with, const Config& changed) {
  const std::map<std::string, std::string> before = leaves(started_with);
  std::map<std::string, std::string> now = leaves(changed);
  for (const auto& [key, value] : before) now.try_emplace(key);  // also what is gone
  std::vector<std::string> keys;
  for (const auto& [key, value] : now) {
    const auto was = before.find(key);
    if (was != before.end() && was->second == value) continue;
    bool at_once = false;
    for (const std::string_view group : kTakenOverAtOnce) at_once |= key.starts_with(group);
    if (!at_once) keys.push_back(key);
  }
  return keys;
}

}  // namespace commsd::config
