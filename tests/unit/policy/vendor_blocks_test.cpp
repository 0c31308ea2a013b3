#include "policy/vendor_blocks.h"

#include <gtest/gtest.h>

namespace commsd::policy {
namespace {

TEST(VendorBlocks, OnlyAVendorsOwnCodeMeansAnOptOut) {
  const VendorBlocks blocks = VendorBlocks::standard();
  EXPECT_TRUE(blocks.means_opt_out("twilio", "21610"));
  EXPECT_TRUE(blocks.means_opt_out("telnyx", "40300"));
  EXPECT_TRUE(blocks.means_opt_out("plivo", "200"));
  EXPECT_FALSE(blocks.means_opt_out("telnyx", "21610"));
  EXPECT_FALSE(blocks.means_opt_out("twilio", "21211"));
  EXPECT_FALSE(blocks.means_opt_out("twilio", ""));
}

TEST(VendorBlocks, AFaultyFileIsRefusedWithItsLine) {
  EXPECT_NE(VendorBlocks::parse("opt_out:\n  - {provider: a, code: '1'}\n  - {provider: b}\n")
                .error()
                .message.find("line 3"),
            std::string::npos);
  EXPECT_FALSE(VendorBlocks::parse("codes: []"));
  EXPECT_FALSE(VendorBlocks::parse("opt_out: ["));
}

}  // namespace
}  // namespace commsd::policy
