#pragma once

#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "store/audit_log.h"
#include "store/inbox_item.h"
#include "store/store.h"

namespace commsd::policy {

/// Something an operator should know: a limit that is nearly or wholly used up.
struct LimitAlert {
  std::string org_id;
  std::string agent_id;   // "" for a cap of the organization
  std::string_view rule;  // a literal, e.g. "spend.daily"
  bool reached = false;   // an action was refused; else 80 % is used
  UnixMillis window_start = 0;
  std::int64_t current = 0;  // micros when the rule is one of spend, and so is max
  std::int64_t max = 0;
};

/// Brings alerts to those whom they concern.
class AlertAudience {
 public:
  virtual ~AlertAudience() = default;
  /// Adds what tells them to the unit that raises the alert, so that neither is without the other;
  /// `unit` outlives the call. Nothing is added for those who cannot be found now.
  virtual Task<std::vector<store::InboxItem>> add_news(store::UnitOfWork& unit,
                                                       LimitAlert alert) = 0;
  /// It is durable.
  virtual void told(const std::vector<store::InboxItem>& items) = 0;
};

/// Raises each alert once per rule and window, whichever worker sees it first: audit entry, metric,
/// log line, the audience, and whoever listens. Names agents and organizations, never contacts.
/// [any executor]
class LimitAlerts {
 public:
  LimitAlerts(store::Store& store, const store::AuditLog& audit, const Clock& clock)
      : store_(store), audit_(audit), clock_(clock) {}

  /// Set once, before the first call; outlives this. Null: nobody is told.
  void set_audience(AlertAudience* audience) { audience_ = audience; }

  /// Called in the worker that raised the alert, on any executor. Set once, before the first call.
  void on_alert(std::function<void(const LimitAlert&)> listener) {
    listener_ = std::move(listener);
  }

  /// When the store fails, the next action that meets the limit tries again.
  Task<void> raise(LimitAlert alert);

 private:
  bool seen(const std::string& key);

  store::Store& store_;
  const store::AuditLog& audit_;
  const Clock& clock_;
  AlertAudience* audience_ = nullptr;
  std::function<void(const LimitAlert&)> listener_;
  std::mutex mutex_;
  std::set<std::string> seen_;  // what need not be asked of the store again
};

}  // namespace commsd::policy
