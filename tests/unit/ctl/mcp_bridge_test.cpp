#include "ctl/mcp_bridge.h"

#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "base/json_writer.h"
#include "net/event_loops.h"
#include "net/http_exchange.h"
#include "net/http_server.h"

namespace commsd::ctl {
namespace {

/// The bridge against a real HTTP server whose /mcp plays the parts of the wire.
class McpBridgeTest : public testing::Test {
 protected:
  McpBridgeTest() {
    router_.add("POST", "/mcp", [this](net::HttpExchange& exchange) { return post(exchange); });
    router_.add("GET", "/mcp", [this](net::HttpExchange& exchange) -> Task<void> {
      if (exchange.header("Mcp-Session-Id") != "s1") {
        exchange.respond_json(400, "{}");
        co_return;
      }
      const auto stream = exchange.start_event_stream();
      stream->send("message", R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})",
                   "e1");
      listening_ = true;
    });
    router_.add("DELETE", "/mcp", [this](net::HttpExchange& exchange) -> Task<void> {
      deleted_ = true;
      exchange.respond(200, "", "");
      co_return;
    });
    server_ = std::make_unique<net::HttpServer>(loops_, net::ServerOptions(), router_);
    EXPECT_TRUE(server_->start());
  }
  void TearDown() override {
    server_.reset();
    loops_.stop();
  }

  Task<void> post(net::HttpExchange& exchange) {
    const auto document = JsonDocument::parse(exchange.body());
    const JsonValue message = document->root();
    const std::string method(message.string("method").value_or(""));
    const auto id = message.get("id");
    if (exchange.header("Authorization") != "Bearer t0ken") {
      exchange.respond_json(401, R"({"error":"no"})");
    } else if (!id) {
      exchange.respond(202, "", "");
    } else if (method == "initialize") {
      exchange.respond_json(200,
                            "{\"jsonrpc\":\"2.0\",\n\"id\":" + id->to_string() +
                                R"(,"result":{"protocolVersion":"2025-06-18"}})",
                            {{"Mcp-Session-Id", "s1"}});
    } else if (method == "tools/list" &&
               (exchange.header("Mcp-Session-Id") != "s1" ||
                exchange.header("MCP-Protocol-Version") != "2025-06-18")) {
      exchange.respond_json(400, R"({"jsonrpc":"2.0","id":null,"error":{"code":-1}})");
    } else if (method == "tools/call") {
      const auto stream = exchange.start_event_stream();
      stream->send("message", R"({"jsonrpc":"2.0","method":"notifications/progress"})", "");
      stream->send("message", "{\"jsonrpc\":\"2.0\",\"id\":" + id->to_string() + ",\"result\":{}}",
                   "");
      stream->close();
    } else if (method == "wait/listening") {
      while (!listening_) co_await sleep_for(std::chrono::milliseconds(5));
      co_await sleep_for(std::chrono::milliseconds(50));
      exchange.respond_json(200,
                            "{\"jsonrpc\":\"2.0\",\"id\":" + id->to_string() + ",\"result\":{}}");
    } else if (method == "broken") {
      exchange.respond(502, "text/html", "<html>");
    } else {
      JsonWriter out;
      out.begin_object().field("jsonrpc", "2.0").raw_field("id", id->to_string());
      out.key("result").begin_object();
      for (const char* name : {"MCP-Protocol-Version", "Mcp-Method", "Mcp-Name"}) {
        out.field(name, exchange.header(name).value_or("-"));
      }
      exchange.respond_json(200, out.end_object().end_object().take());
    }
    co_return;
  }

  /// What comes out for this input; in no order, because requests run at the same time.
  std::multiset<std::string> run(const std::string& input, const std::string& token = "t0ken") {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    const std::string url = "http://127.0.0.1:" + std::to_string(server_->port()) + "/mcp";
    EXPECT_TRUE(McpBridge({url, token}, in, out, err).run());
    std::multiset<std::string> lines;
    std::istringstream all(out.str());
    for (std::string line; std::getline(all, line);) lines.insert(line);
    return lines;
  }

  std::atomic<bool> listening_{false};
  std::atomic<bool> deleted_{false};
  net::Router router_;
  net::EventLoops loops_{1};
  std::unique_ptr<net::HttpServer> server_;
};

using Lines = std::multiset<std::string>;

TEST_F(McpBridgeTest, CarriesALegacySession) {
  const Lines lines = run(R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{}})"
                          "\n"
                          R"({"jsonrpc":"2.0","method":"notifications/initialized"})"
                          "\n\n"
                          R"({"jsonrpc":"2.0","id":"a","method":"tools/list"})"
                          "\n"
                          R"({"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"x"}})"
                          "\n"
                          R"({"jsonrpc":"2.0","id":4,"method":"wait/listening"})"
                          "\n");
  EXPECT_EQ(lines,
            (Lines{R"({"jsonrpc":"2.0", "id":1,"result":{"protocolVersion":"2025-06-18"}})",
                   R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})",
                   R"({"jsonrpc":"2.0","id":"a","result":{"MCP-Protocol-Version":"2025-06-18",)"
                   R"("Mcp-Method":"-","Mcp-Name":"-"}})",
                   R"({"jsonrpc":"2.0","method":"notifications/progress"})",
                   R"({"jsonrpc":"2.0","id":3,"result":{}})",
                   R"({"jsonrpc":"2.0","id":4,"result":{}})"}));
  EXPECT_TRUE(deleted_);
}

TEST_F(McpBridgeTest, RepeatsPartsOfModernMessagesInHeaders) {
  const std::string meta = R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"})";
  const Lines lines = run(
      R"({"jsonrpc":"2.0","id":1,"method":"server/discover","params":{)" + meta + "}}\n" +
      R"({"jsonrpc":"2.0","id":2,"method":"resources/read","params":{"uri":"ü",)" + meta + "}}\n");
  EXPECT_EQ(lines,
            (Lines{R"({"jsonrpc":"2.0","id":1,"result":{"MCP-Protocol-Version":"2026-07-28",)"
                   R"("Mcp-Method":"server/discover","Mcp-Name":"-"}})",
                   R"({"jsonrpc":"2.0","id":2,"result":{"MCP-Protocol-Version":"2026-07-28",)"
                   R"("Mcp-Method":"resources/read","Mcp-Name":"=?base64?w7w=?="}})"}));
  EXPECT_FALSE(deleted_);
}

TEST_F(McpBridgeTest, TurnsFailuresIntoErrors) {
  const Lines lines =
      run("not json\n"
          R"({"jsonrpc":"2.0","id":5,"method":"broken"})"
          "\n");
  EXPECT_EQ(lines, (Lines{R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":)"
                          R"("Parse error: each line is one JSON-RPC message"}})",
                          R"({"jsonrpc":"2.0","id":5,"error":{"code":-32603,"message":)"
                          R"("The server answered HTTP 502"}})"}));
  const Lines refused = run(R"({"jsonrpc":"2.0","id":1,"method":"initialize"})"
                            "\n",
                            "wrong");
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_NE(refused.begin()->find("HTTP 401 (is the token right"), std::string::npos);
}

TEST_F(McpBridgeTest, SaysThatTheServerIsGone) {
  server_.reset();
  std::istringstream in(R"({"jsonrpc":"2.0","id":1,"method":"initialize"})"
                        "\n");
  std::ostringstream out;
  std::ostringstream err;
  EXPECT_TRUE(McpBridge({"http://127.0.0.1:1/mcp", "t"}, in, out, err).run());
  EXPECT_NE(out.str().find("No answer from http://127.0.0.1:1/mcp"), std::string::npos);
}

}  // namespace
}  // namespace commsd::ctl
