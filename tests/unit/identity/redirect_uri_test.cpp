#include "identity/redirect_uri.h"

#include <gtest/gtest.h>

namespace commsd::identity {
namespace {

TEST(RedirectUri, OnlySafeAddressesMayBeRegistered) {
  for (const char* good :
       {"https://app.example.org/cb", "https://app.example.org",
        "https://app.example.org:8443/a?b=c", "http://127.0.0.1/cb", "http://127.0.0.1:3000/cb",
        "http://localhost:1/cb", "http://[::1]:8080/cb",
        "cursor://anysphere.cursor-mcp/oauth/callback"}) {
    EXPECT_TRUE(read_redirect_uri(good, {"cursor"})) << good;
  }
  for (const char* bad : {"",
                          "http://app.example.org/cb",
                          "http://127.0.0.1.example.org/",
                          "javascript:alert(1)",
                          "data:text/html,x",
                          "https://a@b.example.org/",
                          "https://app.example.org/#f",
                          "https:/app.example.org",
                          "https://",
                          "//app.example.org/",
                          "vscode://x/y",
                          "https://app.example.org/\r\nX: y",
                          "https://app.example.org/ a",
                          "https://a.org:99999999/",
                          "https://a.org:x/",
                          "https://a.org/\"><script>",
                          "http://[::1",
                          "http://::1/",
                          "https://a;b.org/",
                          "http://localhost@evil.org/"}) {
    EXPECT_FALSE(read_redirect_uri(bad, {"cursor"})) << bad;
  }
  EXPECT_FALSE(read_redirect_uri("https://a.org/" + std::string(2000, 'a'), {}));
}

TEST(RedirectUri, MatchesByteForByteButForLoopbackPorts) {
  EXPECT_TRUE(same_redirect_uri("https://a.org/cb", "https://a.org/cb"));
  EXPECT_FALSE(same_redirect_uri("https://a.org/cb", "https://a.org/cb/"));
  EXPECT_FALSE(same_redirect_uri("https://a.org/cb", "https://A.org/cb"));
  EXPECT_FALSE(same_redirect_uri("https://a.org/cb", "https://a.org:444/cb"));
  EXPECT_FALSE(same_redirect_uri("https://a.org/cb", "https://a.org/cb?x=y"));
  EXPECT_TRUE(same_redirect_uri("http://127.0.0.1/cb", "http://127.0.0.1:51234/cb"));
  EXPECT_TRUE(same_redirect_uri("http://localhost:1/cb", "http://localhost:2/cb"));
  EXPECT_FALSE(same_redirect_uri("http://127.0.0.1:1/cb", "http://localhost:1/cb"));
  EXPECT_FALSE(same_redirect_uri("http://127.0.0.1:1/cb", "http://127.0.0.1:1/other"));
  EXPECT_FALSE(same_redirect_uri("http://127.0.0.1:1/cb", "https://127.0.0.1:1/cb"));
}

TEST(RedirectUri, SaysWhereItLeads) {
  RedirectUri uri;
  ASSERT_TRUE(read_redirect_uri("https://App.Example.org:8443/a?b", {}, &uri));
  EXPECT_EQ(uri.origin(), "https://app.example.org:8443");
  ASSERT_TRUE(read_redirect_uri("http://[::1]:80/a", {}, &uri));
  EXPECT_EQ(uri.origin(), "http://[::1]:80");
  ASSERT_TRUE(read_redirect_uri("cursor://x/y", {"cursor"}, &uri));
  EXPECT_EQ(uri.origin(), "cursor:");
}

}  // namespace
}  // namespace commsd::identity
