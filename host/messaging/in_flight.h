#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/completion.h"
#include "base/task.h"
#include "store/records.h"

namespace commsd::messaging {

/// The messages, or calls, this process is working on, so that whoever asked for one, or asks for
/// its twin, can wait for its end. Nothing here is needed after a crash. `Record` has an `id`.
/// [any thread]
template <typename Record>
class InFlightOf {
 public:
  /// Call before the record becomes visible to others. False when it is in flight already.
  bool enter(const std::string& id) {
    const std::lock_guard lock(mutex_);
    return waiting_.try_emplace(id).second;
  }
  /// Wakes those who wait, with the record as it now is.
  void leave(const Record& record) { end(record.id, record); }
  /// Takes an entry back that never became a record.
  void forget(const std::string& id) { end(id, std::nullopt); }

  /// The record as it left, or nothing when it is not in flight here or takes longer than `limit`.
  Task<std::optional<Record>> wait(std::string id, std::chrono::milliseconds limit) {
    Left left;
    {
      const std::lock_guard lock(mutex_);
      const auto entry = waiting_.find(id);
      if (entry == waiting_.end()) co_return std::nullopt;
      entry->second.push_back(left);
    }
    const Deadline<std::optional<Record>> deadline(left, limit, std::nullopt);
    co_return co_await left;
  }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }

 private:
  using Left = Completion<std::optional<Record>>;

  void end(const std::string& id, const std::optional<Record>& record) {
    std::vector<Left> waiting;
    {
      const std::lock_guard lock(mutex_);
      const auto entry = waiting_.find(id);
      if (entry == waiting_.end()) return;
      waiting = std::move(entry->second);
      waiting_.erase(entry);
    }
    for (const Left& left : waiting) left.complete(record);
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::vector<Left>> waiting_;
};

using InFlight = InFlightOf<store::Message>;

}  // namespace commsd::messaging
