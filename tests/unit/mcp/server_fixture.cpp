#include "mcp/server_fixture.h"

#include <chrono>
#include <thread>

#include "base/manual_executor.h"

namespace commsd::mcp::testing {

namespace {

using identity::Principal;
using identity::Role;

const std::string session_key(32, 's');

std::string definition(const std::string& name, const std::string& properties,
                       bool long_running = false) {
  return R"({"name":")" + name + R"(","title":"T","description":"D","annotations":{)" +
         R"("readOnlyHint":true,"destructiveHint":false,"idempotentHint":true,)" +
         R"("openWorldHint":false},"longRunning":)" + (long_running ? "true" : "false") +
         R"(,"inputSchema":{"type":"object","properties":{)" + properties +
         R"(},"additionalProperties":false},"outputSchema":{"type":"object"}})";
}

Task<Result<Principal>> authenticate(std::string_view token) {
  if (token == "agent") co_return Principal{Role::agent, "t1", "org_1", "agt_1"};
  if (token == "other") co_return Principal{Role::agent, "t2", "org_1", "agt_2"};
  if (token == "org") co_return Principal{Role::organization, "t3", "org_1", ""};
  if (token == "broken") co_return fail(ErrorCode::unavailable, "the database is away");
  co_return fail(ErrorCode::unauthenticated, "no");
}

ToolResult json(std::string text) {
  return ToolResult{std::move(text), false, nullptr};
}

Task<Result<ToolResult>> echo(JsonValue arguments, ToolContext& context) {
  co_return json(R"({"agent":")" + context.principal.agent_id + R"(","arguments":)" +
                 arguments.to_string() + "}");
}
Task<Result<ToolResult>> refuse(JsonValue, ToolContext&) {
  Error error;
  error.code = ErrorCode::rejected;
  error.message = "the recipient opted out";
  error.cause = "hidden cause";
  co_return fail(std::move(error));
}
Task<Result<ToolResult>> burst(JsonValue, ToolContext&) {
  throw std::runtime_error("hidden detail");
  co_return json("{}");
}
Task<Result<ToolResult>> advance(JsonValue, ToolContext& context) {
  context.progress(1, 2, "half");
  context.progress(2, 2, "");
  co_return json(R"({"done":true})");
}

/// Waits until cancelled or draining, and says which.
Task<Result<ToolResult>> wait(std::atomic<int>& waiting, std::atomic<int>& cancelled,
                              ToolContext& context) {
  const Completion<std::string> ended;
  const std::stop_callback on_cancel(context.cancelled, [&] { ended.complete("cancelled"); });
  const std::stop_callback on_drain(context.draining, [&] { ended.complete("draining"); });
  ++waiting;
  const std::string why = co_await ended;
  if (why == "cancelled") ++cancelled;
  co_return json(R"({"ended":")" + why + "\"}");
}

}  // namespace

void McpServerTest::add_tools() {
  const auto add = [&](const std::string& name, const std::string& properties,
                       Tool::Handler handler, std::vector<Role> roles = {Role::agent},
                       bool long_running = false) {
    ASSERT_TRUE(registry_->define(definition(name, properties, long_running)).has_value());
    registry_->add(Tool{name, std::move(roles), std::move(handler)});
  };
  add("test_echo", R"("text":{"type":"string"},"count":{"type":"integer","maximum":9})", echo,
      {Role::agent, Role::organization});
  add("test_refuse", "", refuse);
  add("test_burst", "", burst);
  add("test_progress", "", advance);
  add("test_admin", "", echo, {Role::organization});
  add("test_stream", "", echo, {Role::agent}, true);
  add("test_wait", "",
      [this](JsonValue, ToolContext& context) { return wait(waiting_, cancelled_, context); });
  add("test_written", "", [this](JsonValue, ToolContext&) -> Task<Result<ToolResult>> {
    ToolResult result = json("{}");
    result.on_written = [this](bool delivered) {
      const std::lock_guard lock(mutex_);
      deliveries_.push_back(delivered);
    };
    co_return result;
  });
  ASSERT_TRUE(registry_->seal().has_value());
}

void McpServerTest::start(McpOptions options) {
  stop();
  registry_ = std::make_unique<ToolRegistry>();
  add_tools();
  options.info.version = "1.2.3";
  options.info.instructions = "Be kind.";
  options.session_key = session_key;
  mcp_ = std::make_unique<McpServer>(*registry_, authenticate, clock_, random_, options, metrics_);
  router_ = std::make_unique<net::Router>();
  mcp_->mount(*router_);
  loops_ = std::make_unique<net::EventLoops>(2);
  http_ = std::make_unique<net::HttpServer>(*loops_, net::ServerOptions{}, *router_);
  const auto started = http_->start();
  ASSERT_TRUE(started.has_value()) << started.error().message;
}

void McpServerTest::stop() {
  if (!http_) return;
  ManualExecutor executor;
  executor.run(mcp_->drain());
  executor.run(http_->drain(std::chrono::seconds(2)));
  http_.reset();
  loops_->stop();
  loops_.reset();
  mcp_.reset();
  router_.reset();
}

void McpServerTest::await_cancelled(int count) {
  for (int i = 0; i < 1000 && cancelled_ < count; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ASSERT_GE(cancelled_.load(), count);
}

HttpPeer::Fields McpServerTest::as(const std::string& token, HttpPeer::Fields more) {
  more.emplace_back("Authorization", "Bearer " + token);
  return more;
}

HttpPeer::Fields McpServerTest::json_as(const std::string& token, HttpPeer::Fields more) {
  more.emplace_back("Content-Type", "application/json");
  more.emplace_back("Accept", "application/json, text/event-stream");
  return as(token, std::move(more));
}

HttpPeer::Fields McpServerTest::modern(const std::string& method, const std::string& name,
                                       HttpPeer::Fields more) {
  more.emplace_back("MCP-Protocol-Version", "2026-07-28");
  more.emplace_back("Mcp-Method", method);
  if (!name.empty()) more.emplace_back("Mcp-Name", name);
  return json_as("agent", std::move(more));
}

std::string McpServerTest::rpc(const std::string& id, const std::string& method,
                               const std::string& params) {
  return R"({"jsonrpc":"2.0",)" + (id.empty() ? "" : "\"id\":" + id + ",") + R"("method":")" +
         method + R"(","params":)" + params + "}";
}

std::string McpServerTest::modern_body(const std::string& id, const std::string& method,
                                       const std::string& members, const std::string& meta) {
  return rpc(id, method,
             "{" + members + (members.empty() ? "" : ",") +
                 R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)" +
                 R"("io.modelcontextprotocol/clientCapabilities":{})" + meta + "}}");
}

std::int64_t McpServerTest::error_code(const std::string& body) {
  const auto document = JsonDocument::parse(body);
  if (!document) return 0;
  const auto error = document->root().get("error");
  return error ? error->integer("code").value_or(0) : 0;
}

std::string McpServerTest::open_session(const std::string& token, const std::string& version) {
  HttpPeer peer(port());
  const auto response =
      peer.exchange("POST", "/mcp", json_as(token),
                    rpc("1", "initialize",
                        R"({"protocolVersion":")" + version +
                            R"(","capabilities":{},"clientInfo":{"name":"t","version":"1"}})"));
  EXPECT_EQ(response.status, 200) << response.body;
  return response.header("mcp-session-id");
}

std::vector<bool> McpServerTest::deliveries() {
  const std::lock_guard lock(mutex_);
  return deliveries_;
}

void McpServerTest::await_waiting(int count) {
  for (int i = 0; i < 1000 && waiting_ < count; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ASSERT_GE(waiting_.load(), count);
}

}  // namespace commsd::mcp::testing
