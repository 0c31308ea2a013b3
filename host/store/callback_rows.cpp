#include "store/callback_rows.h"

namespace commsd::store {

CallbackDelivery delivery_from_row(const Row& row) {
  CallbackDelivery delivery;
  delivery.id = row.text("id");
  delivery.org_id = row.text("org_id");
  delivery.agent_id = row.text("agent_id");
  delivery.event = row.text("event");
  delivery.subject_id = row.text("subject_id");
  delivery.state = row.text("state");
  delivery.attempts = row.integer("attempts");
  delivery.next_attempt_at = row.maybe_integer("next_attempt_at");
  delivery.worker = row.text("worker");
  delivery.last_status = row.integer("last_status");
  delivery.last_error = row.text("last_error");
  delivery.created_at = row.integer("created_at");
  delivery.ended_at = row.maybe_integer("ended_at");
  return delivery;
}

Parameters finish_parameters(const CallbackDelivery& delivery, const CallbackResult& result) {
  return {{"org_id", delivery.org_id},
          {"id", delivery.id},
          {"worker", delivery.worker},
          {"attempts", delivery.attempts},
          {"state", result.state},
          {"next_attempt_at", nullable(result.next_attempt_at)},
          {"last_status", result.status > 0 ? Value(result.status) : Value()},
          {"last_error", text_or_null(result.error)},
          {"ended_at", result.state == "waiting" ? Value() : Value(result.at)}};
}

}  // namespace commsd::store
