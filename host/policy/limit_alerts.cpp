#include "policy/limit_alerts.h"

#include "base/json_writer.h"
#include "policy/money.h"
#include "store/limit_repository.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace commsd::policy {

namespace {

/// Beyond this the oldest memory is worth less than its place: the store knows anyway.
constexpr std::size_t most_seen = 10'000;

std::string level_of(const LimitAlert& alert) {
  return alert.reached ? "reached" : "warning";
}

void write_amount(JsonWriter& out, std::string_view name, const LimitAlert& alert,
                  std::int64_t amount) {
  const bool money = alert.rule.starts_with("spend.");
  out.raw_field(name, money ? format_micros(amount) : std::to_string(amount));
}

}  // namespace

Task<void> LimitAlerts::raise(LimitAlert alert) {
  const std::string level = level_of(alert);
  const std::string key = alert.org_id + '/' + alert.agent_id + '/' + std::string(alert.rule) +
                          '/' + level + '/' + std::to_string(alert.window_start);
  if (seen(key)) co_return;

  JsonWriter details;
  details.begin_object().field("rule", alert.rule);
  write_amount(details, "current", alert, alert.current);
  write_amount(details, "max", alert, alert.max);
  details.end_object();
  store::AuditEvent event;
  event.org_id = alert.org_id;
  event.actor = "system";
  event.action = "limit_" + level;
  event.target = alert.agent_id.empty() ? alert.org_id : alert.agent_id;
  event.details_json = details.take();
  store::UnitOfWork unit;
  store::LimitRepository::add_alert(unit, alert.org_id, alert.agent_id, alert.rule, level,
                                    alert.window_start, clock_.now());
  audit_.add_entry(unit, event);
  std::vector<store::InboxItem> news;
  if (audience_) {
    Task<std::vector<store::InboxItem>> adding = audience_->add_news(unit, alert);
    news = co_await std::move(adding);
  }
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) {
    const std::lock_guard lock(mutex_);
    seen_.erase(key);
    co_return;
  }
  if (!saved->committed) co_return;  // somebody else was first
  telemetry::metrics()
      .counter("commsd_limit_alerts_total", "Limits that were nearly or wholly used up.",
               {{"rule", alert.rule}, {"level", level}})
      .add();
  log::warn("limit_alert", {{"org_id", alert.org_id},
                            {"agent_id", alert.agent_id},
                            {"rule", alert.rule},
                            {"level", level}});
  if (audience_) audience_->told(news);
  if (listener_) listener_(alert);
}

bool LimitAlerts::seen(const std::string& key) {
  const std::lock_guard lock(mutex_);
  if (seen_.size() >= most_seen) seen_.clear();
  return !seen_.insert(key).second;
}

}  // namespace commsd::policy
