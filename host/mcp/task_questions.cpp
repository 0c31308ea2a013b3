#include "mcp/task_questions.h"

#include <chrono>
#include <utility>

#include "base/completion.h"

namespace commsd::mcp {

namespace {

/// An answer that another worker took arrives this late at most.
constexpr std::chrono::seconds poll_interval{2};

}  // namespace

TaskQuestions::TaskQuestions(TaskLedger& ledger, TaskRun& run, const Clock& clock,
                             ClientCapabilities client, std::stop_token draining,
                             TaskPrelude::Answers answers)
    : ledger_(ledger),
      run_(run),
      clock_(clock),
      client_(client),
      draining_(std::move(draining)),
      answers_(std::move(answers)) {}

Task<Result<std::vector<InputAnswer>>> TaskQuestions::ask(std::vector<InputRequest> requests) {
  std::vector<InputRequest> unanswered;
  for (const InputRequest& request : requests) {
    if (answers_.contains(request.key)) continue;
    if (!undeclared({request}, client_).empty()) {
      co_return fail(ErrorCode::unsupported,
                     "the client did not declare that it answers " + request.method);
    }
    unanswered.push_back(request);
  }
  if (!unanswered.empty()) {
    Task<Result<void>> asking = ask_client(std::move(unanswered));
    Result<void> answered = co_await std::move(asking);
    if (!answered) co_return fail(answered.error());
  }
  std::vector<InputAnswer> answers;
  answers.reserve(requests.size());
  for (const InputRequest& request : requests) answers.push_back(answers_.at(request.key));
  co_return answers;
}

Task<Result<void>> TaskQuestions::ask_client(std::vector<InputRequest> requests) {
  TaskLedger::Alter put = [&requests](TaskState& state) {
    state.record.status = task_status::input_required;
    state.requests = requests;
    return true;
  };
  Result<TaskState> state = co_await ledger_.change(run_.principal(), run_.id(), std::move(put));
  if (!state) co_return fail(state.error());

  Task<Result<TaskState>> waiting = await_answers();
  state = co_await std::move(waiting);
  if (!state) co_return fail(state.error());
  for (const auto& [key, json] : state->responses) {
    auto document = JsonDocument::parse(json);
    if (!document) co_return fail(document.error());
    auto owner = std::make_shared<const JsonDocument>(std::move(*document));
    answers_.insert_or_assign(key, InputAnswer{owner, owner->root()});
  }

  TaskLedger::Alter resume = [](TaskState& now) {
    now.record.status = task_status::working;
    now.requests.clear();
    now.responses.clear();
    return true;
  };
  state = co_await ledger_.change(run_.principal(), run_.id(), std::move(resume));
  if (!state) co_return fail(state.error());
  co_return Result<void>();
}

Task<Result<TaskState>> TaskQuestions::await_answers() {
  const std::stop_callback on_drain(draining_, [this] { run_.ring(); });
  while (true) {
    const Completion<bool> ring = run_.next_ring();
    Result<TaskState> state = co_await ledger_.find(run_.principal(), run_.id());
    const bool gone = !state && state.error().code == ErrorCode::not_found;
    if (state && state->record.cancel_requested) run_.cancel();
    if (gone || run_.cancelled().stop_requested() || (state && state->ended())) {
      co_return fail(ErrorCode::cancelled, "the task was cancelled");
    }
    if (draining_.stop_requested()) {
      co_return fail(ErrorCode::unavailable, "the server stops; start the task again later");
    }
    if (state && !state->waits()) co_return state;
    if (state && state->record.expires_at < clock_.now()) {
      co_return fail(ErrorCode::timeout, "nobody answered while the task lived");
    }
    // A database that is away comes back, or the server is stopped.
    const Deadline<bool> poll(ring, poll_interval, false);
    co_await ring;
  }
}

}  // namespace commsd::mcp
