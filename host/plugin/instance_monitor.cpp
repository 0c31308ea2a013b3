#include "plugin/instance_monitor.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace commsd::plugin {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

std::int64_t to_nanoseconds(Clock::time_point at) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch()).count();
}

/// What a thread is in. Written by that thread alone: `due` before `instance` on the way in, so
/// that whoever reads the same instance before and after reads a time that belongs to it.
struct ThreadState {
  ThreadState();
  ~ThreadState();
  ThreadState(const ThreadState&) = delete;
  ThreadState& operator=(const ThreadState&) = delete;

  std::atomic<std::uint64_t> instance{0};
  std::atomic<std::int64_t> due{kNever};
  std::atomic<bool> quick{true};
};

/// All threads that ever entered a plugin and still live, and all instances.
struct Everything {
  std::mutex mutex;
  std::vector<const ThreadState*> threads;
  std::map<std::uint64_t, InstanceMonitor*> monitors;
  std::uint64_t last_number = 0;
};

/// Never destroyed: threads that are stuck in a plugin outlive main().
Everything& everything() {
  static auto* const all = new Everything;
  return *all;
}

ThreadState::ThreadState() {
  provide_signal_stack();
  const std::lock_guard lock(everything().mutex);
  everything().threads.push_back(this);
}

ThreadState::~ThreadState() {
  const std::lock_guard lock(everything().mutex);
  std::erase(everything().threads, this);
}

ThreadState& this_thread() {
  static thread_local ThreadState state;
  return state;
}

std::uint64_t enlist(InstanceMonitor* monitor) {
  const std::lock_guard lock(everything().mutex);
  const std::uint64_t number = ++everything().last_number;
  everything().monitors.emplace(number, monitor);
  return number;
}

}  // namespace

InstanceMonitor::InstanceMonitor(std::string provider, const std::string& plugin_id,
                                 const std::string& sha256, std::size_t threads, Limits limits)
    : provider_(std::move(provider)),
      blame_(plugin_id + " " + sha256),
      threads_(std::max<std::size_t>(threads, 1)),
      limits_(limits),
      number_(enlist(this)) {}

InstanceMonitor::~InstanceMonitor() {
  const std::lock_guard lock(everything().mutex);
  everything().monitors.erase(number_);
}

bool InstanceMonitor::stuck() const {
  const std::int64_t end = pause_end_.load(std::memory_order_relaxed);
  return end != 0 && (end == kNever || to_nanoseconds(Clock::now()) < end);
}

std::string InstanceMonitor::trouble() const {
  if (!stuck()) return {};
  if (const std::size_t lost = lost_threads(); lost > 0) {
    return std::to_string(lost) + (lost == 1 ? " call" : " calls") +
           " into it did not return in time; what it should do goes to the fallback, and a thread "
           "is lost for each: restart the server";
  }
  return "a call into it did not return in time; it is tried again after a pause, and at once "
         "after "
         "a reload";
}

void InstanceMonitor::set_overdue(std::size_t quick, std::size_t blocking) {
  overdue_quick_ = quick;
  overdue_blocking_ = blocking;
  const bool was = pause_end_ == kNever;
  // A call that blocks has a thread of the instance's own; with the last of them nothing works.
  const bool now = quick > 0 || blocking >= threads_;
  if (now && !was) {
    pause_end_ = kNever;
    ++times_;
    telemetry::metrics()
        .counter("commsd_plugin_stuck_total", "Times an instance did not return from a call.",
                 {{"provider", provider_}})
        .add();
    log::error("plugin_stuck", {{"provider", provider_}, {"threads", quick + blocking}});
  } else if (!now && was) {
    const int doublings = std::min(times_ - 1, 16);
    const auto pause =
        std::min(limits_.first_pause * (std::int64_t{1} << doublings), limits_.longest_pause);
    pause_end_ = to_nanoseconds(Clock::now() + pause);
    log::warn("plugin_not_stuck_any_more", {{"provider", provider_}, {"pause_ms", pause}});
  }
}

void InstanceMonitor::note_end(std::string_view what, Clock::duration took) {
  if (took <= limits_.slow) return;
  ++slow_calls_;
  telemetry::metrics()
      .counter("commsd_plugin_slow_calls_total",
               "Calls into a plugin that held an event loop for more than 50 ms.",
               {{"provider", provider_}})
      .add();
  log::warn("plugin_call_slow", {{"provider", provider_}, {"what", what}, {"took_ms", took}});
}

InstanceMonitor::Call::Call(InstanceMonitor& monitor, std::string_view what)
    : Call(monitor, what, Kind::quick, monitor.limits_.stuck) {}

InstanceMonitor::Call::Call(InstanceMonitor& monitor, std::string_view what, LongRead)
    : Call(monitor, what, Kind::long_read, monitor.limits_.long_read) {}

InstanceMonitor::Call::Call(InstanceMonitor& monitor, std::string_view what,
                            std::chrono::milliseconds limit)
    : Call(monitor, what, Kind::blocking, limit) {}

InstanceMonitor::Call::Call(InstanceMonitor& monitor, std::string_view what, Kind kind,
                            std::chrono::milliseconds limit)
    : monitor_(monitor), what_(what), kind_(kind), begun_(Clock::now()), blame_(monitor.blame_) {
  ThreadState& thread = this_thread();
  outer_ = {thread.instance.load(std::memory_order_relaxed),
            thread.due.load(std::memory_order_relaxed),
            thread.quick.load(std::memory_order_relaxed)};
  thread.instance.store(0, std::memory_order_release);
  thread.due.store(limit.count() == 0 ? kNever : to_nanoseconds(begun_ + limit),
                   std::memory_order_release);
  // Of the threads on which much is read there are even fewer than loops.
  thread.quick.store(kind != Kind::blocking, std::memory_order_release);
  thread.instance.store(monitor.number_, std::memory_order_release);
}

InstanceMonitor::Call::~Call() {
  ThreadState& thread = this_thread();
  thread.instance.store(0, std::memory_order_release);
  thread.due.store(outer_.due, std::memory_order_release);
  thread.quick.store(outer_.quick, std::memory_order_release);
  thread.instance.store(outer_.instance, std::memory_order_release);
  if (kind_ == Kind::quick) monitor_.note_end(what_, Clock::now() - begun_);
}

void InstanceMonitor::look_at_calls() {
  Everything& all = everything();
  const std::lock_guard lock(all.mutex);
  std::map<std::uint64_t, std::pair<std::size_t, std::size_t>> overdue;
  const std::int64_t now = to_nanoseconds(Clock::now());
  for (const ThreadState* thread : all.threads) {
    const std::uint64_t instance = thread->instance.load(std::memory_order_acquire);
    const std::int64_t due = thread->due.load(std::memory_order_acquire);
    const bool quick = thread->quick.load(std::memory_order_acquire);
    if (instance == 0 || due > now) continue;
    if (thread->instance.load(std::memory_order_acquire) != instance) continue;
    auto& counts = overdue[instance];
    ++(quick ? counts.first : counts.second);
  }
  for (const auto& [number, monitor] : all.monitors) {
    const auto counts = overdue.find(number);
    if (counts != overdue.end()) {
      monitor->set_overdue(counts->second.first, counts->second.second);
    } else if (monitor->lost_threads() > 0 || monitor->pause_end_ == kNever) {
      monitor->set_overdue(0, 0);
    }
  }
}

}  // namespace commsd::plugin
