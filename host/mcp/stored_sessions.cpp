#include "mcp/stored_sessions.h"

#include <utility>

namespace commsd::mcp {

using store::McpSessionRepository;

Task<Result<std::optional<SessionStore::Record>>> StoredSessions::find(std::string org_id,
                                                                       std::string session_id) {
  const McpSessionRepository sessions(store_);
  auto reading = sessions.find(org_id, session_id);
  auto found = co_await std::move(reading);
  if (!found) co_return fail(found.error());
  std::optional<Record> record;
  if (*found) record = Record{(*found)->ended, std::move((*found)->wishes_json)};
  co_return record;
}

Task<Result<void>> StoredSessions::save(std::string org_id, std::string session_id,
                                        std::string wishes_json, UnixMillis expires_at) {
  store::UnitOfWork unit;
  McpSessionRepository::add_save(unit, org_id, session_id, wishes_json, expires_at);
  Task<Result<bool>> committing = commit(std::move(unit));
  const Result<bool> committed = co_await std::move(committing);
  if (!committed) co_return fail(committed.error());
  co_return Result<void>();
}

Task<Result<void>> StoredSessions::end(std::string org_id, std::string session_id,
                                       UnixMillis expires_at) {
  store::UnitOfWork unit;
  McpSessionRepository::add_end(unit, org_id, session_id, clock_.now(), expires_at);
  Task<Result<bool>> committing = commit(std::move(unit));
  const Result<bool> committed = co_await std::move(committing);
  if (!committed) co_return fail(committed.error());
  co_return Result<void>();
}

Task<Result<bool>> StoredSessions::use_once(std::string org_id, std::string state_id,
                                            UnixMillis expires_at) {
  store::UnitOfWork unit;
  McpSessionRepository::add_use_state(unit, org_id, state_id, expires_at);
  return commit(std::move(unit));
}

Task<Result<bool>> StoredSessions::commit(store::UnitOfWork unit) {
  Task<Result<store::UnitOutcome>> committing = store_.commit(std::move(unit));
  const Result<store::UnitOutcome> outcome = co_await std::move(committing);
  if (!outcome) co_return fail(outcome.error());
  co_return outcome->committed;
}

}  // namespace commsd::mcp
