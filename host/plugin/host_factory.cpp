#include "plugin/host_factory.h"

#include <utility>

#include "net/egress.h"
#include "telemetry/log.h"

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

}  // namespace

HostFactory service_hosts(const ServiceParts& parts) {
  return [parts](const InstanceInfo& info) {
    InstanceIdentity identity;
    identity.plugin_id = info.plugin_id;
    identity.provider = info.provider;
    identity.egress = parse_egress(info);
    identity.max_requests = info.max_requests;
    identity.monitor = info.monitor;
    const auto host = std::make_shared<ServiceHost>(parts, std::move(identity));
    return std::shared_ptr<const comms_host>(host, host->table());
  };
}

}  // namespace commsd::plugin
