#include "store/attempt_rows.h"

namespace commsd::store {

void read_attempt(const Row& row, AttemptRecord& attempt) {
  attempt.id = row.text("id");
  attempt.org_id = row.text("org_id");
  attempt.number = row.integer("number");
  attempt.provider = row.text("provider");
  attempt.outcome = row.text("outcome");
  attempt.error_code = row.text("error_code");
  attempt.vendor_code = row.text("vendor_code");
  attempt.vendor_id = row.text("vendor_id");
  attempt.started_at = row.integer("started_at");
  attempt.ended_at = row.maybe_integer("ended_at");
}

TimelineEntry read_entry(const Row& row) {
  return {row.integer("at"), row.text("state"), row.text("detail")};
}

Parameters attempt_parameters(const AttemptRecord& attempt) {
  return {{"id", attempt.id},
          {"org_id", attempt.org_id},
          {"number", attempt.number},
          {"provider", attempt.provider},
          {"started_at", attempt.started_at},
          {"worker", text_or_null(attempt.worker)}};
}

Parameters end_parameters(const AttemptEnd& end) {
  return {{"org_id", end.org_id},
          {"id", end.attempt_id},
          {"outcome", end.outcome},
          {"error_code", text_or_null(end.error_code)},
          {"vendor_code", text_or_null(end.vendor_code)},
          {"vendor_id", text_or_null(end.vendor_id)},
          {"at", end.at}};
}

Parameters result_parameters(const AttemptEnd& end) {
  return {{"org_id", end.org_id},
          {"expected_state", end.expected_state},
          {"state", end.state},
          {"state_rank", end.state_rank},
          {"vendor_id", text_or_null(end.vendor_id)},
          {"error_code", text_or_null(end.error_code)},
          {"vendor_code", text_or_null(end.vendor_code)},
          {"failure_reason", text_or_null(end.failure_reason)},
          {"failure_remedy", text_or_null(end.failure_remedy)},
          {"cost_micros", end.cost_micros},
          {"cost_currency", text_or_null(end.cost_currency)},
          {"at", end.at}};
}

}  // namespace commsd::store
