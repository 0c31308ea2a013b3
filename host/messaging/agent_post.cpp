#include "messaging/agent_post.h"

#include "base/json_writer.h"
#include "messaging/body_storage.h"
#include "messaging/callback_sender.h"
#include "messaging/copies.h"
#include "messaging/final_state.h"
#include "messaging/inbox_news.h"
#include "messaging/message_state.h"
#include "policy/channel_block.h"
#include "store/inbox_repository.h"
#include "store/message_repository.h"

namespace commsd::messaging {

namespace {

std::string media_of(const plugin::OutboundMessage& content) {
  JsonWriter out;
  out.begin_array();
  for (const std::string& url : content.media_urls) {
    out.begin_object().field("url", url).field("contentType", "").field("filename", "");
    out.field("size", 0).end_object();
  }
  return out.end_array().take();
}

}  // namespace

Task<Result<std::optional<Peer>>> AgentPost::find(std::string org_id, plugin::ChannelKind channel,
                                                  std::string to) const {
  std::optional<Peer> peer;
  const bool address = to.empty() || to.front() == '+' || to.find('@') != std::string::npos;
  if (address) co_return peer;
  auto agent = co_await agents_.find(org_id, to);
  if (!agent) co_return fail(agent.error());
  if (!*agent) co_return peer;
  const std::string name(plugin::to_string(channel));
  Error refusal;
  refusal.code = ErrorCode::rejected;
  refusal.rule = rule;
  if ((*agent)->status != "active") {
    refusal.message = "the agent '" + to + "' is " + (*agent)->status;
    co_return fail(std::move(refusal));
  }
  auto own = co_await channels_.find(org_id, to, name);
  if (!own) co_return fail(own.error());
  const bool blocked = policy::is_blocked((*agent)->blocked_channels, name);
  if (!*own || (*own)->status != "active" || blocked) {
    refusal.message = "the agent '" + to + "' has no active " + name + " channel";
    refusal.remedy = "write to it on a channel that it has, or provision this one for it";
    co_return fail(std::move(refusal));
  }
  // One of the pool would name every agent that shares it.
  const bool shared = (*own)->provider == store::pooled_provider;
  peer = Peer{(*agent)->id, shared ? (*agent)->id : (*own)->address};
  co_return peer;
}

store::InboxItem AgentPost::add_delivery(store::UnitOfWork& unit, store::Message& message,
                                         const plugin::OutboundMessage& content, const Peer& peer,
                                         const std::string& attempt_id) const {
  const UnixMillis now = clock_.now();
  store::InboxItem item;
  item.id = ids_.make("in");
  item.org_id = message.org_id;
  item.agent_id = peer.agent_id;
  item.channel = message.channel;
  item.provider = provider;
  item.vendor_id = message.id;
  item.from_address = message.from_address;
  item.to_address = message.to_address;
  item.subject = content.subject;
  item.body = content.text;
  item.html = content.html;
  item.media_json = media_of(content);
  item.received_at = now;
  JsonWriter extra;
  extra.begin_object().field("from_agent", message.agent_id).end_object();
  item.extra_json = extra.take();

  store::AttemptResult result;
  result.org_id = message.org_id;
  result.message_id = message.id;
  result.attempt_id = attempt_id;
  result.outcome = "success";
  result.expected_state = message.state;
  result.state = to_string(MessageState::delivered);
  result.state_rank = state_rank(MessageState::delivered);
  result.vendor_id = item.id;
  result.at = now;
  store::MessageRepository::add_result(unit, result);
  const store::TimelineEntry entry{now, result.state,
                                   "put into the inbox of the agent " + peer.agent_id};
  store::MessageRepository::add_timeline(unit, message.org_id, message.id, entry);
  add_final_state(unit, message, MessageState::delivered, ids_, now);
  add_copy(unit, message, content, ids_, now);
  BodyStorage::add_end(unit, bodies_, message, MessageState::delivered, now);
  add_item_with_news(unit, item, contact_key_, std::nullopt, ids_);
  add_copy(unit, item, std::nullopt, ids_);
  message.state = result.state;
  message.state_rank = result.state_rank;
  message.vendor_id = item.id;
  message.updated_at = now;
  return item;
}

void AgentPost::delivered(const store::InboxItem& item) const {
  inbox_.received(item);
  if (callbacks_) callbacks_->wake();
}

Task<Result<store::Message>> AgentPost::deliver(store::Message message,
                                                plugin::OutboundMessage content,
                                                policy::Admission leave, std::string worker) {
  // Found anew: the agent may have lost the channel since the message was scheduled.
  Task<Result<std::optional<Peer>>> finding =
      find(message.org_id, content.channel, content.to_agent);
  auto peer = co_await std::move(finding);
  if (!peer) co_return fail(peer.error());
  if (!*peer) {
    co_return fail(make_error(ErrorCode::rejected, "the agent it was for is gone", "", rule));
  }
  store::Attempt attempt;
  attempt.id = ids_.make("att");
  attempt.org_id = message.org_id;
  attempt.message_id = message.id;
  attempt.number = message.attempts + 1;
  attempt.provider = provider;
  attempt.started_at = clock_.now();
  attempt.worker = std::move(worker);
  store::UnitOfWork unit;
  leave.add_to(unit);
  const std::string expected = message.state;
  message.state = to_string(MessageState::attempting);
  message.state_rank = state_rank(MessageState::attempting);
  message.attempts = attempt.number;
  message.next_attempt_at.reset();
  store::MessageRepository::add_attempt_started(unit, attempt, expected, message.state,
                                                message.state_rank);
  store::MessageRepository::add_started(unit, message);
  const store::InboxItem item = add_delivery(unit, message, content, **peer, attempt.id);
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) {
    std::optional<Error> refusal = leave.refusal(saved->failed_step);
    if (refusal) co_return fail(std::move(*refusal));
    co_return fail(ErrorCode::conflict, "somebody was faster");
  }
  delivered(item);
  co_return message;
}

}  // namespace commsd::messaging
