#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>

#include "base/completion.h"

namespace commsd::plugin {

/// How many operations of one instance are under way, and who waits for one to end: what its
/// vendor or its own memory can bear (`limits.max_concurrency` of its manifest) is not for the
/// callers to know. First come, first served. [any thread]
class OperationTurns {
 public:
  enum class Turn { ours = 1, late, cancelled };

  OperationTurns(std::size_t most, std::size_t most_waiting)
      : most_(most), most_waiting_(most_waiting) {}
  OperationTurns(const OperationTurns&) = delete;
  OperationTurns& operator=(const OperationTurns&) = delete;

  /// True when there was one to be had at once; give_back() it.
  bool try_take();
  /// Completes with `ours`, which is to be given back, unless somebody completes it with another
  /// answer before. Nothing when too many wait: then it is better to be told.
  std::optional<Completion<Turn>> wait();
  void give_back();

  std::size_t under_way() const;

  /// Gives back at the end of a scope.
  class Held {
   public:
    explicit Held(OperationTurns& turns) : turns_(turns) {}
    ~Held() { turns_.give_back(); }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

   private:
    OperationTurns& turns_;
  };

 private:
  const std::size_t most_;
  const std::size_t most_waiting_;
  mutable std::mutex mutex_;
  std::size_t taken_ = 0;
  std::deque<Completion<Turn>> waiting_;
};

}  // namespace commsd::plugin
