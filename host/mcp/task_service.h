#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <unordered_map>

#include "base/gate.h"
#include "mcp/dispatcher.h"
#include "mcp/task_ledger.h"
#include "mcp/task_questions.h"
#include "mcp/task_run.h"
#include "mcp/task_runner.h"
#include "telemetry/metrics.h"

namespace commsd::mcp {

struct TaskOptions {
  TaskLedgerOptions ledger;
  std::size_t most_running = 1000;
  std::size_t most_per_principal = 50;
};

/// The extension io.modelcontextprotocol/tasks: a tool call that goes on after its request was
/// answered, and tasks/get, tasks/update and tasks/cancel to follow it by.
///
/// A task that its process does not end, because it was killed, is ended by its successor or, after
/// the lease, by another worker: as failed, saying that nobody knows what was done. It is never run
/// again, because nothing that sends may be done twice. [any executor, unless stated]
class TaskService final : public TaskRunner {
 public:
  /// What is passed by reference outlives this.
  TaskService(store::Store& store, NotificationHub& hub, const Clock& clock, Random& random,
              TaskOptions options, telemetry::Metrics& metrics = telemetry::metrics());

  /// Adds the methods and the capability, and makes this the dispatcher's runner. At start.
  void attach(Dispatcher& dispatcher);

  /// Ends what the last process of this worker left. At start, once it is sure that there is no
  /// other one of its name.
  Task<Result<void>> recover();
  /// Keeps the leases of running tasks and ends those of dead workers: call four times a lease.
  Task<Result<void>> keep_leases();
  /// Passes on cancellations that other workers took: call every few seconds.
  Task<Result<void>> take_cancellations();
  /// Deletes what has expired.
  Task<Result<void>> purge() { return ledger_.purge(); }

  /// Takes no more tasks and tells the running ones that the server stops.
  void stop_accepting();
  /// After stop_accepting(): resumes when every task has ended, or after `limit`; what is left then
  /// is failed. Call once.
  Task<void> drain(std::chrono::milliseconds limit);

  Task<Result<ToolResult>> start(const ToolRegistry::Entry& entry, JsonValue arguments,
                                 ClientCapabilities client, ToolContext& context) override;
  Task<bool> visible(identity::Principal principal, std::string task_id) const override;

  std::size_t running() const;

 private:
  struct Job;

  Task<RpcReply> get(RpcCall& call);
  Task<RpcReply> update(RpcCall& call);
  Task<RpcReply> cancel(RpcCall& call);

  Result<void> admit(const std::shared_ptr<Job>& job);
  void forget(const Job& job);
  std::shared_ptr<Job> find_job(const std::string& id_hash) const;
  Task<void> execute(std::shared_ptr<Job> job, std::shared_ptr<Gate> gate, Gate::Pass pass);
  Task<void> settle(std::shared_ptr<Job> job, Result<ToolResult> outcome, bool burst);

  TaskLedger ledger_;
  const Clock& clock_;
  TaskOptions options_;
  const Dispatcher* dispatcher_ = nullptr;
  std::stop_source draining_;
  // Shared with the tasks: one that outlasts the drain leaves its frame, and the gate with it.
  std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
  telemetry::Metrics& metrics_;
  telemetry::Gauge& running_gauge_;

  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<Job>> jobs_;  // by hash of the id
};

}  // namespace commsd::mcp
