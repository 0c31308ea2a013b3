#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "plugin/providers.h"
#include "store/inbox_item.h"

namespace commsd::messaging {

/// URLs of received files at this server. A vendor's own URL asks for the vendor's credentials,
/// which no agent has, so the agent is given one of ours: signed, expiring, and saying nothing but
/// which file of which inbox item it is. The file itself is fetched when somebody comes for it
/// (InboundMedia). Where a provider's URLs need no credentials, they are given as they are,
/// unless the files are kept here. A file without a URL came inside the webhook.
/// [any thread]
class MediaLinks {
 public:
  /// `key` is any secret text that stays the same; `public_url` has no '/' at its end. `providers`
  /// outlives this.
  MediaLinks(std::string_view key, std::string public_url, plugin::Providers& providers);

  struct Target {
    std::string org_id;
    std::string agent_id;
    std::string item_id;
    std::int64_t position = 0;
    bool operator==(const Target&) const = default;
  };

  std::string url(const Target& target, UnixMillis expires_at) const;
  /// By the last segment of the URL. Empty for what is forged or has expired.
  std::optional<Target> open(std::string_view token, UnixMillis now) const;

  /// The item's media, [{"url","contentType","filename","size"}], as the agent is shown them.
  std::string media_json(const store::InboxItem& item, UnixMillis expires_at) const;

 private:
  std::string sign(std::string_view text) const;

  std::string key_;
  std::string public_url_;
  plugin::Providers& providers_;
};

}  // namespace commsd::messaging
