#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace commsd::policy {

/// Name and text of every `*.yaml` in a folder, by name. unavailable names the folder or file that
/// cannot be read. Blocks on files.
Result<std::vector<std::pair<std::string, std::string>>> read_yaml_folder(
    const std::string& folder);

}  // namespace commsd::policy
