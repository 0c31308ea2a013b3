#include "mcp/local_session_store.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace commsd::mcp {

void LocalSessionStore::make_room(Entries& entries) {
  if (entries.size() < max_records) return;
  const UnixMillis now = clock_.now();
  std::erase_if(entries, [now](const auto& item) { return item.second.expires_at <= now; });
  if (entries.size() < max_records) return;
  std::vector<UnixMillis> ends;
  for (const auto& [key, entry] : entries) ends.push_back(entry.expires_at);
  const auto quarter = ends.begin() + static_cast<std::ptrdiff_t>(ends.size() / 4);
  std::nth_element(ends.begin(), quarter, ends.end());
  std::erase_if(entries, [&](const auto& item) { return item.second.expires_at <= *quarter; });
}

Task<Result<std::optional<SessionStore::Record>>> LocalSessionStore::find(std::string org_id,
                                                                          std::string session_id) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find({org_id, session_id});
  if (found == sessions_.end()) co_return std::optional<Record>();
  co_return std::optional<Record>(found->second.record);
}

Task<Result<void>> LocalSessionStore::save(std::string org_id, std::string session_id,
                                           std::string wishes_json, UnixMillis expires_at) {
  const std::lock_guard lock(mutex_);
  make_room(sessions_);
  Entry& entry = sessions_[{std::move(org_id), std::move(session_id)}];
  entry.record.wishes_json = std::move(wishes_json);
  entry.expires_at = std::max(entry.expires_at, expires_at);
  co_return Result<void>();
}

Task<Result<void>> LocalSessionStore::end(std::string org_id, std::string session_id,
                                          UnixMillis expires_at) {
  const std::lock_guard lock(mutex_);
  make_room(sessions_);
  Entry& entry = sessions_[{std::move(org_id), std::move(session_id)}];
  entry.record.ended = true;
  entry.expires_at = std::max(entry.expires_at, expires_at);
  co_return Result<void>();
}

Task<Result<bool>> LocalSessionStore::use_once(std::string org_id, std::string state_id,
                                               UnixMillis expires_at) {
  const std::lock_guard lock(mutex_);
  make_room(states_);
  Entry entry;
  entry.expires_at = expires_at;
  co_return states_.emplace(std::pair{std::move(org_id), std::move(state_id)}, entry).second;
}

}  // namespace commsd::mcp
