#pragma once

#include <cstdint>

#include <comms/comms.h>
#include <comms/svc/crypto.h>

// The service tables a CheckedHost gives to plugins.

namespace comms::check {

const void* checked_service(const comms_host* host, const char* id);
void checked_log(const comms_host* host, std::int32_t level, comms_str line);
const comms_svc_crypto* checked_crypto();

}  // namespace comms::check
