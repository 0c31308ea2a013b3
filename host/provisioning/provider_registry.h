#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/completion.h"
#include "base/random.h"
#include "base/result.h"
#include "base/sealing_keys.h"
#include "base/task.h"
#include "config/config.h"
#include "identity/principal.h"
#include "plugin/provider_manager.h"
#include "plugin/providers.h"
#include "plugin/thread_executor.h"
#include "store/audit_log.h"
#include "store/registered_provider_repository.h"

namespace commsd::provisioning {

/// One use of a provider that was registered while the server runs.
struct ProviderRegistration {
  std::string org_id;    // "" = the whole server's
  std::string agent_id;  // "" = every agent
  std::string slot;
  std::string provider;
  /// The provider's settings as a JSON object, secrets in clear: nothing for those that the
  /// configuration file has for a provider of that name.
  std::optional<std::string> settings_json;
};

/// Providers that come from the database and not from the configuration file. They take effect at
/// once, on this process and within seconds on the others, and hold through reloads of the file.
/// Their settings are stored sealed (AES-256-GCM, bound to their place) under a key that is not in
/// the database. [any executor]
class ProviderRegistry {
 public:
  /// `keys` open what was sealed; they are the same on all workers.
  ProviderRegistry(store::Store& store, plugin::ProviderManager& providers, store::AuditLog& audit,
                   const Clock& clock, Random& random, SealingKeys keys, config::Config config)
      : store_(store),
        providers_(providers),
        audit_(audit),
        clock_(clock),
        random_(random),
        keys_(keys),
        config_(std::move(config)) {}

  /// What a provider is and wants, from its manifest.
  struct Offer {
    std::vector<std::string> slots;     // in which it can be registered
    std::vector<std::string> settings;  // names, those that are required first
    std::vector<std::string> required;
    std::string manifest_name;
    bool is_sandbox = false;  // nothing it takes leaves the machine
  };
  /// [blocks on files] not_found: no such provider is installed; the message lists those that are.
  Result<Offer> offer(const std::string& provider) const;

  /// Makes instances with these settings, asks each about its health unless `verify` is false, and
  /// keeps all or none. invalid_argument: the settings are not as the provider's manifest says;
  /// unavailable, unauthenticated ...: it is not well.
  Task<Result<void>> set(identity::Principal actor, std::vector<ProviderRegistration> wanted,
                         bool verify);
  /// The telephony provider of an organization, or of one agent, as it is now but in an account of
  /// its own: `settings` replace those of the same name.
  Task<Result<void>> set_account(std::string org_id, std::string agent_id, std::string provider,
                                 plugin::KeyValues settings);
  /// Whether something is registered in exactly this place.
  bool has(std::string_view org_id, std::string_view agent_id, std::string_view slot) const;
  /// Nothing happens when there is none.
  Task<Result<void>> remove_agent(std::string org_id, std::string agent_id);

  /// To be called at start: unavailable, with a remedy, when settings in the database were sealed
  /// under another key than these.
  Task<Result<void>> check() const;
  /// Seals under the key of now what is sealed under the one before, each on its own. How many.
  Task<Result<std::size_t>> reseal();

  /// Reads what is registered and takes it over if it is not what is in force. [called by a job
  /// too, because another worker may have changed it]
  Task<Result<void>> refresh();

  /// [blocks; no event loop] Takes over a changed configuration file, beneath what is registered.
  Result<void> rebase(const config::Config& config);

 private:
  /// One change at a time, the checks with the vendor included: what is being tried out is not in
  /// the database yet, and refresh() must not take it for something that was removed. The turn ends
  /// with the last copy of what is returned.
  Task<std::shared_ptr<const void>> turn();
  void end_turn();

  std::string seal(const ProviderRegistration& one);
  std::optional<ProviderRegistration> open(const store::RegisteredProvider& row) const;
  config::Config merged(const std::vector<ProviderRegistration>& all) const;
  /// Loads on the thread of its own; `checked`: whose health is then asked about.
  Task<Result<void>> take_over(std::vector<ProviderRegistration> all);
  Task<Result<void>> check(const ProviderRegistration& one) const;
  Task<Result<std::vector<ProviderRegistration>>> read() const;

  store::Store& store_;
  plugin::ProviderManager& providers_;
  store::AuditLog& audit_;
  const Clock& clock_;
  Random& random_;
  const SealingKeys keys_;
  mutable std::mutex mutex_;  // guards the next four
  config::Config config_;     // of the file
  std::vector<ProviderRegistration> in_force_;
  bool taken_ = false;                    // somebody's turn
  std::deque<Completion<bool>> waiting_;  // for theirs
  plugin::ThreadExecutor thread_;         // loads: that blocks
};

}  // namespace commsd::provisioning
