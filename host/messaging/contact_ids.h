#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace commsd::messaging {

/// Names for contacts that say nothing about them. A contact's address must not stand in a URI:
/// clients repeat URIs in headers, and headers end up in the logs of proxies. An id is the address
/// encrypted under the server's key (AES-256-SIV, RFC 5297, with the organization as associated
/// data): the same address has the same id in one organization and another one elsewhere, and no
/// table is needed to lead back. [any thread]
class ContactIds {
 public:
  /// `key` is any secret text that stays the same across restarts.
  explicit ContactIds(std::string_view key);

  std::string seal(std::string_view org_id, std::string_view address) const;
  /// Empty for what this server did not seal for this organization.
  std::optional<std::string> open(std::string_view org_id, std::string_view id) const;

 private:
  std::string key_;  // 64 bytes
};

}  // namespace commsd::messaging
