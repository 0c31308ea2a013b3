#include "plugin/host_factory.h"

#include <utility>

#include "base/clock.h"
#include "base/random.h"
#include "net/egress.h"
#include "plugin/services/cache.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace commsd::plugin {
namespace {

std::shared_ptr<const net::EgressList> parse_egress(const InstanceInfo& info) {
  auto list = std::make_shared<net::EgressList>();
  for (const std::string& text : info.egress) {
    auto pattern = net::OriginPattern::parse(text);
    if (pattern) {
      list->push_back(std::move(*pattern));
    } else {
      // Not an error of the instance: it only may not talk to that origin.
      log::warn("plugin_egress_ignored", {{"plugin", info.plugin_id}, {"why", pattern.error()}});
    }
  }
  return list;
}

std::shared_ptr<const comms_host> make(const ServiceParts& parts, InstanceIdentity identity) {
  auto host = std::make_shared<ServiceHost>(parts, std::move(identity));
  const comms_host* table = host->table();
  return {std::move(host), table};
}

}  // namespace

HostFactory service_hosts(const ServiceParts& parts) {
  return [parts](const InstanceInfo& info) {
    InstanceIdentity identity;
    identity.plugin_id = info.plugin_id;
    identity.provider = info.provider;
    identity.egress = parse_egress(info);
    identity.max_requests = info.max_requests;
    identity.monitor = info.monitor;
    return make(parts, std::move(identity));
  };
}

std::shared_ptr<const comms_host> probe_host(const std::string& provider,
                                             const std::string& plugin_id) {
  static SystemClock clock;
  static SystemRandom random;
  static ProviderCaches caches;
  InstanceIdentity identity;
  identity.plugin_id = plugin_id;
  identity.provider = provider;
  return make(ServiceParts{nullptr, nullptr, clock, random, caches, telemetry::metrics()},
              std::move(identity));
}

}  // namespace commsd::plugin
