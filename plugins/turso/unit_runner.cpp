#include "unit_runner.h"

#include <comms/cpp/lock_wait.hpp>

namespace turso_plugin {

void UnitRunner::run(bool& careful) {
  if (!careful) attempt(false);
  if (!committed_ && unit_failed_) careful = true;
  if (!committed_) {
    attempt(true);
    careful = unit_failed_;
  }
  tell();
}

/// Ends with committed_, or with unit_failed_ when not careful; else throws.
void UnitRunner::attempt(bool careful) {
  const UnitBatch batch(units_, count_, careful, crypto_);
  if (!careful && !batch.unwritable().empty()) {
    unit_failed_ = true;
    return;
  }
  comms::LockWait wait(settings_.lock_timeout_ms);
  do {
    batch_ = &batch;
    trouble_.reset();
    unit_failed_ = !batch.unwritable().empty();
    outcomes_.assign(count_, Outcome());
    for (const UnitBatch::Unwritable& unit : batch.unwritable()) {
      outcomes_[unit.unit] = {COMMS_INVALID, COMMS_DB_STATEMENT, unit.step, {}, unit.why};
    }
    send(batch);
  } while (trouble_ && is_busy(*trouble_) && wait.again());
  if (committed_ || (!careful && unit_failed_ && !trouble_)) return;
  if (trouble_) throw to_error(*trouble_, "commit");
  throw comms::Error(COMMS_AMBIGUOUS, "the database server did not say whether it committed");
}

void UnitRunner::send(const UnitBatch& batch) {
  try {
    stream_.run(batch.json(), *this, Purpose::write);
  } catch (const comms::Error&) {
    stream_.close();
    if (!committed_) throw;  // else only the words after the commit were lost
  } catch (...) {
    stream_.close();
    throw;
  }
}

void UnitRunner::begin(std::size_t step, const comms::JsonNode& columns) {
  now_ = batch_->role(step);
  if (now_.capture) results_.columns(now_.unit, now_.step, ColumnNames(columns).views());
}

bool UnitRunner::row(const comms::JsonNode& values) {
  if (now_.capture) results_.row(now_.unit, now_.step, row_.read(values, crypto_));
  return true;
}

void UnitRunner::end() {
  if (now_.kind == UnitBatch::Kind::commit) committed_ = true;
}

void UnitRunner::failed(std::size_t step, ServerError error) {
  const UnitBatch::Role role = batch_->role(step);
  const bool of_unit = role.kind == UnitBatch::Kind::step || role.kind == UnitBatch::Kind::guard;
  const bool guarded = role.kind == UnitBatch::Kind::guard &&
                       error.message.find("integer overflow") != std::string::npos;
  if (!of_unit || (!guarded && !is_statement_failure(error))) {
    // The first is the cause; what it makes of those behind says less.
    if (!trouble_) trouble_ = std::move(error);
    return;
  }
  unit_failed_ = true;
  Outcome& outcome = outcomes_[role.unit];
  outcome.failed_step = role.step;
  outcome.reason = guarded ? COMMS_DB_EXPECTATION : constraint_reason(error);
  outcome.status = outcome.reason != 0 ? COMMS_REJECTED : COMMS_INVALID;
  if (outcome.reason == 0) outcome.reason = COMMS_DB_STATEMENT;
  if (guarded) return;
  outcome.code = error.code;
  outcome.message = error.message.substr(0, 500);
}

void UnitRunner::tell() {
  for (std::size_t number = 0; number < count_; ++number) {
    const Outcome& outcome = outcomes_[number];
    if (outcome.status == COMMS_OK) {
      results_.committed(number);
    } else {
      results_.failed(number, outcome.status, outcome.reason, outcome.failed_step, outcome.code,
                      outcome.message);
    }
  }
}

}  // namespace turso_plugin
