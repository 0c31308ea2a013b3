#pragma once

#include "mcp/session_store.h"
#include "store/mcp_session_repository.h"

namespace commsd::mcp {

/// The SessionStore on the database, for all workers of it. [any executor]
class StoredSessions final : public SessionStore {
 public:
  /// Both outlive this.
  StoredSessions(store::Store& store, const Clock& clock) : store_(store), clock_(clock) {}

  Task<Result<std::optional<Record>>> find(std::string org_id, std::string session_id) override;
  Task<Result<void>> save(std::string org_id, std::string session_id, std::string wishes_json,
                          UnixMillis expires_at) override;
  Task<Result<void>> end(std::string org_id, std::string session_id,
                         UnixMillis expires_at) override;
  Task<Result<bool>> use_once(std::string org_id, std::string state_id,
                              UnixMillis expires_at) override;

 private:
  Task<Result<bool>> commit(store::UnitOfWork unit);

  store::Store& store_;
  const Clock& clock_;
};

}  // namespace commsd::mcp
