#include "messaging/outbound_pipeline.h"

#include "base/crash_point.h"
#include "base/digest.h"
#include "base/iso_time.h"
#include "messaging/copies.h"
#include "messaging/message_state.h"
#include "messaging/postal_footer.h"
#include "policy/opt_out.h"
#include "policy/sms_segments.h"

namespace commsd::messaging {

namespace {

/// The scope, in the idempotency table, of keys that callers give.
constexpr std::string_view key_scope = "comms_send_message";

/// What is not known of files by then is left to the vendor.
constexpr std::chrono::milliseconds most_looking{5'000};

/// Advertising and service mails are what people unsubscribe from; a code or a receipt is not sent
/// again and again.
bool can_be_unsubscribed(const plugin::OutboundMessage& mail) {
  return mail.channel == plugin::ChannelKind::email && !mail.mandated && mail.to_agent.empty() &&
         (mail.message_class.empty() || mail.message_class == "marketing" ||
          mail.message_class == "service");
}

/// A message that leaves as a mail; between agents none does.
bool is_mail(const plugin::OutboundMessage& content) {
  return content.channel == plugin::ChannelKind::email && content.to_agent.empty();
}

policy::Spending spending_of(const store::Message& message, const plugin::OutboundMessage& content,
                             const std::string& provider) {
  policy::Spending spending;
  spending.org_id = message.org_id;
  spending.agent_id = message.agent_id;
  spending.subject = message.id;
  spending.action = message.channel;
  spending.item = message.channel;
  if (content.channel == plugin::ChannelKind::sms) {
    const bool with_media = !content.media_urls.empty();
    spending.item = with_media ? "mms" : "sms";
    if (!with_media) spending.units = policy::sms_size(content.text).segments;
  }
  spending.provider = provider;
  spending.to = message.to_address;
  spending.at = message.sent_from();
  spending.free = !content.to_agent.empty();
  spending.copy = !message.copy_of.empty();
  if (spending.copy) spending.action = copy_action(message.channel);
  spending.mandated = content.mandated;
  return spending;
}

}  // namespace

/// A message that was checked, and how it is to go out.
struct OutboundPipeline::Draft {
  explicit Draft(policy::Admission leave) : admission(std::move(leave)) {}

  policy::Admission admission;
  std::optional<policy::Reservation> reservation;  // of a message that goes out now
  store::Message message;
  Delivery::Attempt attempt;  // the same
  store::IdempotencyRecord claim;
  std::optional<store::InboxItem> item;  // of a message that is delivered to an agent now
};

Task<Result<SendOutcome>> OutboundPipeline::send(SendRequest request) {
  if (agent_post_ && !request.secret) {
    Task<Result<void>> addressing = address_agent(request);
    Result<void> addressed = co_await std::move(addressing);
    if (!addressed) co_return fail(addressed.error());
  }
  Task<Result<MailThreads::Place>> placing = place_mail(request);
  Result<MailThreads::Place> place = co_await std::move(placing);
  if (!place) {
    auto earlier = co_await find_earlier(request);
    if (!earlier) co_return fail(earlier.error());
    if (*earlier) co_return std::move(**earlier);
    co_return fail(place.error());
  }
  ContentLimits limits = settings_.limits;
  limits.own_media = !request.same_media.empty();
  if (auto content = check_content(request.content, limits); !content) {
    co_return fail(content.error());
  }
  Result<void> files;
  if (!limits
           .own_media) {  // what the server spoke itself it knows, at an address that may be local
    Task<Result<void>> looking = check_files(request.content);
    files = co_await std::move(looking);
  }
  if (!files) {
    auto earlier = co_await find_earlier(request);
    if (!earlier) co_return fail(earlier.error());
    if (*earlier) co_return std::move(**earlier);
    co_return fail(files.error());
  }
  if (request.idempotency_key.size() > 255) {
    co_return fail(ErrorCode::too_large, "'idempotencyKey' is longer than 255 characters");
  }
  Task<Result<Draft>> drafting = draft(request, std::move(*place));
  Result<Draft> made = co_await std::move(drafting);
  if (!made) {
    // A repeat asks what became of the first, which had been allowed.
    auto earlier = co_await find_earlier(request);
    if (!earlier) co_return fail(earlier.error());
    if (*earlier) co_return std::move(**earlier);
    co_return fail(made.error());
  }
  Task<Result<SendOutcome>> finishing = finish(std::move(request), std::move(*made));
  Result<SendOutcome> outcome = co_await std::move(finishing);
  co_return outcome;
}

Task<Result<void>> OutboundPipeline::address_agent(SendRequest& request) const {
  Task<Result<std::optional<Peer>>> finding =
      agent_post_->find(request.org_id, request.content.channel, request.content.to);
  auto peer = co_await std::move(finding);
  if (!peer) co_return fail(peer.error());
  if (!*peer) co_return Result<void>();
  if ((*peer)->agent_id == request.agent_id) {
    co_return fail(ErrorCode::invalid_argument, "'to' is the agent itself; name another one");
  }
  if (!request.content.template_id.empty()) {
    co_return fail(ErrorCode::unsupported, "'templateId' is for contacts; give an agent a 'body'");
  }
  request.content.to_agent = (*peer)->agent_id;
  request.content.to = (*peer)->address;
  co_return Result<void>();
}

Task<Result<MailThreads::Place>> OutboundPipeline::place_mail(SendRequest& request) const {
  plugin::OutboundMessage& content = request.content;
  if (content.channel != plugin::ChannelKind::email) {
    if (request.in_reply_to.empty()) co_return MailThreads::Place();
    co_return fail(ErrorCode::unsupported, "'inReplyTo' works on the email channel only");
  }
  // Between agents there is no mail to be threaded; a code answers nothing.
  if (!content.to_agent.empty() || request.secret || content.mandated) {
    co_return MailThreads::Place();
  }
  Task<Result<MailThreads::Place>> placing = mail_threads_.place(
      request.org_id, request.agent_id, content.to, request.in_reply_to, content.subject);
  Result<MailThreads::Place> place = co_await std::move(placing);
  if (place && !place->subject.empty()) content.subject = place->subject;
  co_return place;
}

Task<Result<void>> OutboundPipeline::check_files(const plugin::OutboundMessage& content) const {
  // Between agents a URL is text that is passed on.
  if (content.media_urls.empty() || !content.to_agent.empty()) co_return Result<void>();
  std::vector<policy::FileFacts> facts(content.media_urls.size());
  const UnixMillis until = clock_.now() + most_looking.count();
  for (std::size_t i = 0; look_at_file_ && i < facts.size() && clock_.now() < until; ++i) {
    Task<Result<policy::FileFacts>> looking = look_at_file_(content.media_urls[i]);
    Result<policy::FileFacts> seen = co_await std::move(looking);
    if (!seen) {
      Error refusal = seen.error();
      refusal.message = "'mediaUrls[" + std::to_string(i) +
                        "]' cannot be fetched by a vendor: " + refusal.message;
      co_return fail(std::move(refusal));
    }
    facts[i] = std::move(*seen);
  }
  if (!settings_.media) co_return Result<void>();
  co_return settings_.media->check(content.channel, facts);
}

Result<void> OutboundPipeline::check_time(UnixMillis send_at) const {
  if (send_at == 0) return {};
  const UnixMillis now = clock_.now();
  if (send_at <= now) {
    return fail(ErrorCode::invalid_argument, "'sendAt' is in the past; it is " + iso_time(now) +
                                                 " now. Leave it out to send at once");
  }
  const std::chrono::milliseconds horizon = settings_.schedule_horizon;
  if (send_at > now + horizon.count()) {
    return fail(ErrorCode::invalid_argument, "'sendAt' is too far ahead; at the latest it may be " +
                                                 iso_time(now + horizon.count()));
  }
  return {};
}

Task<Result<void>> OutboundPipeline::check_window(std::string org_id, std::string agent_id,
                                                  const plugin::OutboundMessage& content) const {
  if (content.channel != plugin::ChannelKind::whatsapp || !content.to_agent.empty()) {
    co_return Result<void>();
  }
  std::string unapproved;  // why the template is as good as words of one's own
  if (!content.template_id.empty()) {
    if (!templates_) co_return Result<void>();
    plugin::Scope scope{org_id, agent_id};
    Task<Result<std::optional<plugin::MessageTemplate>>> looking =
        templates_->find(std::move(scope), content.template_id, content.language);
    auto found = co_await std::move(looking);
    if (!found) co_return fail(found.error());
    if (!*found || (*found)->status == "approved") co_return Result<void>();
    unapproved = "; the template is " + (*found)->status + " at the vendor";
    if (!(*found)->reason.empty()) unapproved += " (" + (*found)->reason + ")";
  }
  std::string contact = policy::contact_hash(settings_.contact_key, content.to);
  Task<Result<void>> checking =
      window_.check(std::move(org_id), std::move(agent_id), std::move(contact));
  Result<void> open = co_await std::move(checking);
  if (!open && !unapproved.empty()) {
    Error refusal = open.error();
    refusal.message += unapproved;
    co_return fail(std::move(refusal));
  }
  co_return open;
}

Task<Result<OutboundPipeline::Draft>> OutboundPipeline::draft(SendRequest& request,
                                                              MailThreads::Place place) const {
  if (auto time = check_time(request.send_at); !time) co_return fail(time.error());
  const bool later = request.send_at > 0;
  policy::OutboundAction action = action_of(request.org_id, request.agent_id, request.content);
  action.kind = request.kind;
  Task<Result<policy::Admission>> asking = later ? gate_.admit_later(action) : gate_.admit(action);
  Result<policy::Admission> admission = co_await std::move(asking);
  if (!admission) co_return fail(admission.error());
  Task<Result<void>> looking = check_window(request.org_id, request.agent_id, request.content);
  Result<void> open = co_await std::move(looking);
  if (!open) co_return fail(open.error());
  request.content.from = admission->from();
  add_unsubscribe_headers(request);
  append_postal_address(request.content, admission->postal_address());

  Draft draft(std::move(*admission));
  fill(draft, request);
  store::Message& message = draft.message;
  message.routes = draft.admission.routes();
  const bool to_agent = !request.content.to_agent.empty();
  if (is_mail(request.content)) MailThreads::add_headers(message, place, request.content);
  if (!later && !to_agent) {
    Result<Delivery::Attempt> attempt = delivery_.choose(message, draft.admission.owners());
    if (!attempt) co_return fail(attempt.error());
    draft.attempt = std::move(*attempt);
  }
  if (!later) {
    policy::Spending spending =
        spending_of(message, request.content, draft.attempt.record.provider);
    Result<policy::Reservation> reservation = co_await spend_.reserve(std::move(spending));
    if (!reservation) co_return fail(reservation.error());
    draft.reservation = std::move(*reservation);
  }
  for (SendRequest::Guard& guard : request.guards) {
    draft.admission.require(std::move(guard.steps), std::move(guard.refusal));
  }
  if (draft.reservation) {
    draft.reservation->add_to(draft.admission);
    message.reserved_micros = draft.reservation->micros();
  }
  co_return std::move(draft);
}

void OutboundPipeline::fill(Draft& draft, const SendRequest& request) const {
  const UnixMillis now = clock_.now();
  store::Message& message = draft.message;
  message.id = ids_.make("msg");
  message.org_id = request.org_id;
  message.agent_id = request.agent_id;
  message.channel = plugin::to_string(request.content.channel);
  message.from_address = request.content.from;
  message.to_address = request.content.to;
  message.state = to_string(request.send_at > 0 ? MessageState::scheduled : MessageState::accepted);
  if (!request.secret && request.same_media.empty()) {
    message.content_hash = content_hash(request.agent_id, request.content);
  } else if (!request.secret) {
    plugin::OutboundMessage same = request.content;
    same.media_urls = {request.same_media};
    message.content_hash = content_hash(request.agent_id, same);
  }
  if (!request.in_reply_to.empty()) {  // the same words as another answer are another message
    message.content_hash = sha256_hex(message.content_hash + request.in_reply_to);
  }
  message.created_at = now;
  message.updated_at = now;
  if (request.send_at > 0) {
    message.next_attempt_at = request.send_at;
    // The same words at another time are another message.
    message.content_hash = sha256_hex(message.content_hash + std::to_string(request.send_at));
  }
  const bool keyed = !request.idempotency_key.empty();
  store::IdempotencyRecord& claim = draft.claim;
  claim.org_id = request.org_id;
  claim.agent_id = request.agent_id;
  claim.tool = keyed ? key_scope : content_scope;
  claim.key = keyed ? request.idempotency_key : message.content_hash;
  claim.arguments_hash = keyed ? request.arguments_hash : message.content_hash;
  claim.message_id = message.id;
  claim.created_at = now;
  if (request.content.to_agent.empty()) return;
  message.provider = AgentPost::provider;
  store::Attempt& attempt = draft.attempt.record;
  attempt.id = ids_.make("att");
  attempt.org_id = message.org_id;
  attempt.message_id = message.id;
  attempt.number = 1;
  attempt.provider = AgentPost::provider;
  attempt.started_at = now;
}

// One unit: the claim on the key, what the rules guard, the message, and the attempt that is about
// to be made. A message to an agent is delivered in it.
void OutboundPipeline::add_draft(store::UnitOfWork& unit, const SendRequest& request,
                                 Draft& draft) const {
  if (request.idempotency_key.empty()) {
    store::IdempotencyRepository::add_claim_window(
        unit, draft.claim, draft.claim.created_at - settings_.dedupe_window.count());
  } else {
    store::IdempotencyRepository::add_claim(unit, draft.claim);
  }
  draft.admission.add_to(unit);
  store::Message& message = draft.message;
  const bool to_agent = request.send_at == 0 && !request.content.to_agent.empty();
  const bool attempted = draft.attempt.provider || to_agent;
  if (attempted) delivery_.note_attempt(message, draft.attempt);
  store::MessageRepository::add_accept(unit, message, encode_content(request.content));
  if (attempted) store::MessageRepository::add_attempt(unit, draft.attempt.record);
  if (is_mail(request.content)) MailThreads::add_outgoing(unit, message, request.content);
  if (to_agent) {
    const Peer peer{request.content.to_agent, request.content.to};
    draft.item =
        agent_post_->add_delivery(unit, message, request.content, peer, draft.attempt.record.id);
  }
}

Task<Result<SendOutcome>> OutboundPipeline::finish(SendRequest request, Draft draft) {
  store::UnitOfWork unit;
  add_draft(unit, request, draft);
  const store::Message& message = draft.message;
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
    if (saved->failed_step == 0) {
      Task<Result<SendOutcome>> answering = answer_twin(request, draft.claim.key);
      Result<SendOutcome> twin = co_await std::move(answering);
      co_return twin;
    }
    std::optional<Error> refusal = co_await gate_.refusal(draft.admission, saved->failed_step);
    if (refusal && draft.reservation) {
      Task<Error> explaining = spend_.explain(*draft.reservation, std::move(*refusal));
      refusal = co_await std::move(explaining);
    }
    if (refusal) co_return fail(std::move(*refusal));
    co_return fail(ErrorCode::conflict,
                   "the agent changed while the message was being accepted; "
                   "try again");
  }

  SendOutcome outcome;
  outcome.message = message;
  outcome.subject = request.content.subject;
  const bool starts = draft.attempt.provider != nullptr;
  if (starts) {
    delivery_.start(message, std::move(request.content), std::move(draft.attempt));
  } else {  // delivered, or it waits in the store
    in_flight_.forget(message.id);
    if (draft.item) agent_post_->delivered(*draft.item);
  }
  if (draft.reservation) co_await spend_.note(std::move(*draft.reservation));
  if (!starts) co_return outcome;
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

Task<Result<OutboundPipeline::Leave>> OutboundPipeline::leave_for(
    store::Message& message, plugin::OutboundMessage& content) const {
  policy::OutboundAction action = action_of(message.org_id, message.agent_id, content);
  action.from.clear();  // nothing has gone out yet
  Result<policy::Admission> admission = co_await gate_.admit(std::move(action));
  if (!admission) co_return fail(admission.error());
  Task<Result<void>> looking = check_window(message.org_id, message.agent_id, content);
  Result<void> open = co_await std::move(looking);
  if (!open) co_return fail(open.error());
  content.from = admission->from();
  message.from_address = content.from;
  message.started_at = clock_.now();
  Result<Delivery::Attempt> attempt = Delivery::Attempt();
  std::string provider(AgentPost::provider);
  if (content.to_agent.empty()) {
    attempt = delivery_.choose(message, admission->owners());
    provider = attempt ? attempt->record.provider : std::string();
  }
  policy::Spending spending = spending_of(message, content, provider);
  Result<policy::Reservation> reservation = co_await spend_.reserve(std::move(spending));
  if (!reservation) co_return fail(reservation.error());
  message.routes = admission->routes();
  reservation->add_to(*admission);
  message.reserved_micros = reservation->micros();
  Leave leave{std::move(*admission), std::move(*reservation), std::move(attempt)};
  co_return std::move(leave);
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
  const auto scope = keyed ? key_scope : content_scope;
  auto first = co_await idempotency_.find(request.org_id, request.agent_id, scope, claim);
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
