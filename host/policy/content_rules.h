#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "policy/content_filter.h"

namespace commsd::policy {

/// The content filter in force. A new one serves the next question; questions in progress finish
/// with theirs. [any thread]
class ContentRules {
 public:
  explicit ContentRules(ContentFilter filter)
      : filter_(std::make_shared<const ContentFilter>(std::move(filter))) {}

  void replace(ContentFilter filter) {
    auto next = std::make_shared<const ContentFilter>(std::move(filter));
    const std::lock_guard lock(mutex_);
    filter_.swap(next);
  }

  /// As ContentFilter::check.
  std::optional<ContentMatch> check(std::string_view text, std::string_view subject = {},
                                    std::string_view html = {}) const {
    return current()->check(text, subject, html);
  }

 private:
  std::shared_ptr<const ContentFilter> current() const {
    const std::lock_guard lock(mutex_);
    return filter_;
  }

  mutable std::mutex mutex_;  // guards filter_ only, for the length of a pointer's copy
  std::shared_ptr<const ContentFilter> filter_;
};

}  // namespace commsd::policy
