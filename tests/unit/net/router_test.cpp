#include "net/router.h"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace commsd::net {
namespace {

Handler any() {
  return [](HttpExchange&) -> Task<void> { co_return; };
}

std::string matched(const Router& router, std::string_view method, std::string_view path) {
  const Router::Match match = router.match(method, path);
  return match.route != nullptr ? match.route->pattern : "";
}

TEST(Router, LiteralBeatsParameterBeatsRest) {
  Router router;
  router.add("GET", "/a/:id", any());
  router.add("GET", "/a/new", any());
  router.add("GET", "/a/*", any());
  router.add("GET", "/a/:id/log", any());
  EXPECT_EQ(matched(router, "GET", "/a/new"), "/a/new");
  EXPECT_EQ(matched(router, "GET", "/a/7"), "/a/:id");
  EXPECT_EQ(matched(router, "GET", "/a/7/log"), "/a/:id/log");
  EXPECT_EQ(matched(router, "GET", "/a/new/log"), "/a/:id/log");
  EXPECT_EQ(matched(router, "GET", "/a/7/other"), "/a/*");
  EXPECT_EQ(matched(router, "GET", "/a/"), "/a/*");
  EXPECT_EQ(matched(router, "GET", "/a"), "");
  EXPECT_EQ(matched(router, "GET", "/b"), "");
}

TEST(Router, GivesParametersByName) {
  Router router;
  router.add("GET", "/o/:org/a/:agent", any());
  router.add("POST", "/o/:other/a/:name", any());
  router.add("GET", "/files/*", any());
  const Router::Match get = router.match("GET", "/o/acme/a/a1");
  EXPECT_EQ(get.parameters.get("org"), "acme");
  EXPECT_EQ(get.parameters.get("agent"), "a1");
  EXPECT_FALSE(get.parameters.get("other"));
  EXPECT_EQ(router.match("POST", "/o/acme/a/a1").parameters.get("name"), "a1");
  EXPECT_EQ(router.match("GET", "/files/css/a.css").parameters.get("*"), "css/a.css");
  EXPECT_EQ(router.match("GET", "/o//a/a1").route, nullptr);
}

TEST(Router, AParameterLeftBehindOnADeadEndIsForgotten) {
  Router router;
  router.add("GET", "/:a/x", any());
  router.add("GET", "/*", any());
  const Router::Match match = router.match("GET", "/1/y");
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.parameters.count, 1U);
  EXPECT_EQ(match.parameters.get("*"), "1/y");
}

TEST(Router, SaysWhichMethodsAPathHas) {
  Router router;
  router.add("GET", "/mcp", any());
  router.add("POST", "/mcp", any());
  const Router::Match match = router.match("DELETE", "/mcp");
  EXPECT_EQ(match.route, nullptr);
  EXPECT_EQ(match.allow, "GET, HEAD, POST");
  EXPECT_TRUE(router.match("GET", "/none").allow.empty());
}

TEST(Router, AMethodIsLookedForBehindABetterPathThatLacksIt) {
  Router router;
  router.add("GET", "/a/new", any());
  router.add("DELETE", "/a/:id", any());
  EXPECT_EQ(matched(router, "DELETE", "/a/new"), "/a/:id");
}

TEST(Router, HeadFallsBackToGet) {
  Router router;
  router.add("GET", "/a", any());
  router.add("POST", "/b", any());
  EXPECT_EQ(matched(router, "HEAD", "/a"), "/a");
  EXPECT_EQ(matched(router, "HEAD", "/b"), "");
}

TEST(Router, ATrailingSlashIsAnotherPath) {
  Router router;
  router.add("POST", "/mcp", any());
  EXPECT_EQ(matched(router, "POST", "/mcp/"), "");
  router.add("POST", "/mcp/", any());
  EXPECT_EQ(matched(router, "POST", "/mcp/"), "/mcp/");
  EXPECT_EQ(matched(router, "POST", "/mcp"), "/mcp");
}

TEST(Router, RefusesFaultyPatterns) {
  Router router;
  router.add("GET", "/a/:id", any());
  for (const char* pattern : {"", "a", "/*/a", "/:", "/a/:other"})
    EXPECT_THROW(router.add("GET", pattern, any()), std::invalid_argument) << pattern;
  EXPECT_THROW(router.add("GET", "/1/:a/:b/:c/:d/:e/:f/:g/:h/:i", any()), std::invalid_argument);
}

TEST(Router, ListsItsRoutes) {
  Router router;
  router.add("GET", "/a", any(), {.max_body = 5, .lane = Lane::voice});
  router.add("POST", "/b", any());
  ASSERT_EQ(router.routes().size(), 2U);
  EXPECT_EQ(router.routes()[0]->pattern, "/a");
  EXPECT_EQ(router.routes()[0]->options.max_body, 5U);
  EXPECT_EQ(router.routes()[1]->method, "POST");
}

}  // namespace
}  // namespace commsd::net
