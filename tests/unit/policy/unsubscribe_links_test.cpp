#include "policy/unsubscribe_links.h"

#include <gtest/gtest.h>

namespace commsd::policy {
namespace {

const UnsubscribeLinks::Target target{"org_1", "agt_1", "email", "abcdef"};

TEST(UnsubscribeLinks, ALinkSaysWhomItIsForAndCannotBeForged) {
  const UnsubscribeLinks links("key", "https://comms.example.com");
  const std::string url = links.url(target);
  const std::string prefix = "https://comms.example.com/unsubscribe/";
  ASSERT_EQ(url.substr(0, prefix.size()), prefix);
  const std::string token = url.substr(prefix.size());
  EXPECT_EQ(links.open(token), target);
  EXPECT_EQ(links.url(target), url) << "the same for ever";
  EXPECT_EQ(UnsubscribeLinks("other", "").open(token), std::nullopt);
  for (std::size_t at = 0; at < token.size(); ++at) {
    std::string forged = token;
    forged[at] = forged[at] == 'A' ? 'B' : 'A';
    // The last character may hold bits that no byte is made of.
    const auto opened = links.open(forged);
    EXPECT_TRUE(!opened || (at + 1 == token.size() && *opened == target)) << at;
  }
  for (const char* bad : {"", "A", "====", "not/base64", "../../etc"}) {
    EXPECT_EQ(links.open(bad), std::nullopt) << bad;
  }
  EXPECT_EQ(links.open(std::string(100'000, 'A')), std::nullopt);
}

}  // namespace
}  // namespace commsd::policy
