#include "plugin/provider_loader.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "base/digest.h"
#include "plugin/manifest_reader.h"
#include "plugin/recorded_pins.h"
#include "telemetry/log.h"

namespace commsd::plugin {
namespace {

std::string describe(const Error& error) {
  std::string text = error.message;
  if (!error.remedy.empty()) text += "; " + error.remedy;
  return text;
}

/// What an instance is made of: equal content, name and settings are one instance. A digest, since
/// settings hold secrets.
std::string made_of(const AdmittedFile& file, const WantedProvider& wanted) {
  return sha256_hex(file.sha256 + '\n' + wanted.name + '\n' + wanted.config_json);
}

/// Children under way at once: each is busy for some milliseconds, so two a core are enough.
std::size_t probes_at_once() {
  return std::max<std::size_t>(2, std::size_t{2} * std::thread::hardware_concurrency());
}

}  // namespace

ProviderLoader::ProviderLoader(Options options) : options_(std::move(options)) {}

void ProviderLoader::begin(const config::PluginsConfig& config) {
  policy_.trust = parse_trust(config.trust);
  trust_in_ = config.trust_in;
  uploaded_ = read_pins(options_.pins_file);
  policy_.pins = config.pinned;
  policy_.keys_dir = config.keys_dir;
  policy_.cache_dir = config.cache_dir;
  policy_.roots = options_.trusted_roots;
  PluginProbe::Options probe;
  probe.program = options_.probe_program;
  probe.cache_dir = config.cache_dir;
  probe.host_version = options_.host_version;
  probe.limit = std::chrono::milliseconds(config.probe_timeout_ms);
  probe_ = std::make_unique<PluginProbe>(std::move(probe));
  admitted_.clear();
  examined_.clear();
  std::erase_if(made_, [](const auto& entry) { return entry.second.expired(); });
}

void ProviderLoader::examine_ahead(const std::vector<WantedProvider>& plan) {
  struct Trial {
    AdmittedFile file;
    const WantedProvider* wanted = nullptr;
    Result<void>* verdict = nullptr;  // a node of examined_, which nobody moves meanwhile
  };
  std::vector<Trial> trials;
  for (const WantedProvider& wanted : plan) {
    if (!wanted.file->manifest || wanted.file->held_back) continue;
    const auto admitted = admit_once(*wanted.file);
    if (!admitted) continue;
    const std::string key = made_of(*admitted, wanted);
    if (const auto made = made_.find(key); made != made_.end() && !made->second.expired()) continue;
    const auto [entry, first] = examined_.try_emplace(key);
    if (first) trials.push_back({*admitted, &wanted, &entry->second});
  }
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t at = next++; at < trials.size(); at = next++) {
      *trials[at].verdict = probe_->examine(trials[at].file, trials[at].wanted->config_json);
    }
  };
  std::vector<std::jthread> threads;
  for (std::size_t count = std::min(probes_at_once(), trials.size()); count > 1; --count) {
    threads.emplace_back(work);
  }
  work();
}

tl::expected<std::shared_ptr<Generation>, LoadFailure> ProviderLoader::load(
    const WantedProvider& wanted, const std::shared_ptr<Generation>& existing) {
  if (!wanted.file->manifest) {
    return tl::unexpected(LoadFailure{ProviderStatus::refused, wanted.file->reason, {}});
  }
  if (wanted.file->held_back) {
    return tl::unexpected(LoadFailure{
        ProviderStatus::safe_mode,
        "the server was started with --safe-mode, and the file is not one of the packaged folder",
        {}});
  }
  const auto admitted = admit_once(*wanted.file);
  if (!admitted) return tl::unexpected(admitted.error());
  const std::string& sha256 = admitted->sha256;

  // Nothing can stand in for the database: without it there is no server that could tell why.
  if (options_.crashes && wanted.slot != "database") {
    if (auto why = options_.crashes->held_back(wanted.file->manifest->id, sha256, wanted.name)) {
      return tl::unexpected(LoadFailure{ProviderStatus::safe_mode, std::move(*why), sha256});
    }
  }

  const std::string key = made_of(*admitted, wanted);
  const auto usable = [](const std::shared_ptr<Generation>& one) { return one && !one->stuck(); };
  if (usable(existing) && existing->sha256() == sha256 && existing->provider() == wanted.name &&
      existing->config_json() == wanted.config_json) {
    return existing;
  }
  // Two slots of one plugin with equal settings share an instance, as the plugin's author expects.
  if (auto same = made_[key].lock(); usable(same)) return same;

  // Of the copy and not of the file: what was scanned may have been replaced meanwhile.
  Result<Manifest> manifest = read_manifest(admitted->path);
  if (!manifest)
    return tl::unexpected(LoadFailure{ProviderStatus::refused, manifest.error().message, sha256});
  const auto [verdict, untried] = examined_.try_emplace(key);
  if (untried) verdict->second = probe_->examine(*admitted, wanted.config_json);
  if (const Result<void>& good = verdict->second; !good) {
    const bool by_config = good.error().code == ErrorCode::invalid_argument;
    return tl::unexpected(LoadFailure{by_config ? ProviderStatus::failed : ProviderStatus::refused,
                                      describe(good.error()), sha256});
  }
  const auto monitor = std::make_shared<InstanceMonitor>(
      wanted.name, manifest->id, sha256, Generation::lane_threads(*manifest), options_.calls);
  const auto plugin = open_once(*admitted, *manifest, *monitor);
  if (!plugin) {
    return tl::unexpected(LoadFailure{ProviderStatus::refused, describe(plugin.error()), sha256});
  }

  const std::shared_ptr<const comms_host> host = make_host(wanted, *manifest, monitor);
  Generation::Parts parts{
      *plugin,        std::make_shared<const Manifest>(std::move(*manifest)),
      host,           reaper_.post(),
      monitor,        Admission{sha256, admitted->trust, admitted->signer, wanted.egress},
      wanted.name,    wanted.config_json,
      ++last_number_,
  };
  const auto made = Generation::make(std::move(parts), options_.create_limit);
  if (!made)
    return tl::unexpected(LoadFailure{ProviderStatus::failed, describe(made.error()), sha256});
  made_[key] = *made;
  log::info("plugin_loaded", {{"provider", wanted.name},
                              {"plugin", (*made)->manifest().id},
                              {"version", (*made)->manifest().version},
                              {"generation", (*made)->number()}});
  return *made;
}

tl::expected<AdmittedFile, LoadFailure> ProviderLoader::admit_once(const PluginFile& wanted) {
  const auto known = admitted_.find(wanted.path);
  if (known != admitted_.end()) return known->second;
  TrustPolicy policy = policy_;
  if (const auto own = trust_in_.find(wanted.folder); own != trust_in_.end()) {
    policy.trust = parse_trust(own->second);
  }
  const auto uploaded = uploaded_.find(wanted.path);
  const std::string name = wanted.path.substr(wanted.path.rfind('/') + 1);
  const bool listed = policy.trust == Trust::pinned && policy.pins.contains(name);
  if (uploaded != uploaded_.end() && policy.trust != Trust::by_signature && !listed) {
    policy.trust = Trust::pinned;
    policy.pins = {{name, uploaded->second}};
    policy.pins_are_in = options_.pins_file + ", because it was uploaded,";
  }
  Result<AdmittedFile> file = admit(wanted.path, policy);
  tl::expected<AdmittedFile, LoadFailure> outcome;
  if (file) {
    outcome = std::move(*file);
  } else {
    outcome = tl::unexpected(LoadFailure{ProviderStatus::refused, describe(file.error()), {}});
  }
  admitted_.emplace(wanted.path, outcome);
  return outcome;
}

Result<std::shared_ptr<const LoadedPlugin>> ProviderLoader::open_once(
    const AdmittedFile& file, const Manifest& manifest, const InstanceMonitor& monitor) {
  const auto known = loaded_.find(file.sha256);
  if (known != loaded_.end()) return known->second;
  const Blame blame(monitor.blame());  // its constructors run now
  const Result<std::shared_ptr<LoadedPlugin>> opened = LoadedPlugin::open(file.path);
  if (!opened) return fail(opened.error());
  if (const Result<void> entered = (*opened)->enter(manifest); !entered) {
    return fail(entered.error());
  }
  loaded_.emplace(file.sha256, *opened);
  ++mapped_;
  return *opened;
}

std::shared_ptr<const comms_host> ProviderLoader::make_host(
    const WantedProvider& wanted, const Manifest& manifest,
    std::shared_ptr<InstanceMonitor> monitor) const {
  InstanceInfo info;
  info.monitor = std::move(monitor);
  info.provider = wanted.name;
  info.plugin_id = manifest.id;
  info.egress = wanted.egress;
  if (manifest.max_concurrency != 0) info.max_requests = manifest.max_concurrency;
  return options_.make_host(info);
}

}  // namespace commsd::plugin
