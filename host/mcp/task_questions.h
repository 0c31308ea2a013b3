#pragma once

#include <stop_token>
#include <vector>

#include "base/clock.h"
#include "mcp/client_requests.h"
#include "mcp/task_ledger.h"
#include "mcp/task_prelude.h"
#include "mcp/task_run.h"

namespace commsd::mcp {

/// Asking the client in the middle of a task: the task shows the questions in tasks/get and waits
/// until tasks/update has brought every answer, here or on another worker. Unlike on the modern
/// wire the handler is not run again, so it may ask after it has acted.
///
/// A key that was answered before, in the request or in the task, is not asked again: the extension
/// wants a key to mean one question for the life of a task.
///
/// Further errors of ask(): cancelled (the task was, or ended otherwise), unavailable (the server
/// stops), timeout (the task outlived its time).
class TaskQuestions final : public ClientRequests {
 public:
  /// What is passed by reference outlives this.
  TaskQuestions(TaskLedger& ledger, TaskRun& run, const Clock& clock, ClientCapabilities client,
                std::stop_token draining, TaskPrelude::Answers answers);

  const ClientCapabilities& capabilities() const override { return client_; }
  Task<Result<std::vector<InputAnswer>>> ask(std::vector<InputRequest> requests) override;

 private:
  Task<Result<void>> ask_client(std::vector<InputRequest> requests);
  Task<Result<TaskState>> await_answers();

  TaskLedger& ledger_;
  TaskRun& run_;
  const Clock& clock_;
  const ClientCapabilities client_;
  const std::stop_token draining_;
  TaskPrelude::Answers answers_;
};

}  // namespace commsd::mcp
