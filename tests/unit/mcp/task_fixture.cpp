#include "mcp/task_fixture.h"

#include <chrono>
#include <stdexcept>
#include <thread>

namespace commsd::mcp::testing {

namespace {

using identity::Role;

std::string definition(const std::string& name, const std::string& support) {
  return R"({"name":")" + name + R"(","title":"T","description":"D","annotations":{)" +
         R"("readOnlyHint":true,"destructiveHint":false,"idempotentHint":true,)" +
         R"("openWorldHint":false},"taskSupport":")" + support +
         R"(","inputSchema":{"type":"object"},"outputSchema":{"type":"object"}})";
}

ToolResult json(std::string text) {
  return ToolResult{std::move(text), false, nullptr};
}

InputRequest question(std::string key) {
  return {std::move(key), "elicitation/create",
          R"({"message":"Sure?","requestedSchema":{"type":"object","properties":{}}})"};
}

/// Takes the token by value: a test may release and end while a tool still waits.
Task<Result<ToolResult>> wait(std::stop_token released, std::atomic<int>& entered, bool deaf,
                              ToolContext& context) {
  const Completion<std::string> ended;
  const std::stop_token never;
  const std::stop_callback on_release(released, [ended] { ended.complete("released"); });
  const std::stop_callback on_cancel(deaf ? never : context.cancelled,
                                     [ended] { ended.complete("cancelled"); });
  const std::stop_callback on_drain(deaf ? never : context.draining,
                                    [ended] { ended.complete("draining"); });
  ++entered;
  const std::string why = co_await ended;
  if (why == "cancelled") co_return fail(ErrorCode::cancelled, "cancelled");
  co_return json(R"({"ended":")" + why + "\"}");
}

Task<Result<ToolResult>> confirm(std::atomic<int>& ended, std::atomic<int>& told,
                                 ToolContext& context) {
  std::vector<InputRequest> questions{question("confirm")};
  Task<Result<std::vector<InputAnswer>>> asking = context.client->ask(std::move(questions));
  Result<std::vector<InputAnswer>> answers = co_await std::move(asking);
  ++ended;
  if (!answers) co_return fail(answers.error());
  ToolResult result = json(R"({"answer":)" + answers->front().value.to_string() + "}");
  result.on_written = [&told](bool) { ++told; };
  co_return result;
}

Task<Result<ToolResult>> ask_two(JsonValue, ToolContext& context) {
  std::vector<InputRequest> questions{question("one"), question("two")};
  Task<Result<std::vector<InputAnswer>>> asking = context.client->ask(std::move(questions));
  Result<std::vector<InputAnswer>> answers = co_await std::move(asking);
  if (!answers) co_return fail(answers.error());
  co_return json(R"({"one":)" + answers->at(0).value.to_string() + R"(,"two":)" +
                 answers->at(1).value.to_string() + "}");
}

Task<Result<ToolResult>> refuse(JsonValue, ToolContext&) {
  co_return fail(ErrorCode::rejected, "the recipient opted out");
}

Task<Result<ToolResult>> burst(JsonValue, ToolContext&) {
  throw std::runtime_error("hidden detail");
  co_return json("{}");
}

Task<Result<void>> ask_name(JsonValue, ToolContext& context) {
  std::vector<InputRequest> questions{question("name")};
  Task<Result<std::vector<InputAnswer>>> asking = context.client->ask(std::move(questions));
  Result<std::vector<InputAnswer>> answers = co_await std::move(asking);
  if (!answers) co_return fail(answers.error());
  co_return Result<void>();
}

Task<Result<ToolResult>> tell_name(JsonValue, ToolContext& context) {
  std::vector<InputRequest> questions{question("name")};
  Task<Result<std::vector<InputAnswer>>> asking = context.client->ask(std::move(questions));
  Result<std::vector<InputAnswer>> answers = co_await std::move(asking);
  if (!answers) co_return fail(answers.error());
  co_return json(R"({"answer":)" + answers->front().value.to_string() + "}");
}

}  // namespace

TaskTest::TaskTest() {
  auto opened = store::DatabaseStore::open(store::test::load_database(path_), task_clock_);
  if (!opened) std::abort();
  store_ = std::move(*opened);
  options_.ledger = worker("here");
}

void TaskTest::TearDown() {
  release();
  McpServerTest::TearDown();
  tasks_.reset();
}

TaskLedgerOptions TaskTest::worker(std::string name) {
  TaskLedgerOptions options;
  options.worker = std::move(name);
  options.lease = std::chrono::seconds(60);
  options.lifetime = std::chrono::hours(2);
  options.look_up_hint = "Look with test_echo.";
  return options;
}

void TaskTest::add_more_tools() {
  const auto add = [&](const std::string& name, Tool::Handler handler,
                       const std::string& support = "optional") {
    ASSERT_TRUE(registry_->define(definition(name, support)).has_value());
    registry_->add(Tool{name, {Role::agent, Role::organization}, std::move(handler)});
  };
  add("task_wait", [this](JsonValue, ToolContext& context) {
    return wait(release_.get_token(), entered_, false, context);
  });
  add("task_deaf", [this](JsonValue, ToolContext& context) {
    return wait(release_.get_token(), entered_, true, context);
  });
  add("task_progress", [this](JsonValue, ToolContext& context) {
    context.progress(1, 4, "");
    return wait(release_.get_token(), entered_, false, context);
  });
  add("task_confirm",
      [this](JsonValue, ToolContext& context) { return confirm(ended_, told_, context); });
  add("task_two", ask_two);
  add("task_refuse", refuse, "required");
  add("task_burst", burst);
  add("task_secret", [](JsonValue, ToolContext&) -> Task<Result<ToolResult>> {
    co_return json("{\"token\":\"" + secret + "\"}");
  });
  ASSERT_TRUE(registry_->define(definition("task_first", "required")).has_value());
  registry_->add(Tool{"task_first", {Role::agent}, tell_name, ask_name});
}

void TaskTest::extend() {
  tasks_ =
      std::make_unique<TaskService>(*store_, mcp_->hub(), task_clock_, random_, options_, metrics_);
  tasks_->attach(mcp_->dispatcher());
  release_ = {};  // what waited in an earlier server has been let go
  drained_ = false;
}

void TaskTest::before_stop() {
  release();
  if (!drained_) {
    const ManualExecutor::Outside loops_at_work(executor_);
    drain(std::chrono::seconds(5));
  }
  // A drain that was cut short waits on for the tasks, and its frame goes when they have ended.
  eventually([&] { return tasks_->running() == 0; });
  for (int i = 0; i < 20; ++i) {
    executor_.run_ready();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void TaskTest::drain(std::chrono::milliseconds limit) {
  tasks_->stop_accepting();
  executor_.run(tasks_->drain(limit));
  drained_ = true;
}

TaskTest::Reply TaskTest::request(const std::string& method, const std::string& members,
                                  const std::string& name, const std::string& token,
                                  const std::string& capabilities) {
  HttpPeer::Fields fields{{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", method}};
  if (!name.empty()) fields.emplace_back("Mcp-Name", name);
  HttpPeer peer(port());
  const auto response = peer.exchange(
      "POST", "/mcp", json_as(token, std::move(fields)),
      rpc("7", method,
          "{" + members + (members.empty() ? "" : ",") +
              R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)" +
              R"("io.modelcontextprotocol/clientCapabilities":)" + capabilities + "}}"));
  Reply reply{response.status, response.body, nullptr};
  auto document = JsonDocument::parse(response.body);
  if (document) reply.document = std::make_shared<JsonDocument>(std::move(*document));
  return reply;
}

TaskTest::Reply TaskTest::call(const std::string& tool, const std::string& token,
                               const std::string& capabilities) {
  return request("tools/call", R"("name":")" + tool + "\"", tool, token, capabilities);
}

std::string TaskTest::create(const std::string& tool, const std::string& token) {
  const Reply reply = call(tool, token);
  EXPECT_EQ(reply.text("resultType"), "task") << reply.body;
  return reply.text("taskId");
}

TaskTest::Reply TaskTest::get(const std::string& id, const std::string& token) {
  return request("tasks/get", R"("taskId":")" + id + "\"", id, token);
}

TaskTest::Reply TaskTest::cancel(const std::string& id, const std::string& token) {
  return request("tasks/cancel", R"("taskId":")" + id + "\"", id, token);
}

TaskTest::Reply TaskTest::update(const std::string& id, const std::string& responses,
                                 const std::string& token) {
  return request("tasks/update", R"("taskId":")" + id + R"(","inputResponses":)" + responses, id,
                 token);
}

TaskTest::Reply TaskTest::await_status(const std::string& id, const std::string& status,
                                       const std::string& token) {
  Reply reply;
  eventually([&] {
    reply = get(id, token);
    return reply.text("status") == status;
  });
  EXPECT_EQ(reply.text("status"), status) << reply.body;
  return reply;
}

void TaskTest::eventually(const std::function<bool()>& holds) {
  for (int i = 0; i < 1000; ++i) {
    if (holds()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ADD_FAILURE() << "never came true";
}

std::optional<JsonValue> TaskTest::Reply::result() const {
  return document ? document->root().get("result") : std::nullopt;
}

std::string TaskTest::Reply::text(std::string_view member) const {
  const auto found = result();
  return std::string(found ? found->string(member).value_or("") : "");
}

std::int64_t TaskTest::Reply::error_code() const {
  return McpServerTest::error_code(body);
}

}  // namespace commsd::mcp::testing
