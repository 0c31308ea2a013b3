#include "plugin/generation.h"

#include <algorithm>
#include <functional>
#include <future>
#include <optional>
#include <thread>
#include <utility>

#include "plugin/abi_check.h"

namespace commsd::plugin {
namespace {

constexpr std::size_t kUsualOperations = 200;
constexpr std::size_t kMostWaiting = 1024;
constexpr std::chrono::seconds kPatience{5};  // with a call that blocks, beyond its own limit

/// An operation that an instance holds for its own threads has their number as its limit.
std::size_t most_operations(const Manifest& manifest) {
  return manifest.max_concurrency == 0 ? kUsualOperations : manifest.max_concurrency;
}

bool is_fault(comms_status status) {
  switch (status) {
    case COMMS_UNAUTHENTICATED:
    case COMMS_DENIED:
    case COMMS_UNAVAILABLE:
    case COMMS_TIMEOUT:
    case COMMS_INTERNAL:
    case COMMS_AMBIGUOUS:
      return true;
    default:
      return false;
  }
}

/// Wraps the calls of an [op] so that a plugin that blocks an event loop is seen.
OpRequest with_timing(OpRequest request, const std::shared_ptr<const Generation>& generation,
                      std::string what) {
  const auto timed = [&](std::function<comms_status(comms_op*)> call) {
    return [call = std::move(call), generation, what](comms_op* op) {
      return generation->timed(what, [&] { return call(op); });
    };
  };
  request.call = timed(std::move(request.call));
  if (request.resume) request.resume = timed(std::move(request.resume));
  request.generation = generation;
  return request;
}

OpOutcome not_begun(comms_status status, std::string message, std::string remedy) {
  OpOutcome outcome;
  outcome.status = status;
  outcome.error = OpError{"", std::move(message), std::move(remedy), {}};
  return outcome;
}

}  // namespace

Generation::Generation(Parts parts)
    : parts_(std::move(parts)),
      lane_(lane_threads(*parts_.manifest)),
      turns_(most_operations(*parts_.manifest), kMostWaiting) {}

std::size_t Generation::lane_threads(const Manifest& manifest) {
  constexpr std::size_t usual = 4;
  constexpr std::size_t most = 16;
  return manifest.max_concurrency == 0 ? usual
                                       : std::min<std::size_t>(manifest.max_concurrency, most);
}

Result<std::shared_ptr<Generation>> Generation::make(Parts parts, std::chrono::milliseconds limit) {
  const Reaper::Post destroy_later = parts.destroy_later;
  const std::shared_ptr<Generation> made(new Generation(std::move(parts)),
                                         [destroy_later](Generation* generation) {
                                           destroy_later([generation] { delete generation; });
                                         });
  auto done = std::make_shared<std::promise<Result<void>>>();
  std::future<Result<void>> created = done->get_future();
  std::thread([made, done] { done->set_value(made->create()); }).detach();
  if (created.wait_for(limit) != std::future_status::ready) {
    return fail(ErrorCode::timeout, "it did not return from its create function within " +
                                        std::to_string(limit.count()) + " ms");
  }
  if (const Result<void> good = created.get(); !good) return fail(good.error());
  return made;
}

Result<void> Generation::create() {
  const InstanceMonitor::Call call(*parts_.monitor, "create", std::chrono::milliseconds(0));
  const Result<void*> self = parts_.plugin->create(parts_.host.get(), parts_.config_json);
  if (!self) return fail(self.error());
  self_ = *self;
  return check_slots(parts_.plugin->table(), self_, *parts_.manifest);
}

Generation::~Generation() {
  if (!self_) return;
  const InstanceMonitor::Call call(*parts_.monitor, "destroy", std::chrono::milliseconds(0));
  const comms_plugin& table = parts_.plugin->table();
  if (table.quiesce) table.quiesce(self_);
  table.destroy(self_);
}

const void* Generation::raw_table(std::string_view slot_id) const {
  if (!parts_.manifest->slot(slot_id)) return nullptr;
  const std::string terminated(slot_id);
  return parts_.plugin->table().slot(self_, terminated.c_str());
}

bool Generation::offers(std::string_view slot_id, std::string_view op) const {
  const ManifestSlot* slot = parts_.manifest->slot(slot_id);
  return slot && slot->has_op(op);
}

Task<OpOutcome> Generation::run(std::string_view slot_id, OpRequest request, std::stop_token stop) {
  return run_in_turn(shared_from_this(), std::string(slot_id), std::move(request), std::move(stop));
}

Task<OpOutcome> Generation::run_in_turn(std::shared_ptr<Generation> self, std::string slot_id,
                                        OpRequest request, std::stop_token stop) {
  using Turn = OperationTurns::Turn;
  if (!self->turns_.try_take()) {
    const std::optional<Completion<Turn>> waiting = self->turns_.wait();
    if (!waiting) {
      co_return not_begun(COMMS_UNAVAILABLE, "too many calls wait for this provider",
                          "try again shortly");
    }
    const auto asked = std::chrono::steady_clock::now();
    Turn turn = Turn::late;
    {
      const Deadline<Turn> deadline(*waiting, request.limit, Turn::late);
      const std::stop_callback stopped(stop, [waiting] { waiting->complete(Turn::cancelled); });
      turn = co_await *waiting;
    }
    if (turn != Turn::ours) {
      co_return not_begun(turn == Turn::late ? COMMS_TIMEOUT : COMMS_CANCELLED,
                          "the call was given up before it began", "");
    }
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - asked);
    request.limit = std::max(request.limit - waited, std::chrono::milliseconds(1));
  }
  const OperationTurns::Held held(self->turns_);
  Task<OpOutcome> running = self->run_uncounted(slot_id, std::move(request), stop);
  OpOutcome outcome = co_await std::move(running);
  if (outcome.status == COMMS_CANCELLED && self->drained_.stop_requested() &&
      !stop.stop_requested()) {
    outcome.status = COMMS_UNAVAILABLE;
    outcome.error = OpError{
        "", "this instance of the provider was replaced before it got to it", "try again", {}};
  }
  ++self->operations_;
  if (is_fault(outcome.status)) ++self->faults_;
  co_return outcome;
}

Task<OpOutcome> Generation::run_uncounted(std::string_view slot_id, OpRequest request,
                                          std::stop_token stop) {
  const ManifestSlot* slot = parts_.manifest->slot(slot_id);
  const bool blocks = slot && slot->execution == ExecutionClass::block;
  std::shared_ptr<Generation> held = shared_from_this();
  if (blocks) {
    request.generation = held;
    return run_on_lane(std::move(held), std::move(request), std::move(stop));
  }
  OpRequest timed_request = with_timing(std::move(request), held, std::string(slot_id));
  return run_op(std::move(timed_request), std::move(stop), drained_.get_token());
}

Task<OpOutcome> Generation::run_on_lane(std::shared_ptr<Generation> self, OpRequest request,
                                        std::stop_token stop) {
  Completion<OpOutcome> done;
  // A queued call whose caller has given up is not begun: it would be work for nobody, and a send
  // that happens after it was reported as failed.
  auto waiting = std::make_shared<std::atomic<int>>(0);  // 0 queued, 1 begun, 2 given up
  const std::chrono::milliseconds limit = request.limit;
  // Whoever waits here holds the instance until `done`. The job may not be the last to: the lane is
  // the instance's own, and its thread cannot wait for itself.
  request.generation.reset();
  std::stop_source nobody_waits;
  request.nobody_waits = nobody_waits.get_token();
  const bool queued = self->lane_.post([instance = std::weak_ptr<Generation>(self), done, waiting,
                                        limit, request = std::move(request)]() mutable {
    int expected = 0;
    if (!waiting->compare_exchange_strong(expected, 1)) return;
    OpOutcome outcome = not_begun(COMMS_CANCELLED, "nobody waits for the call any more", "");
    if (std::shared_ptr<Generation> held = instance.lock()) {
      const InstanceMonitor::Call call(*held->parts_.monitor, "block", limit + kPatience);
      request.generation = held;
      outcome = Op::run_blocking(std::move(request));
    }
    request = OpRequest();
    done.complete(std::move(outcome));
  });
  if (!queued) {
    co_return not_begun(COMMS_UNAVAILABLE, "too many calls wait for this provider",
                        "try again shortly");
  }
  const auto give_up = [done, waiting, nobody_waits](comms_status status) {
    int expected = 0;
    OpOutcome late;
    const bool begun = !waiting->compare_exchange_strong(expected, 2);
    late.status = begun ? COMMS_AMBIGUOUS : status;
    late.may_have_reached_vendor = begun;
    late.error = OpError{
        "",
        begun ? "the call was given up while it ran" : "the call was given up before it began",
        "",
        {}};
    done.complete(std::move(late));
    nobody_waits.request_stop();
  };
  Executor* executor = Executor::current();
  const Executor::TimerId timer =
      executor->start_timer(limit, [give_up] { give_up(COMMS_TIMEOUT); });
  OpOutcome outcome;
  {
    const std::stop_callback stopped(stop, [give_up] { give_up(COMMS_CANCELLED); });
    const std::stop_callback drained(self->drained_.get_token(),
                                     [give_up] { give_up(COMMS_CANCELLED); });
    outcome = co_await done;
  }
  executor->cancel_timer(timer);
  co_return outcome;
}

Task<Result<void>> Generation::probe(std::chrono::milliseconds limit, std::stop_token stop) {
  const std::shared_ptr<Generation> held = shared_from_this();
  const comms_plugin& table = parts_.plugin->table();
  if (stuck()) co_return fail(ErrorCode::unavailable, monitor().trouble());
  if (!table.probe) co_return Result<void>();
  OpRequest request;
  request.limit = limit;
  request.call = [held, &table](comms_op* op) { return table.probe(held->self_, op); };
  // A plugin whose slots all block has a probe that blocks as well.
  const bool blocks =
      std::all_of(manifest().slots.begin(), manifest().slots.end(),
                  [](const ManifestSlot& slot) { return slot.execution == ExecutionClass::block; });
  const std::string slot = blocks ? manifest().slots.front().id : std::string();
  Task<OpOutcome> running = run_uncounted(slot, std::move(request), std::move(stop));
  const OpOutcome outcome = co_await std::move(running);
  Result<void> answer;
  if (!outcome.ok() && outcome.status != COMMS_UNSUPPORTED) {
    answer = fail(outcome.to_error(parts_.provider));
  }
  const std::lock_guard lock(mutex_);
  ailment_ = answer ? std::string() : answer.error().message;
  co_return answer;
}

std::string Generation::ailment() const {
  const std::lock_guard lock(mutex_);
  return ailment_;
}

}  // namespace commsd::plugin
