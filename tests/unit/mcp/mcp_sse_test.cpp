#include <thread>

#include "base/block_on.h"
#include "mcp/protocol.h"
#include "mcp/server_fixture.h"

namespace commsd::mcp::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class McpSseTest : public McpServerTest {
 protected:
  /// Opens a stream and returns where it says to POST.
  static std::string open(HttpPeer& peer, HttpPeer::Fields more = {}) {
    const auto response = peer.exchange("GET", "/sse", as("agent", std::move(more)));
    EXPECT_EQ(response.status, 200) << response.body;
    const auto event = peer.next_event();
    EXPECT_EQ(event.name, "endpoint");
    return event.data;
  }

  HttpPeer::Response post(const std::string& target, const std::string& body,
                          const std::string& token = "agent") {
    HttpPeer peer(port());
    return peer.exchange("POST", target, json_as(token), body);
  }
};

TEST_F(McpSseTest, AnswersOnTheStream) {
  HttpPeer stream(port());
  const std::string endpoint = open(stream);
  ASSERT_THAT(endpoint, StartsWith("/messages?sessionId="));
  EXPECT_EQ(mcp_->event_streams(), 1u);
  const auto accepted =
      post(endpoint, rpc("0", "initialize", R"({"protocolVersion":"2024-11-05"})"));
  EXPECT_EQ(accepted.status, 202);
  EXPECT_EQ(accepted.body, "Accepted");
  const auto initialized = stream.next_event();
  EXPECT_EQ(initialized.name, "message");
  EXPECT_THAT(initialized.data, HasSubstr(R"("protocolVersion":"2024-11-05")"));
  EXPECT_EQ(post(endpoint, rpc("", "notifications/initialized")).status, 202);
  post(endpoint, rpc("\"p\"", "ping"));
  EXPECT_EQ(stream.next_event().data, R"({"jsonrpc":"2.0","id":"p","result":{}})");
  post(endpoint, rpc("2", "tools/call", R"({"name":"test_progress","_meta":{"progressToken":5}})"));
  EXPECT_THAT(stream.next_event().data, HasSubstr(R"("progressToken":5,"progress":1)"));
  EXPECT_THAT(stream.next_event().data, HasSubstr(R"("progress":2)"));
  EXPECT_THAT(stream.next_event().data, HasSubstr(R"("done":true)"));
  post(endpoint, rpc("3", "no/such"));
  EXPECT_EQ(error_code(stream.next_event().data), rpc_code::method_not_found);
  post(endpoint, rpc("4", "tools/call", R"({"name":"test_written"})"));
  stream.next_event();
  stop();
  EXPECT_THAT(deliveries(), ElementsAre(true));
}

TEST_F(McpSseTest, BelongsToOnePrincipal) {
  HttpPeer stream(port());
  const std::string endpoint = open(stream);
  EXPECT_EQ(post(endpoint, rpc("1", "ping"), "other").status, 404);
  EXPECT_EQ(post(endpoint, rpc("1", "ping"), "nobody").status, 401);
  EXPECT_EQ(post("/messages?sessionId=0123456789abcdef", rpc("1", "ping")).status, 404);
  EXPECT_EQ(post("/messages", rpc("1", "ping")).status, 400);
}

TEST_F(McpSseTest, RefusesGarbage) {
  HttpPeer stream(port());
  const std::string endpoint = open(stream);
  const auto garbage = post(endpoint, "{");
  EXPECT_EQ(garbage.status, 400);
  EXPECT_EQ(error_code(garbage.body), rpc_code::parse_error);
  EXPECT_EQ(error_code(post(endpoint, "[]").body), rpc_code::invalid_request);
  HttpPeer peer(port());
  EXPECT_EQ(
      peer.exchange("POST", endpoint, as("agent", {{"Content-Type", "text/plain"}}), "{}").status,
      415);
}

TEST_F(McpSseTest, NamesTheEndpointBehindAPrefix) {
  HttpPeer stream(port());
  EXPECT_THAT(open(stream, {{"X-Forwarded-Prefix", "/comms/"}}),
              StartsWith("/comms/messages?sessionId="));
  HttpPeer hostile(port());
  EXPECT_THAT(open(hostile, {{"X-Forwarded-Prefix", "//evil.example.com"}}),
              StartsWith("/messages?sessionId="));
  McpOptions options;
  options.public_base_path = "/base";
  start(options);
  HttpPeer based(port());
  EXPECT_THAT(open(based, {{"X-Forwarded-Prefix", "/comms"}}), StartsWith("/base/messages?"));
}

TEST_F(McpSseTest, CancelsByNotification) {
  HttpPeer stream(port());
  const std::string endpoint = open(stream);
  post(endpoint, rpc("7", "tools/call", R"({"name":"test_wait"})"));
  await_waiting(1);
  post(endpoint, rpc("", "notifications/cancelled", R"({"requestId":7})"));
  post(endpoint, rpc("8", "ping"));
  EXPECT_THAT(stream.next_event().data, HasSubstr(R"("id":8)"));
}

TEST_F(McpSseTest, ClosingTheStreamEndsTheSession) {
  HttpPeer stream(port());
  const std::string endpoint = open(stream);
  post(endpoint, rpc("7", "tools/call", R"({"name":"test_wait"})"));
  await_waiting(1);
  stream.close();
  int status = 202;
  for (int i = 0; i < 2000 && status == 202; ++i) status = post(endpoint, rpc("", "x")).status;
  EXPECT_EQ(status, 404);
  EXPECT_EQ(mcp_->event_streams(), 0u);
}

TEST_F(McpSseTest, DrainingAnswersLongPollsAndClosesTheStream) {
  HttpPeer stream(port());
  post(open(stream), rpc("7", "tools/call", R"({"name":"test_wait"})"));
  await_waiting(1);
  stop();
  EXPECT_THAT(stream.next_event().data, HasSubstr("draining"));
  EXPECT_TRUE(stream.next_event().ended);
}

TEST_F(McpSseTest, DrainingWaitsForNoAnswerForEver) {
  HttpPeer stream(port());
  post(open(stream), rpc("7", "tools/call", R"({"name":"test_held"})"));
  EXPECT_EQ(mcp_->answering(), 1u);
  block_on(loops_->at(0), mcp_->drain(std::chrono::milliseconds(1)));
  EXPECT_TRUE(stream.next_event().ended);
  release();
  while (mcp_->answering() != 0) std::this_thread::yield();
}

}  // namespace
}  // namespace commsd::mcp::testing
