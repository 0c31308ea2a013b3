#pragma once

#include <chrono>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"

// Attempts without a result, of messages and of calls alike. [any executor]

namespace commsd::messaging {

/// Those that the last process of this worker left open, read before new ones are made.
template <typename Attempt, typename Repository>
Task<Result<std::vector<Attempt>>> interrupted_attempts(const Repository& repository,
                                                        std::string worker) {
  std::vector<Attempt> all;
  constexpr std::int64_t page = 500;
  while (true) {
    const std::string after = all.empty() ? std::string() : all.back().id;
    Result<std::vector<Attempt>> some = co_await repository.open_attempts_of(worker, after, page);
    if (!some) co_return fail(some.error());
    const bool last = some->size() < static_cast<std::size_t>(page);
    std::move(some->begin(), some->end(), std::back_inserter(all));
    if (last) co_return all;
  }
}

/// Those that are older than any that is under way can be: their result could not be saved, or the
/// worker that made them is gone.
template <typename Attempt, typename Repository>
Task<Result<std::vector<Attempt>>> forgotten_attempts(const Repository& repository,
                                                      std::int64_t limit, UnixMillis now,
                                                      std::chrono::milliseconds vendor_limit) {
  // What an attempt takes at most: one call and three looks, and what saving takes a database that
  // is slow, before and after.
  constexpr std::int64_t longest_calls = 4;
  constexpr UnixMillis longest_saving = 60'000;
  Result<std::vector<Attempt>> open = co_await repository.open_attempts({}, limit);
  if (!open) co_return fail(open.error());
  const UnixMillis before = now - longest_calls * vendor_limit.count() - longest_saving;
  std::erase_if(*open, [before](const Attempt& one) { return one.started_at >= before; });
  co_return open;
}

/// Whose the vendor's id is by our records: the id of a message or call, or nothing.
template <typename Repository>
Task<Result<std::optional<std::string>>> owner_by_vendor_id(const Repository* repository,
                                                            std::string org_id,
                                                            std::string provider,
                                                            std::string vendor_id) {
  auto found = co_await repository->find_by_vendor_id(org_id, provider, vendor_id);
  if (!found) co_return fail(found.error());
  std::optional<std::string> owner;
  if (*found) owner = (*found)->id;
  co_return owner;
}

}  // namespace commsd::messaging
