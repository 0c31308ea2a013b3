#include "net/client_limiter.h"

#include <vector>

#include <gtest/gtest.h>

namespace commsd::net {
namespace {

/// Whether the second address is refused what the first one holds.
bool are_one_client(const std::string& first, const std::string& second) {
  const auto limiter = std::make_shared<ClientLimiter>(2, 1);
  const auto held = limiter->acquire(first, false);
  EXPECT_TRUE(held);
  EXPECT_EQ(held->address(), first);
  return !limiter->acquire(second, false);
}

TEST(ClientLimiter, AClientIsAnAddressOfIpv4OrANetworkOfIpv6) {
  const std::string v4 = "192.0.2.7";
  for (const char* same :
       {"192.0.2.7", "::ffff:192.0.2.7", "::ffff:c000:207", "::FFFF:192.0.2.7"}) {
    EXPECT_TRUE(are_one_client(v4, same)) << same;
    EXPECT_TRUE(are_one_client(same, v4)) << same;
  }
  for (const char* other : {"192.0.2.8", "::ffff:192.0.2.8", "::c000:207", "2001:db8::c000:207"})
    EXPECT_FALSE(are_one_client(v4, other)) << other;
  const std::string v6 = "2001:db8:1:2::1";
  for (const char* same : {"2001:db8:1:2::1", "2001:DB8:1:2::2", "2001:db8:1:2:ffff:ffff:ffff:ffff",
                           "2001:0db8:0001:0002:8000:0000:0000:0001"})
    EXPECT_TRUE(are_one_client(v6, same)) << same;
  for (const char* other : {"2001:db8:1:3::1", "2001:db8:1::1", "::1", "unknown"})
    EXPECT_FALSE(are_one_client(v6, other)) << other;
  EXPECT_TRUE(are_one_client("unknown", "unknown"));
}

TEST(ClientLimiter, PlacesComeBackToTheClientAndToAll) {
  const auto limiter = std::make_shared<ClientLimiter>(3, 2);
  std::vector<ClientLimiter::Slot> held;
  const auto take = [&](const char* address, bool exempt = false) {
    auto slot = limiter->acquire(address, exempt);
    if (slot) held.push_back(std::move(*slot));
    return slot.has_value();
  };
  EXPECT_TRUE(take("2001:db8::1"));
  EXPECT_TRUE(take("2001:db8::2"));
  EXPECT_FALSE(take("2001:db8::3"));
  EXPECT_TRUE(take("2001:db8::4", true)) << "an exempt one counts in the total only";
  EXPECT_FALSE(take("192.0.2.7"));
  held.pop_back();
  EXPECT_TRUE(take("192.0.2.7"));
  held.clear();
  EXPECT_TRUE(take("2001:db8::3"));
  EXPECT_TRUE(take("2001:db8::4"));
  EXPECT_FALSE(take("2001:db8::5"));
}

}  // namespace
}  // namespace commsd::net
