#include "mcp/task_state.h"

#include <algorithm>

#include "base/iso_time.h"
#include "base/json_writer.h"

namespace commsd::mcp {

namespace {

/// Clients poll at this pace; the answer to a poll costs one read.
constexpr std::int64_t poll_interval_ms = 1000;

void write_requests(JsonWriter& out, const std::vector<InputRequest>& requests,
                    const std::map<std::string, std::string>& answered) {
  out.begin_object();
  for (const InputRequest& request : requests) {
    if (answered.contains(request.key)) continue;
    out.key(request.key).begin_object().field("method", request.method);
    if (!request.params_json.empty()) out.raw_field("params", request.params_json);
    out.end_object();
  }
  out.end_object();
}

/// `{"a":1}` without its braces.
std::string members_of(const std::string& object) {
  return object.substr(1, object.size() - 2);
}

}  // namespace

bool TaskState::ended() const {
  return record.status != task_status::working && record.status != task_status::input_required;
}

bool TaskState::waits() const {
  return std::any_of(requests.begin(), requests.end(), [this](const InputRequest& request) {
    return !responses.contains(request.key);
  });
}

std::string TaskState::input_json() const {
  if (requests.empty()) return {};
  JsonWriter out;
  out.begin_object().key("requests");
  write_requests(out, requests, {});
  out.key("responses").begin_object();
  for (const auto& [key, json] : responses) out.raw_field(key, json);
  out.end_object().end_object();
  return out.take();
}

void TaskState::set_input_json(std::string_view json) {
  requests.clear();
  responses.clear();
  const auto document = JsonDocument::parse(json);
  if (!document) return;
  if (const auto asked = document->root().get("requests")) {
    asked->each_member([this](std::string_view key, JsonValue request) {
      const auto params = request.get("params");
      requests.push_back({std::string(key), std::string(request.string("method").value_or("")),
                          params ? params->to_string() : std::string()});
    });
  }
  if (const auto answered = document->root().get("responses")) {
    answered->each_member([this](std::string_view key, JsonValue response) {
      responses.emplace(key, response.to_string());
    });
  }
}

std::string TaskState::task_members() const {
  JsonWriter out;
  out.begin_object().field("taskId", id).field("status", record.status);
  if (!record.status_message.empty()) out.field("statusMessage", record.status_message);
  out.field("createdAt", iso_time(record.created_at));
  out.field("lastUpdatedAt", iso_time(record.updated_at));
  out.field("ttlMs", record.expires_at - record.created_at);
  out.field("pollIntervalMs", poll_interval_ms).end_object();
  return members_of(out.take());
}

std::string TaskState::detailed_members() const {
  std::string members = task_members();
  if (record.status == task_status::input_required) {
    JsonWriter pending;
    write_requests(pending, requests, responses);
    members += R"(,"inputRequests":)" + pending.take();
  } else if (record.status == task_status::completed) {
    members += R"(,"result":)" + result_json;
  } else if (record.status == task_status::failed) {
    members += R"(,"error":)" + record.error_json;
  }
  return members;
}

}  // namespace commsd::mcp
