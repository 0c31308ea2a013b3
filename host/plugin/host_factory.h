#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <comms/comms.h>

#include "plugin/services/service_host.h"

namespace commsd::plugin {

/// For whom a comms_host is made: one instance of one provider.
struct InstanceInfo {
  std::string provider;             // short name; also the name space of its cache and metrics
  std::string plugin_id;            // "com.acme.email"
  std::vector<std::string> egress;  // origin patterns it may talk to
  std::size_t max_requests = 200;   // HTTP requests under way at once
  std::shared_ptr<InstanceMonitor> monitor;
};

/// Makes what an instance is given at create(). The manager keeps the pointer until destroy() has
/// returned and every operation of the instance has ended.
using HostFactory = std::function<std::shared_ptr<const comms_host>(const InstanceInfo&)>;

/// The real services: each instance gets a ServiceHost over `parts`, whose references must outlive
/// the manager.
HostFactory service_hosts(const ServiceParts& parts);

}  // namespace commsd::plugin
