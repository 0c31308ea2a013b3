#include "mcp/server_fixture.h"

#include <chrono>
#include <thread>

#include "base/block_on.h"
#include "base/manual_executor.h"

namespace commsd::mcp::testing {

namespace {

using identity::Principal;
using identity::Role;

const std::string session_key(32, 's');

std::string definition(const std::string& name, const std::string& properties,
                       bool long_running = false, bool read_only = true,
                       const std::string& scope = "") {
  return R"({"name":")" + name + R"(","title":"T","description":"D","annotations":{)" +
         R"("readOnlyHint":)" + (read_only ? "true" : "false") +
         R"(,"destructiveHint":false,"idempotentHint":true,)" +
         R"("openWorldHint":false},"scope":")" + scope + R"(","longRunning":)" +
         (long_running ? "true" : "false") + R"(,"inputSchema":{"type":"object","properties":{)" +
         properties + R"(},"additionalProperties":false},"outputSchema":{"type":"object"}})";
}

Principal reader() {
  Principal principal{Role::agent, "t4", "org_1", "agt_1"};
  principal.scopes = std::vector<std::string>{"comms:read"};
  return principal;
}

Task<Result<Principal>> authenticate(std::string_view token) {
  if (token == "agent") co_return Principal{Role::agent, "t1", "org_1", "agt_1"};
  if (token == "other") co_return Principal{Role::agent, "t2", "org_1", "agt_2"};
  if (token == "org") co_return Principal{Role::organization, "t3", "org_1", ""};
  if (token == "reader") co_return reader();
  if (token == "broken") co_return fail(ErrorCode::unavailable, "the database is away");
  if (token == "ended") {
    co_return fail(ErrorCode::unauthenticated, "no", std::string(identity::ended_token));
  }
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

const char* const name_form =
    R"({"message":"Who?","requestedSchema":{"type":"object","properties":{"name":)"
    R"({"type":"string"}},"required":["name"]}})";

/// Asks for a name, and then for a colour; "none" is the answer where the user gave none.
Task<Result<ToolResult>> ask(bool twice, JsonValue, ToolContext& context) {
  std::vector<InputRequest> first{{"name", "elicitation/create", name_form}};
  Task<Result<std::vector<InputAnswer>>> asking = context.client->ask(std::move(first));
  const auto name = co_await std::move(asking);
  if (!name) co_return fail(name.error());
  std::string text = name->at(0).value.to_string();
  if (twice) {
    std::vector<InputRequest> second{{"colour", "elicitation/create", name_form},
                                     {"roots", "roots/list", ""}};
    Task<Result<std::vector<InputAnswer>>> again = context.client->ask(std::move(second));
    const auto colour = co_await std::move(again);
    if (!colour) co_return fail(colour.error());
    text += "," + colour->at(0).value.to_string() + "," + colour->at(1).value.to_string();
  }
  co_return json(R"({"answers":[)" + text + "]}");
}

Task<Result<ToolResult>> act(std::atomic<int>& acted, JsonValue arguments, ToolContext& context) {
  Task<Result<ToolResult>> asking = ask(false, arguments, context);
  auto answer = co_await std::move(asking);
  if (answer) ++acted;
  co_return answer;
}

Task<Result<ToolResult>> say(JsonValue, ToolContext& context) {
  context.log(LogLevel::debug, R"("small")", "test");
  context.log(LogLevel::warning, R"({"size":"large"})", "");
  co_return json("{}");
}

/// Ends its connection and answers when released.
Task<Result<ToolResult>> close(Completion<bool> released, ToolContext& context) {
  context.log(LogLevel::error, R"("before")", "");
  context.close_stream();
  context.log(LogLevel::error, R"("between")", "");
  co_await released;
  co_return json(R"({"done":true})");
}

Task<Result<ToolResult>> held(Completion<bool> released, Task<Result<ToolResult>> then) {
  co_await released;
  co_return co_await std::move(then);
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
                       bool long_running = false, bool read_only = true,
                       const std::string& scope = "") {
    const auto defined =
        registry_->define(definition(name, properties, long_running, read_only, scope));
    ASSERT_TRUE(defined.has_value()) << defined.error().message;
    registry_->add(Tool{name, std::move(roles), std::move(handler)});
  };
  add("test_echo", R"("text":{"type":"string"},"count":{"type":"integer","maximum":9})", echo,
      {Role::agent, Role::organization});
  add("test_refuse", "", refuse);
  add("test_burst", "", burst);
  add("test_progress", "", advance);
  add("test_admin", "", echo, {Role::organization});
  add("test_stream", "", echo, {Role::agent}, true);
  add("test_scoped", "", echo, {Role::agent}, true, true, "comms:send");
  add("test_wait", "",
      [this](JsonValue, ToolContext& context) { return wait(waiting_, cancelled_, context); });
  const auto written = [this](JsonValue, ToolContext&) -> Task<Result<ToolResult>> {
    ToolResult result = json("{}");
    result.on_written = [this](bool delivered) {
      const std::lock_guard lock(mutex_);
      deliveries_.push_back(delivered);
    };
    co_return result;
  };
  add("test_written", "", written);
  add(
      "test_written_held", "",
      [this, written](JsonValue arguments, ToolContext& context) {
        return held(released_, written(arguments, context));
      },
      {Role::agent}, true);
  add("test_written_late", "", written, {Role::agent}, true);
  add(
      "test_long_wait", "",
      [this](JsonValue, ToolContext& context) { return wait(waiting_, cancelled_, context); },
      {Role::agent}, true);
  add("test_ask", R"("topic":{"type":"string"})",
      [](JsonValue arguments, ToolContext& context) { return ask(false, arguments, context); });
  add("test_ask_twice", "",
      [](JsonValue arguments, ToolContext& context) { return ask(true, arguments, context); });
  add(
      "test_act", R"("what":{"type":"string"})",
      [this](JsonValue arguments, ToolContext& context) { return act(acted_, arguments, context); },
      {Role::agent}, false, false);
  add("test_say", "", say);
  released_ = {};
  add("test_close", "",
      [this](JsonValue, ToolContext& context) { return close(released_, context); });
  add(
      "test_held", "",
      [this](JsonValue, ToolContext&) -> Task<Result<ToolResult>> {
        co_await released_;
        co_return json(R"({"done":true})");
      },
      {Role::agent}, true);
  add("test_header",
      R"("region":{"type":"string","x-mcp-header":"Region"},)"
      R"("deep":{"type":"object","properties":{"count":{"type":"integer","x-mcp-header":"Count"},)"
      R"("flag":{"type":"boolean","x-mcp-header":"Flag"}}})",
      echo);
  add_more_tools();
  ASSERT_TRUE(registry_->seal().has_value());
}

void McpServerTest::start(McpOptions options) {
  stop();
  registry_ = std::make_unique<ToolRegistry>();
  add_tools();
  options.info.version = "1.2.3";
  options.info.instructions = "Be kind.";
  options.session_key = session_key;
  options.session_store = &store_;
  const auto authenticator = [this](std::string_view token) {
    return authenticate(token == "agent" ? agent_token_is_.load() : token);
  };
  mcp_ = std::make_unique<McpServer>(*registry_, authenticator, clock_, random_, options, metrics_);
  extend();
  router_ = std::make_unique<net::Router>();
  mcp_->dispatcher().add_capability("tools", Dispatcher::Serves::both, R"({"listChanged":true})");
  mcp_->dispatcher().add_capability("resources", Dispatcher::Serves::both,
                                    R"({"subscribe":true,"listChanged":true})");
  mcp_->serve_resource_subscriptions([](Principal, std::string uri) -> Task<Result<void>> {
    if (!uri.starts_with("test://")) co_return fail(ErrorCode::not_found, "no such resource");
    co_return Result<void>();
  });
  mcp_->mount(*router_);
  loops_ = std::make_unique<net::EventLoops>(2);
  http_ = std::make_unique<net::HttpServer>(*loops_, net::ServerOptions{}, *router_);
  const auto started = http_->start();
  ASSERT_TRUE(started.has_value()) << started.error().message;
}

void McpServerTest::stop() {
  if (!http_) return;
  before_stop();
  ManualExecutor executor;
  // On a real clock: a manual one would let the limit pass while the loops are at work.
  block_on(loops_->at(0), mcp_->drain());
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
                                       const std::string& members, const std::string& meta,
                                       const std::string& capabilities) {
  return rpc(id, method,
             "{" + members + (members.empty() ? "" : ",") +
                 R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)" +
                 R"("io.modelcontextprotocol/clientCapabilities":)" + capabilities + meta + "}}");
}

std::int64_t McpServerTest::error_code(const std::string& body) {
  const auto document = JsonDocument::parse(body);
  if (!document) return 0;
  const auto error = document->root().get("error");
  return error ? error->integer("code").value_or(0) : 0;
}

std::string McpServerTest::open_session(const std::string& token, const std::string& version,
                                        const std::string& capabilities) {
  HttpPeer peer(port());
  const auto response =
      peer.exchange("POST", "/mcp", json_as(token),
                    rpc("1", "initialize",
                        R"({"protocolVersion":")" + version + R"(","capabilities":)" +
                            capabilities + R"(,"clientInfo":{"name":"t","version":"1"}})"));
  EXPECT_EQ(response.status, 200) << response.body;
  return response.header("mcp-session-id");
}

std::vector<bool> McpServerTest::deliveries() {
  const std::lock_guard lock(mutex_);
  return deliveries_;
}

void McpServerTest::release() {
  released_.complete(true);
}

void McpServerTest::await_waiting(int count) {
  for (int i = 0; i < 1000 && waiting_ < count; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ASSERT_GE(waiting_.load(), count);
}

}  // namespace commsd::mcp::testing
