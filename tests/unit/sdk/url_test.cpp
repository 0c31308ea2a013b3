#include <comms/cpp/url.hpp>
#include <gtest/gtest.h>

namespace comms {
namespace {

TEST(Url, IsBelowAnOriginOnlyWithAPathBehindIt) {
  constexpr std::string_view origin = "https://api.example";
  EXPECT_TRUE(is_below("https://api.example/v1/media", origin));
  EXPECT_TRUE(is_below("https://api.example/", origin));
  for (const std::string_view other :
       {"https://api.example", "https://api.example.test/", "https://api.example:444/",
        "https://api.example@example.test/", "http://api.example/", "https://API.example/",
        "https://api.exampl", "", "/v1/media"}) {
    EXPECT_FALSE(is_below(other, origin)) << other;
  }
}

}  // namespace
}  // namespace comms
