#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/fault.h"
#include "config/node.h"

namespace commsd::config {

/// The free-form settings of one provider. What may stand there is the plugin's business: its
/// manifest carries a JSON Schema, known only once the plugin was found.
class ProviderConfig {
 public:
  ProviderConfig();
  /// `key`: the dotted path in the file, e.g. "providers.email.config".
  ProviderConfig(std::string file, std::string key, Node settings);

  /// JSON object with secret and environment references resolved. Holds secrets: give it to the
  /// plugin and to nobody else.
  std::string config_json() const { return settings_.to_json(); }

  /// The same with every secret shown as "[secret]": for people. Equal for two settings that
  /// differ in secrets only, so it is no key for "has this changed"; compare config_json().
  std::string config_json_for_display() const;

  /// Checks against the manifest's JSON Schema (see SchemaChecker for the subset). Faults name
  /// file, line and key of the configuration and never show a secret. Empty = valid.
  std::vector<ConfigFault> check(std::string_view schema_json) const;

  const std::string& file() const { return file_; }
  const std::string& key() const { return key_; }
  int line() const { return settings_.line; }
  const Node& settings() const { return settings_; }

 private:
  std::string file_;
  std::string key_;
  Node settings_;
};

}  // namespace commsd::config
