#include "mcp/legacy_sessions.h"

#include <utility>

#include "base/digest.h"
#include "telemetry/log.h"

namespace commsd::mcp {

namespace {

/// What stands for a session in the store: its id is as good as a credential.
std::string stored_id(const Session& session) {
  return sha256_hex(session.id());
}

tl::unexpected<Error> none() {
  return fail(ErrorCode::not_found, "Session not found");
}

}  // namespace

std::shared_ptr<Session> LegacySessions::open(const identity::Principal& principal,
                                              std::string version,
                                              ClientCapabilities capabilities) {
  const std::string key = principal.key();
  std::string id = ids_.make(key, version, capabilities);
  auto session = table_.adopt(std::move(id), key, std::move(version), capabilities);
  session->set_checked_at(clock_.now());
  return session;
}

Task<Result<std::shared_ptr<Session>>> LegacySessions::find(std::string id,
                                                            identity::Principal principal) {
  const std::string key = principal.key();
  std::shared_ptr<Session> session = table_.find(id);
  if (!session) {
    // Perhaps one from before a restart, or of another process: the id says by itself whether it
    // is good, and the store whether it was ended.
    auto claims = ids_.check(id, key);
    if (!claims) co_return none();
    session = table_.adopt(std::move(id), key, std::move(claims->version), claims->capabilities);
    if (!session) co_return none();
  }
  if (session->principal_key() != key) co_return none();
  // A session that another request has only just taken over is not known yet: what its client asked
  // to hear of has not been read, and a change to it now would replace that in the store.
  const bool known = session->checked_at() != 0;
  if (known && clock_.now() - session->checked_at() < recheck_after) co_return session;

  Task<Result<bool>> check = ended_elsewhere(session, std::move(principal.org_id));
  const Result<bool> ended = co_await std::move(check);
  if (!ended) {
    if (session->checked_at() != 0) co_return session;  // served on while the store is away
    table_.remove(session->id());
    co_return fail(ErrorCode::unavailable, "the session cannot be checked now");
  }
  if (!*ended) co_return session;
  forget(*session);
  co_return none();
}

Task<Result<bool>> LegacySessions::ended_elsewhere(std::shared_ptr<Session> session,
                                                   std::string org_id) {
  const std::uint64_t version = session->wishes_version();
  Task<Result<std::optional<SessionStore::Record>>> reading =
      store_.find(std::move(org_id), stored_id(*session));
  const Result<std::optional<SessionStore::Record>> record = co_await std::move(reading);
  if (!record) {
    log::warn("mcp_session_unchecked", {{"code", to_string(record.error().code)}});
    co_return fail(record.error());
  }
  session->set_checked_at(clock_.now());
  if (!*record) co_return false;
  if (!(*record)->ended) {
    session->restore_wishes((*record)->wishes_json, version);
  }
  co_return (*record)->ended;
}

Task<Result<void>> LegacySessions::end(std::shared_ptr<Session> session, std::string org_id) {
  Task<Result<void>> ending =
      store_.end(std::move(org_id), stored_id(*session), clock_.now() + lifetime_.count() * 1000);
  const Result<void> ended = co_await std::move(ending);
  if (!ended) co_return fail(ended.error());
  forget(*session);
  co_return Result<void>();
}

Task<Result<void>> LegacySessions::keep_wishes(std::shared_ptr<Session> session,
                                               std::string org_id) {
  Task<Result<void>> saving =
      store_.save(std::move(org_id), stored_id(*session), session->wishes_json(),
                  clock_.now() + lifetime_.count() * 1000);
  co_return co_await std::move(saving);
}

void LegacySessions::forget(Session& session) {
  table_.end(session.id());
  session.cancel_all();
  session.streams().close_all();
}

}  // namespace commsd::mcp
