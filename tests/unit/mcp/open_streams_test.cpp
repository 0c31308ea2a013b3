#include "mcp/open_streams.h"

#include <chrono>
#include <optional>
#include <thread>

#include "base/block_on.h"
#include "mcp/server_fixture.h"

namespace commsd::mcp::testing {
namespace {

/// The three kinds of streams that stay open, each opened by the token "agent".
class OpenStreamsTest : public McpServerTest {
 protected:
  void open() {
    for (auto* peer : {&get_, &sse_, &listen_}) peer->emplace(port());
    const std::string session = open_session();
    get_->send("GET", "/mcp",
               as("agent", {{"Accept", "text/event-stream"},
                            {"Mcp-Session-Id", session},
                            {"MCP-Protocol-Version", "2025-11-25"}}));
    ASSERT_EQ(get_->receive().status, 200);
    sse_->send("GET", "/sse", as("agent", {{"Accept", "text/event-stream"}}));
    ASSERT_EQ(sse_->receive().status, 200);
    ASSERT_EQ(sse_->next_event().name, "endpoint");
    listen_->send("POST", "/mcp", modern("subscriptions/listen"),
                  modern_body("1", "subscriptions/listen", R"("notifications":{})"));
    ASSERT_EQ(listen_->receive().status, 200);
    ASSERT_FALSE(listen_->next_event().ended);
  }
  void check() { block_on(loops_->at(0), mcp_->check_streams()); }

  std::optional<HttpPeer> get_;
  std::optional<HttpPeer> sse_;
  std::optional<HttpPeer> listen_;
};

TEST_F(OpenStreamsTest, EndWithTheirToken) {
  open();
  agent_token_is_ = "ended";
  check();
  EXPECT_TRUE(get_->next_event().ended);
  EXPECT_TRUE(sse_->next_event().ended);
  EXPECT_TRUE(listen_->next_event().ended);
  // The peer hears of the end before the session is forgotten.
  for (int i = 0; i < 1000 && mcp_->event_streams() > 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(mcp_->event_streams(), 0u);
  check();  // nothing is left to close
}

TEST_F(OpenStreamsTest, StayWhileTheTokenIsGoodOrNobodyCanTell) {
  open();
  check();
  agent_token_is_ = "broken";
  check();
  mcp_->hub().publish({Change::Kind::tools, {}, {}, {}, {}});
  EXPECT_EQ(get_->next_event().name, "message");
  EXPECT_EQ(sse_->next_event().name, "message");
  EXPECT_EQ(mcp_->listeners(), 1u);
}

}  // namespace
}  // namespace commsd::mcp::testing
