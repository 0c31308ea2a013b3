#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "base/manual_executor.h"
#include "mcp/server_fixture.h"
#include "mcp/task_service.h"
#include "store/database_store.h"
#include "store/test_database.h"

namespace commsd::mcp::testing {

/// The server of McpServerTest with tasks on a real database and tools that support them:
///
///     task_wait     waits to be released, cancelled or drained, and says which
///     task_deaf     waits to be released and hears of nothing else
///     task_confirm  asks one question and tells the answer
///     task_two      asks two questions at once
///     task_refuse   an error, and only as a task
///     task_burst    throws
///     task_secret   answers with `secret`
///     task_progress reports progress, then waits like task_wait
///     task_first    asks before it becomes a task, and again in the task
class TaskTest : public McpServerTest {
 protected:
  static inline const std::string secret = "sk-the-secret-of-a-new-agent";
  static inline const std::string with_tasks =
      R"({"elicitation":{},"extensions":{"io.modelcontextprotocol/tasks":{}}})";

  TaskTest();
  void TearDown() override;

  void add_more_tools() override;
  void extend() override;
  void before_stop() override;

  /// The answer to one modern request over a socket of its own.
  struct Reply {
    int status = 0;
    std::string body;
    std::shared_ptr<JsonDocument> document;

    std::optional<JsonValue> result() const;
    std::string text(std::string_view member) const;  // of the result; "" when there is none
    std::int64_t error_code() const;
  };
  Reply request(const std::string& method, const std::string& members, const std::string& name = "",
                const std::string& token = "agent", const std::string& capabilities = with_tasks);
  Reply call(const std::string& tool, const std::string& token = "agent",
             const std::string& capabilities = with_tasks);
  /// Calls a tool that becomes a task and returns the task's id.
  std::string create(const std::string& tool, const std::string& token = "agent");
  Reply get(const std::string& id, const std::string& token = "agent");
  Reply cancel(const std::string& id, const std::string& token = "agent");
  Reply update(const std::string& id, const std::string& responses,
               const std::string& token = "agent");
  /// Polls until the task is so; fails the test after ten seconds.
  Reply await_status(const std::string& id, const std::string& status,
                     const std::string& token = "agent");
  /// The same for anything else.
  static void eventually(const std::function<bool()>& holds);

  /// Drains the tasks, once for each start.
  void drain(std::chrono::milliseconds limit);

  /// Lets every waiting task_wait, task_deaf and task_progress go on.
  void release() { release_.request_stop(); }

  template <typename T>
  T run(Task<T> task) {
    return executor_.run(std::move(task));
  }

  static TaskLedgerOptions worker(std::string name);
  static identity::Principal agent() { return {identity::Role::agent, "t1", "org_1", "agt_1"}; }

  ManualExecutor executor_;
  store::test::TemporaryFolder folder_;
  std::string path_ = folder_.file("commsd.db");
  ManualClock task_clock_{SystemClock().now()};
  std::unique_ptr<store::DatabaseStore> store_;
  std::unique_ptr<TaskService> tasks_;
  TaskOptions options_;
  std::atomic<int> entered_{0};  // waiting tools
  std::atomic<int> ended_{0};    // calls of task_confirm that got to their end
  std::atomic<int> told_{0};     // how often on_written of task_confirm was called

 private:
  std::stop_source release_;
  bool drained_ = false;
};

}  // namespace commsd::mcp::testing
