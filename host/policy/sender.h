#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "plugin/providers.h"

namespace commsd::policy {

/// What something goes out from. A number belongs to the vendor that sold it: any other would show
/// a stranger's, or refuse. A mailbox belongs to whoever has its domain, and which domains a vendor
/// sends for is the vendor's to say.
struct Sender {
  std::string address;
  /// Names of the providers that may send from it, as words; more than one when an operator has set
  /// the number up at several. "" = any may.
  std::string owners;
};

/// Whether `provider` is among `owners`, or anybody may. [any thread]
bool may_send_from(std::string_view owners, std::string_view provider);

/// Those of `providers` that may, in their order.
std::vector<std::shared_ptr<plugin::MessageProvider>> owners_among(
    std::vector<std::shared_ptr<plugin::MessageProvider>> providers, std::string_view owners);

/// What is said when there are providers, and none of them may. unavailable.
Error none_may_send(std::string_view owners, std::string_view channel);

/// What is added to the error of one that may, when `other` could have been next and may not.
std::string not_asked(std::string_view other);

}  // namespace commsd::policy
