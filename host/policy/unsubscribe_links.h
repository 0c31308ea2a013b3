#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace commsd::policy {

/// The links by which mail can be unsubscribed from with one click (RFC 8058). A link says on its
/// own whom it is for, signed, so that it works for ever, without a login and on every worker; the
/// contact is in it as the keyed hash of the suppression list, because links end up in logs.
/// [any thread]
class UnsubscribeLinks {
 public:
  struct Target {
    std::string org_id;
    std::string agent_id;
    std::string channel;
    std::string contact_hash;
    bool operator==(const Target&) const = default;
  };

  /// `key` is any secret text that stays the same; `public_url` has no '/' at its end.
  UnsubscribeLinks(std::string_view key, std::string public_url);

  std::string url(const Target& target) const;
  /// The last part of the URL. Empty for what this server did not sign.
  std::optional<Target> open(std::string_view token) const;

 private:
  std::string sign(std::string_view text) const;

  std::string key_;
  std::string public_url_;
};

}  // namespace commsd::policy
