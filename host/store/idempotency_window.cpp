#include "store/idempotency_repository.h"

namespace commsd::store {

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

}  // namespace commsd::store
