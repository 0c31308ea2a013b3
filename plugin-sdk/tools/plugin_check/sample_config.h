#pragma once

#include <string>
#include <vector>

#include <Poco/JSON/Object.h>

namespace comms::check {

/// A configuration to make instances with.
struct SampleConfig {
  Poco::JSON::Object::Ptr value;
  std::string json;
  /// Values of the settings marked writeOnly: none of them may come back in a text for people.
  std::vector<std::pair<std::string, std::string>> secrets;
  std::vector<std::string> left_out;  // settings no value could be made for

  std::string text(const std::string& setting) const;
};

/// Configurations that are valid under a manifest's schema, the likeliest first: required settings
/// with all secrets, then every setting, then the required ones alone. Defaults, constants and
/// patterns are honoured; a secret whose description speaks of a private key is one (RSA, PEM).
/// `variant` makes other secrets.
std::vector<SampleConfig> sample_configs(const Poco::JSON::Object& schema, unsigned variant);

/// The configuration in a file of an author's, with its secrets named by the schema. Throws
/// std::runtime_error with what is wrong.
SampleConfig config_from_file(const std::string& path, const Poco::JSON::Object& schema);

}  // namespace comms::check
