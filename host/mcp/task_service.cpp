#include "mcp/task_service.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/json_writer.h"
#include "mcp/task_replies.h"
#include "telemetry/log.h"

namespace commsd::mcp {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds first_retry{200};
constexpr milliseconds longest_retry{30'000};

std::optional<std::string> task_id_of(const RpcCall& call) {
  const auto value = call.message.param("taskId");
  const auto text = value ? value->string() : std::nullopt;
  if (!text) return std::nullopt;
  return std::string(*text);
}

RpcReply no_task_id(const RpcCall& call) {
  return refuse_task_call(call, rpc_code::invalid_params,
                          "Invalid params: 'taskId' must be the id of a task");
}

RpcReply refuse(const RpcCall& call, const Error& error) {
  if (error.code == ErrorCode::not_found) {
    return refuse_task_call(call, rpc_code::invalid_params, error.message);
  }
  log::error("task_request_failed", {{"code", to_string(error.code)}, {"cause", error.cause}});
  return refuse_task_call(call, rpc_code::internal_error,
                          "The task cannot be read or changed now; try again");
}

Result<void> check_responses(const JsonValue& responses) {
  Result<void> valid;
  responses.each_member([&valid](std::string_view key, JsonValue response) {
    if (response.is_object()) return;
    valid = fail(ErrorCode::invalid_argument, "Invalid params: inputResponses['" +
                                                  std::string(key.substr(0, 64)) +
                                                  "'] must be an object");
  });
  return valid;
}

/// Takes the answers to questions that wait for one. The last one lets the task go on at once, so
/// that no client sees a task that requires input and asks nothing.
bool take_responses(TaskState& state, const JsonValue& responses) {
  if (state.record.status != task_status::input_required) return false;
  bool taken = false;
  for (const InputRequest& request : state.requests) {
    const auto response = responses.get(request.key);
    if (response) {
      taken = state.responses.emplace(request.key, response->to_string()).second || taken;
    }
  }
  if (taken && !state.waits()) state.record.status = task_status::working;
  return taken;
}

std::string progress_text(double done, double total, std::string_view text) {
  if (!text.empty()) return std::string(text);
  JsonWriter numbers;  // the shortest form of a number
  numbers.value(done);
  if (total <= 0) return numbers.take();
  JsonWriter whole;
  whole.value(total);
  return numbers.take() + " of " + whole.take();
}

}  // namespace

/// A run with what it refers to.
struct TaskService::Job {
  Job(TaskLedger& ledger, const Clock& clock, ClientCapabilities client, std::stop_token draining,
      TaskPrelude::Answers answers, const ToolRegistry::Entry& entry,
      const identity::Principal& principal, std::string id, JsonDocument arguments)
      : run(entry, principal, std::move(id), std::move(arguments)),
        questions(ledger, run, clock, client, draining, std::move(answers)),
        context{principal, run.cancelled(), std::move(draining),
                [this](double done, double total, std::string_view text) {
                  run.set_message(progress_text(done, total, text));
                },
                &questions} {}

  TaskRun run;
  TaskQuestions questions;
  ToolContext context;
};

TaskService::TaskService(store::Store& store, NotificationHub& hub, const Clock& clock,
                         Random& random, TaskOptions options, telemetry::Metrics& metrics)
    : ledger_(store, hub, clock, random, options.ledger),
      clock_(clock),
      options_(std::move(options)),
      metrics_(metrics),
      running_gauge_(
          metrics.gauge("commsd_mcp_tasks_running", "MCP tasks this process is running.")) {}

void TaskService::attach(Dispatcher& dispatcher) {
  dispatcher_ = &dispatcher;
  dispatcher.set_task_runner(this);
  dispatcher.add_method("tasks/get", Dispatcher::Serves::modern,
                        [this](RpcCall& call) { return get(call); });
  dispatcher.add_method("tasks/update", Dispatcher::Serves::modern,
                        [this](RpcCall& call) { return update(call); });
  dispatcher.add_method("tasks/cancel", Dispatcher::Serves::modern,
                        [this](RpcCall& call) { return cancel(call); });
  dispatcher.add_capability("extensions", Dispatcher::Serves::modern,
                            "{\"" + std::string(tasks_extension) + "\":{}}");
}

Task<Result<void>> TaskService::recover() {
  Result<std::size_t> failed = co_await ledger_.fail_predecessors();
  if (!failed) co_return fail(failed.error());
  if (*failed > 0) log::warn("tasks_interrupted", {{"count", *failed}});
  co_return Result<void>();
}

Task<Result<void>> TaskService::keep_leases() {
  // First the own ones: a process that slept through its lease still runs what it runs.
  if (running() > 0) {
    Result<void> renewed = co_await ledger_.renew_leases();
    if (!renewed) co_return renewed;
  }
  Result<std::size_t> failed = co_await ledger_.fail_expired();
  if (!failed) co_return fail(failed.error());
  if (*failed > 0) log::warn("tasks_of_dead_workers", {{"count", *failed}});
  co_return Result<void>();
}

Task<Result<void>> TaskService::take_cancellations() {
  if (running() == 0) co_return Result<void>();
  Result<std::vector<std::string>> hashes = co_await ledger_.cancelled();
  if (!hashes) co_return fail(hashes.error());
  for (const std::string& hash : *hashes) {
    if (const auto job = find_job(hash)) job->run.cancel();
  }
  co_return Result<void>();
}

void TaskService::stop_accepting() {
  draining_.request_stop();
  const std::lock_guard lock(mutex_);
  for (const auto& [hash, job] : jobs_) job->run.ring();
}

Task<void> TaskService::drain(milliseconds limit) {
  if (gate_->inside() == 0) co_return;
  Task<bool> closing = Gate::close_within(gate_, limit);
  const bool all_ended = co_await std::move(closing);
  if (all_ended) co_return;
  log::warn("tasks_cut_short", {{"count", running()}});
  Result<std::size_t> failed = co_await ledger_.fail_own();
  if (!failed) log::warn("tasks_not_failed", {{"cause", failed.error().cause}});
}

Task<Result<ToolResult>> TaskService::start(const ToolRegistry::Entry& entry, JsonValue arguments,
                                            ClientCapabilities client, ToolContext& context) {
  TaskPrelude::Answers answers;
  if (entry.tool.ask_first) {
    std::optional<TaskPrelude> prelude;
    ToolContext asking = context;
    if (context.client) asking.client = &prelude.emplace(*context.client);
    Task<Result<void>> questions = entry.tool.ask_first(arguments, asking);
    Result<void> answered = co_await std::move(questions);
    if (!answered) co_return fail(answered.error());
    if (prelude) answers = prelude->take_answers();
  }
  auto copy = JsonDocument::parse(arguments.to_string());
  if (!copy) co_return fail(copy.error());
  auto job =
      std::make_shared<Job>(ledger_, clock_, client, draining_.get_token(), std::move(answers),
                            entry, context.principal, ledger_.make_id(), std::move(*copy));
  std::optional<Gate::Pass> pass = gate_->enter();
  if (!pass || draining_.stop_requested()) {
    co_return fail(ErrorCode::unavailable, "the server stops; call the tool again in a moment");
  }
  if (Result<void> admitted = admit(job); !admitted) co_return fail(admitted.error());
  Result<TaskState> state =
      co_await ledger_.create(context.principal, job->run.id(), entry.definition.name);
  if (!state) {
    forget(*job);
    co_return fail(state.error());
  }
  spawn(*Executor::current(), execute(std::move(job), gate_, std::move(*pass)));
  ToolResult result;
  result.task_members = state->task_members();
  co_return result;
}

Task<bool> TaskService::visible(identity::Principal principal, std::string task_id) const {
  Result<TaskState> state = co_await ledger_.find(principal, task_id);
  co_return state.has_value();
}

Task<void> TaskService::execute(std::shared_ptr<Job> job,
                                [[maybe_unused]] std::shared_ptr<Gate> gate, Gate::Pass pass) {
  const Gate::Pass inside = std::move(pass);
  Result<ToolResult> outcome = fail(ErrorCode::internal, "The tool failed. Nothing more is known.");
  bool burst = false;
  try {
    Task<Result<ToolResult>> task =
        job->run.entry().tool.handler(job->run.arguments(), job->context);
    outcome = co_await std::move(task);
  } catch (const std::exception& fault) {
    outcome.error().cause = fault.what();
    burst = true;
  }
  co_await settle(job, std::move(outcome), burst);
  forget(*job);
}

Task<void> TaskService::settle(std::shared_ptr<Job> job, Result<ToolResult> outcome, bool burst) {
  TaskRun& run = job->run;
  TaskState end;
  if (outcome) {
    end.record.status = task_status::completed;
  } else {
    log_tool_error(run.entry().definition.name, outcome.error());
    Task<void> writing = dispatcher_->tool_caller().refused(
        run.principal(), run.entry().definition.name, outcome.error());
    co_await std::move(writing);
    const bool given_up = outcome.error().code == ErrorCode::cancelled;
    if (burst || (given_up && !run.cancelled().stop_requested())) {
      // What the tool would have answered is no result, so it is a fault of the protocol's kind
      // (extension tasks, "Task Execution Errors").
      end.record.status = task_status::failed;
      end.record.status_message = outcome.error().message;
      JsonWriter error;
      error.begin_object().field("code", rpc_code::internal_error);
      end.record.error_json = error.field("message", outcome.error().message).end_object().take();
    } else if (given_up) {
      end.record.status = task_status::cancelled;
      end.record.status_message = "Cancelled on request.";
    } else {
      end.record.status = task_status::completed;
      outcome = to_tool_error(with_remedy(outcome.error()));
    }
  }
  if (end.record.status == task_status::completed) {
    end.result_json = "{";
    append_tool_result(end.result_json, *outcome);
    end.result_json += R"(,"resultType":"complete"})";
  }

  const TaskLedger::Alter alter = [&end](TaskState& state) {
    state.record.status = end.record.status;
    state.record.status_message = end.record.status_message;
    state.record.error_json = end.record.error_json;
    state.result_json = end.result_json;
    state.requests.clear();
    state.responses.clear();
    return true;
  };
  bool saved = false;
  for (milliseconds pause = first_retry;; pause = std::min(pause * 2, longest_retry)) {
    const Completion<bool> ring = run.next_ring();
    Result<TaskState> state = co_await ledger_.change(run.principal(), run.id(), alter);
    saved = state && state->record.status == end.record.status;
    if (state || state.error().code == ErrorCode::not_found) break;
    // The work is done and the database is away: its end must not be lost for that.
    log::warn("task_end_not_saved", {{"code", to_string(state.error().code)}});
    if (draining_.stop_requested()) break;  // the next start says that it was interrupted
    const Deadline<bool> later(ring, pause, false);
    co_await ring;
  }
  if (outcome && outcome->on_written) outcome->on_written(saved);
  metrics_
      .counter("commsd_mcp_tasks_total", "MCP tasks that ended.",
               {{"tool", run.entry().definition.name}, {"status", end.record.status}})
      .add();
}

Task<RpcReply> TaskService::get(RpcCall& call) {
  if (!declared_capabilities(call).tasks) co_return tasks_not_declared(call);
  const std::optional<std::string> id = task_id_of(call);
  if (!id) co_return no_task_id(call);
  Result<TaskState> state = co_await ledger_.find(call.principal, *id);
  if (!state) co_return refuse(call, state.error());
  if (state->record.status == task_status::working && state->record.status_message.empty()) {
    const auto job = find_job(state->record.id_hash);
    if (job) state->record.status_message = job->run.message();
  }
  co_return dispatcher_->result(call, state->detailed_members());
}

Task<RpcReply> TaskService::update(RpcCall& call) {
  if (!declared_capabilities(call).tasks) co_return tasks_not_declared(call);
  const std::optional<std::string> id = task_id_of(call);
  if (!id) co_return no_task_id(call);
  const auto responses = call.message.param("inputResponses");
  if (!responses || !responses->is_object()) {
    co_return refuse_task_call(call, rpc_code::invalid_params,
                               "Invalid params: 'inputResponses' must be an object");
  }
  if (const Result<void> valid = check_responses(*responses); !valid) {
    co_return refuse_task_call(call, rpc_code::invalid_params, valid.error().message);
  }
  TaskLedger::Alter take = [&responses](TaskState& state) {
    return take_responses(state, *responses);
  };
  Result<TaskState> state = co_await ledger_.change(call.principal, *id, std::move(take));
  if (!state) co_return refuse(call, state.error());
  if (const auto job = find_job(state->record.id_hash)) job->run.ring();
  co_return dispatcher_->result(call, {});
}

Task<RpcReply> TaskService::cancel(RpcCall& call) {
  if (!declared_capabilities(call).tasks) co_return tasks_not_declared(call);
  const std::optional<std::string> id = task_id_of(call);
  if (!id) co_return no_task_id(call);
  // Only noted: the tool may have done by now what cannot be undone, and then says so.
  TaskLedger::Alter note = [](TaskState& state) {
    if (state.record.cancel_requested) return false;
    state.record.cancel_requested = true;
    state.record.status_message = "Cancellation was asked for.";
    return true;
  };
  Result<TaskState> state = co_await ledger_.change(call.principal, *id, std::move(note));
  if (!state) co_return refuse(call, state.error());
  if (const auto job = find_job(state->record.id_hash)) job->run.cancel();
  co_return dispatcher_->result(call, {});
}

Result<void> TaskService::admit(const std::shared_ptr<Job>& job) {
  const std::string principal = job->run.principal().key();
  const std::lock_guard lock(mutex_);
  const auto same = std::count_if(jobs_.begin(), jobs_.end(), [&](const auto& other) {
    return other.second->run.principal().key() == principal;
  });
  if (static_cast<std::size_t>(same) >= options_.most_per_principal ||
      jobs_.size() >= options_.most_running) {
    return fail(ErrorCode::rate_limited,
                std::to_string(same) +
                    " tasks of this token are running, which is as many as may; wait for one to "
                    "end, or cancel one");
  }
  jobs_.emplace(job->run.id_hash(), job);
  running_gauge_.add();
  return {};
}

void TaskService::forget(const Job& job) {
  const std::lock_guard lock(mutex_);
  if (jobs_.erase(job.run.id_hash()) > 0) running_gauge_.subtract();
}

std::shared_ptr<TaskService::Job> TaskService::find_job(const std::string& id_hash) const {
  const std::lock_guard lock(mutex_);
  const auto found = jobs_.find(id_hash);
  return found == jobs_.end() ? nullptr : found->second;
}

std::size_t TaskService::running() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size();
}

}  // namespace commsd::mcp
