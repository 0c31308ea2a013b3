#include "plugin/provider_catalog.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "base/json.h"
#include "plugin/manifest_reader.h"

namespace commsd::plugin {
namespace {

using config::Node;

std::vector<std::string> shared_objects(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code ignored;  // a folder that cannot be read offers nothing
  std::filesystem::directory_iterator at(folder, ignored);
  for (; !ignored && at != std::filesystem::directory_iterator(); at.increment(ignored)) {
    const std::string name = at->path().filename().string();
    if (name.ends_with(".so") && !name.starts_with('.')) paths.push_back(at->path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// Puts in members of `defaults` that `settings` lacks.
void fill_in(Node& settings, const JsonValue& defaults) {
  defaults.each_member([&](std::string_view key, JsonValue value) {
    if (settings.find(key)) return;
    settings.members.push_back({std::string(key), config::from_json(value), 0});
  });
}

/// The scheme and authority of a URL: what an egress pattern is made of.
std::string origin_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  return std::string(url.substr(0, url.find_first_of("/?#", scheme + 3)));
}

std::vector<std::string> egress_of(const Manifest& manifest, const ManifestPreset* preset,
                                   const Node& settings) {
  constexpr std::string_view kFromConfig = "config:";
  std::vector<std::string> origins;
  for (const std::string& entry :
       preset && !preset->egress.empty() ? preset->egress : manifest.egress) {
    if (!entry.starts_with(kFromConfig)) {
      origins.push_back(entry);
      continue;
    }
    const Node* value = settings.find(std::string_view(entry).substr(kFromConfig.size()));
    if (!value || !value->is_string()) continue;
    if (std::string origin = origin_of(value->string); !origin.empty()) {
      origins.push_back(std::move(origin));
    }
  }
  return origins;
}

std::string file_stem(const std::string& path) {
  return std::filesystem::path(path).stem().string();
}

}  // namespace

ProviderCatalog ProviderCatalog::scan(const std::vector<std::string>& folders, bool safe_mode) {
  ProviderCatalog catalog;
  std::set<std::string> seen;
  for (const std::string& folder : folders) {
    for (std::string& path : shared_objects(folder)) {
      if (!seen.insert(path).second) continue;
      PluginFile file;
      Result<Manifest> manifest = read_manifest(path);
      if (manifest) {
        file.manifest = std::make_shared<const Manifest>(std::move(*manifest));
      } else {
        file.reason = manifest.error().message;
      }
      file.path = std::move(path);
      file.folder = folder;
      file.held_back = safe_mode && folder != folders.front();
      catalog.files_.push_back(std::move(file));
    }
  }
  std::map<std::string, std::size_t> by_id;
  for (std::size_t at = 0; at < catalog.files_.size(); ++at) {
    if (!catalog.files_[at].manifest) continue;
    const auto [earlier, first] = by_id.emplace(catalog.files_[at].manifest->id, at);
    if (first) continue;
    const bool earlier_counts =
        catalog.files_[at].held_back && !catalog.files_[earlier->second].held_back;
    const std::size_t winner = earlier_counts ? earlier->second : at;
    PluginFile& hidden = catalog.files_[earlier_counts ? at : earlier->second];
    hidden.shadowed = true;
    hidden.reason =
        "the file " + catalog.files_[winner].path + " has the same id and counts instead";
    earlier->second = winner;
  }
  return catalog;
}

std::string ProviderCatalog::on_offer(std::string_view slot) const {
  std::set<std::string> names;
  std::string unreadable;
  for (const PluginFile& file : files_) {
    if (!file.manifest) {
      unreadable += "; " + file.path + " was refused: " + file.reason;
    } else if (!file.shadowed && file.manifest->slot(slot)) {
      names.insert(file.manifest->provider);
      for (const ManifestPreset& preset : file.manifest->presets) names.insert(preset.provider);
    }
  }
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return "on offer: " + (list.empty() ? "none" : list) + unreadable;
}

Result<const PluginFile*> ProviderCatalog::find(const std::string& slot,
                                                const std::string& name) const {
  const std::string_view wire = slot_id(slot);
  const PluginFile* found = nullptr;
  bool elsewhere = false;
  for (const PluginFile& file : files_) {
    if (!file.manifest || file.shadowed || !file.manifest->answers_to(name)) continue;
    if (!file.manifest->slot(wire)) {
      elsewhere = true;
      continue;
    }
    if (found) {
      return fail(ErrorCode::invalid_argument, "the plugins " + found->manifest->id + " and " +
                                                   file.manifest->id + " both offer a provider '" +
                                                   name + "' for " + slot +
                                                   "; write the id of the one you mean");
    }
    found = &file;
  }
  if (found) return found;
  // A file that cannot be read has no name but its own; it is a provider that is refused, which the
  // server outlives, and not a name that was mistyped.
  for (const PluginFile& file : files_) {
    if (file.manifest) continue;
    const std::string stem = file_stem(file.path);
    if (stem == name || stem == slot + "_" + name) return &file;
  }
  return fail(ErrorCode::invalid_argument,
              (elsewhere ? "the provider '" + name + "' does not do "
                         : "there is no provider '" + name + "' for ") +
                  slot + "; " + on_offer(wire));
}

Result<WantedProvider> ProviderCatalog::resolve(const std::string& slot, const std::string& name,
                                                const config::ProviderConfig& settings) const {
  if (slot_id(slot).empty()) {
    return fail(ErrorCode::invalid_argument, "there is no slot '" + slot + "'");
  }
  const Result<const PluginFile*> file = find(slot, name);
  if (!file) return fail(file.error());
  WantedProvider wanted;
  wanted.slot = slot;
  wanted.name = name;
  wanted.file = *file;
  if (!wanted.file->manifest) return wanted;  // refused; nothing to check it against

  const Manifest& manifest = *wanted.file->manifest;
  if (name == manifest.id) wanted.name = manifest.provider;
  const ManifestPreset* preset = manifest.preset(name);
  Node merged = settings.settings();
  merged.type = Node::Type::object;  // no settings at all are an empty group
  if (preset) {
    if (const auto values = JsonDocument::parse(preset->config_json)) {
      fill_in(merged, values->root());
    }
  }
  const config::ProviderConfig complete(settings.file(), settings.key(), merged);
  const auto checked = complete.checked(manifest.config_schema);
  if (!checked) {
    std::string list;
    for (const config::ConfigFault& fault : checked.error()) {
      list += (list.empty() ? "" : "; ") + fault.to_string();
    }
    return fail(ErrorCode::invalid_argument, list);
  }
  wanted.config_json = checked->config_json();
  wanted.egress = egress_of(manifest, preset, checked->settings());
  return wanted;
}

Result<std::vector<WantedProvider>> ProviderCatalog::plan(const config::Config& config) const {
  std::vector<std::pair<std::string, const config::SlotConfig*>> slots;
  for (const auto& [slot, wanted] : config.providers) slots.emplace_back(slot, &wanted);
  const auto rank = [](const std::string& slot) {
    return slot == "database" ? 0 : slot == "storage" ? 1 : 2;
  };
  std::stable_sort(slots.begin(), slots.end(), [&](const auto& left, const auto& right) {
    return std::pair(rank(left.first), left.second->line) <
           std::pair(rank(right.first), right.second->line);
  });

  std::vector<WantedProvider> plan;
  for (const auto& [slot, wanted] : slots) {
    if (wanted->use.empty()) continue;
    Result<WantedProvider> active = resolve(slot, wanted->use, wanted->config);
    if (!active) return fail(active.error());
    active->role = "use";
    plan.push_back(std::move(*active));
    for (const std::string& name : wanted->fallback) {
      const auto own = wanted->configs.find(name);
      const config::ProviderConfig none(config.file, "providers." + slot + ".configs." + name,
                                        Node());
      Result<WantedProvider> fallback =
          resolve(slot, name, own == wanted->configs.end() ? none : own->second);
      if (!fallback) return fail(fallback.error());
      fallback->role = "fallback";
      plan.push_back(std::move(*fallback));
    }
  }
  for (const config::OverrideConfig& wanted : config.overrides) {
    Result<WantedProvider> special = resolve(wanted.slot, wanted.use, wanted.config);
    if (!special) return fail(special.error());
    special->role = "override";
    special->organization = wanted.organization;
    special->agent = wanted.agent;
    plan.push_back(std::move(*special));
  }
  return plan;
}

}  // namespace commsd::plugin
