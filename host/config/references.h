#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "config/fault.h"
#include "config/node.h"

namespace commsd::config {

/// Replaces every text `env:NAME` below `node` by the environment variable of that name, and,
/// where `secrets` is given, `secret:NAME` by the secret (read_secret). `key` is the dotted path
/// of `node`. What cannot be replaced is a fault and stays as it is; without `secrets` a `secret:`
/// reference is a fault, because the value would end up where people look.
void resolve_references(Node& node, const std::string& file, const std::string& key,
                        const SecretsConfig* secrets, std::vector<ConfigFault>& faults);

}  // namespace commsd::config
