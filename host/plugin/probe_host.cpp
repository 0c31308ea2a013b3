#include "plugin/probe_host.h"

#include <utility>

#include "base/clock.h"
#include "base/random.h"
#include "plugin/services/cache.h"
#include "plugin/services/service_host.h"
#include "plugin/services/tables.h"
#include "telemetry/metrics.h"

namespace commsd::plugin {

std::shared_ptr<const comms_host> probe_host(const std::string& provider,
                                             const std::string& plugin_id) {
  static SystemClock clock;
  static SystemRandom random;
  static ProviderCaches caches;
  InstanceIdentity identity;
  identity.plugin_id = plugin_id;
  identity.provider = provider;
  const ServiceParts parts{nullptr,
                           nullptr,
                           clock,
                           random,
                           caches,
                           telemetry::metrics(),
                           {&kNoHttpService, &kNoWsService}};
  const auto host = std::make_shared<ServiceHost>(parts, std::move(identity));
  return {host, host->table()};
}

}  // namespace commsd::plugin
