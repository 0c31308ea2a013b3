#include "config/provider_config.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "config/schema_checker.h"

namespace commsd::config {

namespace {

bool sounds_secret(std::string_view key) {
  constexpr std::array<std::string_view, 7> parts = {"token",  "secret", "password",  "passphrase",
                                                     "apikey", "key",    "credential"};
  const std::string lower = to_lower_ascii(key);
  return std::any_of(parts.begin(), parts.end(), [&lower](std::string_view part) {
    return lower.find(part) != std::string::npos;
  });
}

void hide_secrets(Node& node, bool hidden) {
  if (node.is_string() && (hidden || node.secret)) node.string = "[secret]";
  for (Node& item : node.items) hide_secrets(item, hidden);
  for (Node::Member& member : node.members) {
    hide_secrets(member.value, hidden || sounds_secret(member.key));
  }
}

}  // namespace

ProviderConfig::ProviderConfig() {
  settings_.type = Node::Type::object;
}

ProviderConfig::ProviderConfig(std::string file, std::string key, Node settings)
    : file_(std::move(file)), key_(std::move(key)), settings_(std::move(settings)) {}

std::string ProviderConfig::config_json_for_display() const {
  Node shown = settings_;
  hide_secrets(shown, false);
  return shown.to_json();
}

tl::expected<ProviderConfig, std::vector<ConfigFault>> ProviderConfig::checked(
    std::string_view schema_json) const {
  std::vector<ConfigFault> faults;
  ProviderConfig result = *this;
  const Result<SchemaChecker> checker = SchemaChecker::parse(schema_json);
  if (!checker) {
    faults.push_back({file_, line(), key_, "a plugin with a broken manifest",
                      "a plugin whose config schema is valid: " + checker.error().message});
  } else {
    checker->check(result.settings_, file_, key_, true, faults);
  }
  if (!faults.empty()) return tl::unexpected(std::move(faults));
  return result;
}

}  // namespace commsd::config
