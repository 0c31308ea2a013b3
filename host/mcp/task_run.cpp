#include "mcp/task_run.h"

#include <utility>

#include "mcp/task_ledger.h"

namespace commsd::mcp {

TaskRun::TaskRun(const ToolRegistry::Entry& entry, identity::Principal principal, std::string id,
                 JsonDocument arguments)
    : entry_(entry),
      principal_(std::move(principal)),
      id_(std::move(id)),
      id_hash_(TaskLedger::hash_of(id_)),
      arguments_(std::move(arguments)) {}

void TaskRun::cancel() {
  stop_.request_stop();
  ring();
}

void TaskRun::ring() {
  const std::unique_lock lock(mutex_);
  bell_.complete(true);
}

Completion<bool> TaskRun::next_ring() {
  const std::lock_guard lock(mutex_);
  bell_ = Completion<bool>();
  return bell_;
}

void TaskRun::set_message(std::string text) {
  const std::lock_guard lock(mutex_);
  message_ = std::move(text);
}

std::string TaskRun::message() const {
  const std::lock_guard lock(mutex_);
  return message_;
}

}  // namespace commsd::mcp
