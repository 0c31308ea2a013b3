#include "plugin/provider_loader.h"

#include <utility>

#include "base/digest.h"
#include "plugin/manifest_reader.h"
#include "telemetry/log.h"

namespace commsd::plugin {
namespace {

std::string describe(const Error& error) {
  std::string text = error.message;
  if (!error.remedy.empty()) text += "; " + error.remedy;
  return text;
}

}  // namespace

ProviderLoader::ProviderLoader(Options options) : options_(std::move(options)) {}

void ProviderLoader::begin(const config::PluginsConfig& config) {
  policy_.pinned = config.trust == "pinned";
  policy_.pins = config.pinned;
  policy_.cache_dir = config.cache_dir;
  policy_.roots = options_.trusted_roots;
  PluginProbe::Options probe;
  probe.program = options_.probe_program;
  probe.cache_dir = config.cache_dir;
  probe.host_version = options_.host_version;
  probe.limit = std::chrono::milliseconds(config.probe_timeout_ms);
  probe_ = std::make_unique<PluginProbe>(std::move(probe));
  admitted_.clear();
  std::erase_if(made_, [](const auto& entry) { return entry.second.expired(); });
}

tl::expected<std::shared_ptr<Generation>, LoadFailure> ProviderLoader::load(
    const WantedProvider& wanted, const std::shared_ptr<Generation>& existing) {
  if (!wanted.file->manifest) {
    return tl::unexpected(LoadFailure{true, wanted.file->reason, {}});
  }
  const auto admitted = admit_once(wanted.file->path);
  if (!admitted) return tl::unexpected(admitted.error());
  const std::string& sha256 = admitted->sha256;

  const std::string key = sha256 + '\n' + wanted.name + '\n' + wanted.config_json;
  if (existing && existing->sha256() == sha256 && existing->provider() == wanted.name &&
      existing->config_json() == wanted.config_json) {
    return existing;
  }
  // Two slots of one plugin with equal settings share an instance, as the plugin's author expects.
  if (std::shared_ptr<Generation> same = made_[sha256_hex(key)].lock()) return same;

  // Of the copy and not of the file: what was scanned may have been replaced meanwhile.
  Result<Manifest> manifest = read_manifest(admitted->path);
  if (!manifest) return tl::unexpected(LoadFailure{true, manifest.error().message, sha256});
  if (const Result<void> good = probe_->examine(*admitted, wanted.config_json); !good) {
    const bool by_config = good.error().code == ErrorCode::invalid_argument;
    return tl::unexpected(LoadFailure{!by_config, describe(good.error()), sha256});
  }
  const Result<std::shared_ptr<const LoadedPlugin>> plugin = open_once(*admitted, *manifest);
  if (!plugin) return tl::unexpected(LoadFailure{true, describe(plugin.error()), sha256});

  const std::shared_ptr<const comms_host> host = make_host(wanted, *manifest);
  Generation::Parts parts{
      *plugin,
      std::make_shared<const Manifest>(std::move(*manifest)),
      host,
      reaper_.post(),
      wanted.name,
      sha256,
      wanted.config_json,
      ++last_number_,
  };
  const auto made = Generation::make(std::move(parts), options_.create_limit);
  if (!made) return tl::unexpected(LoadFailure{false, describe(made.error()), sha256});
  made_[sha256_hex(key)] = *made;
  log::info("plugin_loaded", {{"provider", wanted.name},
                              {"plugin", (*made)->manifest().id},
                              {"version", (*made)->manifest().version},
                              {"generation", (*made)->number()}});
  return *made;
}

tl::expected<AdmittedFile, LoadFailure> ProviderLoader::admit_once(const std::string& path) {
  const auto known = admitted_.find(path);
  if (known != admitted_.end()) return known->second;
  Result<AdmittedFile> file = admit(path, policy_);
  tl::expected<AdmittedFile, LoadFailure> outcome;
  if (file) {
    outcome = std::move(*file);
  } else {
    outcome = tl::unexpected(LoadFailure{true, describe(file.error()), {}});
  }
  admitted_.emplace(path, outcome);
  return outcome;
}

Result<std::shared_ptr<const LoadedPlugin>> ProviderLoader::open_once(const AdmittedFile& file,
                                                                      const Manifest& manifest) {
  const auto known = loaded_.find(file.sha256);
  if (known != loaded_.end()) return known->second;
  const Result<std::shared_ptr<LoadedPlugin>> opened = LoadedPlugin::open(file.path);
  if (!opened) return fail(opened.error());
  if (const Result<void> entered = (*opened)->enter(manifest); !entered) {
    return fail(entered.error());
  }
  loaded_.emplace(file.sha256, *opened);
  return *opened;
}

std::shared_ptr<const comms_host> ProviderLoader::make_host(const WantedProvider& wanted,
                                                            const Manifest& manifest) const {
  InstanceInfo info;
  info.provider = wanted.name;
  info.plugin_id = manifest.id;
  info.egress = wanted.egress;
  if (manifest.max_concurrency != 0) info.max_requests = manifest.max_concurrency;
  return options_.make_host(info);
}

}  // namespace commsd::plugin
