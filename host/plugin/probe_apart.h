#pragma once

#include <chrono>
#include <memory>
#include <stop_token>

#include "base/result.h"
#include "plugin/generation.h"

namespace commsd::plugin {

/// Blocks: the health check of an instance, on a thread that is left behind when the plugin does
/// not return from it. A reload waits for this, and with it whoever would stop the server. Errors
/// as Generation::probe; timeout: it did not return.
Result<void> probe_apart(const std::shared_ptr<Generation>& generation,
                         std::chrono::milliseconds limit, const std::stop_token& stop);

}  // namespace commsd::plugin
