#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>

#include "base/completion.h"
#include "base/task.h"

namespace commsd {

/// Keeps an object alive until the tasks that use it have ended.
///
/// The problem: a spawned task refers to its service; the service is being shut down. The task
/// holds a Gate::Pass; close() lets nobody else in and waits until the last pass is gone. A gate
/// destroyed with passes outstanding would be a use after free later on, so it stops the process
/// right there instead.
class Gate {
 public:
  class Pass {
   public:
    Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Pass& operator=(Pass&&) = delete;
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;
    ~Pass() {
      if (gate_) gate_->leave();
    }

   private:
    friend Gate;
    explicit Pass(Gate* gate) : gate_(gate) {}
    Gate* gate_;
  };

  Gate() = default;
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  /// [any thread] Empty once close() was called: the caller must not start the work.
  std::optional<Pass> enter();

  /// [any executor] Refuses new entries and resumes when the last pass has gone. Call once.
  Task<void> close();

  std::size_t inside() const;

  /// close() that waits at most `limit`: whether all have left by then. The gate is shared, because
  /// what is still inside keeps it beyond the owner's life.
  static Task<bool> close_within(std::shared_ptr<Gate> gate, std::chrono::milliseconds limit);

 private:
  void leave();

  mutable std::mutex mutex_;
  std::size_t inside_ = 0;
  bool closed_ = false;
  Completion<bool> empty_;
};

}  // namespace commsd
