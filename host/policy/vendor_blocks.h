#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace commsd::policy {

/// Which refusals of vendors say that the recipient opted out there. The codes are data
/// (config/content/vendor_blocks.yaml). [any thread]
class VendorBlocks {
 public:
  /// invalid_argument says what is wrong.
  static Result<VendorBlocks> parse(std::string_view yaml);
  /// The codes that ship with the server.
  static VendorBlocks standard();

  bool means_opt_out(const std::string& provider, const std::string& code) const {
    return !code.empty() && codes_.contains({provider, code});
  }

 private:
  std::set<std::pair<std::string, std::string>> codes_;
};

}  // namespace commsd::policy
