#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "mcp/client_requests.h"

namespace commsd::mcp {

/// The questions a tool asks before its call becomes a task: passes them on to the request's own
/// way of asking and remembers the answers for the task.
class TaskPrelude final : public ClientRequests {
 public:
  using Answers = std::map<std::string, InputAnswer>;  // by key

  explicit TaskPrelude(ClientRequests& request) : request_(request) {}

  const ClientCapabilities& capabilities() const override { return request_.capabilities(); }

  Task<Result<std::vector<InputAnswer>>> ask(std::vector<InputRequest> requests) override {
    std::vector<std::string> keys;
    keys.reserve(requests.size());
    for (const InputRequest& request : requests) keys.push_back(request.key);
    Task<Result<std::vector<InputAnswer>>> asking = request_.ask(std::move(requests));
    Result<std::vector<InputAnswer>> answers = co_await std::move(asking);
    if (answers) {
      for (std::size_t i = 0; i < keys.size(); ++i) {
        answers_.insert_or_assign(keys[i], (*answers)[i]);
      }
    }
    co_return answers;
  }

  Answers take_answers() { return std::move(answers_); }

 private:
  ClientRequests& request_;
  Answers answers_;
};

}  // namespace commsd::mcp
