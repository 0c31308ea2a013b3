#include "policy/spend_guard.h"

#include <algorithm>

#include "base/iso_time.h"
#include "policy/calendar.h"
#include "policy/money.h"
#include "store/usage_repository.h"
#include "telemetry/metrics.h"

namespace commsd::policy {

namespace {

constexpr UnixMillis one_minute = 60'000;
constexpr UnixMillis one_hour = 3'600'000;
/// How much of a limit is used when a warning is due.
constexpr std::int64_t warning_percent = 80;

constexpr std::string_view per_minute_rule = "limit.per_minute";
constexpr std::string_view per_hour_rule = "limit.per_hour";
constexpr std::string_view per_day_rule = "limit.per_day";
constexpr std::string_view same_number_rule = "limit.same_number";
constexpr std::string_view daily_rule = "spend.daily";
constexpr std::string_view monthly_rule = "spend.monthly";
constexpr std::string_view org_daily_rule = "spend.org_daily";
constexpr std::string_view org_monthly_rule = "spend.org_monthly";

/// A limit that is met.
struct Met {
  std::string_view rule;
  std::string_view what;  // "actions in 60 seconds"
  std::int64_t current = 0;
  std::int64_t max = 0;
  std::int64_t wanted = 0;  // micros of this action, when the rule is one of spend
  UnixMillis next = 0;      // when it is over; 0 = waiting does not help
  UnixMillis window_start = 0;
};

bool is_of_spend(std::string_view rule) {
  return rule.starts_with("spend.");
}

bool is_of_organization(std::string_view rule) {
  return rule.starts_with("spend.org_");
}

/// Whose numbers the reservation is one of.
std::string lane_of(const Spending& spending) {
  return spending.copy ? spending.agent_id + std::string(store::copies_lane) : spending.agent_id;
}

Error refused(const Spending& spending, const Met& met, UnixMillis now) {
  const bool money = is_of_spend(met.rule);
  const auto show = [money](std::int64_t amount) {
    return money ? format_micros(amount) : std::to_string(amount);
  };
  Error error = make_error(ErrorCode::rate_limited, std::string(met.rule) + ": ", "", met.rule);
  error.message += is_of_organization(met.rule)
                       ? "the agents of organization '" + spending.org_id + "' have"
                       : "agent '" + spending.agent_id + "' has";
  error.message += " used " + show(met.current) + " of " + show(met.max) + ' ';
  error.message += met.what;
  if (money) error.message += ", and this would cost about " + show(met.wanted);
  if (met.next > 0) {
    error.message += "; allowed again at " + iso_time(met.next);
    error.next_allowed_at = met.next;
    error.retry_after = std::chrono::milliseconds(std::max<UnixMillis>(met.next - now, 1));
  }
  error.remedy = "Wait, or let an operator raise the limit with comms_set_agent_limits.";
  return error;
}

/// Without a number that only a look at the store could give.
Error refused_meanwhile(std::string_view rule) {
  Error error =
      make_error(ErrorCode::rate_limited,
                 std::string(rule) + ": other actions took the last place at the same time",
                 "Try again in a second.", rule);
  error.retry_after = std::chrono::seconds(1);
  return error;
}

Error caps_changed() {
  return make_error(ErrorCode::conflict,
                    "the caps of the organization changed at the same time; try again");
}

bool is_nearly_used(std::int64_t current, std::int64_t max) {
  // max * 80 / 100, rounded up, without a product that could overflow.
  const std::int64_t threshold =
      max / 100 * warning_percent + (max % 100 * warning_percent + 99) / 100;
  return max > 0 && current >= threshold;
}

}  // namespace

void Reservation::add_to(Admission& admission) {
  for (Guard& guard : guards_) admission.require(std::move(guard.steps), std::move(guard.refusal));
  guards_.clear();
}

Task<Result<Reservation>> SpendGuard::reserve(Spending spending) {
  store::LimitQuestion question;
  question.org_id = spending.org_id;
  question.agent_id = spending.agent_id;
  question.contact = spending.same_contact;
  question.day = day_start(spending.at);
  question.month = month_start(spending.at);
  auto found = co_await limits_.situation(question);
  if (!found) co_return fail(found.error());
  if (!*found) {
    co_return fail(ErrorCode::not_found,
                   "there is no agent '" + spending.agent_id + "' in this organization");
  }
  const store::LimitSituation& situation = **found;

  Reservation reservation;
  reservation.limits_ = effective_limits(situation, tiers_, defaults_);
  reservation.micros_ = spending.free ? 0
                                      : prices_.estimate(spending.provider, spending.item,
                                                         spending.to, spending.units);
  reservation.spending_ = std::move(spending);
  if (!reservation.spending_.mandated) {
    Task<std::optional<Error>> checking =
        check(reservation.spending_, reservation.limits_, situation, reservation.micros_);
    std::optional<Error> refusal = co_await std::move(checking);
    if (refusal) co_return fail(std::move(*refusal));
  }
  build(reservation, situation);
  warn(reservation, situation);
  co_return reservation;
}

Task<std::optional<Error>> SpendGuard::check(const Spending& spending, const Limits& limits,
                                             const store::LimitSituation& situation,
                                             std::int64_t micros) {
  const UnixMillis day = day_start(spending.at);
  const UnixMillis month = month_start(spending.at);
  const UnixMillis tomorrow = day + one_day;
  const UnixMillis next_month = month_start(spending.at, 1);
  std::vector<Met> met;
  const auto count = [&](std::string_view rule, std::string_view what, std::int64_t current,
                         std::int64_t max, UnixMillis window, UnixMillis next) {
    if (current >= max) met.push_back({rule, what, current, max, 0, max > 0 ? next : 0, window});
  };
  const auto spend = [&](std::string_view rule, std::string_view what, std::int64_t current,
                         std::optional<std::int64_t> max, UnixMillis window, UnixMillis next) {
    if (!max || current + micros <= *max) return;
    met.push_back({rule, what, current, *max, micros, micros <= *max ? next : 0, window});
  };
  const UnixMillis now = clock_.now();
  // A window in which nothing is allowed has no action to wait for.
  count(per_minute_rule, "actions in 60 seconds", 0, limits.per_minute, now / one_hour * one_hour,
        0);
  count(per_hour_rule, "actions in 60 minutes", 0, limits.per_hour, now / one_hour * one_hour, 0);
  if (!spending.copy) {
    count(per_day_rule, "actions today (UTC)", situation.day_count, limits.per_day, day, tomorrow);
  }
  spend(daily_rule, "today (UTC)", situation.day_spend, limits.spend_per_day, day, tomorrow);
  spend(monthly_rule, "this month (UTC)", situation.month_spend, limits.spend_per_month, month,
        next_month);
  if (!spending.same_contact.empty()) {
    count(same_number_rule, "calls to this number today (UTC)", situation.contact_count,
          limits.same_number_per_day, day, tomorrow);
  }
  spend(org_daily_rule, "today (UTC)", situation.organization_day_spend,
        situation.organization.cap_per_day, day, tomorrow);
  spend(org_monthly_rule, "this month (UTC)", situation.organization_month_spend,
        situation.organization.cap_per_month, month, next_month);
  if (met.empty()) co_return std::nullopt;

  const Met& first = met.front();
  telemetry::metrics()
      .counter("commsd_limit_refusals_total", "Actions that a limit refused.",
               {{"rule", first.rule}})
      .add();
  LimitAlert alert;
  alert.org_id = spending.org_id;
  if (!is_of_organization(first.rule)) alert.agent_id = spending.agent_id;
  alert.rule = first.rule;
  alert.reached = true;
  alert.window_start = first.window_start;
  alert.current = first.current;
  alert.max = first.max;
  co_await alerts_.raise(alert);
  co_return refused(spending, first, now);
}

void SpendGuard::build(Reservation& reservation, const store::LimitSituation& situation) const {
  const Spending& spending = reservation.spending_;
  const Limits& limits = reservation.limits_;
  const bool limited = !spending.mandated;
  const auto limit = [limited](std::int64_t max) {
    return limited ? std::optional<std::int64_t>(max) : std::nullopt;
  };
  const auto guard = [&reservation](store::UnitOfWork steps, Error refusal) {
    reservation.guards_.push_back({std::move(steps), std::move(refusal)});
  };
  store::Usage usage;
  usage.org_id = spending.org_id;
  usage.agent_id = spending.agent_id;
  usage.action = spending.action;
  usage.count = 1;
  usage.spend_micros = reservation.micros_;

  store::UnitOfWork windows;
  store::LimitRepository::add_lock(windows, spending.org_id, spending.agent_id);
  store::Reservation row;
  row.org_id = spending.org_id;
  row.agent_id = lane_of(spending);
  row.subject = spending.subject;
  row.action = spending.action;
  row.at = spending.at;
  row.currency = prices_.currency();
  row.micros = reservation.micros_;
  store::ReservationRepository::add(windows, row, limit(limits.per_minute), limit(limits.per_hour));
  guard(std::move(windows), refused_meanwhile(per_minute_rule));

  store::UnitOfWork day;
  usage.window = "day";
  usage.window_start = day_start(spending.at);
  store::UsageRepository::add_reserve_action(day, usage, limit(limits.per_day),
                                             limit(limits.spend_per_day));
  guard(std::move(day), refused_meanwhile(per_day_rule));

  store::UnitOfWork month;
  usage.window = "month";
  usage.window_start = month_start(spending.at);
  store::UsageRepository::add_reserve_action(month, usage, std::nullopt,
                                             limit(limits.spend_per_month));
  guard(std::move(month), refused_meanwhile(monthly_rule));

  if (!spending.same_contact.empty()) {
    store::UnitOfWork contact;
    store::Usage calls = usage;
    calls.action = spending.same_contact;
    calls.window = "contact_day";
    calls.window_start = day_start(spending.at);
    calls.spend_micros = 0;
    store::UsageRepository::add_reserve(contact, calls, limit(limits.same_number_per_day),
                                        std::nullopt);
    guard(std::move(contact), refused_meanwhile(same_number_rule));
  }

  store::UnitOfWork caps;
  const store::LimitSettings& organization = situation.organization;
  if (!organization.cap_per_day && !organization.cap_per_month) {
    store::LimitRepository::add_require_no_cap(caps, spending.org_id);
    guard(std::move(caps), caps_changed());
    return;
  }
  const auto cap = [limited](std::optional<std::int64_t> max) {
    return limited ? max : std::nullopt;
  };
  usage.agent_id = "*";
  usage.action = "*";
  store::LimitRepository::add_lock(caps, spending.org_id, {});
  usage.window = "day";
  usage.window_start = day_start(spending.at);
  store::UsageRepository::add_reserve(caps, usage, std::nullopt, cap(organization.cap_per_day));
  guard(std::move(caps), refused_meanwhile(org_daily_rule));
  store::UnitOfWork monthly_cap;
  usage.window = "month";
  usage.window_start = month_start(spending.at);
  store::UsageRepository::add_reserve(monthly_cap, usage, std::nullopt,
                                      cap(organization.cap_per_month));
  guard(std::move(monthly_cap), refused_meanwhile(org_monthly_rule));
}

void SpendGuard::warn(Reservation& reservation, const store::LimitSituation& situation) const {
  const Spending& spending = reservation.spending_;
  const auto see = [&](std::string_view rule, std::int64_t current, std::int64_t max,
                       UnixMillis window) {
    if (!is_nearly_used(current, max)) return;
    LimitAlert alert;
    alert.org_id = spending.org_id;
    if (!is_of_organization(rule)) alert.agent_id = spending.agent_id;
    alert.rule = rule;
    alert.window_start = window;
    alert.current = current;
    alert.max = max;
    reservation.warnings_.push_back(std::move(alert));
  };
  const Limits& limits = reservation.limits_;
  const std::int64_t micros = reservation.micros_;
  const UnixMillis day = day_start(spending.at);
  const UnixMillis month = month_start(spending.at);
  if (!spending.copy) see(per_day_rule, situation.day_count + 1, limits.per_day, day);
  see(daily_rule, situation.day_spend + micros, limits.spend_per_day, day);
  see(monthly_rule, situation.month_spend + micros, limits.spend_per_month, month);
  const store::LimitSettings& organization = situation.organization;
  see(org_daily_rule, situation.organization_day_spend + micros,
      organization.cap_per_day.value_or(0), day);
  see(org_monthly_rule, situation.organization_month_spend + micros,
      organization.cap_per_month.value_or(0), month);
}

Task<std::optional<Error>> SpendGuard::sliding(const Spending& spending, const Limits& limits) {
  const UnixMillis now = clock_.now();
  struct Window {
    std::string_view rule;
    std::string_view what;
    std::int64_t max;
    UnixMillis length;
  };
  const Window windows[] = {
      {per_minute_rule, "actions in 60 seconds", limits.per_minute, one_minute},
      {per_hour_rule, "actions in 60 minutes", limits.per_hour, one_hour}};
  for (const Window& window : windows) {
    auto oldest = co_await reservations_.time_of(spending.org_id, lane_of(spending), window.max);
    if (!oldest || !*oldest) continue;
    const UnixMillis over = **oldest + window.length;
    if (over <= now || **oldest > now + one_minute) continue;
    LimitAlert alert;
    alert.org_id = spending.org_id;
    alert.agent_id = spending.agent_id;
    alert.rule = window.rule;
    alert.reached = true;
    alert.window_start = now / one_hour * one_hour;  // it slides: one alert in an hour is enough
    alert.current = alert.max = window.max;
    co_await alerts_.raise(alert);
    co_return refused(spending, {window.rule, window.what, window.max, window.max, 0, over, 0},
                      now);
  }
  co_return std::nullopt;
}

Task<Error> SpendGuard::explain(const Reservation& reservation, Error refusal) {
  const std::string_view rule = refusal.rule;
  const bool ours = rule.starts_with("limit.") || rule.starts_with("spend.");
  if (!ours) co_return refusal;
  if (rule == per_minute_rule) {
    telemetry::metrics()
        .counter("commsd_limit_refusals_total", "Actions that a limit refused.",
                 {{"rule", per_minute_rule}})
        .add();
    Task<std::optional<Error>> looking = sliding(reservation.spending_, reservation.limits_);
    std::optional<Error> why = co_await std::move(looking);
    if (why) co_return std::move(*why);
    co_return refusal;
  }
  Spending again = reservation.spending_;
  Task<Result<Reservation>> trying = reserve(std::move(again));
  Result<Reservation> tried = co_await std::move(trying);
  if (!tried && tried.error().code == ErrorCode::rate_limited) co_return tried.error();
  co_return refusal;
}

Task<void> SpendGuard::note(Reservation reservation) {
  for (LimitAlert& alert : reservation.warnings_) co_await alerts_.raise(std::move(alert));
}

void SpendGuard::add_settle(store::UnitOfWork& unit, const Settlement& settlement) {
  store::Reservation row;
  row.org_id = settlement.org_id;
  row.agent_id = settlement.agent_id;
  row.subject = settlement.subject;
  row.action = settlement.action;
  store::ReservationRepository::add_settle(
      unit, row, day_start(settlement.created_at), month_start(settlement.created_at),
      settlement.micros, settlement.currency, settlement.now, settlement.unless_settled);
}

}  // namespace commsd::policy
