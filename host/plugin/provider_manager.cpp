#include "plugin/provider_manager.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <utility>

#include <comms/slot/database.h>

#include "base/clock.h"
#include "base/gate.h"
#include "plugin/crash_blame.h"
#include "plugin/crash_journal.h"
#include "plugin/generation.h"
#include "plugin/periodic_thread.h"
#include "plugin/plugin_installer.h"
#include "plugin/probe_apart.h"
#include "plugin/provider_catalog.h"
#include "plugin/provider_loader.h"
#include "plugin/provider_set.h"
#include "plugin/swap_watch.h"
#include "plugin/thread_executor.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace commsd::plugin {
namespace {

std::string_view slot_of(ChannelKind channel) {
  switch (channel) {
    case ChannelKind::whatsapp:
      return "whatsapp";
    case ChannelKind::email:
      return "email";
    case ChannelKind::sms:
    case ChannelKind::voice:
      break;
  }
  return "telephony";
}

ProviderState state_of_file(const PluginFile& file) {
  ProviderState state;
  state.file = file.path;
  state.reason = file.reason;
  state.status = !file.manifest   ? ProviderStatus::refused
                 : file.held_back ? ProviderStatus::safe_mode
                                  : ProviderStatus::disabled;
  if (!file.manifest) return state;
  state.id = file.manifest->id;
  state.name = file.manifest->provider;
  state.version = file.manifest->version;
  for (const ManifestSlot& slot : file.manifest->slots) {
    state.slots.emplace_back(slot_name(slot.id));
  }
  return state;
}

ProviderState state_of_wanted(const WantedProvider& wanted) {
  ProviderState state = state_of_file(*wanted.file);
  state.slot = wanted.slot;
  state.role = wanted.role;
  state.name = wanted.name;
  state.scope = wanted.organization;
  if (!wanted.agent.empty()) state.scope += "/" + wanted.agent;
  return state;
}

std::string crash_file(const std::string& state_dir) {
  return state_dir.empty() ? std::string() : state_dir + "/plugin-crashes";
}

SwapRules swap_rules(const config::PluginsConfig& config) {
  SwapRules rules;
  rules.window = std::chrono::seconds(config.watch_seconds);
  rules.operations = static_cast<std::uint64_t>(config.watch_operations);
  rules.worse_by = config.watch_worse_by;
  rules.drain = std::chrono::seconds(config.drain_seconds);
  return rules;
}

Task<void> check_in_background(std::shared_ptr<Generation> generation,
                               std::chrono::milliseconds limit, std::stop_token stop,
                               [[maybe_unused]] Gate::Pass pass) {
  const Result<void> healthy = co_await generation->probe(limit, std::move(stop));
  if (!healthy) {
    log::warn("plugin_unhealthy",
              {{"provider", generation->provider()}, {"code", to_string(healthy.error().code)}});
  }
}

Task<bool> close(Gate& gate) {
  co_await gate.close();
  co_return true;
}

}  // namespace

class ProviderManager::Work {
 public:
  explicit Work(Options options);
  ~Work();

  Result<void> take_over(const config::Config& config);
  std::shared_ptr<const ProviderSet> current() const;
  /// The number of the generation that stands by for this one; 0 = none.
  std::uint64_t standby_of(const Generation* generation) const;
  PluginsSummary summary() const;
  Result<std::string> enable(std::string_view name);

  const std::chrono::milliseconds health_limit;

 private:
  std::shared_ptr<Binding> bind(const WantedProvider& wanted, const Binding* previous);
  Result<void> admit_generation(const std::shared_ptr<Generation>& generation,
                                const Binding* previous);
  void publish(std::shared_ptr<const ProviderSet> set);
  void check_new(const ProviderSet& before, const ProviderSet& now);
  void watch_new(const std::vector<SwapWatch::Place>& places);
  Task<void> watch(SwapWatch swap, Gate::Pass pass);
  Task<std::optional<std::string>> trouble_of(std::shared_ptr<Generation> generation);
  bool put_back(const SwapWatch& swap, const std::string& why);
  void stand_down(const SwapWatch& swap);
  void drain(const std::shared_ptr<Generation>& generation);
  void end_unless_needed(const std::shared_ptr<Generation>& generation) const;

  const std::optional<SwapRules> given_rules_;
  const bool safe_mode_;
  const std::shared_ptr<CrashJournal> crashes_;
  std::mutex changing_;  // one start or reload at a time; guards the loader and the rules
  ProviderLoader loader_;
  SwapRules rules_;
  std::atomic<std::int64_t> drain_ms_{0};
  std::atomic<std::int64_t> restart_advised_over_{0};
  mutable std::mutex mutex_;  // guards the next two, for as long as copying a pointer takes
  std::shared_ptr<const ProviderSet> set_ = std::make_shared<const ProviderSet>();
  std::map<const Generation*, std::uint64_t> standby_;  // by the generation that is watched
  std::stop_source stop_;
  Gate checks_;
  PeriodicThread look_at_calls_;
  ThreadExecutor executor_;  // last: its thread uses what stands above
};

ProviderManager::Work::Work(Options options)
    : health_limit(options.health_limit),
      given_rules_(options.watch),
      safe_mode_(options.safe_mode),
      crashes_(std::make_shared<CrashJournal>(crash_file(options.state_dir))),
      loader_({std::move(options.make_host), std::move(options.host_version),
               std::move(options.probe_program), options.create_limit,
               std::move(options.trusted_roots), crashes_, options.calls,
               pins_file(options.state_dir)}),
      look_at_calls_(options.look_at_calls_every, InstanceMonitor::look_at_calls) {
  // After the journal was read: that what is in it crashed us is no reason not to start.
  if (options.state_dir.empty()) return;
  if (const auto recording = record_crashes(crash_file(options.state_dir)); !recording) {
    log::error("crashes_not_recorded", {{"why", recording.error().message}});
  }
}

ProviderManager::Work::~Work() {
  stop_.request_stop();
  executor_.run(close(checks_));
  publish(std::make_shared<const ProviderSet>());
}

std::shared_ptr<const ProviderSet> ProviderManager::Work::current() const {
  const std::lock_guard lock(mutex_);
  return set_;
}

void ProviderManager::Work::publish(std::shared_ptr<const ProviderSet> set) {
  const std::shared_ptr<const ProviderSet> now = set;
  {
    const std::lock_guard lock(mutex_);
    set_.swap(set);
  }
  // `set` is the old one now; what only it held goes to the reaper here, outside the lock
  for (const auto& binding : set->bindings) {
    if (binding->generation && !now->holds(*binding->generation)) drain(binding->generation);
  }
}

/// Operations of a replaced generation have a while to end. The timer does not keep it alive: most
/// are gone long before.
void ProviderManager::Work::drain(const std::shared_ptr<Generation>& generation) {
  executor_.post([this, weak = std::weak_ptr(generation)] {
    executor_.start_timer(std::chrono::milliseconds(drain_ms_), [this, weak] {
      if (const auto still = weak.lock()) end_unless_needed(still);
    });
  });
}

void ProviderManager::Work::end_unless_needed(const std::shared_ptr<Generation>& generation) const {
  {
    const std::lock_guard lock(mutex_);
    if (set_->holds(*generation)) return;  // put back
    for (const auto& [watched, standby] : standby_) {
      if (standby == generation->number()) return;  // the end of that watch comes back here
    }
  }
  if (const std::size_t left = generation->under_way(); left > 0) {
    log::warn("plugin_operations_ended", {{"provider", generation->provider()},
                                          {"generation", generation->number()},
                                          {"count", left}});
  }
  generation->end_operations();
}

Result<void> ProviderManager::Work::take_over(const config::Config& config) {
  const std::lock_guard lock(changing_);
  const ProviderCatalog catalog = ProviderCatalog::scan(config.plugins.path, safe_mode_);
  const Result<std::vector<WantedProvider>> plan = catalog.plan(config);
  if (!plan) return fail(plan.error());

  loader_.begin(config.plugins);
  loader_.examine_ahead(*plan);
  rules_ = given_rules_.value_or(swap_rules(config.plugins));
  drain_ms_ = rules_.drain.count();
  restart_advised_over_ = config.plugins.restart_advised_over;
  const std::shared_ptr<const ProviderSet> before = current();
  auto set = std::make_shared<ProviderSet>();
  std::set<const PluginFile*> used;
  std::vector<SwapWatch::Place> places;
  for (const WantedProvider& wanted : *plan) {
    used.insert(wanted.file);
    const std::shared_ptr<const Binding> previous = before->same_place(wanted);
    set->bindings.push_back(bind(wanted, previous.get()));
    places.emplace_back(previous, set->bindings.back());
  }
  for (const PluginFile& file : catalog.files()) {
    if (!used.contains(&file)) set->unused.push_back(state_of_file(file));
  }
  publish(set);
  check_new(*before, *set);
  watch_new(places);
  return {};
}

std::shared_ptr<Binding> ProviderManager::Work::bind(const WantedProvider& wanted,
                                                     const Binding* previous) {
  auto binding = std::make_shared<Binding>();
  binding->slot = wanted.slot;
  binding->role = wanted.role;
  binding->organization = wanted.organization;
  binding->agent = wanted.agent;
  binding->name = wanted.name;
  binding->state = state_of_wanted(wanted);

  const std::shared_ptr<Generation> old = previous ? previous->generation : nullptr;
  auto loaded = loader_.load(wanted, old);
  if (loaded) {
    if (const Result<void> good = admit_generation(*loaded, previous); !good) {
      loaded = tl::unexpected(
          LoadFailure{ProviderStatus::failed, good.error().message, (*loaded)->sha256()});
    }
  }
  if (loaded) {
    binding->generation = *loaded;
    const Admission& admission = (*loaded)->admission();
    binding->state.sha256 = admission.sha256;
    binding->state.trust = to_string(admission.trust);
    binding->state.signer = admission.signer;
    binding->state.egress = admission.egress;
    binding->state.generation = (*loaded)->number();
    binding->make_facade();
    return binding;
  }

  const LoadFailure& failure = loaded.error();
  const bool by_file = failure.status == ProviderStatus::refused;
  const bool held_back = failure.status == ProviderStatus::safe_mode;
  log::error(by_file     ? "plugin_refused"
             : held_back ? "plugin_held_back"
                         : "plugin_failed",
             {{"slot", wanted.slot}, {"provider", wanted.name}, {"why", failure.reason}});
  if (old) {
    binding->name = previous->name;
    binding->generation = old;
    binding->state = previous->state;
    binding->state.reason = "the change was not taken over: " + failure.reason;
    binding->make_facade();
    return binding;
  }
  binding->state.status = failure.status;
  binding->state.reason = failure.reason;
  binding->state.sha256 = failure.sha256;
  return binding;
}

/// Whether a generation may take the place of the one in force: it must be healthy, or what works
/// would be replaced by what does not. In an empty place a sick one is better than none.
Result<void> ProviderManager::Work::admit_generation(const std::shared_ptr<Generation>& generation,
                                                     const Binding* previous) {
  if (!previous || !previous->generation || previous->generation == generation) return {};
  const Result<void> healthy = probe_apart(generation, health_limit, stop_.get_token());
  if (healthy) return {};
  return fail(ErrorCode::unavailable, "its health check failed: " + healthy.error().message);
}

void ProviderManager::Work::check_new(const ProviderSet& before, const ProviderSet& now) {
  std::set<const Generation*> known;
  for (const auto& binding : before.bindings) known.insert(binding->generation.get());
  for (const auto& binding : now.bindings) {
    if (!binding->generation || !known.insert(binding->generation.get()).second) continue;
    std::optional<Gate::Pass> pass = checks_.enter();
    if (!pass) return;
    spawn(executor_, check_in_background(binding->generation, health_limit, stop_.get_token(),
                                         std::move(*pass)));
  }
}

void ProviderManager::Work::watch_new(const std::vector<SwapWatch::Place>& places) {
  for (SwapWatch& swap : SwapWatch::of(places, rules_)) {
    std::optional<Gate::Pass> pass = checks_.enter();
    if (!pass) return;
    {
      const std::lock_guard lock(mutex_);
      standby_[swap.now().get()] = swap.before()->number();
    }
    spawn(executor_, watch(std::move(swap), std::move(*pass)));
  }
}

/// Looks at a new generation until it has stood the test, failed it or was replaced itself.
Task<void> ProviderManager::Work::watch(SwapWatch swap, [[maybe_unused]] Gate::Pass pass) {
  auto asked = std::chrono::steady_clock::now();
  while (!stop_.stop_requested()) {
    Task<void> pause = sleep_for(swap.rules().look_every);
    co_await std::move(pause);
    if (!current()->holds(*swap.now())) break;
    const bool ask = std::chrono::steady_clock::now() - asked >= swap.rules().ask_every;
    std::optional<std::string> why = swap.failing();
    if (!why && ask) {
      asked = std::chrono::steady_clock::now();
      Task<std::optional<std::string>> asking = trouble_of(swap.now());
      why = co_await std::move(asking);
    }
    if (!why) {
      if (swap.over()) break;
      continue;
    }
    // Putting back what is sick as well would change one trouble for another.
    Task<std::optional<std::string>> asking = trouble_of(swap.before());
    const std::optional<std::string> sick = co_await std::move(asking);
    if (sick) {
      log::warn("plugin_not_put_back",
                {{"provider", swap.now()->provider()}, {"generation", swap.now()->number()}});
      if (swap.over()) break;
      continue;
    }
    if (put_back(swap, *why)) break;
  }
  stand_down(swap);
}

Task<std::optional<std::string>> ProviderManager::Work::trouble_of(
    std::shared_ptr<Generation> generation) {
  Task<Result<void>> probing = generation->probe(health_limit, stop_.get_token());
  const Result<void> healthy = co_await std::move(probing);
  if (healthy || stop_.stop_requested()) co_return std::nullopt;
  co_return "its health check failed: " + healthy.error().message;
}

/// False while a reload is under way: it holds the lock for as long as it loads, and it may wait
/// for this thread.
bool ProviderManager::Work::put_back(const SwapWatch& swap, const std::string& why) {
  const std::unique_lock lock(changing_, std::try_to_lock);
  if (!lock) return false;
  auto set = std::make_shared<ProviderSet>(*current());
  bool changed = false;
  for (auto& binding : set->bindings) {
    auto old = swap.put_back(*binding, why);
    if (!old) continue;
    binding = std::move(old);
    changed = true;
  }
  if (!changed) return true;  // a reload was quicker
  publish(std::move(set));
  const std::string& provider = swap.now()->provider();
  telemetry::metrics()
      .counter("commsd_plugin_rollbacks_total",
               "New generations that failed while they were watched and were taken back.",
               {{"provider", provider}})
      .add();
  log::error("plugin_put_back", {{"provider", provider},
                                 {"failed", swap.now()->number()},
                                 {"generation", swap.before()->number()},
                                 {"why", why}});
  return true;
}

void ProviderManager::Work::stand_down(const SwapWatch& swap) {
  std::shared_ptr<const ProviderSet> set;
  {
    const std::lock_guard lock(mutex_);
    standby_.erase(swap.now().get());
    set = set_;
  }
  if (!set->holds(*swap.before())) drain(swap.before());
}

PluginsSummary ProviderManager::Work::summary() const {
  PluginsSummary summary;
  summary.safe_mode = safe_mode_;
  summary.mapped = loader_.mapped();
  std::set<std::string> in_force;
  std::set<const Generation*> seen;
  for (const auto& binding : current()->bindings) {
    if (!binding->generation) continue;
    in_force.insert(binding->generation->sha256());
    if (!seen.insert(binding->generation.get()).second) continue;
    const std::size_t lost = binding->generation->monitor().lost_threads();
    summary.lost_threads += lost;
    if (lost > 0) {
      summary.restart_advised.push_back("the provider '" + binding->generation->provider() +
                                        "' does not return from " + std::to_string(lost) +
                                        " of its calls, and a thread is lost for each");
    }
  }
  summary.retired = summary.mapped - std::min(summary.mapped, in_force.size());
  if (summary.retired > static_cast<std::size_t>(restart_advised_over_)) {
    summary.restart_advised.push_back(
        std::to_string(summary.retired) +
        " plugin libraries were replaced and stay in memory until the server is restarted");
  }
  return summary;
}

Result<std::string> ProviderManager::Work::enable(std::string_view name) {
  const std::shared_ptr<const ProviderSet> set = current();
  const auto is_meant = [&](const ProviderState& state) {
    return !state.id.empty() && (state.name == name || state.id == name) &&
           crashes_->holds(state.id);
  };
  std::string id;
  for (const auto& binding : set->bindings) {
    if (is_meant(binding->state)) id = binding->state.id;
  }
  for (const ProviderState& state : set->unused) {
    if (is_meant(state)) id = state.id;
  }
  if (id.empty()) {
    return fail(ErrorCode::not_found, "no plugin '" + std::string(name) +
                                          "' is held back for its crashes; 'commsctl plugins' "
                                          "lists those in safe mode");
  }
  if (const Result<void> lifted = crashes_->lift(id, SystemClock().now()); !lifted) {
    return fail(lifted.error());
  }
  log::warn("plugin_enabled", {{"plugin", id}});
  return id;
}

std::uint64_t ProviderManager::Work::standby_of(const Generation* generation) const {
  const std::lock_guard lock(mutex_);
  const auto found = standby_.find(generation);
  return found == standby_.end() ? 0 : found->second;
}

PluginsSummary ProviderManager::summary() const {
  return work_->summary();
}

Result<std::string> ProviderManager::enable(std::string_view name) {
  return work_->enable(name);
}

ProviderManager::ProviderManager(Options options)
    : work_(std::make_unique<Work>(std::move(options))) {}

ProviderManager::~ProviderManager() = default;

Result<void> ProviderManager::start(const config::Config& config) {
  return work_->take_over(config);
}

Result<void> ProviderManager::reload(const config::Config& config) {
  return work_->take_over(config);
}

std::vector<ProviderState> ProviderManager::states() const {
  const std::shared_ptr<const ProviderSet> set = work_->current();
  std::vector<ProviderState> states;
  for (const auto& binding : set->bindings) {
    states.push_back(binding->current_state());
    states.back().standby = work_->standby_of(binding->generation.get());
  }
  states.insert(states.end(), set->unused.begin(), set->unused.end());
  return states;
}

Task<Result<void>> ProviderManager::check(std::string slot, Scope scope) {
  const std::shared_ptr<const ProviderSet> set = work_->current();
  const std::vector<const Binding*> found = set->in_force(slot, scope);
  if (found.empty()) {
    co_return fail(ErrorCode::not_found, "the slot '" + slot + "' has no provider in force");
  }
  const std::shared_ptr<Generation> generation = found.front()->generation;
  co_return co_await generation->probe(work_->health_limit);
}

std::shared_ptr<DatabaseHandle> ProviderManager::database() {
  const std::shared_ptr<const ProviderSet> set = work_->current();
  const std::vector<const Binding*> found = set->in_force("database", Scope());
  if (found.empty()) return nullptr;
  const std::shared_ptr<Generation>& generation = found.front()->generation;
  auto handle = std::make_shared<DatabaseHandle>();
  handle->table = generation->table<comms_database>(COMMS_SLOT_DATABASE);
  handle->self = generation->self();
  handle->one_process = generation->manifest().slot(COMMS_SLOT_DATABASE)->one_process;
  handle->keep_alive = generation;
  return handle;
}

std::shared_ptr<StorageProvider> ProviderManager::storage(const Scope& scope) {
  const std::shared_ptr<const ProviderSet> set = work_->current();
  const std::vector<const Binding*> found = set->in_force("storage", scope);
  return found.empty() ? nullptr : found.front()->storage;
}

std::shared_ptr<TtsProvider> ProviderManager::tts(const Scope& scope) {
  const std::shared_ptr<const ProviderSet> set = work_->current();
  const std::vector<const Binding*> found = set->in_force("tts", scope);
  return found.empty() ? nullptr : found.front()->tts;
}

std::shared_ptr<SttProvider> ProviderManager::stt(const Scope& scope) {
  const std::shared_ptr<const ProviderSet> set = work_->current();
  const std::vector<const Binding*> found = set->in_force("stt", scope);
  return found.empty() ? nullptr : found.front()->stt;
}

std::shared_ptr<VoiceProvider> ProviderManager::voice(const Scope& scope) {
  const std::shared_ptr<const ProviderSet> set = work_->current();
  const std::vector<const Binding*> found = set->in_force("voice", scope);
  return found.empty() ? nullptr : found.front()->voice;
}

std::vector<std::shared_ptr<MessageProvider>> ProviderManager::for_channel(ChannelKind channel,
                                                                           const Scope& scope) {
  const std::shared_ptr<const ProviderSet> set = work_->current();
  std::vector<std::shared_ptr<MessageProvider>> providers;
  for (const Binding* binding : set->in_force(slot_of(channel), scope)) {
    providers.push_back(binding->message);
  }
  return providers;
}

std::shared_ptr<MessageProvider> ProviderManager::named(ChannelKind channel, std::string_view name,
                                                        const Scope& scope) {
  const std::shared_ptr<const ProviderSet> set = work_->current();
  const Binding* binding = set->named(slot_of(channel), name, scope);
  return binding ? binding->message : nullptr;
}

std::shared_ptr<TelephonyProvider> ProviderManager::telephony(const Scope& scope) {
  const std::shared_ptr<const ProviderSet> set = work_->current();
  const std::vector<const Binding*> found = set->in_force("telephony", scope);
  return found.empty() ? nullptr : found.front()->telephony;
}

std::shared_ptr<WhatsappProvider> ProviderManager::whatsapp(const Scope& scope) {
  const std::shared_ptr<const ProviderSet> set = work_->current();
  const std::vector<const Binding*> found = set->in_force("whatsapp", scope);
  return found.empty() ? nullptr : found.front()->whatsapp;
}

std::shared_ptr<EmailProvider> ProviderManager::email(const Scope& scope) {
  const std::shared_ptr<const ProviderSet> set = work_->current();
  const std::vector<const Binding*> found = set->in_force("email", scope);
  return found.empty() ? nullptr : found.front()->email;
}

Error ProviderManager::why_none(const std::string& what, const Scope& scope) const {
  Error error = Providers::why_none(what, scope);
  if (const std::string list = work_->current()->not_serving(); !list.empty()) {
    error.message = "no provider serves " + what + " now; configured, but not serving: " + list;
    error.remedy = "'commsctl plugins' tells the operator of the server why.";
  }
  return error;
}

}  // namespace commsd::plugin
