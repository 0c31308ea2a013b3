#include "policy/vendor_blocks.h"

#include <cstdio>
#include <cstdlib>

#include <yaml-cpp/yaml.h>

#include "embedded/content.h"

namespace commsd::policy {

Result<VendorBlocks> VendorBlocks::parse(std::string_view yaml) try {
  const YAML::Node root = YAML::Load(std::string(yaml));
  const YAML::Node list = root["opt_out"];
  if (!list || !list.IsSequence()) {
    return fail(ErrorCode::invalid_argument, "vendor blocks: 'opt_out' must be a list");
  }
  VendorBlocks blocks;
  for (const YAML::Node& entry : list) {
    std::string provider = entry["provider"].as<std::string>("");
    std::string code = entry["code"].as<std::string>("");
    if (provider.empty() || code.empty()) {
      return fail(ErrorCode::invalid_argument, "vendor blocks: line " +
                                                   std::to_string(entry.Mark().line + 1) +
                                                   " needs a 'provider' and a 'code'");
    }
    blocks.codes_.emplace(std::move(provider), std::move(code));
  }
  return blocks;
} catch (const YAML::Exception& error) {
  return fail(ErrorCode::invalid_argument, std::string("vendor blocks: ") + error.what());
}

VendorBlocks VendorBlocks::standard() {
  Result<VendorBlocks> blocks = parse(embedded::content::vendor_blocks_yaml());
  if (!blocks) {
    // The file is part of the program: a fault in it is a build that should not have left CI.
    std::fprintf(stderr, "commsd: %s\n", blocks.error().message.c_str());
    std::abort();
  }
  return std::move(*blocks);
}

}  // namespace commsd::policy
