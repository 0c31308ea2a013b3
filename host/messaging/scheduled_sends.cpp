#include "messaging/scheduled_sends.h"

#include "base/crash_point.h"
#include "messaging/body_storage.h"
#include "messaging/content.h"
#include "messaging/final_state.h"
#include "messaging/settlement.h"
#include "telemetry/log.h"

namespace commsd::messaging {

namespace {

constexpr UnixMillis longest_wait_of_copies = 3'600'000;

std::string too_late(const store::Message& message) {
  const auto state = parse_message_state(message.state);
  if (state == MessageState::failed) return "the message has failed; there is nothing to cancel";
  return "the message is " + message.state + ": it has been handed to " + message.provider +
         " and cannot be taken back";
}

}  // namespace

Task<Result<std::size_t>> ScheduledSends::run_due(std::int64_t limit) {
  auto due = co_await messages_.due_scheduled(clock_.now(), limit);
  if (!due) co_return fail(due.error());
  for (store::Message& message : *due) {
    Task<void> sending = send(std::move(message));
    co_await std::move(sending);
  }
  co_return due->size();
}

Task<Result<std::size_t>> ScheduledSends::run_due_copies(std::int64_t limit) {
  auto due = co_await messages_.due_copies(clock_.now(), limit);
  if (!due) co_return fail(due.error());
  for (store::Message& message : *due) {
    Task<void> sending = send(std::move(message));
    co_await std::move(sending);
  }
  co_return due->size();
}

Task<void> ScheduledSends::hold_back(store::Message message, Error why) const {
  // A copy of yesterday's words must not take a place of today's: it waits for a sliding window,
  // and for no more.
  const bool long_wait = why.next_allowed_at > clock_.now() + longest_wait_of_copies;
  if (!message.copy_of.empty() && long_wait) why.next_allowed_at = 0;
  Task<void> holding = delivery_.hold_back(std::move(message), std::move(why));
  co_await std::move(holding);
}

Task<void> ScheduledSends::send(store::Message message) {
  auto payload = co_await messages_.payload(message.org_id, message.id);
  if (!payload) co_return;  // due again
  Result<plugin::OutboundMessage> content = content_of(message, *payload);
  if (!content) {
    Task<bool> ending = end(message, MessageState::failed, content.error());
    co_await std::move(ending);
    co_return;
  }
  Task<Result<OutboundPipeline::Leave>> asking = outbound_.leave_for(message, *content);
  Result<OutboundPipeline::Leave> leave = co_await std::move(asking);
  if (!leave) {
    log::info("scheduled_refused", {{"message_id", message.id}, {"rule", leave.error().rule}});
    Task<void> holding = hold_back(std::move(message), leave.error());
    co_await std::move(holding);
    co_return;
  }
  crash_point("scheduled.before_attempt");
  Task<Result<void>> beginning =
      begin(message, std::move(*content), std::move(leave->attempt), std::move(leave->admission));
  Result<void> begun = co_await std::move(beginning);
  if (begun) {
    co_await spend_.note(std::move(leave->reservation));
    co_return;
  }
  Task<Error> explaining = spend_.explain(leave->reservation, begun.error());
  Error why = co_await std::move(explaining);
  // A guard says only that things changed: if no moment is named, all is asked again in the next
  // round. But nobody else looks at who receives it.
  const bool ends = why.rule == AgentPost::rule || why.next_allowed_at > clock_.now();
  if (!ends) co_return;
  Task<void> holding = hold_back(std::move(message), std::move(why));
  co_await std::move(holding);
}

Task<Result<void>> ScheduledSends::begin(store::Message message, plugin::OutboundMessage content,
                                         Result<Delivery::Attempt> attempt,
                                         policy::Admission leave) {
  if (content.to_agent.empty()) {
    Task<Result<void>> beginning = delivery_.begin(std::move(message), std::move(content),
                                                   std::move(attempt), std::move(leave));
    Result<void> begun = co_await std::move(beginning);
    co_return begun;
  }
  Task<Result<store::Message>> delivering = agent_post_.deliver(
      std::move(message), std::move(content), std::move(leave), settings_.worker);
  Result<store::Message> delivered = co_await std::move(delivering);
  if (!delivered) co_return fail(delivered.error());
  if (listener_) listener_->message_changed(*delivered);
  co_return Result<void>();
}

Task<bool> ScheduledSends::end(store::Message& message, MessageState state, Error why) {
  const std::string expected = message.state;
  store::UnitOfWork unit;
  message.state = to_string(state);
  message.state_rank = state_rank(state);
  message.error_code = state == MessageState::failed ? to_string(why.code) : std::string_view();
  message.failure_reason = std::move(why.message);
  message.failure_remedy = std::move(why.remedy);
  message.updated_at = clock_.now();
  message.next_attempt_at.reset();
  store::MessageRepository::add_give_up(unit, message, expected);
  add_final_state(unit, message, state, ids_, message.updated_at);
  const store::TimelineEntry entry{message.updated_at, message.state, message.failure_reason};
  store::MessageRepository::add_timeline(unit, message.org_id, message.id, entry);
  // What a retry had reserved costs nothing any more.
  const Result<plugin::Receipt> none = fail(ErrorCode::rejected, message.failure_reason);
  add_settlement(unit, message, none, state, message.updated_at);
  BodyStorage::add_end(unit, settings_.bodies, message, state, message.updated_at);
  add_content_release(unit, message);
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  const bool done = saved && saved->committed;
  if (done && listener_) listener_->message_changed(message);
  co_return done;
}

Task<Result<store::Message>> ScheduledSends::cancel(std::string org_id, std::string agent_id,
                                                    std::string message_id) {
  auto found = co_await messages_.find(org_id, message_id);
  if (!found) co_return fail(found.error());
  if (!*found || (!agent_id.empty() && (*found)->agent_id != agent_id)) {
    co_return fail(ErrorCode::not_found, "there is no message '" + message_id + "' here");
  }
  store::Message message = std::move(**found);
  const auto state = parse_message_state(message.state);
  if (state == MessageState::cancelled) co_return message;
  if (state == MessageState::attempting) {
    co_return fail(ErrorCode::conflict,
                   "the message is being sent at this moment; look at it with comms_get_message");
  }
  const bool waits = state == MessageState::scheduled || state == MessageState::accepted;
  if (!waits) co_return fail(ErrorCode::rejected, too_late(message));
  if (message.error_code == to_string(ErrorCode::ambiguous)) {
    co_return fail(ErrorCode::rejected,
                   "the provider " + message.provider +
                       " may have taken the message already, so it cannot be taken back");
  }
  Error why;
  why.message = "cancelled before it was sent";
  Task<bool> ending = end(message, MessageState::cancelled, std::move(why));
  if (!co_await std::move(ending)) {
    co_return fail(ErrorCode::conflict,
                   "the message changed at this moment; look at it with comms_get_message");
  }
  co_return message;
}

}  // namespace commsd::messaging
