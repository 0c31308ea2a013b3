// Questions to the client in the middle of a call, on every wire.
#include "mcp/protocol.h"
#include "mcp/server_fixture.h"

namespace commsd::mcp::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string can_elicit = R"({"elicitation":{}})";
const std::string can_all = R"({"elicitation":{},"roots":{},"sampling":{}})";
const std::string anna = R"({"action":"accept","content":{"name":"Anna"}})";

class McpAskingTest : public McpServerTest {
 protected:
  HttpPeer::Response call(const std::string& tool, const std::string& members,
                          const std::string& capabilities = can_all,
                          const std::string& token = "agent") {
    HttpPeer peer(port());
    HttpPeer::Fields fields = modern("tools/call", tool);
    for (auto& [name, value] : fields) {
      if (name == "Authorization") value = "Bearer " + token;
    }
    return peer.exchange(
        "POST", "/mcp", fields,
        modern_body("1", "tools/call", R"("name":")" + tool + "\"" + members, "", capabilities));
  }
  static std::string state_of(const HttpPeer::Response& response) {
    const auto document = JsonDocument::parse(response.body);
    const auto result = document ? document->root().get("result") : std::nullopt;
    return std::string(result ? result->string("requestState").value_or("") : "");
  }
  static std::string with(const std::string& state, const std::string& responses) {
    return R"(,"requestState":")" + state + R"(","inputResponses":)" + responses;
  }
  static HttpPeer::Fields in_session(const std::string& id, const std::string& token = "agent") {
    return json_as(token, {{"Mcp-Session-Id", id}, {"MCP-Protocol-Version", "2025-11-25"}});
  }
  /// The id of a request that the server sent, as JSON text.
  static std::string request_id(const std::string& json) {
    const auto document = JsonDocument::parse(json);
    const auto id = document ? document->root().get("id") : std::nullopt;
    return id ? id->to_string() : std::string();
  }
  int answer(const std::string& session, const std::string& id, const std::string& result,
             const std::string& token = "agent") {
    HttpPeer peer(port());
    return peer
        .exchange("POST", "/mcp", in_session(session, token),
                  R"({"jsonrpc":"2.0","id":)" + id + R"(,"result":)" + result + "}")
        .status;
  }
};

TEST_F(McpAskingTest, AModernCallEndsWithTheQuestion) {
  const auto asked = call("test_ask", "");
  EXPECT_EQ(asked.status, 200);
  EXPECT_THAT(asked.body,
              HasSubstr(R"("resultType":"input_required","inputRequests":{"name":)"
                        R"({"method":"elicitation/create","params":{"message":"Who?")"));
  EXPECT_THAT(asked.body, HasSubstr("io.modelcontextprotocol/serverInfo"));
  const std::string state = state_of(asked);
  ASSERT_NE(state, "");
  const auto answered = call("test_ask", with(state, R"({"name":)" + anna + "}"));
  EXPECT_THAT(answered.body, HasSubstr(R"("structuredContent":{"answers":[)" + anna + "]}"));
  EXPECT_THAT(answered.body, HasSubstr(R"("resultType":"complete")"));
}

TEST_F(McpAskingTest, EarlierAnswersTravelInTheState) {
  const std::string first = state_of(call("test_ask_twice", ""));
  const auto second = call("test_ask_twice", with(first, R"({"name":)" + anna + "}"));
  EXPECT_THAT(second.body, HasSubstr(R"("colour":{"method")"));
  EXPECT_THAT(second.body, HasSubstr(R"("roots":{"method":"roots/list","params":{}})"));
  EXPECT_THAT(second.body, Not(HasSubstr(R"("name":{"method")")));
  const std::string state = state_of(second);
  EXPECT_NE(state, first);
  // One of two: only the other is asked for again.
  const auto third = call("test_ask_twice", with(state, R"({"roots":{"roots":[]}})"));
  EXPECT_THAT(third.body, HasSubstr(R"("colour":{"method")"));
  EXPECT_THAT(third.body, Not(HasSubstr(R"("roots":{"method")")));
  const auto done =
      call("test_ask_twice", with(state_of(third), R"({"colour":{"action":"decline"}})"));
  EXPECT_THAT(done.body, HasSubstr("[" + anna + R"(,{"action":"decline"},{"roots":[]}])"));
}

TEST_F(McpAskingTest, RefusesWhatIsNoAnswerAndNoState) {
  const std::string state = state_of(call("test_ask", R"(,"arguments":{"topic":"a"})"));
  const std::string good = R"({"name":)" + anna + "}";
  std::string changed = state;
  changed[10] = changed[10] == 'A' ? 'B' : 'A';
  struct Row {
    const char* what;
    std::string members;
    std::string token = "agent";
  };
  const std::vector<Row> rows = {
      {"tampered", R"(,"arguments":{"topic":"a"})" + with(state + "-TAMPERED", good)},
      {"changed", R"(,"arguments":{"topic":"a"})" + with(changed, good)},
      {"other arguments", R"(,"arguments":{"topic":"b"})" + with(state, good)},
      {"no arguments", with(state, good)},
      {"another's", R"(,"arguments":{"topic":"a"})" + with(state, good), "other"},
      {"no text", R"(,"requestState":7)"},
      {"empty", R"(,"requestState":"")"},
      {"null answers", R"(,"inputResponses":null)"},
      {"list of answers", R"(,"inputResponses":[])"},
      {"number for an answer", R"(,"inputResponses":{"name":12345})"},
      {"no elicitation result", R"(,"inputResponses":{"name":{"action":"perhaps"}})"},
  };
  for (const Row& row : rows) {
    const auto response = call("test_ask", row.members, can_all, row.token);
    EXPECT_EQ(error_code(response.body), rpc_code::invalid_params)
        << row.what << " " << response.body;
  }
  EXPECT_THAT(call("test_ask", R"(,"arguments":{"topic":"a"})" + with(state, good)).body,
              HasSubstr("Anna"));
}

TEST_F(McpAskingTest, AReadingCallMayBringItsAnswersAtOnce) {
  EXPECT_THAT(call("test_ask", R"(,"inputResponses":{"name":)" + anna + R"(,"more":7})").body,
              HasSubstr("Anna"));
  EXPECT_THAT(call("test_ask", R"(,"inputResponses":{"wrong":)" + anna + "}").body,
              HasSubstr("input_required"));
}

TEST_F(McpAskingTest, AnActingCallIsAskedFirstAndActsOnce) {
  const std::string good = R"({"name":)" + anna + "}";
  EXPECT_THAT(call("test_act", R"(,"inputResponses":)" + good).body, HasSubstr("input_required"));
  const std::string state = state_of(call("test_act", ""));
  EXPECT_EQ(acted_, 0);
  EXPECT_THAT(call("test_act", with(state, good)).body, HasSubstr("Anna"));
  EXPECT_EQ(acted_, 1);
  const auto again = call("test_act", with(state, good));
  EXPECT_EQ(again.status, 400);
  EXPECT_EQ(error_code(again.body), rpc_code::invalid_params);
  start({});  // another process of the same database
  EXPECT_EQ(error_code(call("test_act", with(state, good)).body), rpc_code::invalid_params);
  EXPECT_EQ(acted_, 1);
}

TEST_F(McpAskingTest, AsksForNothingUndeclared) {
  for (const auto& [tool, capabilities, missing] :
       {std::tuple{"test_ask", "{}", R"({"elicitation":{}})"},
        std::tuple{"test_ask", R"({"elicitation":{"url":{}}})", R"({"elicitation":{}})"},
        std::tuple{"test_ask", R"({"elicitation":true})", R"({"elicitation":{}})"}}) {
    const auto response = call(tool, "", capabilities);
    EXPECT_EQ(response.status, 400) << capabilities;
    EXPECT_EQ(error_code(response.body), rpc_code::missing_capability);
    EXPECT_THAT(response.body,
                HasSubstr(R"("data":{"requiredCapabilities":)" + std::string(missing) + "}"));
  }
  const auto roots =
      call("test_ask_twice", R"(,"inputResponses":{"name":)" + anna + "}", can_elicit);
  EXPECT_THAT(roots.body, HasSubstr(R"({"requiredCapabilities":{"roots":{}}})"));
}

TEST_F(McpAskingTest, ALegacyCallAsksOnItsStream) {
  const std::string id = open_session("agent", "2025-11-25", can_all);
  HttpPeer peer(port());
  const auto opened = peer.exchange("POST", "/mcp", in_session(id),
                                    rpc("7", "tools/call", R"({"name":"test_ask_twice"})"));
  ASSERT_EQ(opened.header("content-type").substr(0, 17), "text/event-stream");
  const auto first = peer.next_event();
  EXPECT_THAT(first.data, HasSubstr(R"("method":"elicitation/create","params":{"message":"Who?")"));
  EXPECT_EQ(answer(id, request_id(first.data), anna), 202);
  const auto colour = peer.next_event();
  const auto roots = peer.next_event();
  EXPECT_THAT(roots.data, HasSubstr(R"("method":"roots/list"})"));
  EXPECT_EQ(answer(id, request_id(roots.data), R"({"roots":[]})"), 202);
  EXPECT_EQ(answer(id, request_id(colour.data), R"({"action":"cancel"})"), 202);
  const auto last = peer.next_event();
  EXPECT_THAT(last.data, HasSubstr(R"("id":7,"result")"));
  EXPECT_THAT(last.data, HasSubstr("[" + anna + R"(,{"action":"cancel"},{"roots":[]}])"));
  EXPECT_TRUE(peer.next_event().ended);
}

TEST_F(McpAskingTest, OnlyTheSessionThatWasAskedAnswers) {
  const std::string id = open_session("agent", "2025-11-25", can_all);
  const std::string second = open_session("agent", "2025-11-25", can_all);
  const std::string foreign = open_session("other", "2025-11-25", can_all);
  HttpPeer peer(port());
  peer.exchange("POST", "/mcp", in_session(id), rpc("7", "tools/call", R"({"name":"test_ask"})"));
  const std::string asked = request_id(peer.next_event().data);
  const std::string eve = R"({"action":"accept","content":{"name":"Eve"}})";
  EXPECT_EQ(answer(second, asked, eve), 202);
  EXPECT_EQ(answer(foreign, asked, eve, "other"), 202);
  EXPECT_EQ(answer(id, asked, eve, "other"), 404);
  EXPECT_EQ(answer(id, "\"x\"", eve), 202);
  EXPECT_EQ(answer(id, asked, anna), 202);
  EXPECT_EQ(answer(id, asked, eve), 202);
  EXPECT_THAT(peer.next_event().data, HasSubstr("Anna"));
}

TEST_F(McpAskingTest, ALegacyQuestionMayBeRefusedCancelledOrWrong) {
  const std::string id = open_session("agent", "2025-11-25", can_all);
  struct Row {
    std::string body;
    const char* code;
  };
  for (const Row& row : std::vector<Row>{{R"(,"error":{"code":-1,"message":"no"}})", "rejected"},
                                         {R"(,"result":{"action":"perhaps"}})", "invalid_argument"},
                                         {R"(,"result":7})", "invalid_argument"}}) {
    HttpPeer peer(port());
    peer.exchange("POST", "/mcp", in_session(id), rpc("7", "tools/call", R"({"name":"test_act"})"));
    const std::string asked = request_id(peer.next_event().data);
    HttpPeer other(port());
    other.exchange("POST", "/mcp", in_session(id), R"({"jsonrpc":"2.0","id":)" + asked + row.body);
    EXPECT_THAT(peer.next_event().data, HasSubstr(row.code)) << row.body;
  }
  HttpPeer peer(port());
  peer.exchange("POST", "/mcp", in_session(id), rpc("8", "tools/call", R"({"name":"test_act"})"));
  const std::string asked = request_id(peer.next_event().data);
  HttpPeer other(port());
  other.exchange("POST", "/mcp", in_session(id),
                 rpc("", "notifications/cancelled", R"({"requestId":8})"));
  EXPECT_THAT(peer.next_event().data, HasSubstr(R"("method":"notifications/cancelled","params":)"
                                                R"({"requestId":)" +
                                                asked));
  EXPECT_TRUE(peer.next_event().ended);
  EXPECT_EQ(acted_, 0);
}

TEST_F(McpAskingTest, ALegacyQuestionEndsInTime) {
  McpOptions options;
  options.patience = std::chrono::milliseconds(20);
  start(options);
  const std::string id = open_session("agent", "2025-11-25", can_all);
  HttpPeer peer(port());
  peer.exchange("POST", "/mcp", in_session(id), rpc("7", "tools/call", R"({"name":"test_act"})"));
  peer.next_event();
  EXPECT_THAT(peer.next_event().data, HasSubstr("notifications/cancelled"));
  EXPECT_THAT(peer.next_event().data, HasSubstr(R"(\"code\":\"timeout\")"));
  EXPECT_EQ(acted_, 0);
}

TEST_F(McpAskingTest, CapabilitiesSurviveARestart) {
  const std::string able = open_session("agent", "2025-11-25", can_elicit);
  const std::string unable = open_session();
  start({});
  HttpPeer peer(port());
  peer.exchange("POST", "/mcp", in_session(able), rpc("7", "tools/call", R"({"name":"test_ask"})"));
  EXPECT_EQ(answer(able, request_id(peer.next_event().data), anna), 202);
  EXPECT_THAT(peer.next_event().data, HasSubstr("Anna"));
  HttpPeer other(port());
  EXPECT_THAT(other
                  .exchange("POST", "/mcp", in_session(unable),
                            rpc("7", "tools/call", R"({"name":"test_ask"})"))
                  .body,
              HasSubstr(R"(\"code\":\"unsupported\")"));
}

TEST_F(McpAskingTest, AnSseSessionAsksOnItsStream) {
  HttpPeer stream(port());
  stream.exchange("GET", "/sse", as("agent"));
  const std::string endpoint = stream.next_event().data;
  const auto post = [&](const std::string& body) {
    HttpPeer peer(port());
    return peer.exchange("POST", endpoint, json_as("agent"), body).status;
  };
  post(
      rpc("1", "initialize", R"({"protocolVersion":"2024-11-05","capabilities":)" + can_all + "}"));
  stream.next_event();
  EXPECT_EQ(post(rpc("2", "tools/call", R"({"name":"test_ask"})")), 202);
  const std::string asked = request_id(stream.next_event().data);
  EXPECT_EQ(post(R"({"jsonrpc":"2.0","id":)" + asked + R"(,"result":)" + anna + "}"), 202);
  EXPECT_THAT(stream.next_event().data, HasSubstr("Anna"));
}

}  // namespace
}  // namespace commsd::mcp::testing
