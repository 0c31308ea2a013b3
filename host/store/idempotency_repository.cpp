#include "store/idempotency_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

IdempotencyRecord from_row(const Row& row) {
  return {row.text("org_id"),       row.text("agent_id"),       row.text("tool"),
          row.text("key"),          row.text("arguments_hash"), row.text("message_id"),
          row.integer("created_at")};
}

}  // namespace

Task<Result<std::optional<IdempotencyRecord>>> IdempotencyRepository::find(
    std::string_view org_id, std::string_view agent_id, std::string_view tool,
    std::string_view key) const {
  return read_optional(store_, "idempotency.find",
                       {{"org_id", text_value(org_id)},
                        {"agent_id", text_value(agent_id)},
                        {"tool", text_value(tool)},
                        {"key", text_value(key)}},
                       from_row);
}

void IdempotencyRepository::add_claim(UnitOfWork& unit, const IdempotencyRecord& record) {
  unit.expect(1, "idempotency.claim",
              {{"org_id", record.org_id},
               {"agent_id", record.agent_id},
               {"tool", record.tool},
               {"key", record.key},
               {"arguments_hash", record.arguments_hash},
               {"message_id", text_or_null(record.message_id)},
               {"created_at", record.created_at}});
}

void IdempotencyRepository::add_claim_window(UnitOfWork& unit, const IdempotencyRecord& record,
                                             UnixMillis since) {
  unit.expect(1, "idempotency.claim_window",
              {{"org_id", record.org_id},
               {"agent_id", record.agent_id},
               {"tool", record.tool},
               {"key", record.key},
               {"arguments_hash", record.arguments_hash},
               {"message_id", record.message_id},
               {"created_at", record.created_at},
               {"since", since}});
}

void IdempotencyRepository::add_release(UnitOfWork& unit, const IdempotencyRecord& record) {
  unit.run("idempotency.release", {{"org_id", record.org_id},
                                   {"agent_id", record.agent_id},
                                   {"tool", record.tool},
                                   {"key", record.key},
                                   {"message_id", record.message_id}});
}

void IdempotencyRepository::add_purge(UnitOfWork& unit, UnixMillis before, std::int64_t limit) {
  unit.run("idempotency.purge", {{"before", before}, {"limit", limit}});
}

}  // namespace commsd::store
