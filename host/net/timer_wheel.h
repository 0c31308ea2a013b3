#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace commsd::net {

/// A timer that lives inside the object it belongs to, so that a deadline per connection costs no
/// allocation. Destroying it disarms it. One thread.
class TimerNode {
 public:
  TimerNode() = default;
  TimerNode(const TimerNode&) = delete;
  TimerNode& operator=(const TimerNode&) = delete;

  bool armed() const { return next_ != nullptr; }

 protected:
  virtual void on_timer() = 0;
  virtual ~TimerNode() { unlink(); }

 private:
  friend class TimerWheel;
  void unlink();

  TimerNode* previous_ = nullptr;
  TimerNode* next_ = nullptr;
  std::int64_t expiry_ = 0;  // tick
};

/// Hashed timer wheel (Varghese and Lauck 1987, scheme 6): arming and disarming are O(1), whatever
/// the number of timers. One tick is one millisecond. One thread.
class TimerWheel {
 public:
  TimerWheel() = default;
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  /// Fires at the first advance() to `expiry` or later. Re-arms a node that is armed.
  void arm(TimerNode& node, std::int64_t expiry);
  void disarm(TimerNode& node) { node.unlink(); }

  /// Fires what is due at `now`. Callbacks may arm, disarm and destroy anything; what they arm for
  /// `now` or earlier fires in the next tick.
  void advance(std::int64_t now);

  /// Ticks from `now` to the next slot that holds a timer (which may belong to a later round: then
  /// the wake-up is for nothing); -1 when there is no timer.
  std::int64_t next_wait(std::int64_t now) const;

 private:
  static constexpr std::size_t slot_count = 4096;  // a power of two

  /// Head of a circular list of nodes.
  class Ring final : public TimerNode {
   public:
    Ring();
    ~Ring() override;
    bool empty() const { return next_ == this; }
    TimerNode& front() { return *next_; }
    void append(TimerNode& node);
    void take(Ring& other);

   private:
    void on_timer() override {}
  };

  static std::size_t slot_of(std::int64_t tick) {
    return static_cast<std::size_t>(tick) & (slot_count - 1);
  }
  void fire_slot(std::size_t slot, std::int64_t now);

  std::array<Ring, slot_count> slots_;
  mutable std::array<std::uint64_t, slot_count / 64> used_{};  // a set bit may be out of date
  std::int64_t current_ = 0;
};

}  // namespace commsd::net
