#include "net/timer_wheel.h"

#include <algorithm>
#include <bit>

namespace commsd::net {

void TimerNode::unlink() {
  if (next_ == nullptr) return;
  previous_->next_ = next_;
  next_->previous_ = previous_;
  previous_ = next_ = nullptr;
}

TimerWheel::Ring::Ring() {
  next_ = previous_ = this;
}

TimerWheel::Ring::~Ring() {
  // What is still armed belongs to others and may outlive the wheel: it must not point here.
  while (!empty()) next_->unlink();
  previous_ = next_ = nullptr;
}

void TimerWheel::Ring::append(TimerNode& node) {
  node.previous_ = previous_;
  node.next_ = this;
  previous_->next_ = &node;
  previous_ = &node;
}

void TimerWheel::Ring::take(Ring& other) {
  while (!other.empty()) {
    TimerNode& node = other.front();
    node.unlink();
    append(node);
  }
}

void TimerWheel::arm(TimerNode& node, std::int64_t expiry) {
  node.unlink();
  node.expiry_ = expiry;
  const std::size_t slot = slot_of(std::max(expiry, current_ + 1));
  slots_[slot].append(node);
  used_[slot / 64] |= std::uint64_t{1} << (slot % 64);
}

void TimerWheel::advance(std::int64_t now) {
  if (now <= current_) return;
  const std::int64_t from = std::max(current_ + 1, now - static_cast<std::int64_t>(slot_count) + 1);
  current_ = now;
  for (std::int64_t tick = from; tick <= now; ++tick) {
    const std::size_t slot = slot_of(tick);
    if ((used_[slot / 64] >> (slot % 64) & 1) != 0) fire_slot(slot, now);
  }
}

void TimerWheel::fire_slot(std::size_t slot, std::int64_t now) {
  used_[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
  // Callbacks may destroy any node, so each is taken off the ring before its turn.
  Ring due;
  due.take(slots_[slot]);
  while (!due.empty()) {
    TimerNode& node = due.front();
    if (node.expiry_ > now) {
      arm(node, node.expiry_);
    } else {
      node.unlink();
      node.on_timer();
    }
  }
}

std::int64_t TimerWheel::next_wait(std::int64_t now) const {
  const std::size_t start = slot_of(now + 1);
  constexpr std::size_t words = slot_count / 64;
  for (std::size_t i = 0; i <= words; ++i) {
    const std::size_t index = (start / 64 + i) % words;
    std::uint64_t word = used_[index];
    // The first word is looked at twice: from the start bit on, and at the end below it.
    const std::uint64_t from_start = ~std::uint64_t{0} << (start % 64);
    if (i == 0) word &= from_start;
    if (i == words) word &= ~from_start;
    while (word != 0) {
      const std::size_t slot = index * 64 + static_cast<std::size_t>(std::countr_zero(word));
      if (!slots_[slot].empty())
        return static_cast<std::int64_t>((slot - start) & (slot_count - 1)) + 1;
      used_[index] &= ~(std::uint64_t{1} << (slot % 64));
      word &= word - 1;
    }
  }
  return -1;
}

}  // namespace commsd::net
