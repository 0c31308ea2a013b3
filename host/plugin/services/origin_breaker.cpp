#include "plugin/services/origin_breaker.h"

#include <algorithm>

namespace commsd::plugin {
namespace {

constexpr int kFailures = 10;
constexpr std::chrono::milliseconds kFirstPause{1'000};
constexpr std::chrono::milliseconds kLongestPause{30'000};
constexpr std::size_t kMostOrigins = 256;  // a plugin may be told to fetch from anywhere

std::string_view origin_of(std::string_view url) {
  const std::size_t host = url.find("://");
  return host == std::string_view::npos ? url : url.substr(0, url.find_first_of("/?#", host + 3));
}

}  // namespace

bool OriginBreaker::admits(std::string_view url, Moment now) {
  const std::lock_guard lock(mutex_);
  const auto origin = origins_.find(origin_of(url));
  if (origin == origins_.end() || origin->second.failures < kFailures) return true;
  if (now < origin->second.until) return false;
  // One finds out; the others wait for as long again.
  origin->second.until = now + origin->second.pause;
  origin->second.asked = true;
  return true;
}

void OriginBreaker::note(std::string_view url, const net::HttpOutcome& outcome, Moment now) {
  using Kind = net::TransportFailure::Kind;
  const bool heard =
      outcome || outcome.error().status != 0 || outcome.error().kind == Kind::too_large;
  const std::lock_guard lock(mutex_);
  const auto known = origins_.find(origin_of(url));
  if (heard) {
    if (known != origins_.end()) origins_.erase(known);
    return;
  }
  const Kind kind = outcome.error().kind;
  if (kind == Kind::cancelled || kind == Kind::refused_by_egress) return;
  if (known == origins_.end() && origins_.size() >= kMostOrigins) origins_.clear();
  Origin& origin = origins_[std::string(origin_of(url))];
  ++origin.failures;
  // Those that were under way when it was given up say nothing new.
  if (origin.failures < kFailures || (now < origin.until && !origin.asked)) return;
  origin.asked = false;
  origin.pause = std::clamp(origin.pause * 2, kFirstPause, kLongestPause);
  origin.until = now + origin.pause;
}

}  // namespace commsd::plugin
