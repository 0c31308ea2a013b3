#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "messaging/callback_post.h"

namespace commsd::messaging::test {

/// An agent's host: what it is told, and what it answers (200 once the list is used up).
struct Host {
  std::deque<int> answers;  // 0 = no answer
  std::function<int(const CallbackRequest&)> decide;
  std::chrono::milliseconds latency{0};
  std::chrono::milliseconds retry_after{0};
  std::vector<CallbackRequest> told;

  PostCallback post() {
    return [this](CallbackRequest request) { return answer(this, std::move(request)); };
  }
  static Task<Result<CallbackAnswer>> answer(Host* host, CallbackRequest request) {
    host->told.push_back(request);
    int status = host->decide ? host->decide(request) : 200;
    if (!host->answers.empty()) {
      status = host->answers.front();
      host->answers.pop_front();
    }
    if (host->latency.count() > 0) co_await sleep_for(host->latency);
    if (status == 0) co_return fail(ErrorCode::unavailable, "connection refused");
    co_return CallbackAnswer{status, host->retry_after};
  }
  std::string header(std::size_t index, std::string_view name) const {
    for (const auto& [key, value] : told.at(index).headers) {
      if (key == name) return value;
    }
    return {};
  }
  /// The text of the message in each request, in the order in which they came.
  std::vector<std::string> bodies() const {
    std::vector<std::string> all;
    for (const CallbackRequest& request : told) {
      const auto document = JsonDocument::parse(request.body);
      const auto data = document->root().get("data");
      all.emplace_back(data->string("body").value_or(data->string("status").value_or("?")));
    }
    return all;
  }
};

}  // namespace commsd::messaging::test
