#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "messaging/message_state.h"
#include "store/agent_repository.h"
#include "store/audit_log.h"
#include "store/body_storage_repository.h"
#include "store/call_repository.h"
#include "store/message_repository.h"
#include "store/store.h"

namespace commsd::messaging {

/// Whether what was said stays after it was delivered, and how long: not at all, unless the
/// configuration, an organization or an agent's organization for that agent says so; the nearest
/// word counts. Until it is over, a message's content is there because delivery needs it, and for a
/// while when nobody can say what became of it. One-time codes never stay. Answered without asking
/// the store, because every delivery asks. [any executor]
class BodyStorage {
 public:
  struct Settings {
    bool by_default = false;         // what organizations get that chose nothing
    std::int64_t default_days = 30;  // how long, where nothing else is said
    std::int64_t unknown_days = 7;   // of messages whose outcome nobody knows
  };
  static constexpr std::int64_t longest_days = 36'500;

  BodyStorage(store::Store& store, const store::AuditLog& audit, const Clock& clock,
              Settings settings)
      : store_(store),
        rows_(store),
        messages_(store),
        calls_(store),
        agents_(store),
        audit_(audit),
        clock_(clock),
        settings_(settings) {}

  /// Reads the choices. Errors: those of Store::query; then what was known stays.
  Task<Result<void>> refresh();

  /// 0 = nothing stays.
  std::int64_t days(std::string_view org_id, std::string_view agent_id) const;

  /// For an organization, or (agent_id not "") one agent of it. `days` nothing: what is above it
  /// counts again; 0: off. What was kept before stays until its time. invalid_argument; not_found.
  Task<Result<void>> choose(std::string org_id, std::string agent_id,
                            std::optional<std::int64_t> days, std::string actor);

  /// What stays of a message or call, as encode_content() or the call's script; empty when nothing
  /// does.
  Task<Result<std::optional<std::string>>> read(std::string org_id, std::string id) const;

  /// Adds what becomes of the content of a message that came to `state`, which is one where nothing
  /// of ours changes it any more; null `bodies` keeps nothing.
  static void add_end(store::UnitOfWork& unit, const BodyStorage* bodies,
                      const store::Message& message, MessageState state, UnixMillis at);
  /// The same of a call that is over.
  static void add_end(store::UnitOfWork& unit, const BodyStorage* bodies, const store::Call& call,
                      UnixMillis at);

  const Settings& settings() const { return settings_; }

 private:
  using Who = std::pair<std::string, std::string>;  // organization, agent or ""

  store::Store& store_;
  store::BodyStorageRepository rows_;
  store::MessageRepository messages_;
  store::CallRepository calls_;
  store::AgentRepository agents_;
  const store::AuditLog& audit_;
  const Clock& clock_;
  Settings settings_;
  mutable std::shared_mutex mutex_;
  std::map<Who, std::int64_t> choices_;
};

}  // namespace commsd::messaging
