#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "config/config.h"
#include "plugin/database_handle.h"
#include "plugin/host_factory.h"
#include "plugin/instance_monitor.h"
#include "plugin/provider_state.h"
#include "plugin/providers.h"
#include "plugin/storage_provider.h"
#include "plugin/stt_provider.h"
#include "plugin/swap_rules.h"
#include "plugin/tts_provider.h"
#include "plugin/voice_provider.h"

namespace commsd::plugin {

/// Finds, checks, loads and swaps providers, and hands out the ones in force.
///
/// A provider's name, as `use:`, `fallback:` and overrides write it, is `provider` in the plugin's
/// manifest, that of one of its presets, or the manifest's id. Of two files with one id the one in
/// the later folder of plugins.path counts, so an administrator's copy wins over the packaged one.
/// Two plugins of other ids that claim one name are an error unless the id is written.
///
/// An override stands alone: it has no fallbacks, because falling back from one's own account to a
/// shared one would surprise both sides.
///
/// Every instance (plugin file, configuration) is a generation. A reload makes new ones only for
/// what changed, publishes all at once and never waits for the old ones: whoever began an operation
/// ends it on its own. For a while the new one is watched (SwapWatch): when it fails and the old
/// one is well, the old one is put back, with the reason in states(), until a reload tries again.
/// Operations of a generation that was replaced may go on for a while and are ended then; calls and
/// other sessions end by themselves. It is destroyed on a thread of its own when nobody uses it.
/// Libraries are never unloaded.
///
/// An instance that does not return from calls gets no new ones: its fallback serves. A plugin that
/// crashed the server twice within ten minutes is not loaded again: see CrashJournal.
class ProviderManager final : public Providers {
 public:
  struct Options {
    HostFactory make_host;      // required
    std::string host_version;   // part of the key under which probe verdicts are remembered
    std::string probe_program;  // empty = commsd-plugin-probe beside the running program
    std::chrono::milliseconds create_limit{5000};
    std::chrono::milliseconds health_limit{10000};
    /// How new instances are watched and how long replaced ones drain; nothing: as
    /// `plugins` in the configuration says.
    std::optional<SwapRules> watch;
    InstanceMonitor::Limits calls;
    std::chrono::milliseconds look_at_calls_every{1000};
    /// Where it is remembered who crashed the server; empty = nowhere.
    std::string state_dir;
    bool safe_mode = false;  // only plugins of the first folder of plugins.path
    /// Folders at which the look at parent folders of a plugin file ends, as they are known good.
    std::vector<std::string> trusted_roots{"/"};
  };

  explicit ProviderManager(Options options);
  /// Destroys instances that nobody uses, waiting a few seconds at most for a plugin that hangs.
  ~ProviderManager() override;

  /// [blocks; once, before anything else] Scans, checks and loads; database and storage first.
  /// invalid_argument: the configuration names a provider nobody offers (the message lists those on
  /// offer), offers it in another slot, or its settings break the manifest's schema; then nothing
  /// was loaded. A plugin that is refused or fails is not an error: see states().
  Result<void> start(const config::Config& config);

  /// [blocks; any thread that is no event loop] Takes over a changed configuration or changed
  /// files. Errors as for start(): then all stays as it was. A new generation that cannot be made
  /// or is not healthy leaves the old one in force, with the reason in states().
  Result<void> reload(const config::Config& config);

  /// [any thread]
  std::vector<ProviderState> states() const;
  PluginsSummary summary() const;

  /// Lets a plugin be loaded again that was held back for its crashes, from the next reload on;
  /// its id. By the name or the id that states() shows. Blocks on a file for a moment. not_found:
  /// none of that name is held back. [any thread]
  Result<std::string> enable(std::string_view name);

  /// [any executor] Asks the active provider of a slot ("telephony", ...) about its health and
  /// records the answer in states(). not_found: the slot has no provider.
  Task<Result<void>> check(std::string slot, Scope scope = {});

  /// Null when the slot has no provider, or it failed: states() says why. [any thread]
  std::shared_ptr<DatabaseHandle> database();
  std::shared_ptr<StorageProvider> storage(const Scope& scope);

  std::vector<std::shared_ptr<MessageProvider>> for_channel(ChannelKind channel,
                                                            const Scope& scope) override;
  std::shared_ptr<MessageProvider> named(ChannelKind channel, std::string_view name,
                                         const Scope& scope) override;
  std::shared_ptr<TelephonyProvider> telephony(const Scope& scope) override;
  std::shared_ptr<WhatsappProvider> whatsapp(const Scope& scope) override;
  std::shared_ptr<EmailProvider> email(const Scope& scope) override;
  std::shared_ptr<TtsProvider> tts(const Scope& scope) override;
  std::shared_ptr<SttProvider> stt(const Scope& scope) override;
  std::shared_ptr<VoiceProvider> voice(const Scope& scope) override;
  Error why_none(const std::string& what, const Scope& scope) const override;

 private:
  class Work;
  std::unique_ptr<Work> work_;
};

}  // namespace commsd::plugin
