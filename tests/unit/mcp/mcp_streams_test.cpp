// What a client hears without asking each time: subscriptions, logs, and streams that go on.
#include <thread>

#include "base/manual_executor.h"
#include "mcp/protocol.h"
#include "mcp/server_fixture.h"

namespace commsd::mcp::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class McpStreamsTest : public McpServerTest {
 protected:
  static HttpPeer::Fields in_session(const std::string& id, const std::string& token = "agent",
                                     const std::string& version = "2025-11-25") {
    return json_as(token, {{"Mcp-Session-Id", id}, {"MCP-Protocol-Version", version}});
  }
  static HttpPeer::Fields stream_of(const std::string& id, const std::string& last = "",
                                    const std::string& token = "agent") {
    HttpPeer::Fields fields{{"Mcp-Session-Id", id}, {"Accept", "text/event-stream"}};
    if (!last.empty()) fields.emplace_back("Last-Event-ID", last);
    return as(token, fields);
  }
  HttpPeer::Response post(const std::string& id, const std::string& body) {
    HttpPeer peer(port());
    return peer.exchange("POST", "/mcp", in_session(id), body);
  }
  void change(Change::Kind kind, const std::string& subject = "", const std::string& org = "",
              const std::string& agent = "", const std::string& params = "") {
    mcp_->hub().publish({kind, subject, params, org, agent});
  }
  void await_listeners(std::size_t count) {
    for (int i = 0; i < 1000 && mcp_->listeners() != count; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ASSERT_EQ(mcp_->listeners(), count);
  }
};

TEST_F(McpStreamsTest, ListenAcknowledgesFirstAndTagsEverything) {
  HttpPeer peer(port());
  const auto opened = peer.exchange(
      "POST", "/mcp", modern("subscriptions/listen"),
      modern_body("\"sub\"", "subscriptions/listen",
                  R"("notifications":{"toolsListChanged":true,"promptsListChanged":true,)"
                  R"("resourceSubscriptions":["none://a","test://a"]})"));
  ASSERT_EQ(opened.status, 200);
  EXPECT_EQ(opened.header("content-type").substr(0, 17), "text/event-stream");
  // This server never says that its prompts change, so it does not agree to tell; and there is no
  // none://a that this token may read.
  EXPECT_EQ(peer.next_event().data,
            R"({"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{)"
            R"("_meta":{"io.modelcontextprotocol/subscriptionId":"sub"},"notifications":{)"
            R"("toolsListChanged":true,"resourceSubscriptions":["test://a"]}}})");
  change(Change::Kind::prompts);
  change(Change::Kind::resources);
  change(Change::Kind::resource, "test://b", "org_1", "agt_1");
  change(Change::Kind::resource, "test://a", "org_1", "agt_2");  // another agent's
  change(Change::Kind::resource, "test://a", "org_1", "agt_1");
  EXPECT_EQ(peer.next_event().data,
            R"({"jsonrpc":"2.0","method":"notifications/resources/updated","params":{)"
            R"("_meta":{"io.modelcontextprotocol/subscriptionId":"sub"},"uri":"test://a"}})");
  change(Change::Kind::tools);
  EXPECT_THAT(peer.next_event().data, HasSubstr("notifications/tools/list_changed"));
  ManualExecutor executor;
  executor.run(mcp_->drain());
  const auto last = peer.next_event();
  EXPECT_THAT(last.data, HasSubstr(R"("id":"sub","result":{"resultType":"complete","_meta":{)"
                                   R"("io.modelcontextprotocol/subscriptionId":"sub")"));
  EXPECT_TRUE(peer.next_event().ended);
}

TEST_F(McpStreamsTest, ListenEndsWithItsConnection) {
  {
    HttpPeer peer(port());
    peer.exchange("POST", "/mcp", modern("subscriptions/listen"),
                  modern_body("1", "subscriptions/listen", R"("notifications":{})"));
    await_listeners(1);
    EXPECT_EQ(mcp_->hub().subscribers(), 1u);
  }
  await_listeners(0);
  EXPECT_EQ(mcp_->hub().subscribers(), 0u);
}

TEST_F(McpStreamsTest, ListenRefusesWhatIsNoFilter) {
  std::string many = "\"x\"";
  for (int i = 0; i < 1000; ++i) many += ",\"x\"";
  for (const std::string& filter :
       {std::string(), std::string(R"("notifications":7)"),
        std::string(R"("notifications":{"toolsListChanged":1})"),
        std::string(R"("notifications":{"resourceSubscriptions":"a"})"),
        std::string(R"("notifications":{"taskIds":[7]})"),
        R"("notifications":{"resourceSubscriptions":[)" + many + "]}"}) {
    HttpPeer peer(port());
    const auto response = peer.exchange("POST", "/mcp", modern("subscriptions/listen"),
                                        modern_body("1", "subscriptions/listen", filter));
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(error_code(response.body), rpc_code::invalid_params) << filter.substr(0, 80);
  }
  EXPECT_EQ(mcp_->listeners(), 0u);
}

TEST_F(McpStreamsTest, ALegacySessionHearsWhatItSubscribedTo) {
  const std::string id = open_session();
  EXPECT_EQ(post(id, rpc("1", "resources/subscribe", R"({"uri":"test://a"})")).body,
            R"({"jsonrpc":"2.0","id":1,"result":{}})");
  EXPECT_EQ(error_code(post(id, rpc("1", "resources/subscribe", R"({"uri":"none://a"})")).body),
            rpc_code::resource_not_found);
  EXPECT_EQ(error_code(post(id, rpc("1", "resources/subscribe", R"({"uri":7})")).body),
            rpc_code::invalid_params);
  post(id, rpc("1", "resources/subscribe", R"({"uri":"test://b"})"));
  post(id, rpc("1", "resources/unsubscribe", R"({"uri":"test://b"})"));
  for (int round = 0; round < 2; ++round) {
    HttpPeer stream(port());
    stream.exchange("GET", "/mcp", stream_of(id));
    while (mcp_->hub().subscribers() == 0) std::this_thread::yield();
    change(Change::Kind::resource, "test://b", "org_1", "agt_1");
    change(Change::Kind::resource, "test://a", "org_1", "agt_2");
    change(Change::Kind::resource, "test://a", "org_1", "agt_1");
    EXPECT_EQ(stream.next_event().data,
              R"({"jsonrpc":"2.0","method":"notifications/resources/updated","params":)"
              R"({"uri":"test://a"}})");
    change(Change::Kind::tools);
    EXPECT_EQ(stream.next_event().data,
              R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})");
    start({});  // the subscription outlives the process
  }
}

TEST_F(McpStreamsTest, LogsAtTheLevelAskedFor) {
  const std::string id = open_session();
  const auto call = rpc("5", "tools/call", R"({"name":"test_say"})");
  HttpPeer peer(port());
  peer.exchange("POST", "/mcp", in_session(id), call);
  EXPECT_EQ(peer.next_event().data,
            R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"warning",)"
            R"("data":{"size":"large"}}})");
  EXPECT_THAT(peer.next_event().data, HasSubstr(R"("id":5)"));
  post(id, rpc("1", "logging/setLevel", R"({"level":"debug"})"));
  start({});
  HttpPeer debug(port());
  debug.exchange("POST", "/mcp", in_session(id), call);
  EXPECT_THAT(debug.next_event().data,
              HasSubstr(R"("level":"debug","logger":"test","data":"small")"));
  post(id, rpc("1", "logging/setLevel", R"({"level":"alert"})"));
  EXPECT_THAT(post(id, call).body, HasSubstr(R"("id":5)"));
}

TEST_F(McpStreamsTest, AModernRequestOptsIntoLogs) {
  const auto say = [&](const std::string& meta) {
    return modern_body("5", "tools/call", R"("name":"test_say")", meta);
  };
  HttpPeer peer(port());
  EXPECT_THAT(peer.exchange("POST", "/mcp", modern("tools/call", "test_say"), say("")).body,
              HasSubstr(R"("id":5)"));
  const auto bad = peer.exchange("POST", "/mcp", modern("tools/call", "test_say"),
                                 say(R"(,"io.modelcontextprotocol/logLevel":"loud")"));
  EXPECT_EQ(error_code(bad.body), rpc_code::invalid_params);
  peer.exchange("POST", "/mcp", modern("tools/call", "test_say"),
                say(R"(,"io.modelcontextprotocol/logLevel":"info")"));
  EXPECT_THAT(peer.next_event().data, HasSubstr("notifications/message"));
  EXPECT_THAT(peer.next_event().data, HasSubstr(R"("id":5)"));
}

TEST_F(McpStreamsTest, AStreamIsPrimedForClientsThatKnow) {
  for (const auto& [version, primed] :
       {std::pair{"2025-11-25", true}, std::pair{"2025-06-18", false}}) {
    const std::string id = open_session("agent", version);
    HttpPeer peer(port());
    peer.exchange("POST", "/mcp", in_session(id, "agent", version),
                  rpc("5", "tools/call", R"({"name":"test_stream"})"));
    const auto event = peer.next_event();
    EXPECT_THAT(event.data, HasSubstr(R"("id":5)"));
    EXPECT_NE(event.id, "");
    EXPECT_EQ(peer.retry().empty(), !primed);
  }
}

TEST_F(McpStreamsTest, TheRestOfAClosedStreamComesByGet) {
  const std::string id = open_session();
  HttpPeer peer(port());
  peer.exchange("POST", "/mcp", in_session(id), rpc("5", "tools/call", R"({"name":"test_close"})"));
  EXPECT_THAT(peer.next_event().data, HasSubstr("before"));
  EXPECT_TRUE(peer.next_event().ended);
  EXPECT_NE(peer.retry(), "");
  const std::string last = peer.last_event_id();
  {
    HttpPeer wrong(port());
    EXPECT_EQ(wrong.exchange("GET", "/mcp", stream_of(id, last, "other")).status, 404);
    EXPECT_EQ(wrong.exchange("GET", "/mcp", stream_of(id, last + "9")).status, 400);
    EXPECT_EQ(wrong.exchange("GET", "/mcp", stream_of(id, "nonsense")).status, 400);
    EXPECT_EQ(wrong.exchange("GET", "/mcp", stream_of(open_session(), last)).status, 400);
  }
  HttpPeer again(port());
  EXPECT_EQ(again.exchange("GET", "/mcp", stream_of(id, last)).status, 200);
  EXPECT_THAT(again.next_event().data, HasSubstr("between"));
  release();
  EXPECT_THAT(again.next_event().data, HasSubstr(R"("id":5,"result")"));
  EXPECT_TRUE(again.next_event().ended);
  // And once more, for one who lost that connection too.
  HttpPeer third(port());
  third.exchange("GET", "/mcp", stream_of(id, last));
  EXPECT_THAT(third.next_event().data, HasSubstr("between"));
  EXPECT_THAT(third.next_event().data, HasSubstr(R"("id":5,"result")"));
  EXPECT_TRUE(third.next_event().ended);
}

TEST_F(McpStreamsTest, ALostConnectionLosesNoResponse) {
  const std::string id = open_session();
  std::string last;
  {
    HttpPeer peer(port());
    peer.exchange("POST", "/mcp", in_session(id),
                  rpc("5", "tools/call", R"({"name":"test_held"})"));
    last = peer.first_event_id();
  }
  // Other streams of the session have nothing to do with it.
  HttpPeer standalone(port());
  standalone.exchange("GET", "/mcp", stream_of(id));
  release();
  HttpPeer again(port());
  again.exchange("GET", "/mcp", stream_of(id, last));
  EXPECT_THAT(again.next_event().data, HasSubstr(R"("id":5,"result")"));
  EXPECT_TRUE(again.next_event().ended);
  change(Change::Kind::tools);
  EXPECT_THAT(standalone.next_event().data, HasSubstr("tools/list_changed"));
}

TEST_F(McpStreamsTest, AResponseFetchedLateIsADeliveredOne) {
  const std::string id = open_session();
  std::string last;
  {
    HttpPeer peer(port());
    peer.exchange("POST", "/mcp", in_session(id),
                  rpc("5", "tools/call", R"({"name":"test_written_held"})"));
    last = peer.first_event_id();
  }
  release();
  HttpPeer again(port());
  again.exchange("GET", "/mcp", stream_of(id, last));
  EXPECT_THAT(again.next_event().data, HasSubstr(R"("id":5,"result")"));
  EXPECT_TRUE(again.next_event().ended);
  for (int i = 0; i < 1000 && deliveries().empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(deliveries(), std::vector<bool>{true});
}

TEST_F(McpStreamsTest, AStandaloneStreamOfAnEarlierProcessBeginsAnew) {
  const std::string id = open_session();
  HttpPeer peer(port());
  peer.exchange("GET", "/mcp", stream_of(id));
  while (mcp_->hub().subscribers() == 0) std::this_thread::yield();
  change(Change::Kind::tools);
  peer.next_event();
  const std::string last = peer.last_event_id();
  start({});
  HttpPeer again(port());
  EXPECT_EQ(again.exchange("GET", "/mcp", stream_of(id, last)).status, 200);
  while (mcp_->hub().subscribers() == 0) std::this_thread::yield();
  change(Change::Kind::tools);
  EXPECT_THAT(again.next_event().data, HasSubstr("tools/list_changed"));
}

TEST_F(McpStreamsTest, AnEndedSessionStaysEndedEverywhere) {
  const std::string id = open_session();
  HttpPeer peer(port());
  EXPECT_EQ(peer.exchange("DELETE", "/mcp", stream_of(id)).status, 200);
  start({});
  EXPECT_EQ(post(id, rpc("1", "ping")).status, 404);
}

TEST_F(McpStreamsTest, SaysWhatTheHeadersMustRepeat) {
  struct Row {
    const char* arguments;
    HttpPeer::Fields fields;
    bool good;
  };
  const std::vector<Row> rows = {
      {R"({"region":"Hello"})", {{"Mcp-Param-Region", "Hello"}}, true},
      {R"({"region":"Hello"})", {{"mcp-param-region", "=?base64?SGVsbG8=?="}}, true},
      {R"({"region":"Hello"})", {{"Mcp-Param-Region", "=?base64?SGVsbG8?="}}, false},
      {R"({"region":"Hello"})", {{"Mcp-Param-Region", "=?base64?SGVs!!!bG8=?="}}, false},
      {R"({"region":"SGVsbG8="})", {{"Mcp-Param-Region", "SGVsbG8="}}, true},
      {R"({"region":"=?base64?SGVsbG8="})", {{"Mcp-Param-Region", "=?base64?SGVsbG8="}}, true},
      {R"({"region":"Hello"})", {}, false},
      {R"({"region":"Hello"})", {{"Mcp-Param-Region", "hello"}}, false},
      {R"({"region":"Hello"})", {{"Mcp-Param-Region", "H\xc3\xa9llo"}}, false},
      {R"({})", {{"Mcp-Param-Region", "Hello"}}, false},
      {R"({})", {}, true},
      {R"({"deep":{"count":42,"flag":true}})",
       {{"Mcp-Param-Count", "42.0"}, {"Mcp-Param-Flag", "true"}},
       true},
      {R"({"deep":{"count":42}})", {{"Mcp-Param-Count", "43"}}, false},
      {R"({"deep":{"count":42}})", {{"Mcp-Param-Count", "forty"}}, false},
      {R"({"deep":{"flag":true}})", {{"Mcp-Param-Flag", "TRUE"}}, false},
      {R"({"deep":{"count":9007199254740993}})", {{"Mcp-Param-Count", "9007199254740993"}}, true},
      {R"({"deep":{"count":9007199254740993}})", {{"Mcp-Param-Count", "9007199254740992"}}, false},
  };
  for (const Row& row : rows) {
    HttpPeer peer(port());
    const auto response = peer.exchange(
        "POST", "/mcp", modern("tools/call", "test_header", row.fields),
        modern_body("1", "tools/call",
                    R"("name":"test_header","arguments":)" + std::string(row.arguments)));
    EXPECT_EQ(response.status, row.good ? 200 : 400) << row.arguments << response.body;
    EXPECT_EQ(error_code(response.body), row.good ? 0 : rpc_code::header_mismatch);
  }
}

}  // namespace
}  // namespace commsd::mcp::testing
