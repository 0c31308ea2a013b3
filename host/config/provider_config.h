#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "config/fault.h"
#include "config/node.h"

namespace commsd::config {

/// The free-form settings of one provider. What may stand there is the plugin's business: its
/// manifest carries a JSON Schema, known only once the plugin was found.
class ProviderConfig {
 public:
  ProviderConfig();  // no settings: {}
  /// `key`: the dotted path in the file, e.g. "providers.email.config".
  ProviderConfig(std::string file, std::string key, Node settings);

  /// JSON object with secret and environment references resolved. Holds secrets: give it to the
  /// plugin and to nobody else.
  std::string config_json() const { return settings_.to_json(); }

  /// The same for people: secrets, and values of keys that sound like one, are "[secret]". Not for
  /// telling whether something changed; compare config_json() for that.
  std::string config_json_for_display() const;

  /// Checks against the manifest's JSON Schema (SchemaChecker says which subset) and gives the
  /// settings with the schema's defaults added and `env:` texts turned into numbers and flags
  /// where the schema asks for them. Faults name file, line and key of the configuration and never
  /// show a secret. A broken schema is one fault that says so.
  tl::expected<ProviderConfig, std::vector<ConfigFault>> checked(
      std::string_view schema_json) const;

  const std::string& file() const { return file_; }
  const std::string& key() const { return key_; }
  int line() const { return settings_.line; }  // 0 = not from a file
  const Node& settings() const { return settings_; }

 private:
  std::string file_;
  std::string key_;
  Node settings_;
};

}  // namespace commsd::config
