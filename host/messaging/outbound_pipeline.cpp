#include "messaging/outbound_pipeline.h"

#include "base/crash_point.h"
#include "messaging/message_state.h"
#include "policy/opt_out.h"
#include "policy/sms_segments.h"

namespace commsd::messaging {

namespace {

/// The scope, in the idempotency table, of keys that callers give.
constexpr std::string_view key_scope = "comms_send_message";

/// Advertising and service mails are what people unsubscribe from; a code or a receipt is not sent
/// again and again.
bool can_be_unsubscribed(const plugin::OutboundMessage& mail) {
  return mail.channel == plugin::ChannelKind::email && !mail.mandated &&
         (mail.message_class.empty() || mail.message_class == "marketing" ||
          mail.message_class == "service");
}

policy::Spending spending_of(const SendRequest& request, const store::Message& message,
                             const std::string& provider) {
  policy::Spending spending;
  spending.org_id = message.org_id;
  spending.agent_id = message.agent_id;
  spending.subject = message.id;
  spending.action = message.channel;
  spending.item = message.channel;
  if (request.content.channel == plugin::ChannelKind::sms) {
    const bool with_media = !request.content.media_urls.empty();
    spending.item = with_media ? "mms" : "sms";
    if (!with_media) spending.units = policy::sms_size(request.content.text).segments;
  }
  spending.provider = provider;
  spending.to = message.to_address;
  spending.at = message.created_at;
  spending.mandated = request.content.mandated;
  return spending;
}

}  // namespace

Task<Result<SendOutcome>> OutboundPipeline::send(SendRequest request) {
  if (auto content = check_content(request.content, settings_.limits); !content) {
    co_return fail(content.error());
  }
  if (request.idempotency_key.size() > 255) {
    co_return fail(ErrorCode::too_large, "'idempotencyKey' is longer than 255 characters");
  }
  policy::OutboundAction action = action_of(request.org_id, request.agent_id, request.content);
  action.kind = request.kind;
  Result<policy::Admission> admission = co_await gate_.admit(std::move(action));
  if (!admission) {
    // A repeat asks what became of the first, which had been allowed.
    auto earlier = co_await find_earlier(request);
    if (!earlier) co_return fail(earlier.error());
    if (*earlier) co_return std::move(**earlier);
    co_return fail(admission.error());
  }
  request.content.from = admission->from();
  add_unsubscribe_headers(request);

  const UnixMillis now = clock_.now();
  store::Message message;
  message.id = ids_.make("msg");
  message.org_id = request.org_id;
  message.agent_id = request.agent_id;
  message.channel = plugin::to_string(request.content.channel);
  message.from_address = request.content.from;
  message.to_address = request.content.to;
  message.state = to_string(MessageState::accepted);
  if (!request.secret) message.content_hash = content_hash(request.agent_id, request.content);
  message.created_at = now;
  message.updated_at = now;

  Result<Delivery::Attempt> attempt = delivery_.choose(message);
  if (!attempt) co_return fail(attempt.error());

  const bool keyed = !request.idempotency_key.empty();
  store::IdempotencyRecord claim;
  claim.org_id = request.org_id;
  claim.agent_id = request.agent_id;
  claim.tool = keyed ? key_scope : content_scope;
  claim.key = keyed ? request.idempotency_key : message.content_hash;
  claim.arguments_hash = keyed ? request.arguments_hash : message.content_hash;
  claim.message_id = message.id;
  claim.created_at = now;

  policy::Spending spending = spending_of(request, message, attempt->record.provider);
  Result<policy::Reservation> reservation = co_await spend_.reserve(std::move(spending));
  if (!reservation) {
    auto earlier = co_await find_earlier(request);
    if (!earlier) co_return fail(earlier.error());
    if (*earlier) co_return std::move(**earlier);
    co_return fail(reservation.error());
  }
  for (SendRequest::Guard& guard : request.guards) {
    admission->require(std::move(guard.steps), std::move(guard.refusal));
  }
  reservation->add_to(*admission);
  message.reserved_micros = reservation->micros();

  // One unit: the claim on the key, what the rules guard, the message, and the attempt that is
  // about to be made.
  store::UnitOfWork unit;
  if (keyed) {
    store::IdempotencyRepository::add_claim(unit, claim);
  } else {
    store::IdempotencyRepository::add_claim_window(unit, claim,
                                                   now - settings_.dedupe_window.count());
  }
  admission->add_to(unit);
  if (attempt->provider) delivery_.note_attempt(message, *attempt);
  store::MessageRepository::add_accept(unit, message, encode_content(request.content));
  if (attempt->provider) store::MessageRepository::add_attempt(unit, attempt->record);

  in_flight_.enter(message.id);
  crash_point("outbound.before_accept");
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  crash_point("outbound.after_accept");
  bool committed = saved && saved->committed;
  if (!saved && saved.error().code == ErrorCode::ambiguous) {
    Task<bool> looking = was_saved(message.org_id, message.id);
    committed = co_await std::move(looking);
  }
  if (!committed) {
    in_flight_.forget(message.id);
    if (!saved) co_return fail(saved.error());
    if (saved->failed_step == 0) co_return co_await answer_twin(request, claim.key);
    if (auto refusal = admission->refusal(saved->failed_step)) {
      Task<Error> explaining = spend_.explain(*reservation, std::move(*refusal));
      Error why = co_await std::move(explaining);
      co_return fail(std::move(why));
    }
    co_return fail(ErrorCode::conflict,
                   "the agent changed while the message was being accepted; "
                   "try again");
  }

  SendOutcome outcome;
  outcome.message = message;
  if (!attempt->provider) {  // every circuit is open: it waits in the store
    in_flight_.forget(message.id);
    co_await spend_.note(std::move(*reservation));
    co_return outcome;
  }
  delivery_.start(message, std::move(request.content), std::move(*attempt));
  co_await spend_.note(std::move(*reservation));
  auto settled = co_await in_flight_.wait(message.id, std::chrono::minutes(5));
  if (settled) {
    outcome.message = std::move(*settled);
    co_return outcome;
  }
  // Delivery may have ended before anybody waited: nothing in it has to be slow.
  auto stored = co_await messages_.find(message.org_id, message.id);
  if (stored && *stored) outcome.message = std::move(**stored);
  co_return outcome;
}

Task<Result<std::optional<SendOutcome>>> OutboundPipeline::find_earlier(
    const SendRequest& request) const {
  if (request.idempotency_key.empty()) co_return std::optional<SendOutcome>();
  auto claim = co_await idempotency_.find(request.org_id, request.agent_id, key_scope,
                                          request.idempotency_key);
  if (!claim) co_return fail(claim.error());
  if (!*claim) co_return std::optional<SendOutcome>();
  Result<SendOutcome> answer = co_await answer_twin(request, request.idempotency_key);
  if (!answer) co_return fail(answer.error());
  co_return std::optional<SendOutcome>(std::move(*answer));
}

void OutboundPipeline::add_unsubscribe_headers(SendRequest& request) const {
  if (!settings_.unsubscribe || !can_be_unsubscribed(request.content)) return;
  const policy::UnsubscribeLinks::Target target{
      request.org_id, request.agent_id, "email",
      policy::contact_hash(settings_.contact_key, request.content.to)};
  plugin::KeyValues& headers = request.content.headers;
  headers.emplace_back("List-Unsubscribe", '<' + settings_.unsubscribe->url(target) + '>');
  headers.emplace_back("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
}

Task<bool> OutboundPipeline::was_saved(std::string org_id, std::string message_id) const {
  for (int tries = 0; tries < 5; ++tries) {
    co_await sleep_for(std::chrono::milliseconds(200 << tries));
    auto stored = co_await messages_.find(org_id, message_id);
    if (stored) co_return stored->has_value();
  }
  // What was saved all the same is found as a forgotten attempt.
  co_return false;
}

Task<Result<SendOutcome>> OutboundPipeline::answer_twin(const SendRequest& request,
                                                        std::string_view claim) const {
  const bool keyed = !request.idempotency_key.empty();
  auto first = co_await idempotency_.find(request.org_id, request.agent_id,
                                          keyed ? key_scope : content_scope, claim);
  if (!first) co_return fail(first.error());
  if (!*first) {
    co_return fail(ErrorCode::in_progress, "an identical request has just ended; try again");
  }
  if (keyed && (*first)->arguments_hash != request.arguments_hash) {
    co_return fail(ErrorCode::idempotency_mismatch,
                   "this idempotencyKey was used before with other arguments; use a new key for a "
                   "new message");
  }
  const std::string message_id = (*first)->message_id;
  auto settled = co_await in_flight_.wait(message_id, settings_.twin_wait);
  SendOutcome outcome;
  outcome.deduplicated = true;
  if (settled) {
    outcome.message = std::move(*settled);
    co_return outcome;
  }
  auto stored = co_await messages_.find(request.org_id, message_id);
  if (!stored) co_return fail(stored.error());
  if (!*stored) {
    co_return fail(ErrorCode::in_progress, "an identical request is being taken; try again");
  }
  outcome.message = std::move(**stored);
  co_return outcome;
}

}  // namespace commsd::messaging
