#pragma once

#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "base/completion.h"
#include "base/json.h"
#include "mcp/tool_registry.h"

namespace commsd::mcp {

/// One task's tool call while it runs in this process. How the task stands is in the database
/// (TaskLedger); this is what the database cannot hold.
class TaskRun {
 public:
  /// `entry` lives as long as its registry.
  TaskRun(const ToolRegistry::Entry& entry, identity::Principal principal, std::string id,
          JsonDocument arguments);

  const ToolRegistry::Entry& entry() const { return entry_; }
  const identity::Principal& principal() const { return principal_; }
  const std::string& id() const { return id_; }
  const std::string& id_hash() const { return id_hash_; }
  JsonValue arguments() const { return arguments_.root(); }

  /// [any thread] Asks the tool to end.
  void cancel();
  std::stop_token cancelled() const { return stop_.get_token(); }

  /// [any thread] Wakes whoever waits for the Completion that next_ring() gave out last: something
  /// has changed, look again. Take it first, then look, then wait, and no ring is missed.
  void ring();
  Completion<bool> next_ring();

  /// [any thread] What the tool says of its progress; "" for nothing yet.
  void set_message(std::string text);
  std::string message() const;

 private:
  const ToolRegistry::Entry& entry_;
  identity::Principal principal_;
  std::string id_;
  std::string id_hash_;
  JsonDocument arguments_;
  std::stop_source stop_;

  mutable std::mutex mutex_;
  Completion<bool> bell_;
  std::string message_;
};

}  // namespace commsd::mcp
