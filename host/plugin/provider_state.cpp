#include "plugin/provider_state.h"

namespace commsd::plugin {

std::string_view to_string(ProviderStatus status) {
  switch (status) {
    case ProviderStatus::disabled:
      return "disabled";
    case ProviderStatus::refused:
      return "refused";
    case ProviderStatus::failed:
      return "failed";
    case ProviderStatus::healthy:
      return "healthy";
    case ProviderStatus::stuck:
      return "stuck";
    case ProviderStatus::safe_mode:
      return "safe_mode";
    case ProviderStatus::degraded:
      break;
  }
  return "degraded";
}

}  // namespace commsd::plugin
