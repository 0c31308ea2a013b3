#pragma once

#include <algorithm>
#include <string_view>

#include "base/text.h"

namespace commsd::policy {

/// Whether an agent's kill switch (store::Agent::blocked_channels) is thrown on a channel.
inline bool is_blocked(std::string_view blocked_channels, std::string_view channel) {
  const auto words = split(blocked_channels, ' ');
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return word == "*" || word == channel; });
}

}  // namespace commsd::policy
