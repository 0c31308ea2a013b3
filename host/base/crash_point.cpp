#include "base/crash_point.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <unistd.h>

namespace commsd {

namespace {

constexpr std::array<std::string_view, 33> names{
    "store.before_commit",      "store.after_commit",       "outbound.before_accept",
    "outbound.after_accept",    "outbound.before_vendor",   "outbound.after_vendor",
    "outbound.before_result",   "outbound.after_result",    "inbound.before_commit",
    "inbound.after_commit",     "inbox.before_acknowledge", "inbox.after_acknowledge",
    "status.before_commit",     "status.after_commit",      "call.before_accept",
    "call.after_accept",        "call.before_vendor",       "call.after_vendor",
    "call.before_result",       "call.after_result",        "call_status.before_commit",
    "call_status.after_commit", "purchase.before_ask",      "purchase.after_ask",
    "purchase.after_vendor",    "purchase.after_hold",      "purchase.after_release",
    "provision.before_commit",  "provision.after_commit",   "callback.after_claim",
    "callback.before_result",   "callback.after_result",    "scheduled.before_attempt",
};

std::atomic<long> passes_left{0};

}  // namespace

void detail::reach_crash_point(std::string_view name) {
  const char* armed = armed_crash_point.load(std::memory_order_relaxed);
  if (!armed || name != armed) return;
  if (passes_left.fetch_sub(1) > 0) return;
  _exit(crash_point_exit_status);
}

bool arm_crash_point_from_environment() {
  const char* name = std::getenv("COMMSD_CRASH_POINT");
  if (!name || !*name) return true;
  if (std::find(names.begin(), names.end(), name) == names.end()) return false;
  const char* skip = std::getenv("COMMSD_CRASH_SKIP");
  passes_left = skip ? std::strtol(skip, nullptr, 10) : 0;
  detail::armed_crash_point = name;
  return true;
}

std::span<const std::string_view> list_crash_points() {
  return names;
}

}  // namespace commsd
