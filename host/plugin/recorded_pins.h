#pragma once

#include <map>
#include <string>

#include "base/result.h"

namespace commsd::plugin {

/// The digests of plugins that were uploaded, by path: as what was uploaded they are held to it,
/// whatever their folder asks for. A file as sha256sum writes it, "SHA256  PATH" a line, so that
/// `sha256sum -c` checks it. Both block on it; one that is not there is empty.
std::map<std::string, std::string> read_pins(const std::string& file);
/// Adds or replaces one, in one step. unavailable.
Result<void> record_pin(const std::string& file, const std::string& path,
                        const std::string& sha256);

}  // namespace commsd::plugin
