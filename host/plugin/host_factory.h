#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <comms/comms.h>

namespace commsd::plugin {

/// For whom a comms_host is made: one instance of one provider.
struct InstanceInfo {
  std::string provider;               // short name; also the name space of its cache and metrics
  std::string plugin_id;              // "com.acme.email"
  std::vector<std::string> services;  // ids the manifest asks for
  std::vector<std::string> egress;    // origins the manifest names
  std::string config_json;            // holds secrets: whoever redacts needs to know them
};

/// Makes what an instance is given at create(). The manager keeps the pointer until destroy() has
/// returned and every operation of the instance has ended.
using HostFactory = std::function<std::shared_ptr<const comms_host>(const InstanceInfo&)>;

}  // namespace commsd::plugin
