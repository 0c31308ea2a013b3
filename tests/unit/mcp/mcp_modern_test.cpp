#include <thread>

#include "mcp/protocol.h"
#include "mcp/server_fixture.h"

namespace commsd::mcp::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

using McpModernTest = McpServerTest;

TEST_F(McpModernTest, Discovers) {
  HttpPeer peer(port());
  const auto response =
      peer.exchange("POST", "/mcp", modern("server/discover"), modern_body("1", "server/discover"));
  ASSERT_EQ(response.status, 200) << response.body;
  const auto document = JsonDocument::parse(response.body);
  const auto result = document->root().get("result");
  EXPECT_EQ(result->string("resultType"), "complete");
  EXPECT_EQ(result->string("cacheScope"), "private");
  EXPECT_GE(result->integer("ttlMs").value_or(-1), 0);
  EXPECT_EQ(result->get("supportedVersions")->size(), 5u);
  EXPECT_TRUE(result->get("capabilities")->get("tools"));
  EXPECT_FALSE(result->get("capabilities")->get("logging"));
  EXPECT_EQ(result->string("instructions"), "Be kind.");
  EXPECT_EQ(result->get("_meta")->get("io.modelcontextprotocol/serverInfo")->string("version"),
            "1.2.3");
}

TEST_F(McpModernTest, ListsTheToolsOfTheRole) {
  HttpPeer peer(port());
  const auto response =
      peer.exchange("POST", "/mcp/", modern("tools/list"), modern_body("\"a\"", "tools/list"));
  ASSERT_EQ(response.status, 200);
  EXPECT_THAT(response.body, HasSubstr("test_echo"));
  EXPECT_THAT(response.body, Not(HasSubstr("test_admin")));
  EXPECT_THAT(response.body, HasSubstr(R"("id":"a")"));
  EXPECT_THAT(response.body, HasSubstr(R"("cacheScope":"private")"));
  const auto paged = peer.exchange("POST", "/mcp", modern("tools/list"),
                                   modern_body("2", "tools/list", R"("cursor":"x")"));
  EXPECT_EQ(error_code(paged.body), rpc_code::invalid_params);
}

TEST_F(McpModernTest, CallsATool) {
  HttpPeer peer(port());
  const auto response = peer.exchange(
      "POST", "/mcp", modern("tools/call", "test_echo"),
      modern_body("5", "tools/call", R"("name":"test_echo","arguments":{"text":"a\"b\nä"})"));
  ASSERT_EQ(response.status, 200) << response.body;
  const auto document = JsonDocument::parse(response.body);
  const auto result = document->root().get("result");
  EXPECT_EQ(result->string("resultType"), "complete");
  EXPECT_EQ(result->get("structuredContent")->string("agent"), "agt_1");
  EXPECT_EQ(result->get("structuredContent")->get("arguments")->string("text"), "a\"b\nä");
  std::string text;
  result->get("content")->each([&](JsonValue item) { text = *item.string("text"); });
  EXPECT_EQ(text, result->get("structuredContent")->to_string());
  EXPECT_FALSE(result->get("isError"));
}

TEST_F(McpModernTest, TakesACallWithoutArguments) {
  HttpPeer peer(port());
  const auto response = peer.exchange("POST", "/mcp", modern("tools/call", "test_echo"),
                                      modern_body("5", "tools/call", R"("name":"test_echo")"));
  EXPECT_THAT(response.body, HasSubstr(R"("arguments":{})"));
}

TEST_F(McpModernTest, BadArgumentsAreAToolError) {
  HttpPeer peer(port());
  const auto response = peer.exchange(
      "POST", "/mcp", modern("tools/call", "test_echo"),
      modern_body("5", "tools/call", R"("name":"test_echo","arguments":{"count":10,"x":1})"));
  EXPECT_EQ(response.status, 200);
  const auto document = JsonDocument::parse(response.body);
  const auto result = document->root().get("result");
  EXPECT_EQ(result->boolean("isError"), true);
  EXPECT_FALSE(result->get("structuredContent"));
  EXPECT_THAT(response.body, HasSubstr("argument 'count' is 10; it must be at most 9"));
  EXPECT_THAT(response.body, HasSubstr("argument 'x' is not known"));
}

TEST_F(McpModernTest, FailuresOfToolsAreToolErrors) {
  HttpPeer peer(port());
  const auto refused = peer.exchange("POST", "/mcp", modern("tools/call", "test_refuse"),
                                     modern_body("5", "tools/call", R"("name":"test_refuse")"));
  EXPECT_THAT(refused.body, HasSubstr(R"("isError":true)"));
  EXPECT_THAT(refused.body, HasSubstr("the recipient opted out"));
  EXPECT_THAT(refused.body, Not(HasSubstr("hidden")));
  const auto thrown = peer.exchange("POST", "/mcp", modern("tools/call", "test_burst"),
                                    modern_body("6", "tools/call", R"("name":"test_burst")"));
  EXPECT_EQ(thrown.status, 200);
  EXPECT_THAT(thrown.body, HasSubstr(R"("isError":true)"));
  EXPECT_THAT(thrown.body, Not(HasSubstr("hidden")));
}

struct Row {
  const char* what;
  std::string body;
  HttpPeer::Fields fields;
  int status;
  int code;
};

TEST_F(McpModernTest, AnswersEveryErrorWithItsStatusAndCode) {
  const auto body = [](const std::string& method, const std::string& members = "") {
    return modern_body("1", method, members);
  };
  const HttpPeer::Fields version = {{"MCP-Protocol-Version", "2026-07-28"}};
  const std::vector<Row> rows = {
      {"unknown method", body("no/such"), modern("no/such"), 404, rpc_code::method_not_found},
      {"ping is legacy", body("ping"), modern("ping"), 404, rpc_code::method_not_found},
      {"initialize is legacy", body("initialize"), modern("initialize"), 404,
       rpc_code::method_not_found},
      {"setLevel is legacy", body("logging/setLevel"), modern("logging/setLevel"), 404,
       rpc_code::method_not_found},
      {"no _meta", rpc("1", "tools/list"), modern("tools/list"), 400, rpc_code::invalid_params},
      {"no version header", body("tools/list"), json_as("agent", {{"Mcp-Method", "tools/list"}}),
       400, rpc_code::header_mismatch},
      {"no Mcp-Method", body("tools/list"), json_as("agent", version), 400,
       rpc_code::header_mismatch},
      {"other Mcp-Method", body("tools/list"), modern("tools/call"), 400,
       rpc_code::header_mismatch},
      {"no Mcp-Name", body("tools/call", R"("name":"test_echo")"), modern("tools/call"), 400,
       rpc_code::header_mismatch},
      {"other Mcp-Name", body("tools/call", R"("name":"test_echo")"), modern("tools/call", "x"),
       400, rpc_code::header_mismatch},
      {"unknown tool", body("tools/call", R"("name":"nope")"), modern("tools/call", "nope"), 200,
       rpc_code::invalid_params},
      {"hidden tool", body("tools/call", R"("name":"test_admin")"),
       modern("tools/call", "test_admin"), 200, rpc_code::invalid_params},
      {"no tool name", body("tools/call"), modern("tools/call"), 200, rpc_code::invalid_params},
      {"arguments no object", body("tools/call", R"("name":"test_echo","arguments":[])"),
       modern("tools/call", "test_echo"), 200, rpc_code::invalid_params},
      {"batch", "[" + body("tools/list") + "]", modern("tools/list"), 400,
       rpc_code::invalid_request},
      {"response", R"({"jsonrpc":"2.0","id":1,"result":{}})", json_as("agent", version), 400,
       rpc_code::invalid_request},
      {"no JSON", "{", modern("tools/list"), 400, rpc_code::parse_error},
      {"null id", R"({"jsonrpc":"2.0","id":null,"method":"tools/list"})", modern("tools/list"), 400,
       rpc_code::invalid_request},
  };
  for (const Row& row : rows) {
    HttpPeer peer(port());
    const auto response = peer.exchange("POST", "/mcp", row.fields, row.body);
    EXPECT_EQ(response.status, row.status) << row.what << " " << response.body;
    EXPECT_EQ(error_code(response.body), row.code) << row.what << " " << response.body;
  }
}

TEST_F(McpModernTest, NamesTheSupportedVersions) {
  HttpPeer peer(port());
  const std::string body =
      rpc("3", "tools/list",
          R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"2099-01-01",)"
          R"("io.modelcontextprotocol/clientCapabilities":{}}})");
  const auto response = peer.exchange(
      "POST", "/mcp",
      json_as("agent", {{"MCP-Protocol-Version", "2099-01-01"}, {"Mcp-Method", "tools/list"}}),
      body);
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(error_code(response.body), rpc_code::unsupported_version);
  EXPECT_THAT(response.body, HasSubstr(R"("requested":"2099-01-01")"));
}

TEST_F(McpModernTest, HasNoGetAndNoDelete) {
  for (const char* method : {"GET", "DELETE"}) {
    HttpPeer peer(port());
    const auto response = peer.exchange(
        method, "/mcp",
        as("agent", {{"MCP-Protocol-Version", "2026-07-28"}, {"Accept", "text/event-stream"}}));
    EXPECT_EQ(response.status, 405) << method;
    EXPECT_THAT(response.header("allow"), HasSubstr("POST"));
  }
}

TEST_F(McpModernTest, AcceptsNotifications) {
  HttpPeer peer(port());
  const auto response =
      peer.exchange("POST", "/mcp", json_as("agent", {{"MCP-Protocol-Version", "2026-07-28"}}),
                    R"({"jsonrpc":"2.0","method":"notifications/anything"})");
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(response.body, "");
}

TEST_F(McpModernTest, StreamsProgressToThoseWhoAskForIt) {
  HttpPeer peer(port());
  const auto response = peer.exchange(
      "POST", "/mcp", modern("tools/call", "test_progress"),
      modern_body("9", "tools/call", R"("name":"test_progress")", R"(,"progressToken":"tok")"));
  ASSERT_EQ(response.status, 200);
  ASSERT_EQ(response.header("content-type").substr(0, 17), "text/event-stream");
  EXPECT_EQ(response.header("x-accel-buffering"), "no");
  const auto first = peer.next_event();
  EXPECT_EQ(first.name, "message");
  EXPECT_EQ(first.data, R"({"jsonrpc":"2.0","method":"notifications/progress","params":)"
                        R"({"progressToken":"tok","progress":1,"total":2,"message":"half"}})");
  EXPECT_THAT(peer.next_event().data, HasSubstr(R"("progress":2)"));
  const auto last = peer.next_event();
  EXPECT_THAT(last.data, HasSubstr(R"("id":9)"));
  EXPECT_THAT(last.data, HasSubstr(R"("done":true)"));
  EXPECT_TRUE(peer.next_event().ended);
}

TEST_F(McpModernTest, AnswersOthersWithOneJsonBody) {
  HttpPeer peer(port());
  const auto response = peer.exchange("POST", "/mcp", modern("tools/call", "test_progress"),
                                      modern_body("9", "tools/call", R"("name":"test_progress")"));
  EXPECT_EQ(response.header("content-type"), "application/json");
  EXPECT_THAT(response.body, HasSubstr(R"("done":true)"));
}

TEST_F(McpModernTest, StreamsLongRunningTools) {
  HttpPeer peer(port());
  const auto response = peer.exchange("POST", "/mcp", modern("tools/call", "test_stream"),
                                      modern_body("9", "tools/call", R"("name":"test_stream")"));
  EXPECT_EQ(response.header("content-type").substr(0, 17), "text/event-stream");
  EXPECT_THAT(peer.next_event().data, HasSubstr(R"("resultType":"complete")"));
}

TEST_F(McpModernTest, TellsTheToolThatItsAnswerLeft) {
  HttpPeer peer(port());
  peer.exchange("POST", "/mcp", modern("tools/call", "test_written"),
                modern_body("1", "tools/call", R"("name":"test_written")"));
  peer.exchange("POST", "/mcp", modern("tools/call", "test_written_late"),
                modern_body("2", "tools/call", R"("name":"test_written_late")"));
  peer.next_event();
  stop();
  EXPECT_THAT(deliveries(), ElementsAre(true, true));
}

TEST_F(McpModernTest, DisconnectingCancels) {
  HttpPeer peer(port());
  peer.send("POST", "/mcp", modern("tools/call", "test_wait"),
            modern_body("1", "tools/call", R"("name":"test_wait")"));
  await_waiting(1);
  peer.close();
  await_cancelled(1);
}

TEST_F(McpModernTest, DrainingEndsLongPollsWithAnAnswer) {
  HttpPeer peer(port());
  peer.send("POST", "/mcp", modern("tools/call", "test_wait"),
            modern_body("1", "tools/call", R"("name":"test_wait")"));
  await_waiting(1);
  stop();
  EXPECT_THAT(peer.receive().body, HasSubstr("draining"));
}

}  // namespace
}  // namespace commsd::mcp::testing
