#include "mcp/failed_attempts.h"
#include "mcp/server_fixture.h"

namespace commsd::mcp::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using McpAdmissionTest = McpServerTest;

TEST_F(McpAdmissionTest, NeedsAToken) {
  for (const auto& [method, path] :
       {std::pair{"POST", "/mcp"}, std::pair{"GET", "/mcp"}, std::pair{"DELETE", "/mcp"},
        std::pair{"GET", "/sse"}, std::pair{"POST", "/messages?sessionId=x"}}) {
    HttpPeer peer(port());
    const auto response = peer.exchange(method, path, {{"Content-Type", "application/json"}});
    EXPECT_EQ(response.status, 401) << method << path;
    EXPECT_EQ(response.header("www-authenticate"), "Bearer");
  }
  HttpPeer peer(port());
  EXPECT_EQ(peer.exchange("GET", "/sse?token=agent", {}).status, 401);
}

TEST_F(McpAdmissionTest, TakesTheSchemeInAnyCase) {
  HttpPeer peer(port());
  EXPECT_EQ(peer.exchange("GET", "/sse", {{"Authorization", "bEARER agent"}}).status, 200);
}

TEST_F(McpAdmissionTest, AnUncheckableTokenIsNoBadToken) {
  for (int i = 0; i <= FailedAttempts::limit; ++i) {
    HttpPeer peer(port());
    const auto response = peer.exchange("POST", "/mcp", json_as("broken"), rpc("1", "ping"));
    EXPECT_EQ(response.status, 503);
    EXPECT_NE(response.header("retry-after"), "");
  }
  HttpPeer peer(port());
  EXPECT_EQ(peer.exchange("GET", "/sse", as("agent")).status, 200);
}

TEST_F(McpAdmissionTest, SlowsDownGuessing) {
  for (int i = 0; i < FailedAttempts::limit; ++i) {
    HttpPeer peer(port());
    EXPECT_EQ(
        peer.exchange("POST", "/mcp",
                      json_as("guess", {{"X-Forwarded-For", "198.51.100." + std::to_string(i)}}),
                      rpc("1", "ping"))
            .status,
        401);
  }
  HttpPeer peer(port());
  const auto blocked = peer.exchange(
      "POST", "/mcp", json_as("agent", {{"X-Forwarded-For", "203.0.113.9"}}), rpc("1", "ping"));
  EXPECT_EQ(blocked.status, 429);
  EXPECT_NE(blocked.header("retry-after"), "");
}

TEST_F(McpAdmissionTest, TokensThatWereGoodOnceDoNotCount) {
  for (int i = 0; i <= FailedAttempts::limit; ++i) {
    HttpPeer peer(port());
    const auto refused = peer.exchange("POST", "/mcp", json_as("ended"), rpc("1", "ping"));
    EXPECT_EQ(refused.status, 401);
    EXPECT_THAT(refused.header("www-authenticate"), HasSubstr("invalid_token"));
  }
  HttpPeer peer(port());
  EXPECT_EQ(peer.exchange("GET", "/sse", as("agent")).status, 200);
}

TEST_F(McpAdmissionTest, MissingTokensDoNotCount) {
  for (int i = 0; i <= FailedAttempts::limit; ++i) {
    HttpPeer peer(port());
    EXPECT_EQ(peer.exchange("POST", "/mcp", {}).status, 401);
  }
  HttpPeer peer(port());
  EXPECT_EQ(peer.exchange("GET", "/sse", as("agent")).status, 200);
}

TEST_F(McpAdmissionTest, RefusesOtherHostsAndOrigins) {
  HttpPeer peer(port());
  EXPECT_EQ(peer.exchange("POST", "/mcp", json_as("agent", {{"Host", "evil.example.com"}}),
                          rpc("1", "ping"))
                .status,
            403);
  EXPECT_EQ(peer.exchange("POST", "/mcp", json_as("agent", {{"Origin", "http://evil.example.com"}}),
                          rpc("1", "ping"))
                .status,
            403);
  EXPECT_EQ(peer.exchange("OPTIONS", "/mcp", {{"Origin", "http://evil.example.com"}}).status, 403);
  EXPECT_EQ(peer.exchange("GET", "/sse", as("agent", {{"Origin", "null"}})).status, 403);
}

TEST_F(McpAdmissionTest, AnswersPreflights) {
  HttpPeer peer(port());
  const auto response = peer.exchange(
      "OPTIONS", "/mcp",
      {{"Origin", "http://localhost:6274"},
       {"Access-Control-Request-Method", "POST"},
       {"Access-Control-Request-Headers", "mcp-method, Mcp-Param-Region, x-other, mcp-param-\"x"}});
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.header("access-control-allow-origin"), "http://localhost:6274");
  EXPECT_EQ(response.header("vary"), "Origin");
  const std::string allowed = response.header("access-control-allow-headers");
  for (const char* name : {"authorization", "mcp-session-id", "mcp-protocol-version", "mcp-method",
                           "mcp-name", "last-event-id", "mcp-param-region"}) {
    EXPECT_THAT(allowed, HasSubstr(name));
  }
  EXPECT_THAT(allowed, Not(HasSubstr("x-other")));
  EXPECT_THAT(allowed, Not(HasSubstr("\"")));
  EXPECT_THAT(response.header("access-control-allow-methods"), HasSubstr("DELETE"));
}

TEST_F(McpAdmissionTest, ExposesItsHeadersToPages) {
  HttpPeer peer(port());
  const auto response = peer.exchange(
      "POST", "/mcp", json_as("guess", {{"Origin", "http://localhost:6274"}}), rpc("1", "ping"));
  EXPECT_EQ(response.status, 401);
  EXPECT_THAT(response.header("access-control-expose-headers"), HasSubstr("Mcp-Session-Id"));
  EXPECT_THAT(response.header("access-control-expose-headers"), HasSubstr("WWW-Authenticate"));
}

TEST_F(McpAdmissionTest, HasNoOAuthDocuments) {
  for (const char* path :
       {"/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp",
        "/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server/mcp",
        "/.well-known/openid-configuration", "/mcp/.well-known/openid-configuration"}) {
    HttpPeer peer(port());
    EXPECT_EQ(peer.exchange("GET", path, {}).status, 404) << path;
  }
}

TEST_F(McpAdmissionTest, ATokenWithoutTheScopeIsChallengedOnEveryWire) {
  // What the token has is named too, else a client would trade one scope for the other.
  const std::string wanted = R"(Bearer error="insufficient_scope", scope="comms:read comms:send")";
  const std::string params = R"({"name":"test_scoped","arguments":{}})";
  const auto call = [&](const std::string& token, const std::string& tool) {
    HttpPeer peer(port());
    return peer.exchange(
        "POST", "/mcp",
        json_as(token, {{"MCP-Protocol-Version", "2026-07-28"},
                        {"Mcp-Method", "tools/call"},
                        {"Mcp-Name", tool}}),
        modern_body("1", "tools/call", R"("name":")" + tool + R"(","arguments":{})"));
  };
  const auto refused = call("reader", "test_scoped");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.header("www-authenticate"), wanted);
  EXPECT_EQ(call("reader", "test_echo").status, 200) << "a tool that needs no scope";
  EXPECT_EQ(call("agent", "test_scoped").status, 200) << "without scopes: all of its role";

  const std::string id = open_session("reader");
  HttpPeer legacy_peer(port());
  const auto legacy = legacy_peer.exchange(
      "POST", "/mcp",
      json_as("reader",
              {{"Accept", "application/json, text/event-stream"}, {"Mcp-Session-Id", id}}),
      rpc("2", "tools/call", params));
  EXPECT_EQ(legacy.status, 403);
  EXPECT_EQ(legacy.header("www-authenticate"), wanted);

  HttpPeer stream(port());
  stream.send("GET", "/sse", as("reader"));
  ASSERT_EQ(stream.receive().status, 200);
  const std::string endpoint = stream.next_event().data;
  HttpPeer sse_peer(port());
  const auto sse =
      sse_peer.exchange("POST", endpoint, json_as("reader"), rpc("3", "tools/call", params));
  EXPECT_EQ(sse.status, 403);
  EXPECT_EQ(sse.header("www-authenticate"), wanted);
}

TEST_F(McpAdmissionTest, WithOAuthChallengesSayWhereItsMetadataIs) {
  McpOptions options;
  options.resource_metadata_url = "https://here/.well-known/oauth-protected-resource";
  options.default_scope = "comms:read";
  start(options);
  HttpPeer peer(port());
  const auto anonymous = peer.exchange("POST", "/mcp", {});
  EXPECT_EQ(anonymous.status, 401);
  EXPECT_EQ(anonymous.header("www-authenticate"),
            "Bearer scope=\"comms:read\", "
            "resource_metadata=\"https://here/.well-known/oauth-protected-resource/mcp\"");
  HttpPeer sse(port());
  EXPECT_EQ(sse.exchange("GET", "/sse", as("bad")).header("www-authenticate"),
            "Bearer error=\"invalid_token\", scope=\"comms:read\", "
            "resource_metadata=\"https://here/.well-known/oauth-protected-resource/sse\"");
}

TEST_F(McpAdmissionTest, HeadOpensNoStream) {
  const std::string id = open_session();
  for (const char* path : {"/mcp", "/sse"}) {
    HttpPeer peer(port());
    peer.send(
        "HEAD", path,
        as("agent",
           {{"Mcp-Session-Id", id}, {"Accept", "text/event-stream"}, {"Connection", "close"}}));
    EXPECT_EQ(peer.receive_head().status, 405) << path;
  }
  EXPECT_EQ(mcp_->event_streams(), 0u);
}

TEST_F(McpAdmissionTest, OtherMethodsAreNotAllowed) {
  HttpPeer peer(port());
  EXPECT_EQ(peer.exchange("PUT", "/mcp", json_as("agent"), "{}").status, 405);
}

TEST_F(McpAdmissionTest, BoundsTheBody) {
  HttpPeer peer(port());
  const std::string big(1024 * 1024 + 1, ' ');
  EXPECT_EQ(peer.exchange("POST", "/mcp", json_as("agent"), big).status, 413);
}

}  // namespace
}  // namespace commsd::mcp::testing
