#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "store/audit_log.h"
#include "store/deletion.h"
#include "store/purge_run_repository.h"
#include "store/store.h"

namespace commsd::ops {

/// Deletes by age what the rules of schema/privacy/retention.json name, once a day from a
/// configured hour on, by whichever worker is first; a day that a stop or a crash cut short is
/// finished by the next. Never: the audit log, suppressions, what is still under way, and anything
/// of an organization under a legal hold. One audit line tells how much went. [any executor]
class Retention {
 public:
  struct Settings {
    bool enabled = true;
    std::int64_t hour = 3;                                  // of the day, UTC
    std::map<std::string, std::int64_t, std::less<>> days;  // by what a rule keeps; 0 = for ever
    std::int64_t body_days = 0;                             // of organizations that chose nothing
    std::string worker = "worker";
  };
  struct Count {
    std::string name;  // of the rule
    std::int64_t rows = 0;
  };
  using Report = std::vector<Count>;
  /// A dry run counts no further.
  static constexpr std::int64_t most_counted = 100'000;

  Retention(store::Store& store, const store::AuditLog& audit, const Clock& clock,
            std::vector<store::DeletionRule> rules, Settings settings)
      : store_(store),
        runs_(store),
        deletion_(store),
        audit_(audit),
        clock_(clock),
        rules_(std::move(rules)),
        settings_(std::move(settings)) {}

  /// The rules that ship with the server.
  static Result<std::vector<store::DeletionRule>> standard_rules();

  /// To be called often: does the day's run when its hour has come and nobody has done it. Ends
  /// early when `stop` says so; the rest is done when the server is back.
  Task<Result<void>> tick(std::function<bool()> stop);
  /// At once, on somebody's word, whatever hour it is and whether or not it is enabled.
  Task<Result<Report>> run_now(std::string actor);
  /// What run_now() would delete; deletes nothing.
  Task<Result<Report>> dry_run() const;

 private:
  store::Parameters known(const store::DeletionRule& rule, UnixMillis now) const;
  bool is_off(const store::DeletionRule& rule) const;
  Task<Result<Report>> run(std::string day, std::function<bool()> stop) const;
  static std::string counts_json(const Report& report);

  store::Store& store_;
  store::PurgeRunRepository runs_;
  store::Deletion deletion_;
  const store::AuditLog& audit_;
  const Clock& clock_;
  std::vector<store::DeletionRule> rules_;
  Settings settings_;
  std::string done_;  // the last day that needs no look; in tick() only, which never overlaps
};

}  // namespace commsd::ops
