#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "plugin/provider_types.h"

namespace commsd::policy {

/// What is known of a file before it is sent.
struct FileFacts {
  std::string content_type;           // "" = not known
  std::optional<std::int64_t> bytes;  // the same
};

/// Which files a channel carries, by type and size. Data: config/media.yaml. What is not known of a
/// file is left to the vendor. [any thread]
class MediaLimits {
 public:
  /// invalid_argument names `file`, the line and what is wrong.
  static Result<MediaLimits> parse(std::string_view yaml, const std::string& file);
  /// Those that ship with the server.
  static MediaLimits standard();

  /// Whether a message may carry these files, in the order of its `mediaUrls`. unsupported: the
  /// type, or the channel carries none; too_large: one, or all together; the message names which.
  Result<void> check(plugin::ChannelKind channel, const std::vector<FileFacts>& facts) const;

 private:
  struct File {
    std::string type;  // ending in '/' or '.': all that begin so
    std::int64_t most_bytes = 0;
  };
  struct Channel {
    std::string carries;
    std::int64_t most_bytes = 0;  // of a type that is not known
    std::optional<std::int64_t> together_bytes;
    std::vector<File> files;
  };

  Result<void> refuse_channel() const;

  std::map<plugin::ChannelKind, Channel> channels_;
};

}  // namespace commsd::policy
