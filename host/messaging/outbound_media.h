#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "plugin/provider_types.h"

namespace commsd::messaging {

/// What is known of a file before it is sent.
struct FileFacts {
  std::string content_type;           // "" = not known
  std::optional<std::int64_t> bytes;  // the same
};

/// Looks at a file where it is. invalid_argument says why no vendor can fetch it there.
using LookAtFile = std::function<Task<Result<FileFacts>>(std::string url)>;

/// Whether a channel carries such files: the limits are the smallest of what the vendors'
/// documents allow. What is not known is left to the vendor. `facts` are of `message.media_urls`,
/// in their order. unsupported: the type; too_large: one, or all together; the message names which.
Result<void> check_media(const plugin::OutboundMessage& message,
                         const std::vector<FileFacts>& facts);

}  // namespace commsd::messaging
