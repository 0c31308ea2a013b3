#include "store/call_repository.h"

#include "store/attempt_rows.h"
#include "store/repository_support.h"

namespace commsd::store {

namespace {

Call call_from_row(const Row& row) {
  Call call;
  call.id = row.text("id");
  call.org_id = row.text("org_id");
  call.agent_id = row.text("agent_id");
  call.direction = row.text("direction");
  call.purpose = row.text("purpose");
  call.from_address = row.text("from_address");
  call.to_address = row.text("to_address");
  call.state = row.text("state");
  call.state_rank = row.integer("state_rank");
  call.provider = row.text("provider");
  call.vendor_id = row.text("vendor_id");
  call.parent_id = row.text("parent_id");
  call.bridge_id = row.text("bridge_id");
  call.error_code = row.text("error_code");
  call.vendor_code = row.text("vendor_code");
  call.failure_reason = row.text("failure_reason");
  call.failure_remedy = row.text("failure_remedy");
  call.cost_micros = row.integer("cost_micros");
  call.cost_currency = row.text("cost_currency");
  call.cost_due_at = row.maybe_integer("cost_due_at");
  call.cost_looks = row.integer("cost_looks");
  call.duration_ms = row.maybe_integer("duration_ms");
  call.answered_by = row.text("answered_by");
  call.recording_id = row.text("recording_id");
  call.recording_url = row.text("recording_url");
  call.attempts = row.integer("attempts");
  call.content_hash = row.text("content_hash");
  call.created_at = row.integer("created_at");
  call.answered_at = row.maybe_integer("answered_at");
  call.ended_at = row.maybe_integer("ended_at");
  call.updated_at = row.integer("updated_at");
  return call;
}

CallAttempt attempt_from_row(const Row& row) {
  CallAttempt attempt;
  read_attempt(row, attempt);
  attempt.call_id = row.text("call_id");
  return attempt;
}

std::string content_from_row(const Row& row) {
  return row.text("content");
}

}  // namespace

Task<Result<std::optional<Call>>> CallRepository::find(std::string_view org_id,
                                                       std::string_view id) const {
  return read_optional(store_, "calls.find",
                       {{"org_id", text_value(org_id)}, {"id", text_value(id)}}, call_from_row);
}

Task<Result<std::optional<Call>>> CallRepository::find_by_vendor_id(
    std::string_view org_id, std::string_view provider, std::string_view vendor_id) const {
  return read_optional(store_, "calls.find_by_vendor_id",
                       {{"org_id", text_value(org_id)},
                        {"provider", text_value(provider)},
                        {"vendor_id", text_value(vendor_id)}},
                       call_from_row);
}

Task<Result<std::optional<Call>>> CallRepository::find_of_agent(std::string_view org_id,
                                                                std::string_view agent_id,
                                                                std::string_view vendor_id) const {
  return read_optional(store_, "calls.find_of_agent",
                       {{"org_id", text_value(org_id)},
                        {"agent_id", text_value(agent_id)},
                        {"vendor_id", text_value(vendor_id)}},
                       call_from_row);
}

Task<Result<std::vector<Call>>> CallRepository::of_bridges(std::string_view org_id,
                                                           std::int64_t limit) const {
  return read_all(store_, "calls.of_bridges", {{"org_id", text_value(org_id)}, {"limit", limit}},
                  call_from_row);
}

Task<Result<std::vector<Call>>> CallRepository::cost_due(UnixMillis now, std::int64_t limit) const {
  return read_all(store_, "calls.cost_due", {{"now", now}, {"limit", limit}}, call_from_row);
}

Task<Result<std::optional<std::string>>> CallRepository::script(std::string_view org_id,
                                                                std::string_view call_id) const {
  return read_optional(store_, "call_scripts.find",
                       {{"org_id", text_value(org_id)}, {"call_id", text_value(call_id)}},
                       content_from_row);
}

Task<Result<std::vector<CallAttempt>>> CallRepository::attempts(std::string_view org_id,
                                                                std::string_view call_id) const {
  return read_all(store_, "call_attempts.of_call",
                  {{"org_id", text_value(org_id)}, {"call_id", text_value(call_id)}},
                  attempt_from_row);
}

Task<Result<std::vector<TimelineEntry>>> CallRepository::timeline(std::string_view org_id,
                                                                  std::string_view call_id) const {
  return read_all(store_, "call_timeline.of_call",
                  {{"org_id", text_value(org_id)}, {"call_id", text_value(call_id)}}, read_entry);
}

Task<Result<std::optional<CallAttempt>>> CallRepository::find_attempt(
    std::string_view attempt_id) const {
  return read_optional(store_, "call_attempts.find", {{"id", text_value(attempt_id)}},
                       attempt_from_row);
}

Task<Result<std::vector<CallAttempt>>> CallRepository::open_attempts(std::string_view after_id,
                                                                     std::int64_t limit) const {
  return read_all(store_, "call_attempts.open",
                  {{"after_id", text_value(after_id)}, {"limit", limit}}, attempt_from_row);
}

Task<Result<std::vector<CallAttempt>>> CallRepository::open_attempts_of(std::string_view worker,
                                                                        std::string_view after_id,
                                                                        std::int64_t limit) const {
  return read_all(
      store_, "call_attempts.open_of_worker",
      {{"worker", text_value(worker)}, {"after_id", text_value(after_id)}, {"limit", limit}},
      attempt_from_row);
}

void CallRepository::add_accept(UnitOfWork& unit, const Call& call, std::string_view script_json) {
  unit.expect(1, "calls.accept",
              {{"id", call.id},
               {"org_id", call.org_id},
               {"agent_id", call.agent_id},
               {"direction", call.direction},
               {"purpose", call.purpose},
               {"from_address", text_or_null(call.from_address)},
               {"to_address", text_or_null(call.to_address)},
               {"state", call.state},
               {"state_rank", call.state_rank},
               {"provider", text_or_null(call.provider)},
               {"vendor_id", text_or_null(call.vendor_id)},
               {"parent_id", text_or_null(call.parent_id)},
               {"bridge_id", text_or_null(call.bridge_id)},
               {"attempts", call.attempts},
               {"content_hash", text_or_null(call.content_hash)},
               {"created_at", call.created_at},
               {"ended_at", nullable(call.ended_at)},
               {"updated_at", call.updated_at}});
  if (script_json.empty()) return;
  unit.expect(1, "call_scripts.add",
              {{"id", call.id}, {"org_id", call.org_id}, {"content", text_value(script_json)}});
}

void CallRepository::add_attempt(UnitOfWork& unit, const CallAttempt& attempt) {
  Parameters parameters = attempt_parameters(attempt);
  parameters.push_back({"call_id", attempt.call_id});
  unit.expect(1, "call_attempts.start", std::move(parameters));
}

void CallRepository::add_next_attempt(UnitOfWork& unit, const CallAttempt& attempt,
                                      std::string_view expected_state) {
  unit.expect(1, "calls.start_attempt",
              {{"org_id", attempt.org_id},
               {"id", attempt.call_id},
               {"expected_state", text_value(expected_state)},
               {"provider", attempt.provider},
               {"number", attempt.number},
               {"at", attempt.started_at}});
  add_attempt(unit, attempt);
}

void CallRepository::add_result(UnitOfWork& unit, const CallResult& result) {
  Parameters end = end_parameters(result);
  end.push_back({"call_id", result.call_id});
  unit.expect(1, "call_attempts.end", std::move(end));
  Parameters outcome = result_parameters(result);
  outcome.push_back({"id", result.call_id});
  outcome.push_back({"ended_at", nullable(result.ended_at)});
  unit.expect(1, "calls.set_result", std::move(outcome));
}

void CallRepository::add_status(UnitOfWork& unit, const CallStatus& status) {
  unit.expect(1, "calls.set_status",
              {{"org_id", status.org_id},
               {"id", status.call_id},
               {"state", status.state},
               {"state_rank", status.state_rank},
               {"vendor_id", text_or_null(status.vendor_id)},
               {"error_code", text_or_null(status.error_code)},
               {"vendor_code", text_or_null(status.vendor_code)},
               {"failure_reason", text_or_null(status.failure_reason)},
               {"duration_ms", nullable(status.duration_ms)},
               {"answered_at", nullable(status.answered_at)},
               {"ended_at", nullable(status.ended_at)},
               {"cost_due_at", nullable(status.cost_due_at)},
               {"at", status.at}});
}

void CallRepository::add_note(UnitOfWork& unit, const CallNote& note) {
  unit.run("calls.note", {{"org_id", note.org_id},
                          {"id", note.call_id},
                          {"answered_by", text_or_null(note.answered_by)},
                          {"duration_ms", nullable(note.duration_ms)},
                          {"recording_id", text_or_null(note.recording_id)},
                          {"recording_url", text_or_null(note.recording_url)},
                          {"at", note.at}});
}

void CallRepository::add_timeline(UnitOfWork& unit, std::string_view org_id,
                                  std::string_view call_id, const TimelineEntry& entry) {
  unit.run("call_timeline.add", {{"org_id", text_value(org_id)},
                                 {"call_id", text_value(call_id)},
                                 {"at", entry.at},
                                 {"state", entry.state},
                                 {"detail", text_or_null(entry.detail)}});
}

Task<Result<std::optional<std::string>>> CallRepository::kept_script(std::string_view org_id,
                                                                     std::string_view call_id,
                                                                     UnixMillis now) const {
  return read_optional(
      store_, "call_scripts.kept",
      {{"org_id", text_value(org_id)}, {"call_id", text_value(call_id)}, {"now", now}},
      content_from_row);
}

void CallRepository::add_keep_script(UnitOfWork& unit, std::string_view org_id,
                                     std::string_view call_id, UnixMillis until) {
  unit.run("call_scripts.keep",
           {{"org_id", text_value(org_id)}, {"call_id", text_value(call_id)}, {"until", until}});
}

void CallRepository::add_drop_script(UnitOfWork& unit, std::string_view org_id,
                                     std::string_view call_id) {
  unit.run("call_scripts.drop", {{"org_id", text_value(org_id)}, {"call_id", text_value(call_id)}});
}

void CallRepository::add_take_cost_look(UnitOfWork& unit, const Call& call,
                                        std::optional<UnixMillis> next_at) {
  unit.expect(1, "calls.take_cost_look",
              {{"org_id", call.org_id},
               {"id", call.id},
               {"due_at", nullable(call.cost_due_at)},
               {"next_at", nullable(next_at)}});
}

void CallRepository::add_cost(UnitOfWork& unit, const Call& call, std::int64_t micros,
                              std::string_view currency, std::optional<std::int64_t> duration_ms,
                              UnixMillis at) {
  unit.run("calls.set_cost", {{"org_id", call.org_id},
                              {"id", call.id},
                              {"cost_micros", micros},
                              {"cost_currency", text_or_null(currency)},
                              {"duration_ms", nullable(duration_ms)},
                              {"at", at}});
}

}  // namespace commsd::store
