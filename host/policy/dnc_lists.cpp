#include "policy/dnc_lists.h"

#include <algorithm>
#include <mutex>

namespace commsd::policy {

std::optional<UnixMillis> DncLists::checked_at(std::string_view org_id, std::string_view country,
                                               std::string_view registry) const {
  std::optional<UnixMillis> latest;
  const std::shared_lock lock(mutex_);
  for (const std::string_view of : {org_id, std::string_view()}) {
    const auto found =
        checked_.find({std::string(of), std::string(country), std::string(registry)});
    if (found != checked_.end()) latest = std::max(latest.value_or(0), found->second);
  }
  return latest;
}

Task<Result<void>> DncLists::refresh() {
  auto all = co_await lists_.all_lists();
  if (!all) co_return fail(all.error());
  std::map<Key, UnixMillis> checked;
  for (store::DncList& list : *all) {
    checked[{std::move(list.org_id), std::move(list.country), std::move(list.name)}] =
        list.checked_at;
  }
  const std::unique_lock lock(mutex_);
  checked_ = std::move(checked);
  co_return Result<void>();
}

}  // namespace commsd::policy
