#include "messaging/message_history.h"

#include <iterator>

#include "base/iso_time.h"
#include "messaging/attempt_history.h"
#include "messaging/copies.h"
#include "messaging/message_state.h"
#include "messaging/threads.h"

namespace commsd::messaging {

namespace {

std::string default_remedy(MessageState state) {
  switch (state) {
    case MessageState::unknown:
      return "look for the message at the provider; if it is not there, send it again with a new "
             "idempotencyKey";
    case MessageState::undelivered:
      return "check the recipient's address and try another channel";
    case MessageState::cancelled:
      return "send it again if it should go out after all";
    case MessageState::accepted:
      return "nothing: it will be tried again by itself";
    default:
      return "correct what the reason names and send again";
  }
}

/// How a copy stands, in the history of what it is a copy of.
store::TimelineEntry line_of(const store::Message& copy) {
  const bool mail = copy.channel == plugin::to_string(plugin::ChannelKind::email);
  std::string detail(mail ? route::email_bcc : route::sms_mirror);
  detail.append(" as ").append(copy.id);
  if (!copy.failure_reason.empty()) detail.append(": ").append(copy.failure_reason);
  return {copy.updated_at, "copy " + copy.state, std::move(detail)};
}

store::TimelineEntry line_of(const store::CallbackDelivery& copy) {
  std::string detail(route::webhook_copy);
  detail.append(" as ").append(copy.id).append(", ").append(copy.event);
  if (!copy.last_error.empty()) detail.append(": ").append(copy.last_error);
  return {copy.ended_at.value_or(copy.created_at), "copy " + copy.state, std::move(detail)};
}

std::optional<MessageHistory::Failure> failure_of(const store::Message& message) {
  const auto state = parse_message_state(message.state);
  if (!state || message.error_code.empty()) return std::nullopt;
  if (*state == MessageState::submitted || *state == MessageState::delivered ||
      *state == MessageState::read || *state == MessageState::attempting) {
    return std::nullopt;
  }
  MessageHistory::Failure failure;
  failure.code = message.error_code;
  failure.why = message.failure_reason;
  failure.what_to_do =
      message.failure_remedy.empty() ? default_remedy(*state) : message.failure_remedy;
  failure.vendor_code = message.vendor_code;
  return failure;
}

}  // namespace

Task<Result<MessageHistory::View>> MessageHistory::find(std::string org_id, std::string agent_id,
                                                        std::string message_id) const {
  auto message = co_await messages_.find(org_id, message_id);
  if (!message) co_return fail(message.error());
  if (!*message || (!agent_id.empty() && (*message)->agent_id != agent_id)) {
    co_return fail(ErrorCode::not_found, "there is no message '" + message_id + "' here");
  }
  auto attempts = co_await messages_.attempts(org_id, message_id);
  if (!attempts) co_return fail(attempts.error());
  auto reported = co_await messages_.timeline(org_id, message_id);
  if (!reported) co_return fail(reported.error());

  std::string address = thread_address((*message)->to_address);
  auto contact = co_await contacts_.contact_of(org_id, (*message)->agent_id, address);
  if (!contact) co_return fail(contact.error());

  View view;
  view.thread = *contact ? std::move(**contact) : std::move(address);
  view.message = std::move(**message);
  view.timeline.push_back(
      {view.message.created_at, std::string(to_string(MessageState::accepted)), "saved"});
  if (view.message.state == to_string(MessageState::scheduled) && view.message.next_attempt_at) {
    view.timeline.push_back({view.message.created_at, view.message.state,
                             "to be sent at " + iso_time(*view.message.next_attempt_at)});
  }
  for (const store::Attempt& attempt : *attempts) {
    add_attempt_lines(view.timeline, attempt, to_string(MessageState::submitted));
  }
  std::move(reported->begin(), reported->end(), std::back_inserter(view.timeline));
  Task<Result<void>> looking = add_copies(org_id, message_id, view.timeline);
  Result<void> copies = co_await std::move(looking);
  if (!copies) co_return fail(copies.error());
  sort_by_time(view.timeline);
  view.failure = failure_of(view.message);
  co_return view;
}

Task<Result<MessageHistory::Item>> MessageHistory::find_item(std::string org_id,
                                                             std::string agent_id,
                                                             std::string item_id) const {
  auto item = co_await items_.find(org_id, agent_id, item_id);
  if (!item) co_return fail(item.error());
  if (!*item || (*item)->outbound) {
    co_return fail(ErrorCode::not_found, "there is no message '" + item_id + "' here");
  }
  const std::string& beginning = (*item)->thread_address;
  std::string address = beginning.empty() ? thread_address((*item)->from_address) : beginning;
  auto contact = co_await contacts_.contact_of(org_id, (*item)->agent_id, address);
  if (!contact) co_return fail(contact.error());
  Item view;
  view.thread = *contact ? std::move(**contact) : std::move(address);
  view.item = std::move(**item);
  view.timeline.push_back({view.item.received_at, "received", "by " + view.item.provider});
  if (view.item.acknowledged_at) {
    view.timeline.push_back({*view.item.acknowledged_at, "acknowledged", "by the agent"});
  }
  Task<Result<void>> looking = add_copies(org_id, item_id, view.timeline);
  Result<void> copies = co_await std::move(looking);
  if (!copies) co_return fail(copies.error());
  sort_by_time(view.timeline);
  co_return view;
}

Task<Result<void>> MessageHistory::add_copies(std::string org_id, std::string subject_id,
                                              std::vector<store::TimelineEntry>& timeline) const {
  auto copies = co_await messages_.copies_of(org_id, subject_id);
  if (!copies) co_return fail(copies.error());
  for (const store::Message& copy : *copies) timeline.push_back(line_of(copy));
  auto told = co_await routes_.told_of(org_id, subject_id);
  if (!told) co_return fail(told.error());
  for (const store::CallbackDelivery& copy : *told) timeline.push_back(line_of(copy));
  co_return Result<void>();
}

Task<Result<std::vector<store::Message>>> MessageHistory::newest(std::string org_id,
                                                                 std::string agent_id,
                                                                 std::int64_t limit) const {
  store::MessageFilter filter;
  filter.org_id = std::move(org_id);
  filter.agent_id = std::move(agent_id);
  filter.limit = limit;
  auto found = co_await messages_.list(filter);
  co_return found;
}

}  // namespace commsd::messaging
