#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/random.h"
#include "base/result.h"
#include "base/task.h"
#include "store/audit_log.h"
#include "store/callback_repository.h"
#include "store/store.h"

namespace commsd::messaging {

/// Whose callback, and who asks.
struct CallbackOwner {
  std::string org_id;
  std::string agent_id;
  std::string actor;  // for the audit log
};

/// The callbacks of agents as their operators manage them: one address per agent, with secrets that
/// are shown once and kept sealed. Every change is one line of the audit log. [any executor]
class CallbackEndpoints {
 public:
  /// Whether the server may connect there; the message says why not.
  using CheckUrl = std::function<Result<void>(const std::string& url)>;

  struct Settings {
    std::string key;                        // seals the secrets; the same across restarts
    std::chrono::hours secret_overlap{24};  // for which the old secret signs too
  };

  CallbackEndpoints(store::Store& store, store::AuditLog& audit, const Clock& clock, Random& random,
                    CheckUrl check_url, Settings settings)
      : store_(store),
        callbacks_(store),
        audit_(audit),
        clock_(clock),
        random_(random),
        check_url_(std::move(check_url)),
        key_(sha256(settings.key)),
        overlap_(settings.secret_overlap) {}

  /// An address that was checked and a secret that was made for it, not stored yet: what
  /// provisioning adds to the unit that makes the agent.
  struct Prepared {
    std::string url;
    std::string secret;
  };
  /// invalid_argument: no https address, or one the server must not call.
  Result<Prepared> prepare(const std::string& url);
  /// Guarded: the agent is there and has no callback.
  void add_create(store::UnitOfWork& unit, const CallbackOwner& owner, const Prepared& prepared);

  struct View {
    std::optional<store::CallbackEndpoint> endpoint;
    std::map<std::string, std::int64_t> deliveries;  // by state
  };
  Task<Result<View>> view(std::string org_id, std::string agent_id) const;
  /// The newest first; state "" = all.
  Task<Result<std::vector<store::CallbackDelivery>>> deliveries(std::string org_id,
                                                                std::string agent_id,
                                                                std::string state,
                                                                std::int64_t limit) const;

  /// Sets the address. The secret of a callback that is new; "" when only the address changed,
  /// whose secret stays. not_found: no such agent.
  Task<Result<std::string>> set(CallbackOwner owner, std::string url);
  /// A new secret; the old one signs beside it for a while. not_found: no callback; conflict:
  /// somebody else rotates.
  Task<Result<std::string>> rotate(CallbackOwner owner);
  /// Goes on with a callback that was disabled because it failed for days, and with what waits.
  Task<Result<void>> enable(CallbackOwner owner);
  Task<Result<void>> remove(CallbackOwner owner);

  struct Replay {
    std::string id;        // one delivery; else
    std::string state;     // all that are dead, or all that were delivered
    UnixMillis since = 0;  // ... and were queued then or later
  };
  /// Tells again what ended, well or badly, under the same ids. not_found: no callback, or no
  /// delivery of that id that has ended.
  Task<Result<void>> replay(CallbackOwner owner, Replay what);

  /// The keys that sign now, the newest first. internal: the stored secret cannot be opened.
  Result<std::vector<std::string>> keys(const store::CallbackEndpoint& endpoint) const;

  /// The secret of an agent's second receiver (store::Route), sealed for that place alone, and the
  /// keys of it.
  std::string seal_copy(const CallbackOwner& owner, const std::string& secret);
  Result<std::vector<std::string>> copy_keys(const std::string& org_id, const std::string& agent_id,
                                             const std::string& sealed) const;

 private:
  std::string make_secret();
  std::string seal(const CallbackOwner& owner, const std::string& secret);
  Task<Result<void>> save(store::UnitOfWork unit, CallbackOwner owner, std::string action,
                          std::string otherwise);

  store::Store& store_;
  store::CallbackRepository callbacks_;
  store::AuditLog& audit_;
  const Clock& clock_;
  Random& random_;
  CheckUrl check_url_;
  Sha256 key_;
  std::chrono::hours overlap_;
};

}  // namespace commsd::messaging
