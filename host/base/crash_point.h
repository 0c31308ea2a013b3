#pragma once

#include <atomic>
#include <span>
#include <string_view>

namespace commsd {

/// Places where a test can end the process as a power cut would: at once, without flushing or
/// unwinding. COMMSD_CRASH_POINT names the place and COMMSD_CRASH_SKIP=N lets the first N passes
/// go by. Compiled into every build, because what is tested must be what is shipped; off, it costs
/// one relaxed load. The fault tests walk through list_crash_points().
namespace detail {
inline std::atomic<const char*> armed_crash_point{nullptr};
void reach_crash_point(std::string_view name);
}  // namespace detail

/// [any thread] `name` must be in list_crash_points().
inline void crash_point(std::string_view name) {
  if (detail::armed_crash_point.load(std::memory_order_relaxed)) detail::reach_crash_point(name);
}

/// Reads the two variables; main() calls it once before it starts threads. False, with nothing
/// armed, when COMMSD_CRASH_POINT names no crash point: a test with a typing error must not pass.
[[nodiscard]] bool arm_crash_point_from_environment();

/// Every crash point of the tree.
std::span<const std::string_view> list_crash_points();

/// The exit status of a process that ended at a crash point: that of one killed by SIGKILL.
inline constexpr int crash_point_exit_status = 137;

}  // namespace commsd
