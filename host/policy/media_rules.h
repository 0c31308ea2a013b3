#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "policy/media_limits.h"

namespace commsd::policy {

/// The limits of files in force. New ones serve the next question; questions in progress finish
/// with theirs. [any thread]
class MediaRules {
 public:
  explicit MediaRules(MediaLimits limits)
      : limits_(std::make_shared<const MediaLimits>(std::move(limits))) {}

  void replace(MediaLimits limits) {
    auto next = std::make_shared<const MediaLimits>(std::move(limits));
    const std::lock_guard lock(mutex_);
    limits_.swap(next);
  }

  /// As MediaLimits::check.
  Result<void> check(plugin::ChannelKind channel, const std::vector<FileFacts>& facts) const {
    return current()->check(channel, facts);
  }

 private:
  std::shared_ptr<const MediaLimits> current() const {
    const std::lock_guard lock(mutex_);
    return limits_;
  }

  mutable std::mutex mutex_;  // guards limits_ only, for the length of a pointer's copy
  std::shared_ptr<const MediaLimits> limits_;
};

}  // namespace commsd::policy
