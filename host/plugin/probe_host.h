#pragma once

#include <memory>
#include <string>

#include <comms/comms.h>

namespace commsd::plugin {

/// What an instance gets in the probe: the services of service_hosts() without a network.
std::shared_ptr<const comms_host> probe_host(const std::string& provider,
                                             const std::string& plugin_id);

}  // namespace commsd::plugin
