#include "net/http_target.h"

#include <gtest/gtest.h>

namespace commsd::net {
namespace {

TEST(HttpTarget, DecodesOnce) {
  EXPECT_EQ(decode_path("/a%20b/%2B1555"), "/a b/+1555");
  EXPECT_EQ(decode_path("/%2541"), "/%41");
  EXPECT_EQ(decode_path("/%e2%82%ac"), "/\xe2\x82\xac");
  EXPECT_EQ(decode_path("/a+b"), "/a+b");
  EXPECT_EQ(decode_path("/..a/.b/c.."), "/..a/.b/c..");
}

TEST(HttpTarget, RefusesWhatAnotherServerCouldReadDifferently) {
  for (const char* path :
       {"/../etc/passwd", "/a/..", "/./a", "/a/.", "/%2e%2e/a", "/.%2E/a", "/a%2fb", "/a%2Fb",
        "/a%5cb", "/a\\b", "/a%00", "/a%0d%0ab", "/%", "/%4", "/%zz", "/%7f"})
    EXPECT_FALSE(decode_path(path)) << path;
}

TEST(HttpTarget, FindsQueryParameters) {
  const std::string_view query = "a=1&b=x+y%2Bz&a=2&flag&=empty&bad=%zz&%61b=3";
  EXPECT_EQ(find_query(query, "a"), "1");
  EXPECT_EQ(find_query(query, "b"), "x y+z");
  EXPECT_EQ(find_query(query, "flag"), "");
  EXPECT_EQ(find_query(query, "bad"), "%zz");
  EXPECT_EQ(find_query(query, "ab"), "3");
  EXPECT_FALSE(find_query(query, "c"));
  EXPECT_FALSE(find_query("", "a"));
}

TEST(HttpTarget, SplitsAtTheFirstQuestionMark) {
  EXPECT_EQ(split_target("/a?b?c").path, "/a");
  EXPECT_EQ(split_target("/a?b?c").query, "b?c");
  EXPECT_EQ(split_target("/a").query, "");
}

}  // namespace
}  // namespace commsd::net
