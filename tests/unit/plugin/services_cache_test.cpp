#include <array>

#include "plugin/services/cache.h"
#include "plugin/services_fixture.h"

namespace commsd::plugin {
namespace {

using std::chrono::milliseconds;

class CacheTest : public ::testing::Test {
 protected:
  ProviderCache::Time now_{};
  ProviderCache cache_{[this] { return now_; }};
};

TEST_F(CacheTest, values_live_their_time) {
  EXPECT_TRUE(cache_.put("token", "abc", milliseconds(100)));
  EXPECT_EQ(cache_.get("token"), "abc");
  now_ += milliseconds(99);
  EXPECT_EQ(cache_.get("token"), "abc");
  now_ += milliseconds(1);
  EXPECT_EQ(cache_.get("token"), std::nullopt);
}

TEST_F(CacheTest, put_replaces_and_add_does_not) {
  cache_.put("k", "1", milliseconds(100));
  cache_.put("k", "2", milliseconds(1000));
  EXPECT_EQ(cache_.add("k", "3", milliseconds(1000)), ProviderCache::Added::present);
  now_ += milliseconds(500);
  EXPECT_EQ(cache_.get("k"), "2");
  now_ += milliseconds(500);
  EXPECT_EQ(cache_.add("k", "3", milliseconds(1000)), ProviderCache::Added::yes);
  cache_.remove("k");
  EXPECT_EQ(cache_.get("k"), std::nullopt);
}

TEST_F(CacheTest, sizes_are_bounded) {
  EXPECT_FALSE(cache_.put(std::string(257, 'k'), "v", milliseconds(1)));
  EXPECT_FALSE(cache_.put("k", std::string(64 * 1024 + 1, 'v'), milliseconds(1)));
  EXPECT_FALSE(cache_.put("k", "v", milliseconds(0)));
  EXPECT_EQ(cache_.add("k", "v", milliseconds(0)), ProviderCache::Added::invalid);
  const std::string value(64 * 1024, 'v');
  for (int i = 0; i < 200; ++i) cache_.put(std::to_string(i), value, milliseconds(1000 + i));
  EXPECT_EQ(cache_.get("0"), std::nullopt);  // the first to expire made room
  EXPECT_TRUE(cache_.get("199"));
}

TEST(ProviderCaches, generations_of_one_provider_share_a_cache) {
  ProviderCaches caches;
  caches.of("acme")->put("token", "t", milliseconds(10000));
  EXPECT_EQ(caches.of("acme")->get("token"), "t");
  EXPECT_EQ(caches.of("other")->get("token"), std::nullopt);
}

using CacheServiceTest = testing::ServicesTest;

TEST_F(CacheServiceTest, speaks_the_abi) {
  use("http://127.0.0.1:1");
  std::array<std::uint8_t, 8> out{};
  std::size_t written = 0;
  const comms_bytes value = to_bytes(std::string_view("value"));
  EXPECT_EQ(kCacheService.get(table(), to_str("k"), out.data(), out.size(), &written),
            COMMS_NOT_FOUND);
  EXPECT_EQ(kCacheService.put(table(), to_str("k"), value, 60000), COMMS_OK);
  EXPECT_EQ(kCacheService.add(table(), to_str("k"), value, 60000), COMMS_REJECTED);
  EXPECT_EQ(kCacheService.get(table(), to_str("k"), out.data(), 2, &written), COMMS_INVALID);
  EXPECT_EQ(written, 5U);
  EXPECT_EQ(kCacheService.get(table(), to_str("k"), out.data(), out.size(), &written), COMMS_OK);
  EXPECT_EQ(std::string_view(reinterpret_cast<char*>(out.data()), written), "value");
  EXPECT_EQ(kCacheService.put(table(), to_str("k"), value, 0), COMMS_INVALID);
  kCacheService.remove(table(), to_str("k"));
  EXPECT_EQ(kCacheService.add(table(), to_str("k"), value, 60000), COMMS_OK);
}

}  // namespace
}  // namespace commsd::plugin
