#include "config/config.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <system_error>

#include "base/json.h"
#include "config/binding.h"
#include "config/nearest.h"
#include "config/references.h"
#include "config/schema_checker.h"
#include "config/yaml_reader.h"
#include "embedded/config.h"

namespace commsd::config {

namespace {

std::string absolute(const std::string& path, const std::string& folder) {
  if (path.empty()) return path;
  return (std::filesystem::path(folder) / path).lexically_normal().string();
}

/// Fills members from a checked Node; what the file does not name keeps its default.
class Reader {
 public:
  Reader(const Node& group, const std::string& folder) : group_(group), folder_(folder) {}

  void operator()(std::string_view key, std::string& text) {
    if (const Node* node = group_.find(key)) text = node->string;
  }
  void operator()(std::string_view key, std::int64_t& number) {
    const Node* node = group_.find(key);
    if (!node) return;
    number =
        node->type == Node::Type::integer ? node->integer : static_cast<std::int64_t>(node->number);
  }
  void operator()(std::string_view key, double& number) {
    if (const Node* node = group_.find(key)) number = node->number;
  }
  void operator()(std::string_view key, bool& flag) {
    if (const Node* node = group_.find(key)) flag = node->boolean;
  }
  void operator()(std::string_view key, std::vector<std::string>& list) {
    const Node* node = group_.find(key);
    if (!node) return;
    list.clear();
    for (const Node& item : node->items) list.push_back(item.string);
  }
  void operator()(std::string_view key, std::vector<std::int64_t>& list) {
    const Node* node = group_.find(key);
    if (!node) return;
    list.clear();
    for (const Node& item : node->items) {
      list.push_back(item.type == Node::Type::integer ? item.integer
                                                      : static_cast<std::int64_t>(item.number));
    }
  }
  void operator()(std::string_view key, std::map<std::string, std::string>& map) {
    const Node* node = group_.find(key);
    if (!node) return;
    map.clear();
    for (const Node::Member& member : node->members) map[member.key] = member.value.string;
  }
  template <typename Group>
  void operator()(std::string_view key, Group& group) {
    const Node* node = group_.find(key);
    if (!node) return;
    Reader inner(*node, folder_);
    each(inner, group);
  }

  void path(std::string_view key, std::string& text) {
    (*this)(key, text);
    text = absolute(text, folder_);
  }
  void path(std::string_view key, std::vector<std::string>& list) {
    (*this)(key, list);
    for (std::string& item : list) item = absolute(item, folder_);
  }

 private:
  const Node& group_;
  const std::string& folder_;
};

std::string text_of(const Node& group, std::string_view key) {
  const Node* node = group.find(key);
  return node ? node->string : std::string();
}

Node settings_of(const Node* node, int line) {
  if (node) return *node;
  Node empty;
  empty.type = Node::Type::object;
  empty.line = line;
  return empty;
}

/// What a schema cannot say: rules between keys, and things outside of the file.
class Rules {
 public:
  Rules(const Node& root, const std::string& file, std::vector<ConfigFault>& faults)
      : root_(root), file_(file), faults_(faults) {}

  void check(const Config& config) {
    check_tls(config.server.tls);
    check_oauth(config.server);
    if (!config.egress.ca_file.empty()) check_readable("egress.ca_file", config.egress.ca_file);
    if (config.plugins.trust == "pinned" && config.plugins.pinned.empty()) {
      fault("plugins.trust", "\"pinned\" without a plugin in plugins.pinned",
            "any, or pinned with the digests of the plugins to load");
    }
    for (const auto& [folder, trust] : config.plugins.trust_in) {
      const auto& known = config.plugins.path;
      if (std::count(known.begin(), known.end(), folder) > 0) continue;
      fault("plugins.trust_in", '"' + folder + "\", which is not in plugins.path",
            "folders of plugins.path");
    }
    if (config.messaging.retry_first_seconds > config.messaging.retry_longest_seconds) {
      fault("messaging.retry_first_seconds", "more than retry_longest_seconds", "at most that");
    }
    const BreakerConfig& breaker = config.messaging.breaker;
    if (breaker.first_probe_seconds > breaker.longest_pause_seconds) {
      fault("messaging.breaker.first_probe_seconds", "more than longest_pause_seconds",
            "at most that");
    }
    for (const auto& [name, slot] : config.providers) check_slot(name, slot);
    check_overrides(config);
  }

 private:
  /// The line of a dotted key, or of the nearest group above it that is in the file.
  int line_of(const std::string& key) const {
    const Node* at = &root_;
    int line = 0;
    std::size_t start = 0;
    while (start <= key.size()) {
      const std::size_t end = std::min(key.find('.', start), key.size());
      const std::string part = key.substr(start, end - start);
      const auto member =
          std::find_if(at->members.begin(), at->members.end(),
                       [&part](const Node::Member& other) { return other.key == part; });
      if (member == at->members.end()) return line;
      line = member->line;
      at = &member->value;
      start = end + 1;
    }
    return line;
  }

  void fault(const std::string& key, std::string found, std::string allowed) {
    faults_.push_back({file_, line_of(key), key, std::move(found), std::move(allowed)});
  }

  void check_tls(const TlsConfig& tls) {
    if (tls.certificate.empty() != tls.key.empty()) {
      const bool key_is_missing = tls.key.empty();
      fault(key_is_missing ? "server.tls.key" : "server.tls.certificate", "nothing",
            "a PEM file, because the other of certificate and key is set");
      return;
    }
    if (!tls.enabled()) return;
    check_readable("server.tls.certificate", tls.certificate);
    struct stat status {};
    if (check_readable("server.tls.key", tls.key) && ::stat(tls.key.c_str(), &status) == 0 &&
        (status.st_mode & 0007) != 0) {
      fault("server.tls.key", "a private key that every user may read",
            "a file of mode 0600 or 0640: run chmod 0600 " + tls.key);
    }
  }

  void check_oauth(const ServerConfig& server) {
    const OauthConfig& oauth = server.oauth;
    if (oauth.issuer.empty() &&
        !(oauth.jwks_url + oauth.organization_claim + oauth.agent_claim).empty()) {
      fault("server.oauth.issuer", "nothing", "the issuer that the other keys speak of");
    }
    if (!oauth.agent_claim.empty() && oauth.organization_claim.empty()) {
      fault("server.oauth.organization_claim", "nothing", "a claim, because agent_claim is set");
    }
    // Codes and tokens travel there; only on the own machine does nobody listen.
    const std::string& url = server.public_url;
    const bool loopback = url.starts_with("http://127.") || url.starts_with("http://localhost") ||
                          url.starts_with("http://[::1]");
    if (oauth.authorization_server.enabled && !url.starts_with("https://") && !loopback) {
      fault("server.public_url", '"' + url + "\", which is not encrypted",
            "https://..., because server.oauth.authorization_server is enabled");
    }
  }

  bool check_readable(const std::string& key, const std::string& path) {
    struct stat status {};
    errno = 0;
    const std::ifstream file(path);
    if (file && ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode)) return true;
    fault(key,
          '"' + path + "\", which cannot be read" +
              (errno != 0 ? " (" + std::generic_category().message(errno) + ")" : std::string()),
          "a PEM file that this user may read");
    return false;
  }

  void check_slot(const std::string& name, const SlotConfig& slot) {
    const std::string key = "providers." + name;
    if (std::count(slot.fallback.begin(), slot.fallback.end(), slot.use) > 0) {
      fault(key + ".fallback", '"' + slot.use + "\", which `use` names already",
            "other providers than `use`");
    }
    for (const auto& [provider, settings] : slot.configs) {
      if (std::count(slot.fallback.begin(), slot.fallback.end(), provider) > 0) continue;
      const std::vector<std::string_view> known(slot.fallback.begin(), slot.fallback.end());
      std::string allowed = "settings of providers in `fallback`";
      if (provider == slot.use) allowed += "; those of `use` stand in `config`";
      const std::string_view nearest = nearest_name(provider, known);
      if (!nearest.empty()) allowed += " (did you mean " + std::string(nearest) + "?)";
      fault(key + ".configs." + provider, "settings of a provider that is no fallback", allowed);
    }
  }

  void check_overrides(const Config& config) {
    for (std::size_t at = 0; at < config.overrides.size(); ++at) {
      const OverrideConfig& one = config.overrides[at];
      const auto same = std::find_if(config.overrides.begin(),
                                     config.overrides.begin() + static_cast<std::ptrdiff_t>(at),
                                     [&one](const OverrideConfig& other) {
                                       return other.organization == one.organization &&
                                              other.agent == one.agent && other.slot == one.slot;
                                     });
      if (same == config.overrides.begin() + static_cast<std::ptrdiff_t>(at)) continue;
      faults_.push_back({file_, one.line, "overrides[" + std::to_string(at) + "]",
                         "a second override of " + one.slot + " for the same " +
                             (one.agent.empty() ? "organization" : "agent"),
                         "one; the first stands on line " + std::to_string(same->line)});
    }
  }

  const Node& root_;
  const std::string& file_;
  std::vector<ConfigFault>& faults_;
};

/// References first, so that the schema sees what they stand for. Secrets may stand in provider
/// settings only, and their folder must be known before they can be read.
void resolve_all(Node& root, const std::string& file, const std::string& folder,
                 std::vector<ConfigFault>& faults) {
  for (Node::Member& member : root.members) {
    if (member.key == "providers" || member.key == "overrides") continue;
    resolve_references(member.value, file, member.key, nullptr, faults);
  }
  SecretsConfig secrets;
  const Node* dir = root.find("secrets") ? root.find("secrets")->find("dir") : nullptr;
  if (dir && dir->is_string()) secrets.dir = absolute(dir->string, folder);
  for (Node::Member& member : root.members) {
    if (member.key != "providers" && member.key != "overrides") continue;
    resolve_references(member.value, file, member.key, &secrets, faults);
  }
}

void read_providers(Config& config, const Node& root) {
  if (const Node* providers = root.find("providers")) {
    for (const Node::Member& member : providers->members) {
      const std::string key = "providers." + member.key;
      SlotConfig& slot = config.providers[member.key];
      slot.use = text_of(member.value, "use");
      slot.line = member.line;
      if (const Node* fallback = member.value.find("fallback")) {
        for (const Node& item : fallback->items) slot.fallback.push_back(item.string);
      }
      slot.config = ProviderConfig(config.file, key + ".config",
                                   settings_of(member.value.find("config"), member.line));
      if (const Node* configs = member.value.find("configs")) {
        for (const Node::Member& settings : configs->members) {
          slot.configs[settings.key] =
              ProviderConfig(config.file, key + ".configs." + settings.key, settings.value);
        }
      }
    }
  }
  const Node* overrides = root.find("overrides");
  for (std::size_t at = 0; overrides && at < overrides->items.size(); ++at) {
    const Node& item = overrides->items[at];
    OverrideConfig other;
    other.organization = text_of(item, "organization");
    other.agent = text_of(item, "agent");
    other.slot = text_of(item, "slot");
    other.use = text_of(item, "use");
    other.line = item.line;
    other.config = ProviderConfig(config.file, "overrides[" + std::to_string(at) + "].config",
                                  settings_of(item.find("config"), item.line));
    config.overrides.push_back(std::move(other));
  }
}

const SchemaChecker& schema() {
  static const Result<SchemaChecker> checker =
      SchemaChecker::parse(embedded::config::config_schema_json());
  return *checker;  // a test checks that our own schema is valid
}

/// The folders that are named as keys are paths like any other.
void make_absolute(std::map<std::string, std::string>& by_folder, const std::string& folder) {
  std::map<std::string, std::string> resolved;
  for (auto& [path, value] : by_folder) resolved[absolute(path, folder)] = std::move(value);
  by_folder = std::move(resolved);
}

/// Empty and a fault when the file cannot be read.
std::string read_file(const std::string& path, std::vector<ConfigFault>& faults) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) {
    faults.push_back({path, 0, "",
                      error && error != std::errc::no_such_file_or_directory
                          ? "a path that cannot be read (" + error.message() + ")"
                          : "no such file",
                      "a configuration file; /usr/share/doc/commsd has a sample"});
    return {};
  }
  if (!std::filesystem::is_regular_file(status)) {
    faults.push_back({path, 0, "", "something that is no file", "a YAML file"});
    return {};
  }
  std::ifstream file(path, std::ios::binary);
  std::string text(largest_file + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file && !file.eof()) {
    faults.push_back({path, 0, "", "a file that cannot be read", "one that this user may read"});
    return {};
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

}  // namespace

LoadedConfig parse_config(std::string_view yaml, const std::string& name,
                          const std::string& folder) {
  std::vector<ConfigFault> faults;
  Node root = read_yaml(yaml, name, faults);
  Config config;
  config.file = name;
  config.folder = folder;
  resolve_all(root, name, folder, faults);
  schema().check(root, name, "", false, faults);
  if (faults.empty()) {
    Reader reader(root, folder);
    each(reader, config);
    make_absolute(config.plugins.trust_in, folder);
    read_providers(config, root);
    Rules(root, name, faults).check(config);
  }
  if (!faults.empty()) {
    std::stable_sort(faults.begin(), faults.end(),
                     [](const ConfigFault& a, const ConfigFault& b) { return a.line < b.line; });
    return tl::unexpected(std::move(faults));
  }
  return config;
}

LoadedConfig load_config(const std::string& path) {
  std::vector<ConfigFault> faults;
  const std::string text = read_file(path, faults);
  if (!faults.empty()) return tl::unexpected(std::move(faults));
  std::error_code error;
  const auto full = std::filesystem::absolute(path, error);
  return parse_config(text, path, error ? "." : full.parent_path().string());
}

std::string_view sample_config() {
  return embedded::config::commsd_yaml();
}

}  // namespace commsd::config
