#include "ops/retention.h"

#include <algorithm>

#include "base/ids.h"
#include "base/iso_time.h"
#include "base/json_writer.h"
#include "embedded/retention_rules.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace commsd::ops {

namespace {

constexpr UnixMillis hour_length = 3'600'000;
constexpr UnixMillis day_length = 24 * hour_length;
/// Renewed before each rule; a worker that died is followed after it.
constexpr UnixMillis lease = 10 * 60'000;

std::string day_of(UnixMillis at) {
  return iso_time(at).substr(0, 10);
}

}  // namespace

Result<std::vector<store::DeletionRule>> Retention::standard_rules() {
  return store::parse_deletion_rules(commsd::embedded::retention_rules::retention_json());
}

bool Retention::is_off(const store::DeletionRule& rule) const {
  if (rule.keep.empty()) return false;
  const auto found = settings_.days.find(rule.keep);
  return found == settings_.days.end() || found->second == 0;
}

store::Parameters Retention::known(const store::DeletionRule& rule, UnixMillis now) const {
  UnixMillis before = now;
  if (!rule.keep.empty()) {
    const std::int64_t days = settings_.days.find(rule.keep)->second;
    before = std::max<UnixMillis>(0, now - std::max(days, rule.at_least_days) * day_length);
  }
  return {{"before", before},
          {"before_id", Ids::time_part(before)},
          {"now", now},
          {"body_days", settings_.body_days}};
}

Task<Result<void>> Retention::tick(std::function<bool()> stop) {
  const UnixMillis now = clock_.now();
  std::string day = day_of(now);
  if (!settings_.enabled || day == done_) co_return Result<void>();
  if (now % day_length < settings_.hour * hour_length) co_return Result<void>();
  auto before = co_await runs_.find(day);
  if (!before) co_return fail(before.error());
  if (*before && (*before)->ended_at) {
    done_ = day;
    co_return Result<void>();
  }
  store::UnitOfWork claim;
  store::PurgeRunRepository::add_claim(claim, day, settings_.worker, now, now + lease);
  Result<store::UnitOutcome> claimed = co_await store_.commit(std::move(claim));
  if (!claimed) co_return fail(claimed.error());
  if (!claimed->committed) co_return Result<void>();  // another worker is at it

  Task<Result<Report>> running = run(day, stop);
  Result<Report> report = co_await std::move(running);
  const bool whole = report && !stop();
  store::UnitOfWork unit;
  if (whole) {
    const std::string counts = counts_json(*report);
    store::PurgeRunRepository::add_finish(unit, day, counts, clock_.now());
    audit_.add_entry(unit, {"", "system", "records_purged", day, counts});
  } else {  // whoever comes next goes on at once
    store::PurgeRunRepository::add_renew(unit, day, settings_.worker, 0);
  }
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!report) co_return fail(report.error());
  if (!saved) co_return fail(saved.error());
  if (whole) done_ = day;
  co_return Result<void>();
}

Task<Result<Retention::Report>> Retention::run_now(std::string actor) {
  std::string day = day_of(clock_.now());
  const auto never = [] { return false; };
  Task<Result<Report>> running = run(day, never);
  Result<Report> report = co_await std::move(running);
  if (!report) co_return fail(report.error());
  store::UnitOfWork unit;
  audit_.add_entry(unit, {"", std::move(actor), "records_purged", day, counts_json(*report)});
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  co_return report;
}

Task<Result<Retention::Report>> Retention::run(std::string day, std::function<bool()> stop) const {
  Report report;
  for (const store::DeletionRule& rule : rules_) {
    if (stop()) break;
    if (is_off(rule)) continue;
    const UnixMillis now = clock_.now();
    store::UnitOfWork renewal;
    store::PurgeRunRepository::add_renew(renewal, day, settings_.worker, now + lease);
    Result<store::UnitOutcome> renewed = co_await store_.commit(std::move(renewal));
    if (!renewed) co_return fail(renewed.error());
    Task<Result<std::int64_t>> deleting = deletion_.run(&rule, known(rule, now), stop);
    Result<std::int64_t> gone = co_await std::move(deleting);
    if (!gone) co_return fail(gone.error());
    telemetry::metrics()
        .counter("commsd_purged_rows_total", "Rows that were deleted by age.",
                 {{"rule", rule.name}})
        .add(static_cast<std::uint64_t>(*gone));
    report.push_back({rule.name, *gone});
  }
  log::info("records_purged", {{"day", day}, {"counts", counts_json(report)}});
  co_return report;
}

Task<Result<Retention::Report>> Retention::dry_run() const {
  Report report;
  const UnixMillis now = clock_.now();
  for (const store::DeletionRule& rule : rules_) {
    if (is_off(rule)) continue;
    Task<Result<std::int64_t>> counting = deletion_.count(&rule, known(rule, now), most_counted);
    Result<std::int64_t> found = co_await std::move(counting);
    if (!found) co_return fail(found.error());
    report.push_back({rule.name, *found});
  }
  co_return report;
}

std::string Retention::counts_json(const Report& report) {
  JsonWriter out;
  out.begin_object();
  for (const Count& one : report) {
    if (one.rows > 0) out.field(one.name, one.rows);
  }
  return out.end_object().take();
}

}  // namespace commsd::ops
