#include "unit_runner.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

namespace postgres_plugin {

namespace {

/// How long a group waits for a lock before its units go apart: more than another process's group
/// takes, less than anybody notices.
constexpr const char* group_lock_timeout = "50ms";

constexpr int groups_to_part_after_a_lock = 16;

/// Runs of a unit that others made fail, at least: each time one of them got through, but chance
/// may have it that it is never this one. So it goes on for as long as it would wait for a lock.
constexpr int rounds_at_least = 8;

/// Long enough that two do not meet again, if they would.
void pause(int round) {
  static thread_local std::minstd_rand random(std::random_device{}());
  const int most = 2 << std::min(round, 6);
  std::this_thread::sleep_for(
      std::chrono::milliseconds(std::uniform_int_distribution<int>(1, most)(random)));
}

}  // namespace

UnitRunner::UnitRunner(Wire& wire, Statements& statements, const Settings& settings,
                       const comms_unit* units, std::size_t count, comms::UnitSink& results)
    : wire_(wire),
      statements_(statements),
      settings_(settings),
      units_(units),
      results_(results),
      unit_(count) {}

void UnitRunner::run(Habits& habits) {
  try {
    if (statements_.is_full()) {
      forget_prepared();
    } else {
      bind();
    }
    if (unit_.size() == 1 || habits.groups_to_part > 0) {
      habits.groups_to_part = std::max(0, habits.groups_to_part - 1);
    } else {
      bool met_lock = false;
      if (!habits.careful) met_lock = !run_together();
      if (any_open() && !met_lock) run_with_care();
      habits.careful = std::any_of(unit_.begin(), unit_.end(),
                                   [](const Unit& unit) { return unit.state == State::failed; });
      if (any_open()) habits.groups_to_part = groups_to_part_after_a_lock;
    }
    run_apart();
  } catch (const Lost& lost) {
    give_up(lost);
  }
  tell();
}

/// What is known when the connection is lost: a transaction whose end was not heard of may have
/// been committed. Only when the server said that it stops, in place of the answer to a step, it
/// has not come to the end of it, nor to what was sent behind it.
void UnitRunner::give_up(const Lost& lost) {
  const auto stopped = std::find_if(unit_.begin(), unit_.end(), [](const Unit& unit) {
    return unit.state == State::open && unit.has_failed && unit.failed_in_step &&
           unit.failure.kind == FailureKind::server && !unit.failure.code.empty();
  });
  const bool none_ran = preparing_;
  for (auto unit = unit_.begin(); unit != unit_.end(); ++unit) {
    if (unit->state != State::open) continue;
    unit->failed_step = 0;
    if (none_ran || (stopped != unit_.end() && (!apart_ || unit >= stopped))) {
      unit->failure = none_ran ? Failure() : stopped->failure;
      unit->failure.status = COMMS_UNAVAILABLE;
      if (none_ran) unit->failure.message = lost.why;
    } else {
      unit->failure = Failure();
      unit->failure.status = COMMS_AMBIGUOUS;
      unit->failure.code = "08007";  // transaction resolution unknown
      unit->failure.message = "the connection was lost while saving: " + lost.why;
    }
    unit->failure.reason = COMMS_DB_COMMIT;
    unit->state = State::failed;
  }
}

void UnitRunner::bind() {
  to_prepare_.clear();
  steps_.assign(unit_.size(), {});
  for (std::size_t unit = 0; unit < unit_.size(); ++unit) {
    if (unit_[unit].state != State::open) continue;
    steps_[unit].reserve(units_[unit].step_count);
    for (std::size_t step = 0; step < units_[unit].step_count; ++step) {
      if (!bind_step(unit, units_[unit].steps[step])) break;
    }
  }
  prepare();
}

bool UnitRunner::bind_step(std::size_t unit, const comms_step& step) {
  const comms_statement& statement = *step.statement;
  const std::size_t number = steps_[unit].size();
  try {
    Parameters parameters(statement.params, statement.param_count);
    const bool with_guard = step.expect_changes >= 0;
    if (with_guard) parameters.add(step.expect_changes);
    Prepared& prepared = statements_.find(comms::view(statement.name), comms::view(statement.sql),
                                          statement.param_count, with_guard);
    if (!prepared.ready && !prepared.asked && settings_.session_state) {
      prepared.asked = true;
      to_prepare_.push_back(&prepared);
    }
    steps_[unit].push_back({&step, &prepared, std::move(parameters), false});
    return true;
  } catch (const comms::Error& error) {
    Failure failure;
    failure.status = error.status;
    failure.reason = error.status == COMMS_REJECTED ? COMMS_DB_CHECK : COMMS_DB_STATEMENT;
    failure.code = error.vendor_code;
    failure.message = error.message;
    refuse(unit, number, std::move(failure));
    return false;
  }
}

void UnitRunner::refuse(std::size_t unit, std::size_t step, Failure failure) {
  unit_[unit].state = State::failed;
  unit_[unit].failed_step = step;
  unit_[unit].failure = std::move(failure);
}

/// Each behind a point of its own, so that one the server would not have leaves the others.
void UnitRunner::prepare() {
  if (to_prepare_.empty()) return;
  preparing_ = true;
  wire_.begin(*this);
  for (std::size_t index = 0; index < to_prepare_.size(); ++index) {
    wire_.prepare(to_prepare_[index]->server_name, to_prepare_[index]->sql, {index, Tag::none});
    wire_.point({index, Tag::none});
  }
  wire_.finish();
  preparing_ = false;
  for (std::size_t unit = 0; unit < unit_.size(); ++unit) {
    for (std::size_t step = 0; step < steps_[unit].size(); ++step) {
      const Prepared& prepared = *steps_[unit][step].prepared;
      if (prepared.refused && unit_[unit].state == State::open) {
        refuse(unit, step, *prepared.refused);
      }
    }
  }
}

void UnitRunner::forget_prepared() {
  if (settings_.session_state) {
    preparing_ = true;
    to_prepare_.clear();
    wire_.begin(*this);
    wire_.run("DEALLOCATE ALL", {});
    wire_.point();
    wire_.finish();
    preparing_ = false;
  }
  statements_.clear();
  bind();
}

void UnitRunner::begin_run(bool apart) {
  apart_ = apart;
  group_failure_.reset();
  for (Unit& unit : unit_) {
    if (unit.state == State::open) unit.has_failed = false;
  }
  for (std::vector<Step>& steps : steps_) {
    for (Step& step : steps) step.columns_told = false;
  }
  wire_.begin(*this);
}

void UnitRunner::send_settings(std::string_view lock_timeout, Tag tag) {
  const std::string sql = settings_.local_settings(lock_timeout);
  if (!sql.empty()) wire_.run(sql, tag);
}

void UnitRunner::send_unit(std::size_t unit) {
  for (std::size_t number = 0; number < steps_[unit].size(); ++number) {
    const Step& step = steps_[unit][number];
    const bool capture = (step.step->flags & COMMS_STEP_CAPTURE) != 0;
    if (settings_.session_state) {
      wire_.run_prepared(step.prepared->server_name, step.parameters, {unit, number}, capture);
    } else {
      wire_.run(step.prepared->sql, step.parameters, {unit, number}, capture);
    }
  }
}

/// Leaves the units open when one of them failed. False when it was for a lock.
bool UnitRunner::run_together() {
  if (!any_open()) return true;
  begin_run(false);
  send_settings(group_lock_timeout, {});
  for (std::size_t unit = 0; unit < unit_.size(); ++unit) {
    if (unit_[unit].state == State::open) send_unit(unit);
  }
  wire_.point();
  wire_.finish();
  if (group_failure_) throw group_failure_->error("commit");
  const auto failed = std::find_if(unit_.begin(), unit_.end(), [](const Unit& unit) {
    return unit.state == State::open && unit.has_failed;
  });
  if (failed == unit_.end()) {
    for (Unit& unit : unit_) {
      if (unit.state == State::open) unit.state = State::saved;
    }
  } else if (failed->failure.kind == FailureKind::server) {
    throw failed->failure.error("group");
  } else if (failed->failure.kind == FailureKind::stale) {
    forget_prepared();
  }
  return failed == unit_.end() || failed->failure.kind != FailureKind::contention;
}

/// The savepoint is set anew behind a unit that went well, so that going back to it is right
/// whether the unit failed or not, and nobody has to look in between.
void UnitRunner::run_with_care() {
  begin_run(false);
  wire_.run("BEGIN", {});
  send_settings(group_lock_timeout, {});
  for (std::size_t unit = 0; unit < unit_.size(); ++unit) {
    if (unit_[unit].state != State::open) continue;
    const Tag tag{unit, Tag::none};
    wire_.run("SAVEPOINT unit", tag);
    send_unit(unit);
    wire_.run("RELEASE unit", tag);
    wire_.run("SAVEPOINT unit", tag);
    wire_.point();
    wire_.run("ROLLBACK TO unit", {});
    wire_.run("RELEASE unit", {});
    wire_.point();
  }
  wire_.run("COMMIT", {});
  wire_.point();
  wire_.finish();
  if (!wire_.is_idle()) {  // a failed COMMIT leaves it open
    wire_.run("ROLLBACK", {});
    wire_.point();
    wire_.finish();
  }
  if (group_failure_) throw group_failure_->error("commit");
  for (Unit& unit : unit_) {
    if (unit.state != State::open) continue;
    if (!unit.has_failed) {
      unit.state = State::saved;
    } else if (unit.failure.kind != FailureKind::contention &&
               unit.failure.kind != FailureKind::stale) {
      unit.state = State::failed;
    }
  }
}

void UnitRunner::run_apart() {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::milliseconds(settings_.lock_timeout_ms);
  for (int round = 0; any_open(); ++round) {
    if (round > 0) pause(round);
    begin_run(true);
    for (std::size_t unit = 0; unit < unit_.size(); ++unit) {
      if (unit_[unit].state != State::open) continue;
      send_settings({}, {unit, Tag::none});
      send_unit(unit);
      wire_.point({unit, Tag::none});
    }
    wire_.finish();
    const bool is_over = round + 1 >= rounds_at_least && Clock::now() >= end;
    bool stale = false;
    for (Unit& unit : unit_) {
      if (unit.state != State::open) continue;
      stale = stale || unit.failure.kind == FailureKind::stale;
      // A lock that was waited for in vain would be so again.
      const bool again =
          unit.failure.kind == FailureKind::stale ||
          (unit.failure.kind == FailureKind::contention && unit.failure.code != "55P03");
      if (!again || is_over) unit.state = State::failed;
    }
    if (stale) forget_prepared();
  }
}

bool UnitRunner::any_open() const {
  return std::any_of(unit_.begin(), unit_.end(),
                     [](const Unit& unit) { return unit.state == State::open; });
}

void UnitRunner::rows(Tag tag, const PGresult* result) {
  Step& step = steps_[tag.unit][tag.step];
  if (!step.columns_told) {
    results_.columns(tag.unit, tag.step, RowReader::columns(result));
    step.columns_told = true;
  }
  for (int row = 0; row < PQntuples(result); ++row) {
    results_.row(tag.unit, tag.step, reader_.read(result, row));
  }
}

void UnitRunner::failed(Tag tag, const Failure& failure) {
  if (preparing_) {
    if (tag.unit != Tag::none) to_prepare_[tag.unit]->refused = failure;
    return;
  }
  if (tag.unit == Tag::none) {
    if (!group_failure_) group_failure_ = failure;
    return;
  }
  Unit& unit = unit_[tag.unit];
  if (unit.has_failed) return;  // the first one is why
  unit.has_failed = true;
  unit.failed_in_step = tag.step != Tag::none;
  unit.failed_step = unit.failed_in_step ? tag.step : 0;
  unit.failure = failure;
  if (!unit.failed_in_step) unit.failure.reason = COMMS_DB_COMMIT;
}

void UnitRunner::reached(Tag tag) {
  if (tag.unit == Tag::none) return;
  if (preparing_) {
    Prepared& prepared = *to_prepare_[tag.unit];
    prepared.ready = !prepared.refused;
    return;
  }
  Unit& unit = unit_[tag.unit];
  if (apart_ && !unit.has_failed) unit.state = State::saved;
}

void UnitRunner::tell() {
  for (std::size_t number = 0; number < unit_.size(); ++number) {
    const Unit& unit = unit_[number];
    if (unit.state == State::saved) {
      results_.committed(number);
    } else {
      results_.failed(number, unit.failure.status, unit.failure.reason, unit.failed_step,
                      unit.failure.code, unit.failure.message);
    }
  }
}

}  // namespace postgres_plugin
