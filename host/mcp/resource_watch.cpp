#include "mcp/resource_watch.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/digest.h"

namespace commsd::mcp {

namespace {

std::string key_of(const identity::Principal& principal, const std::string& uri) {
  return principal.key() + '\n' + uri;
}

}  // namespace

Task<Result<void>> ResourceWatch::begin(identity::Principal principal, std::string uri) {
  Task<Result<std::string>> reading = digest(principal, uri);
  Result<std::string> now = co_await std::move(reading);
  if (!now) co_return fail(now.error());
  const std::lock_guard lock(mutex_);
  seen_.try_emplace(key_of(principal, uri), Seen{std::move(*now), true});
  co_return Result<void>();
}

Task<Result<std::string>> ResourceWatch::digest(identity::Principal principal,
                                                std::string uri) const {
  ResourceContext context{std::move(principal), std::move(uri), {}};
  context.to_compare = true;
  Task<Result<std::string>> reading = registry_.read(context);
  Result<std::string> contents = co_await std::move(reading);
  if (!contents) co_return fail(contents.error());
  co_return sha256_hex(*contents);
}

Task<void> ResourceWatch::look(std::vector<WatchedResource> watched) {
  std::map<std::string, WatchedResource> wanted;
  for (WatchedResource& one : watched) {
    std::string key = key_of(one.principal, one.uri);
    wanted.try_emplace(std::move(key), std::move(one));
  }
  std::vector<std::string> turn;
  {
    const std::lock_guard lock(mutex_);
    for (auto entry = seen_.begin(); entry != seen_.end();) {
      const bool keep = std::exchange(entry->second.fresh, false) || wanted.contains(entry->first);
      entry = keep ? std::next(entry) : seen_.erase(entry);
    }
    const std::size_t count = std::min(wanted.size(), most_reads);
    for (auto next = wanted.upper_bound(last_); turn.size() < count; ++next) {
      if (next == wanted.end()) next = wanted.begin();
      turn.push_back(next->first);
    }
    if (!turn.empty()) last_ = turn.back();
  }
  for (const std::string& key : turn) {
    const WatchedResource& one = wanted.find(key)->second;
    Task<Result<std::string>> reading = digest(one.principal, one.uri);
    Result<std::string> now = co_await std::move(reading);
    // That it is gone is a change too; that the database is away is none.
    if (!now && now.error().code != ErrorCode::not_found) continue;
    const std::string digest = now.value_or("gone");
    {
      const std::lock_guard lock(mutex_);
      // Unknown: it was asked for in another process, before this one had the session.
      Seen& seen = seen_[key];
      if (std::exchange(seen.digest, digest) == digest) continue;
    }
    Change change;
    change.kind = Change::Kind::resource;
    change.subject = one.uri;
    change.org_id = one.principal.org_id;
    change.agent_id = one.principal.agent_id;
    hub_.publish(change);
  }
}

}  // namespace commsd::mcp
