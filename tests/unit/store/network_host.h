#pragma once

#include <memory>
#include <string>

#include <comms/comms.h>

namespace commsd::store::test {

/// What a provider is given by the server itself, with its HTTP client, which may talk to `origin`,
/// e.g. "http://127.0.0.1:8080". Ends the test program when that is none.
std::shared_ptr<const comms_host> host_with_network(const std::string& provider,
                                                    const std::string& origin);

}  // namespace commsd::store::test
