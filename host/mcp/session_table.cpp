#include "mcp/session_table.h"

#include <utility>

#include "base/digest.h"

namespace commsd::mcp {

SessionTable::Shard& SessionTable::shard_of(std::string_view id) {
  return shards_[Hash{}(id) % shards];
}

std::shared_ptr<Session> SessionTable::find(std::string_view id) {
  Shard& shard = shard_of(id);
  std::shared_ptr<Session> session;
  {
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.sessions.find(id);
    if (found == shard.sessions.end()) return nullptr;
    session = found->second;
  }
  session->touch(clock_.now());
  return session;
}

std::shared_ptr<Session> SessionTable::adopt(std::string id, std::string principal_key,
                                             std::string version, ClientCapabilities capabilities) {
  const UnixMillis now = clock_.now();
  Shard& shard = shard_of(id);
  const std::lock_guard lock(shard.mutex);
  if (shard.ended.contains(id)) return nullptr;
  sweep(shard, now);
  auto& slot = shard.sessions[id];
  if (!slot) {
    slot = std::make_shared<Session>(std::move(id), std::move(principal_key), std::move(version),
                                     capabilities, clock_, make_epoch());
  }
  slot->touch(now);
  return slot;
}

std::string SessionTable::make_epoch() {
  if (!resumable_) return {};
  std::array<std::uint8_t, 9> noise{};
  random_.fill(noise);
  return base64url_encode(
      std::string_view(reinterpret_cast<const char*>(noise.data()), noise.size()));
}

void SessionTable::end(std::string_view id) {
  Shard& shard = shard_of(id);
  const std::lock_guard lock(shard.mutex);
  if (const auto found = shard.sessions.find(id); found != shard.sessions.end()) {
    shard.sessions.erase(found);
  }
  if (!shard.ended.emplace(id, true).second) return;
  shard.ended_order.emplace_back(id);
  if (shard.ended_order.size() <= max_ended_per_shard) return;
  shard.ended.erase(shard.ended_order.front());
  shard.ended_order.pop_front();
}

void SessionTable::remove(std::string_view id) {
  Shard& shard = shard_of(id);
  std::shared_ptr<Session> last;  // destroyed after the lock
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.sessions.find(id);
  if (found == shard.sessions.end()) return;
  last = std::move(found->second);
  shard.sessions.erase(found);
}

std::size_t SessionTable::size() const {
  std::size_t total = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    total += shard.sessions.size();
  }
  return total;
}

std::vector<std::shared_ptr<Session>> SessionTable::all() const {
  std::vector<std::shared_ptr<Session>> sessions;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    for (const auto& [id, session] : shard.sessions) sessions.push_back(session);
  }
  return sessions;
}

void SessionTable::sweep(Shard& shard, UnixMillis now) {
  const bool crowded = shard.sessions.size() >= max_per_shard;
  // Once a minute is enough, and keeps adopting cheap; a crowded shard may be swept each second.
  if (now - shard.swept_at < (crowded ? 1'000 : 60'000)) return;
  shard.swept_at = now;
  const UnixMillis limit = crowded ? idle_limit / 20 : idle_limit;
  std::erase_if(shard.sessions, [&](const auto& item) {
    return item.second->idle() && now - item.second->last_used() >= limit;
  });
}

}  // namespace commsd::mcp
