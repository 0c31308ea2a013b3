#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

namespace commsd::store {

/// What event loops hand to the threads that may block. Bounded, because a database that stalls
/// must be felt by callers as "busy" and not as memory that grows. [any thread]
template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

  /// False when the queue is full or closed: the item was not taken.
  bool push(T&& item) {
    {
      const std::lock_guard lock(mutex_);
      if (closed_ || items_.size() >= capacity_) return false;
      items_.push_back(std::move(item));
    }
    waiting_.notify_one();
    return true;
  }

  /// Waits for an item and takes up to `most` of what is there. Empty when the queue was closed and
  /// everything in it was taken: nothing that was accepted is dropped.
  std::vector<T> pop(std::size_t most) {
    std::unique_lock lock(mutex_);
    waiting_.wait(lock, [this] { return closed_ || !items_.empty(); });
    const auto count = static_cast<std::ptrdiff_t>(std::min(most, items_.size()));
    std::vector<T> taken(std::make_move_iterator(items_.begin()),
                         std::make_move_iterator(items_.begin() + count));
    items_.erase(items_.begin(), items_.begin() + count);
    return taken;
  }

  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    waiting_.notify_all();
  }

 private:
  const std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable waiting_;
  std::deque<T> items_;
  bool closed_ = false;
};

}  // namespace commsd::store
