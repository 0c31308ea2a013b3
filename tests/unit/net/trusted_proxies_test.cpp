#include "net/trusted_proxies.h"

#include <gtest/gtest.h>

namespace commsd::net {
namespace {

HttpRequestHead forwarded(std::initializer_list<std::string_view> values) {
  HttpRequestHead head;
  for (const std::string_view value : values) head.fields.push_back({"x-forwarded-for", value});
  return head;
}

TEST(TrustedProxies, TrustsItsNetworksOnly) {
  const auto proxies = TrustedProxies::parse({"10.0.0.0/8", "192.0.2.1", "2001:db8::/32", "::1"});
  ASSERT_TRUE(proxies);
  for (const char* address : {"10.1.2.3", "192.0.2.1", "2001:db8:1::1", "::1"})
    EXPECT_TRUE(proxies->trusts(address)) << address;
  for (const char* address : {"11.1.2.3", "192.0.2.2", "2001:db9::1", "::2", "", "x"})
    EXPECT_FALSE(proxies->trusts(address)) << address;
}

TEST(TrustedProxies, ReadsTheListFromItsEnd) {
  const auto proxies = TrustedProxies::parse({"10.0.0.0/8"});
  ASSERT_TRUE(proxies);
  const auto client = [&](const std::string& peer, std::initializer_list<std::string_view> fields) {
    return proxies->client_address(peer, forwarded(fields));
  };
  EXPECT_EQ(client("10.0.0.1", {"1.1.1.1, 203.0.113.5"}), "203.0.113.5");
  EXPECT_EQ(client("10.0.0.1", {"1.1.1.1, 203.0.113.5, 10.0.0.2"}), "203.0.113.5");
  EXPECT_EQ(client("10.0.0.1", {"1.1.1.1", "203.0.113.5"}), "203.0.113.5");
  EXPECT_EQ(client("10.0.0.1", {"::ffff:203.0.113.5"}), "203.0.113.5");
  EXPECT_EQ(client("203.0.113.9", {"1.1.1.1"}), "203.0.113.9");
  EXPECT_EQ(client("10.0.0.1", {}), "10.0.0.1");
  EXPECT_EQ(client("10.0.0.1", {"1.1.1.1, unknown"}), "10.0.0.1");
  EXPECT_EQ(client("10.0.0.1", {"1.1.1.1, unknown, 10.0.0.3"}), "10.0.0.3");
}

TEST(TrustedProxies, RefusesWhatIsNoNetwork) {
  for (const char* entry : {"", "proxy", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "::1/129"})
    EXPECT_FALSE(TrustedProxies::parse({entry})) << entry;
}

}  // namespace
}  // namespace commsd::net
