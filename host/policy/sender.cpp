#include "policy/sender.h"

#include <algorithm>

#include "base/text.h"

namespace commsd::policy {

bool may_send_from(std::string_view owners, std::string_view provider) {
  const auto names = split(owners, ' ');
  return owners.empty() || std::find(names.begin(), names.end(), provider) != names.end();
}

std::vector<std::shared_ptr<plugin::MessageProvider>> owners_among(
    std::vector<std::shared_ptr<plugin::MessageProvider>> providers, std::string_view owners) {
  std::erase_if(providers,
                [owners](const auto& one) { return !may_send_from(owners, one->name()); });
  return providers;
}

Error none_may_send(std::string_view owners, std::string_view channel) {
  return make_error(
      ErrorCode::unavailable,
      "the address it goes out from belongs to '" + std::string(owners) +
          "', and no provider of that name is active here for " + std::string(channel),
      "configure that provider again, as 'use' or in 'fallback'; if the number is at another one "
      "by now, say so: commsctl numbers set --to provider --provider NAME; else provision the "
      "channel anew",
      "sender");
}

std::string not_asked(std::string_view other) {
  return " (the provider '" + std::string(other) +
         "' was not asked: the number this goes out from is not one of its own)";
}

}  // namespace commsd::policy
