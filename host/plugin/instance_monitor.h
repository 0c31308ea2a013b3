#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "plugin/crash_blame.h"

namespace commsd::plugin {

/// How one instance behaves towards the threads that enter it. Calls that must be quick ([any] and
/// [op] in the ABI) are timed: over 50 ms is logged and counted; one that is not back within 5 s
/// marks the instance stuck, because the thread it holds is one of few event loops. Those that read
/// so much that they are not made on a loop may take longer. A stuck instance gets no new traffic
/// until its calls are back and a pause is over, which doubles each time. [any thread]
class InstanceMonitor {
 public:
  struct Limits {
    std::chrono::milliseconds slow{50};
    std::chrono::milliseconds stuck{5'000};
    std::chrono::milliseconds long_read{60'000};  // four times what 1 GB should need
    std::chrono::milliseconds first_pause{30'000};
    std::chrono::milliseconds longest_pause{600'000};
  };

  /// `threads`: how many of its own the instance has, for calls that block.
  InstanceMonitor(std::string provider, const std::string& plugin_id, const std::string& sha256,
                  std::size_t threads, Limits limits);
  InstanceMonitor(std::string provider, const std::string& plugin_id, const std::string& sha256,
                  std::size_t threads)
      : InstanceMonitor(std::move(provider), plugin_id, sha256, threads, Limits()) {}
  ~InstanceMonitor();
  InstanceMonitor(const InstanceMonitor&) = delete;
  InstanceMonitor& operator=(const InstanceMonitor&) = delete;

  const std::string& provider() const { return provider_; }
  /// For Blame: "PLUGIN SHA256".
  const std::string& blame() const { return blame_; }
  bool stuck() const;
  /// Threads that are in a call which should long have returned: they are lost until it does.
  std::size_t lost_threads() const { return overdue_quick_ + overdue_blocking_; }
  std::uint64_t slow_calls() const { return slow_calls_; }
  /// Why it is stuck, for people; empty when it is not.
  std::string trouble() const;

  /// One call into the plugin, on this thread, until it is destroyed. Nested ones restore what was
  /// there: a plugin's release function may run inside of another call. Costs two looks at the
  /// clock and no lock.
  class Call {
   public:
    /// [any] and [op]: quick. `what` is for the log and must outlive the process' interest in it:
    /// a literal, or the name of a slot.
    Call(InstanceMonitor& monitor, std::string_view what);
    /// [block]: may last as long as its own limit. 0: no limit, only blamed for crashes.
    Call(InstanceMonitor& monitor, std::string_view what, std::chrono::milliseconds limit);
    /// What differs from the first is that it may be slow, up to Limits::long_read.
    struct LongRead {};
    Call(InstanceMonitor& monitor, std::string_view what, LongRead);
    ~Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    enum class Kind { quick, long_read, blocking };
    Call(InstanceMonitor& monitor, std::string_view what, Kind kind,
         std::chrono::milliseconds limit);

    InstanceMonitor& monitor_;
    const std::string_view what_;
    const Kind kind_;
    const std::chrono::steady_clock::time_point begun_;
    struct Place {
      std::uint64_t instance = 0;
      std::int64_t due = 0;
      bool quick = true;
    } outer_;
    const Blame blame_;
  };

  /// A call that must be quick.
  template <typename Function>
  auto timed(std::string_view what, Function function) {
    const Call call(*this, what);
    return function();
  }
  /// One that reads so much that it has a thread apart from the event loops.
  template <typename Function>
  auto timed_long_read(std::string_view what, Function function) {
    const Call call(*this, what, Call::LongRead());
    return function();
  }

  /// Looks at all threads and tells every instance how many of its calls are overdue. For one
  /// thread that does so a few times within the time after which a call is stuck.
  static void look_at_calls();

 private:
  friend class Call;
  void note_end(std::string_view what, std::chrono::steady_clock::duration took);
  void set_overdue(std::size_t quick, std::size_t blocking);

  const std::string provider_;
  const std::string blame_;  // "PLUGIN SHA256"
  const std::size_t threads_;
  const Limits limits_;
  std::atomic<std::uint64_t> slow_calls_{0};
  std::atomic<std::size_t> overdue_quick_{0};
  std::atomic<std::size_t> overdue_blocking_{0};
  std::atomic<std::int64_t> pause_end_{0};  // steady clock, ns; INT64_MAX while calls are overdue
  std::atomic<int> times_{0};               // it was stuck
  // Of this monitor, never 0. Made last, for look_at_calls() finds the monitor from then on.
  const std::uint64_t number_;
};

}  // namespace commsd::plugin
