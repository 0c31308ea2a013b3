#include "net/event_loop.h"

#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <time.h>
#include <unistd.h>
#include <utility>

namespace commsd::net {

namespace {

// A broadcast to 10,000 streams posts 10,000 jobs; requests get a turn after every so many.
constexpr std::size_t jobs_per_turn = 256;
constexpr std::int64_t coarse_ms = 256;
constexpr std::int64_t nanoseconds_per_ms = 1'000'000;

std::int64_t monotonic_nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

class EventLoop::JobTimer final : public TimerNode {
 public:
  JobTimer(EventLoop& loop, TimerId id, Job job) : loop_(loop), id_(id), job_(std::move(job)) {}

 private:
  void on_timer() override {
    const Job job = std::move(job_);
    const TimerId id = id_;
    loop_.timers_.erase(id);  // destroys this
    job();
  }

  EventLoop& loop_;
  const TimerId id_;
  Job job_;
};

EventLoop::EventLoop(std::string name) : name_(std::move(name)) {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) throw_errno("epoll_create1");
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_ < 0) {
    close(epoll_);
    throw_errno("eventfd");
  }
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = static_cast<std::uint32_t>(wake_);
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) != 0) {
    close(wake_);
    close(epoll_);
    throw_errno("epoll_ctl");
  }
  update_now();
  wheel_.advance(now_);
}

EventLoop::~EventLoop() {
  close(wake_);
  close(epoll_);
}

void EventLoop::post(Job job) {
  bool must_wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    posted_.push_back(std::move(job));
    must_wake = std::exchange(sleeping_, false);
  }
  if (must_wake) wake();
}

void EventLoop::wake() {
  const std::uint64_t one = 1;
  // Fails only when the counter is full, and then the loop is being woken already.
  [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof one);
}

Executor::TimerId EventLoop::start_timer(std::chrono::nanoseconds delay, Job job) {
  const TimerId id = ++last_timer_;
  auto timer = std::make_unique<JobTimer>(*this, id, std::move(job));
  const std::int64_t due = monotonic_nanoseconds() + std::max<std::int64_t>(delay.count(), 0);
  wheel_.arm(*timer, (due + nanoseconds_per_ms - 1) / nanoseconds_per_ms);
  timers_.emplace(id, std::move(timer));
  return id;
}

bool EventLoop::cancel_timer(TimerId timer) {
  return timers_.erase(timer) > 0;
}

void EventLoop::arm_coarse(TimerNode& node, std::chrono::milliseconds delay) {
  const std::int64_t due = now_ + delay.count();
  wheel_.arm(node, (due + coarse_ms - 1) / coarse_ms * coarse_ms);
}

void EventLoop::add(int descriptor, std::uint32_t events, EventHandler& handler) {
  const auto index = static_cast<std::size_t>(descriptor);
  if (index >= slots_.size()) slots_.resize(std::max(index + 1, slots_.size() * 2));
  Slot& slot = slots_[index];
  epoll_event event{};
  event.events = events;
  event.data.u64 = std::uint64_t{slot.generation} << 32 | static_cast<std::uint32_t>(descriptor);
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) throw_errno("epoll_ctl add");
  slot.handler = &handler;
}

void EventLoop::modify(int descriptor, std::uint32_t events) {
  const Slot& slot = slots_.at(static_cast<std::size_t>(descriptor));
  epoll_event event{};
  event.events = events;
  event.data.u64 = std::uint64_t{slot.generation} << 32 | static_cast<std::uint32_t>(descriptor);
  if (epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event) != 0) throw_errno("epoll_ctl modify");
}

void EventLoop::remove(int descriptor) {
  const auto index = static_cast<std::size_t>(descriptor);
  if (index >= slots_.size() || slots_[index].handler == nullptr) return;
  slots_[index].handler = nullptr;
  // Events of this turn that were fetched before carry the old generation and are dropped, even
  // when the number is taken by the next connection at once.
  ++slots_[index].generation;
  epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
}

void EventLoop::run() {
  const Running running(this);
  while (!stopping_.load(std::memory_order_relaxed)) {
    wait_and_dispatch();
    wheel_.advance(now_);
    run_jobs();
  }
  std::vector<Job> unrun;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    unrun.swap(posted_);
  }
  // What the jobs own may cancel timers when it is destroyed, so neither goes in place.
  const std::vector<Job> rest = std::exchange(running_, {});
  next_job_ = 0;
  const auto timers = std::exchange(timers_, {});
}

void EventLoop::stop() {
  stopping_ = true;
  wake();
}

int EventLoop::wait_limit() {
  if (next_job_ < running_.size()) return 0;
  const std::lock_guard lock(mutex_);
  if (!posted_.empty()) return 0;
  sleeping_ = true;
  const std::int64_t wait = wheel_.next_wait(now_);
  return static_cast<int>(wait);
}

void EventLoop::wait_and_dispatch() {
  std::array<epoll_event, 256> events;
  const int limit = wait_limit();
  const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), limit);
  if (count < 0 && errno != EINTR) throw_errno("epoll_wait");
  update_now();
  if (limit != 0) {
    const std::lock_guard lock(mutex_);
    sleeping_ = false;
  }
  for (int i = 0; i < count; ++i) {
    const std::uint64_t data = events[static_cast<std::size_t>(i)].data.u64;
    const auto descriptor = static_cast<std::uint32_t>(data);
    if (static_cast<int>(descriptor) == wake_) {
      std::uint64_t value = 0;
      [[maybe_unused]] const ssize_t got = read(wake_, &value, sizeof value);
      continue;
    }
    const Slot slot = slots_[descriptor];
    if (slot.handler == nullptr || slot.generation != static_cast<std::uint32_t>(data >> 32))
      continue;
    slot.handler->on_events(events[static_cast<std::size_t>(i)].events);
  }
}

void EventLoop::run_jobs() {
  if (next_job_ == running_.size()) {
    running_.clear();
    next_job_ = 0;
    const std::lock_guard lock(mutex_);
    running_.swap(posted_);
  }
  const std::size_t end = std::min(running_.size(), next_job_ + jobs_per_turn);
  while (next_job_ < end) {
    const Job job = std::move(running_[next_job_++]);
    job();
  }
}

void EventLoop::update_now() {
  now_ = monotonic_nanoseconds() / nanoseconds_per_ms;
}

}  // namespace commsd::net
