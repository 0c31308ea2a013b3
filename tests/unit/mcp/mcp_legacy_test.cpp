#include "mcp/protocol.h"
#include "mcp/server_fixture.h"

namespace commsd::mcp::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class McpLegacyTest : public McpServerTest {
 protected:
  static HttpPeer::Fields in_session(const std::string& id, const std::string& token = "agent") {
    return json_as(token, {{"Mcp-Session-Id", id}, {"MCP-Protocol-Version", "2025-11-25"}});
  }
  static HttpPeer::Fields stream_of(const std::string& id) {
    return as("agent", {{"Mcp-Session-Id", id}, {"Accept", "text/event-stream"}});
  }
};

TEST_F(McpLegacyTest, NegotiatesTheVersion) {
  for (const auto& [asked, given] :
       {std::pair{"2025-11-25", "2025-11-25"}, std::pair{"2025-06-18", "2025-06-18"},
        std::pair{"2025-03-26", "2025-03-26"}, std::pair{"2099-01-01", "2025-11-25"}}) {
    HttpPeer peer(port());
    const auto response = peer.exchange(
        "POST", "/mcp", json_as("agent"),
        rpc("0", "initialize", R"({"protocolVersion":")" + std::string(asked) + "\"}"));
    ASSERT_EQ(response.status, 200);
    const auto document = JsonDocument::parse(response.body);
    const auto result = document->root().get("result");
    EXPECT_EQ(result->string("protocolVersion"), given);
    EXPECT_TRUE(result->get("capabilities")->get("tools"));
    EXPECT_EQ(result->get("serverInfo")->string("name"), "commsd");
    EXPECT_EQ(result->string("instructions"), "Be kind.");
    EXPECT_EQ(response.header("mcp-session-id").size(), 64u);
  }
  HttpPeer peer(port());
  const auto bad = peer.exchange("POST", "/mcp", json_as("agent"), rpc("0", "initialize"));
  EXPECT_EQ(bad.status, 400);
  EXPECT_EQ(error_code(bad.body), rpc_code::invalid_params);
}

TEST_F(McpLegacyTest, ServesTheLifecycle) {
  const std::string id = open_session();
  HttpPeer peer(port());
  const auto initialized =
      peer.exchange("POST", "/mcp", in_session(id), rpc("", "notifications/initialized"));
  EXPECT_EQ(initialized.status, 202);
  EXPECT_EQ(initialized.body, "");
  EXPECT_EQ(peer.exchange("POST", "/mcp", in_session(id), rpc("2", "ping")).body,
            R"({"jsonrpc":"2.0","id":2,"result":{}})");
  EXPECT_EQ(peer.exchange("POST", "/mcp", in_session(id),
                          rpc("3", "logging/setLevel", R"({"level":"info"})"))
                .body,
            R"({"jsonrpc":"2.0","id":3,"result":{}})");
  EXPECT_EQ(error_code(peer.exchange("POST", "/mcp", in_session(id),
                                     rpc("3", "logging/setLevel", R"({"level":"loud"})"))
                           .body),
            rpc_code::invalid_params);
  const auto list = peer.exchange("POST", "/mcp", in_session(id), rpc("4", "tools/list"));
  EXPECT_THAT(list.body, HasSubstr("test_echo"));
  EXPECT_THAT(list.body, Not(HasSubstr("resultType")));
  const auto call = peer.exchange("POST", "/mcp", in_session(id),
                                  rpc("5", "tools/call", R"({"name":"test_echo"})"));
  EXPECT_THAT(call.body, HasSubstr(R"("structuredContent":{"agent":"agt_1")"));
  const auto response =
      peer.exchange("POST", "/mcp", in_session(id), R"({"jsonrpc":"2.0","id":1,"result":{}})");
  EXPECT_EQ(response.status, 202);
  const auto unknown = peer.exchange("POST", "/mcp", in_session(id), rpc("6", "no/such"));
  EXPECT_EQ(unknown.status, 200);
  EXPECT_EQ(error_code(unknown.body), rpc_code::method_not_found);
  EXPECT_EQ(
      error_code(peer.exchange("POST", "/mcp", in_session(id), rpc("7", "server/discover")).body),
      rpc_code::invalid_params);  // modern by its name, and then without an envelope
}

TEST_F(McpLegacyTest, AnswersLikeTheOfficialSdk) {
  const std::string id = open_session();
  const std::string ping = rpc("1", "ping");
  struct Row {
    const char* what;
    HttpPeer::Fields fields;
    std::string body;
    int status;
    int code;
  };
  const std::vector<Row> rows = {
      {"no session", json_as("agent"), ping, 400, rpc_code::refused},
      {"unknown session", json_as("agent", {{"Mcp-Session-Id", "x"}}), ping, 404,
       rpc_code::session_not_found},
      {"another's session", in_session(id, "other"), ping, 404, rpc_code::session_not_found},
      {"bad version",
       json_as("agent", {{"Mcp-Session-Id", id}, {"MCP-Protocol-Version", "1999-01-01"}}), ping,
       400, rpc_code::refused},
      {"no Accept", as("agent", {{"Content-Type", "application/json"}, {"Mcp-Session-Id", id}}),
       ping, 406, rpc_code::refused},
      {"half an Accept",
       as("agent", {{"Content-Type", "application/json"},
                    {"Accept", "application/json"},
                    {"Mcp-Session-Id", id}}),
       ping, 406, rpc_code::refused},
      {"no JSON type",
       as("agent", {{"Content-Type", "text/plain"},
                    {"Accept", "application/json, text/event-stream"},
                    {"Mcp-Session-Id", id}}),
       ping, 415, rpc_code::refused},
      {"no JSON", in_session(id), "{", 400, rpc_code::parse_error},
      {"invalid UTF-8", in_session(id), "{\"jsonrpc\":\"\xff\"}", 400, rpc_code::parse_error},
      {"batch", in_session(id), "[" + ping + "]", 400, rpc_code::invalid_request},
      {"params no object", in_session(id), R"({"jsonrpc":"2.0","id":1,"method":"ping","params":3})",
       400, rpc_code::invalid_params},
  };
  for (const Row& row : rows) {
    HttpPeer peer(port());
    const auto response = peer.exchange("POST", "/mcp", row.fields, row.body);
    EXPECT_EQ(response.status, row.status) << row.what << " " << response.body;
    EXPECT_EQ(error_code(response.body), row.code) << row.what << " " << response.body;
  }
}

TEST_F(McpLegacyTest, TheVersionHeaderMayBeAbsent) {
  const std::string id = open_session("agent", "2025-03-26");
  HttpPeer peer(port());
  EXPECT_EQ(
      peer.exchange("POST", "/mcp", json_as("agent", {{"Mcp-Session-Id", id}}), rpc("1", "ping"))
          .status,
      200);
}

TEST_F(McpLegacyTest, SessionsSurviveARestart) {
  const std::string id = open_session();
  start({});
  HttpPeer peer(port());
  EXPECT_EQ(peer.exchange("POST", "/mcp", in_session(id), rpc("1", "ping")).status, 200);
  EXPECT_EQ(mcp_->legacy_sessions(), 1u);
}

TEST_F(McpLegacyTest, DeleteEndsTheSession) {
  const std::string id = open_session();
  HttpPeer peer(port());
  EXPECT_EQ(peer.exchange("DELETE", "/mcp", as("other", {{"Mcp-Session-Id", id}})).status, 404);
  EXPECT_EQ(peer.exchange("DELETE", "/mcp", as("agent")).status, 400);
  EXPECT_EQ(peer.exchange("DELETE", "/mcp", as("agent", {{"Mcp-Session-Id", id}})).status, 200);
  const auto later = peer.exchange("POST", "/mcp", in_session(id), rpc("1", "ping"));
  EXPECT_EQ(later.status, 404);
  EXPECT_EQ(error_code(later.body), rpc_code::session_not_found);
  EXPECT_EQ(peer.exchange("DELETE", "/mcp", as("agent", {{"Mcp-Session-Id", id}})).status, 404);
}

TEST_F(McpLegacyTest, HasOneStreamPerSession) {
  const std::string id = open_session();
  HttpPeer first(port());
  const auto opened = first.exchange("GET", "/mcp", stream_of(id));
  ASSERT_EQ(opened.status, 200);
  EXPECT_EQ(opened.header("content-type").substr(0, 17), "text/event-stream");
  HttpPeer second(port());
  EXPECT_EQ(second.exchange("GET", "/mcp", stream_of(id)).status, 409);
  EXPECT_EQ(second.exchange("GET", "/mcp", stream_of(open_session())).status, 200);
  HttpPeer third(port());
  EXPECT_EQ(
      third.exchange("GET", "/mcp", as("agent", {{"Mcp-Session-Id", id}, {"Accept", "text/html"}}))
          .status,
      406);
  EXPECT_EQ(third.exchange("GET", "/mcp", as("agent", {{"Accept", "text/event-stream"}})).status,
            400);
  EXPECT_EQ(third.exchange("DELETE", "/mcp", as("agent", {{"Mcp-Session-Id", id}})).status, 200);
  EXPECT_TRUE(first.next_event().ended);
}

TEST_F(McpLegacyTest, ANewStreamMayFollowAClosedOne) {
  const std::string id = open_session();
  HttpPeer first(port());
  first.exchange("GET", "/mcp", stream_of(id));
  first.close();
  int status = 409;
  for (int i = 0; i < 1000 && status == 409; ++i) {
    HttpPeer next(port());
    status = next.exchange("GET", "/mcp", stream_of(id)).status;
  }
  EXPECT_EQ(status, 200);
}

TEST_F(McpLegacyTest, CancelsByNotification) {
  const std::string id = open_session();
  HttpPeer peer(port());
  peer.send("POST", "/mcp", in_session(id), rpc("\"c\"", "tools/call", R"({"name":"test_wait"})"));
  await_waiting(1);
  HttpPeer other(port());
  other.exchange("POST", "/mcp", in_session(id),
                 rpc("", "notifications/cancelled", R"({"requestId":"d"})"));
  other.exchange("POST", "/mcp", in_session(id),
                 rpc("", "notifications/cancelled", R"({"requestId":["c"]})"));
  other.exchange("POST", "/mcp", in_session(id),
                 rpc("", "notifications/cancelled", R"({"requestId":"c"})"));
  EXPECT_EQ(peer.receive().status, 202);
}

TEST_F(McpLegacyTest, ACancelledStreamEndsWithoutAResponse) {
  const std::string id = open_session();
  HttpPeer peer(port());
  const auto opened = peer.exchange("POST", "/mcp", in_session(id),
                                    rpc("4", "tools/call", R"({"name":"test_long_wait"})"));
  ASSERT_EQ(opened.status, 200);
  await_waiting(1);
  HttpPeer other(port());
  other.exchange("POST", "/mcp", in_session(id),
                 rpc("", "notifications/cancelled", R"({"requestId":4})"));
  EXPECT_TRUE(peer.next_event().ended);
}

TEST_F(McpLegacyTest, ALostConnectionIsNoCancellation) {
  const std::string id = open_session();
  HttpPeer peer(port());
  peer.send("POST", "/mcp", in_session(id), rpc("1", "tools/call", R"({"name":"test_wait"})"));
  await_waiting(1);
  peer.close();
  // The loop has seen the end of the connection once a later exchange on each loop is answered.
  for (int i = 0; i < 20; ++i) {
    HttpPeer other(port());
    EXPECT_EQ(other.exchange("POST", "/mcp", in_session(id), rpc("2", "ping")).status, 200);
  }
  EXPECT_EQ(cancelled_, 0);
  HttpPeer other(port());
  other.exchange("POST", "/mcp", in_session(id),
                 rpc("", "notifications/cancelled", R"({"requestId":1})"));
  await_cancelled(1);
}

TEST_F(McpLegacyTest, TellsTheToolThatItsAnswerLeft) {
  const std::string id = open_session();
  HttpPeer peer(port());
  peer.exchange("POST", "/mcp", in_session(id),
                rpc("1", "tools/call", R"({"name":"test_written"})"));
  stop();
  EXPECT_THAT(deliveries(), ElementsAre(true));
}

}  // namespace
}  // namespace commsd::mcp::testing
