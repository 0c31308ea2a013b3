#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "mcp/client_requests.h"
#include "store/task_repository.h"

namespace commsd::mcp {

namespace task_status {
inline constexpr std::string_view working = "working";
inline constexpr std::string_view input_required = "input_required";
inline constexpr std::string_view completed = "completed";
inline constexpr std::string_view failed = "failed";
inline constexpr std::string_view cancelled = "cancelled";
}  // namespace task_status

/// A task with its content in the clear, as the specification of the extension knows it
/// (ext-tasks, specification/draft/tasks.md). Plain data.
struct TaskState {
  std::string id;
  store::TaskRecord record;
  /// What the handler asked, and the answers so far by key: one JSON object each. Both are empty
  /// unless it is asking.
  std::vector<InputRequest> requests;
  std::map<std::string, std::string> responses;
  std::string result_json;  // completed: the CallToolResult

  bool ended() const;
  /// Whether a question has no answer yet.
  bool waits() const;

  /// `requests` and `responses` as one JSON object, "" when there are none; and back. A text that
  /// was not written here is ignored.
  std::string input_json() const;
  void set_input_json(std::string_view json);

  /// The members of a Task: what CreateTaskResult has.
  std::string task_members() const;
  /// The members of a DetailedTask: what tasks/get answers and notifications/tasks tells.
  std::string detailed_members() const;
};

}  // namespace commsd::mcp
