#include "store/task_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

TaskRecord from_row(const Row& row) {
  TaskRecord record;
  record.id_hash = row.text("id_hash");
  record.org_id = everyone_to_empty(row.text("org_id"));
  record.agent_id = row.text("agent_id");
  record.principal = row.text("principal");
  record.tool = row.text("tool");
  record.status = row.text("status");
  record.status_message = row.text("status_message");
  record.sealed_input = row.text("sealed_input");
  record.sealed_result = row.text("sealed_result");
  record.error_json = row.text("error_json");
  record.cancel_requested = row.integer("cancel_requested") != 0;
  record.revision = row.integer("revision");
  record.worker = row.text("worker");
  record.lease_until = row.integer("lease_until");
  record.created_at = row.integer("created_at");
  record.updated_at = row.integer("updated_at");
  record.expires_at = row.integer("expires_at");
  return record;
}

std::string hash_from_row(const Row& row) {
  return row.text("id_hash");
}

}  // namespace

Task<Result<std::optional<TaskRecord>>> TaskRepository::find(std::string_view org_id,
                                                             std::string_view principal,
                                                             std::string_view id_hash) const {
  return read_optional(store_, "mcp_tasks.find",
                       {{"org_id", text_or_everyone(org_id)},
                        {"principal", text_value(principal)},
                        {"id_hash", text_value(id_hash)}},
                       from_row);
}

Task<Result<std::vector<std::string>>> TaskRepository::list_cancelled(
    std::string_view worker) const {
  return read_all(store_, "mcp_tasks.list_cancelled", {{"worker", text_value(worker)}},
                  hash_from_row);
}

void TaskRepository::add_create(UnitOfWork& unit, const TaskRecord& record) {
  unit.expect(1, "mcp_tasks.create",
              {{"id_hash", record.id_hash},
               {"org_id", text_or_everyone(record.org_id)},
               {"agent_id", text_or_null(record.agent_id)},
               {"principal", record.principal},
               {"tool", record.tool},
               {"status", record.status},
               {"worker", record.worker},
               {"lease_until", record.lease_until},
               {"created_at", record.created_at},
               {"expires_at", record.expires_at}});
}

void TaskRepository::add_save(UnitOfWork& unit, const TaskRecord& record) {
  unit.expect(1, "mcp_tasks.save",
              {{"status", record.status},
               {"status_message", text_or_null(record.status_message)},
               {"sealed_input", text_or_null(record.sealed_input)},
               {"sealed_result", text_or_null(record.sealed_result)},
               {"error_json", text_or_null(record.error_json)},
               {"cancel_requested", std::int64_t{record.cancel_requested}},
               {"updated_at", record.updated_at},
               {"org_id", text_or_everyone(record.org_id)},
               {"principal", record.principal},
               {"id_hash", record.id_hash},
               {"revision", record.revision}});
}

void TaskRepository::add_renew(UnitOfWork& unit, std::string_view worker, UnixMillis lease_until) {
  unit.run("mcp_tasks.renew", {{"worker", text_value(worker)}, {"lease_until", lease_until}});
}

void TaskRepository::add_fail_worker(UnitOfWork& unit, std::string_view worker, UnixMillis before,
                                     const TaskFailure& failure) {
  unit.fetch("mcp_tasks.fail_worker", {{"worker", text_value(worker)},
                                       {"before", before},
                                       {"status_message", failure.status_message},
                                       {"error_json", failure.error_json},
                                       {"at", failure.at}});
}

void TaskRepository::add_fail_expired(UnitOfWork& unit, const TaskFailure& failure) {
  unit.fetch("mcp_tasks.fail_expired", {{"status_message", failure.status_message},
                                        {"error_json", failure.error_json},
                                        {"at", failure.at}});
}

void TaskRepository::add_purge(UnitOfWork& unit, UnixMillis before, std::int64_t limit) {
  unit.run("mcp_tasks.purge", {{"before", before}, {"limit", limit}});
}

}  // namespace commsd::store
