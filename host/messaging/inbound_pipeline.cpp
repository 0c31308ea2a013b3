#include "messaging/inbound_pipeline.h"

#include <algorithm>

#include "base/crash_point.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "messaging/body_storage.h"
#include "messaging/callback_sender.h"
#include "messaging/copies.h"
#include "messaging/final_state.h"
#include "messaging/inbox_news.h"
#include "messaging/mail_delivery.h"
#include "messaging/message_state.h"
#include "messaging/settlement.h"
#include "policy/channel_block.h"
#include "policy/contact_preferences.h"
#include "policy/reply_text.h"
#include "store/inbound_event_repository.h"
#include "store/inbox_repository.h"
#include "store/whatsapp_window_repository.h"
#include "telemetry/log.h"

namespace commsd::messaging {

namespace {

using plugin::EventKind;
using plugin::ProviderEvent;
using plugin::WebhookReply;

/// Vendors give a webhook about 15 s; what must be fetched has to leave time to be stored.
constexpr std::chrono::milliseconds fetch_limit{5'000};

std::string_view kind_name(EventKind kind) {
  switch (kind) {
    case EventKind::message_received:
      return "message";
    case EventKind::message_status:
      return "status";
    case EventKind::call_received:
      return "call";
    case EventKind::call_status:
      return "call_status";
    case EventKind::digits_received:
      return "digits";
    case EventKind::recording_ready:
      break;
  }
  return "recording";
}

std::string media_json(const ProviderEvent& event) {
  JsonWriter out;
  out.begin_array();
  for (const plugin::MediaReference& media : event.media) {
    out.begin_object().field("url", media.url).field("contentType", media.content_type);
    out.field("filename", media.filename).field("size", media.size).end_object();
  }
  return out.end_array().take();
}

std::string extra_json(const ProviderEvent& event) {
  JsonWriter out;
  out.begin_object();
  for (const auto& [key, value] : event.extra) out.field(key, value);
  return out.end_object().take();
}

store::InboundEvent event_record(const store::Agent& agent, std::string_view provider,
                                 const ProviderEvent& event, UnixMillis now) {
  store::InboundEvent record;
  record.provider = provider;
  record.event_id = event.event_id;
  record.kind = kind_name(event.kind);
  record.org_id = agent.org_id;
  record.agent_id = agent.id;
  record.received_at = now;
  return record;
}

}  // namespace

struct InboundPipeline::Wish {
  policy::Keyword keyword = policy::Keyword::none;
  bool suspicion = false;  // an end seems to be asked for in other words
};

Task<Result<WebhookReply>> InboundPipeline::handle(WebhookCall call) {
  Task<Result<std::optional<store::Agent>>> looking = routing_.of_path(call.agent_id);
  auto agent = co_await std::move(looking);
  if (!agent) co_return fail(agent.error());
  if (!*agent) co_return fail(ErrorCode::not_found, "there is no such agent");

  Result<Provider> provider = authenticate(call, **agent);
  if (!provider) co_return fail(provider.error());
  Result<std::vector<ProviderEvent>> events = (*provider)->parse_webhook(call.request);
  if (!events) co_return fail(events.error());

  EventKind kind = EventKind::message_status;
  for (ProviderEvent& event : *events) {
    kind = event.kind;
    Result<void> taken = co_await take(**agent, call, *provider, std::move(event));
    if (!taken) co_return fail(taken.error());
  }
  co_return (*provider)->webhook_reply(call.request, kind);
}

Result<InboundPipeline::Provider> InboundPipeline::authenticate(const WebhookCall& call,
                                                                const store::Agent& agent) const {
  // Fallbacks are asked too: a message that went out through one is reported by it.
  const plugin::Scope scope{agent.org_id, agent.id};
  for (const Provider& provider : providers_.for_channel(call.channel, scope)) {
    if (provider->verify_webhook(call.request)) return provider;
  }
  log::warn("webhook_refused", {{"agent_id", agent.id},
                                {"channel", plugin::to_string(call.channel)},
                                {"bytes", call.request.body.size()}});
  return fail(ErrorCode::permission_denied, "the signature is missing or wrong");
}

Task<Result<void>> InboundPipeline::take(const store::Agent& agent, const WebhookCall& call,
                                         Provider provider, ProviderEvent event) {
  if (event.needs_fetch) {
    const std::string event_id = event.event_id;
    Task<Result<std::optional<ProviderEvent>>> fetching =
        provider->fetch_inbound(event.vendor_id, fetch_limit);
    Result<std::optional<ProviderEvent>> whole = co_await std::move(fetching);
    if (!whole) {
      log::warn("inbound_fetch_failed", {{"agent_id", agent.id},
                                         {"provider", provider->name()},
                                         {"code", to_string(whole.error().code)}});
      co_return fail(ErrorCode::unavailable, "the message could not be fetched from the vendor");
    }
    if (!*whole) co_return Result<void>();  // a handshake of the vendor's; it is done
    event = std::move(**whole);
    event.event_id = event_id;
  }
  if (event.event_id.empty()) {
    co_return fail(ErrorCode::invalid_argument, "the event has no id");
  }
  const std::string name = provider->name();
  switch (event.kind) {
    case EventKind::message_received:
      if (call.channel == plugin::ChannelKind::email) {
        Result<void> taken = co_await take_mail(agent, call, name, std::move(event));
        co_return taken;
      }
      [[fallthrough]];
    case EventKind::call_received: {
      Result<void> taken = co_await take_at_number(agent, call, name, std::move(event));
      co_return taken;
    }
    case EventKind::message_status: {
      Result<void> taken = co_await take_status(agent, call, name, std::move(event));
      co_return taken;
    }
    case EventKind::call_status:
    case EventKind::digits_received:
    case EventKind::recording_ready:
      break;
  }
  store::UnitOfWork unit;
  store::InboundEventRepository::add_event(unit, event_record(agent, name, event, clock_.now()));
  Result<store::UnitOutcome> outcome = co_await store_.commit(std::move(unit));
  if (!outcome) co_return fail(outcome.error());
  co_return Result<void>();
}

// A mail vendor reports every mail of the account to every webhook of it, and signs the body but
// not the address it calls. So the path does not say whose mail it is; its recipients do. An owner
// counts only if the same signature would have been accepted at its own webhook: the account of one
// organization cannot put mail into the inbox of another.
Task<Result<std::vector<InboundPipeline::Addressee>>> InboundPipeline::addressees(
    const store::Agent& agent, const WebhookCall& call, const ProviderEvent& event) const {
  std::vector<Addressee> found;
  const std::set<std::string> addresses = recipients_of(event);
  for (const std::string& address : addresses) {
    auto channel = co_await channels_.find_by_address("email", address);
    if (!channel) co_return fail(channel.error());
    if (!*channel) continue;
    const bool known = std::any_of(found.begin(), found.end(), [&](const Addressee& one) {
      return one.agent.id == (*channel)->agent_id;
    });
    if (known) continue;
    auto owner = co_await agents_.find((*channel)->org_id, (*channel)->agent_id);
    if (!owner) co_return fail(owner.error());
    if (*owner && ((*owner)->id == agent.id || authenticate(call, **owner))) {
      found.push_back({std::move(**owner), address});
    }
  }
  co_return found;
}

Task<Result<void>> InboundPipeline::take_mail(const store::Agent& agent, const WebhookCall& call,
                                              std::string provider, ProviderEvent event) {
  auto owners = co_await addressees(agent, call, event);
  if (!owners) co_return fail(owners.error());
  hide_recipients(event);
  if (owners->empty() && agent.id.empty()) {
    report_unrouted(agent.org_id, "email");
    co_return fail(unrouted("email"));
  }
  std::string delivery;
  if (owners->empty()) {  // a hidden copy names nobody
    Result<void> taken = co_await take_message(agent, call, provider, std::move(event), delivery);
    co_return taken;
  }
  const std::string mail = mail_key(settings_.contact_key, event);
  for (const Addressee& owner : *owners) {
    // With all the files of the mail in it: not copied for the only one.
    ProviderEvent copy = &owner == &owners->back() ? std::move(event) : event;
    // Once for each agent, through however many webhooks it comes, and however often delivered.
    copy.event_id += ':' + owner.agent.id;
    if (!mail.empty()) delivery = mail + ':' + owner.agent.id;
    copy.to = owner.address;
    Result<void> taken =
        co_await take_message(owner.agent, call, provider, std::move(copy), delivery);
    if (!taken) co_return fail(taken.error());
  }
  co_return Result<void>();
}

Task<Result<void>> InboundPipeline::take_at_number(const store::Agent& agent,
                                                   const WebhookCall& call, std::string provider,
                                                   ProviderEvent event) {
  std::string channel(plugin::to_string(
      event.kind == EventKind::call_received ? plugin::ChannelKind::voice : call.channel));
  Task<Result<std::optional<store::Agent>>> routing =
      routing_.find(agent, channel, event.to, event.from);
  auto owner = co_await std::move(routing);
  if (!owner) co_return fail(owner.error());
  if (*owner) {
    std::string no_mail;
    Result<void> taken =
        co_await take_message(**owner, call, provider, std::move(event), std::move(no_mail));
    co_return taken;
  }
  // Nobody to give it to, but what it says about being reached holds for all who use the number.
  const Wish wish = find_wish(call.channel, event);
  const bool stop = wish.keyword == policy::Keyword::stop;
  if (stop || wish.suspicion) {
    const std::string_view source = stop ? std::string_view("keyword") : policy::possible_opt_out;
    const std::string contact = policy::contact_hash(settings_.contact_key, event.from);
    store::UnitOfWork unit;
    policy::ContactPreferences::add_opt_out(unit, agent.org_id, channel, contact, source,
                                            clock_.now());
    Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
    if (!saved) co_return fail(saved.error());
  }
  report_unrouted(agent.org_id, channel);
  if (stop) co_return Result<void>();  // all that was asked for is done
  co_return fail(unrouted(channel));
}

Task<Result<void>> InboundPipeline::take_message(const store::Agent& agent, const WebhookCall& call,
                                                 std::string provider, ProviderEvent event,
                                                 std::string mail) {
  const UnixMillis now = clock_.now();
  const bool is_call = event.kind == EventKind::call_received;
  const std::string channel(plugin::to_string(is_call ? plugin::ChannelKind::voice : call.channel));

  store::UnitOfWork unit;
  store::InboundEvent record = event_record(agent, provider, event, now);
  store::InboundEventRepository::add_event(unit, record);
  if (!mail.empty()) {
    record.provider.clear();  // whoever reports it
    record.event_id = std::move(mail);
    record.kind = "mail";
    store::InboundEventRepository::add_event(unit, record);
  }
  const std::size_t known_before = unit.steps().size();  // the steps that fail for what was here

  const Wish wish = is_call ? Wish() : find_wish(call.channel, event);
  const std::string contact = policy::contact_hash(settings_.contact_key, event.from);
  Result<bool> answer = co_await add_preferences(unit, agent, channel, contact, wish, now);
  if (!answer) co_return fail(answer.error());

  const bool is_mail = !is_call && call.channel == plugin::ChannelKind::email;
  std::string thread;
  if (is_mail) {
    Task<Result<std::string>> leading = mail_threads_.thread_of(agent.org_id, agent.id, event);
    Result<std::string> led = co_await std::move(leading);
    if (!led) co_return fail(led.error());
    thread = std::move(*led);
  }

  store::InboxItem item;
  item.id = ids_.make("in");
  item.org_id = agent.org_id;
  item.agent_id = agent.id;
  item.channel = channel;
  item.provider = provider;
  item.vendor_id = event.vendor_id;
  item.from_address = event.from;
  item.to_address = event.to;
  item.subject = event.subject;
  item.body = event.text;
  item.html = event.html;
  item.media_json = media_json(event);
  if (wish.suspicion) event.extra.emplace_back("possible_opt_out", "sends are held");
  item.extra_json = extra_json(event);
  item.received_at = now;
  item.thread_address = std::move(thread);
  if (is_mail) MailThreads::add_incoming(unit, item, event);
  Task<Result<bool>> looking = is_to_be_copied(agent, item);
  const Result<bool> copied = co_await std::move(looking);
  if (!copied) co_return fail(copied.error());
  // The kill switch: what comes in is kept, and wakes nobody.
  const bool silent = policy::is_blocked(agent.blocked_channels, channel);
  if (silent) {
    store::InboxRepository::add_item(unit, item);
  } else {
    add_item_with_news(unit, item, settings_.contact_key, agent.routes, ids_);
    if (*copied) add_copy(unit, item, agent.routes, ids_);
  }
  add_media(unit, item, event.media, ids_, settings_.media);
  event.media.clear();  // they may be large, and are in the unit
  if (!is_call && call.channel == plugin::ChannelKind::whatsapp) {
    store::WhatsappWindowRepository::add_open(unit, agent.org_id, agent.id, contact, now);
  }

  crash_point("inbound.before_commit");
  Result<store::UnitOutcome> outcome = co_await store_.commit(std::move(unit));
  crash_point("inbound.after_commit");
  if (!outcome) co_return fail(outcome.error());
  if (!outcome->committed) {
    // The event or the mail was here before. Anything else is a fault worth a retry.
    if (outcome->failed_step < known_before) co_return Result<void>();
    co_return fail(ErrorCode::unavailable, "the message could not be stored");
  }
  if (!silent) {
    inbox_.received(item);
    if (callbacks_) callbacks_->wake();
  }
  if (wish.suspicion) {
    log::warn("possible_opt_out", {{"agent_id", agent.id}, {"inbox_item", item.id}});
  }
  if (*answer && agent.status == "active" && !keywords_.reply(wish.keyword).empty()) {
    if (auto pass = gate_.enter()) {
      const std::string id = provider + ':' + event.event_id;
      spawn(*Executor::current(),
            confirm(std::move(*pass), agent, call.channel, std::move(event), wish.keyword, id));
    }
  }
  co_return Result<void>();
}

// What a mirror sent to a number of this server comes back in here, and its receiver may have a
// mirror too. It is known by its mark together with the two numbers, so that neither the mark alone
// keeps somebody's words from being copied, nor a copy between them all the others.
Task<Result<bool>> InboundPipeline::is_to_be_copied(const store::Agent& agent,
                                                    const store::InboxItem& item) const {
  const bool wanted = agent.status == "active" && has_route(agent.routes, route::sms_mirror);
  if (!wanted || !item.body.starts_with(copy_mark)) co_return wanted;
  constexpr UnixMillis longest_way = 7 * std::int64_t{86'400'000};
  auto copy = co_await messages_.copied_between(item.from_address, item.to_address,
                                                clock_.now() - longest_way);
  if (!copy) co_return fail(copy.error());
  co_return !*copy;
}

// People answer a mail above what it quotes, and sign; some write no more than a subject. Only an
// opt-out is taken from a line among others: it must not be missed, and nothing else may be
// guessed.
InboundPipeline::Wish InboundPipeline::find_wish(plugin::ChannelKind channel,
                                                 const ProviderEvent& event) const {
  using policy::Keyword;
  const bool mail = channel == plugin::ChannelKind::email;
  const std::string_view own = mail ? policy::own_words(event.text) : std::string_view(event.text);
  Wish wish;
  wish.keyword = keywords_.find(own);
  if (wish.keyword != Keyword::none) return wish;
  if (mail) {
    const std::string_view line = own.empty() ? event.subject : policy::first_line(own);
    if (keywords_.find(line) == Keyword::stop) wish.keyword = Keyword::stop;
  }
  wish.suspicion =
      wish.keyword == Keyword::none && settings_.intent && settings_.intent->possible_opt_out(own);
  return wish;
}

Task<Result<bool>> InboundPipeline::add_preferences(store::UnitOfWork& unit,
                                                    const store::Agent& agent,
                                                    std::string_view channel,
                                                    const std::string& contact, Wish wish,
                                                    UnixMillis now) const {
  using policy::ContactPreferences;
  const policy::Keyword keyword = wish.keyword;
  bool answer = keyword == policy::Keyword::help;
  if (keyword == policy::Keyword::stop || keyword == policy::Keyword::start) {
    auto before = co_await suppressions_.find(agent.org_id, agent.id, channel, contact);
    if (!before) co_return fail(before.error());
    const bool stopped = *before && (*before)->source != policy::possible_opt_out;
    // Only a change is confirmed: who repeats themselves wants silence.
    if (keyword == policy::Keyword::stop) {
      ContactPreferences::add_opt_out(unit, agent.org_id, channel, contact, "keyword", now);
      answer = !stopped;
    } else {
      ContactPreferences::add_opt_in(unit, agent.org_id, channel, contact, now);
      answer = before->has_value();
    }
  }
  if (wish.suspicion) {
    const std::string_view source = policy::possible_opt_out;
    ContactPreferences::add_opt_out(unit, agent.org_id, channel, contact, source, now);
  } else if (keyword != policy::Keyword::stop && settings_.implied_consent_days > 0) {
    store::Consent implied;
    implied.key = {agent.org_id, agent.id, std::string(channel), contact};
    implied.id = ids_.make("con");
    implied.granted_at = now;
    implied.expires_at = now + settings_.implied_consent_days * 86'400'000;
    store::ConsentRepository::add_implied(unit, implied);
  }
  co_return answer;
}

Task<void> InboundPipeline::confirm(Gate::Pass pass, store::Agent agent,
                                    plugin::ChannelKind channel, ProviderEvent event,
                                    policy::Keyword keyword, std::string event_id) {
  const Gate::Pass inside = std::move(pass);
  SendRequest request;
  request.org_id = agent.org_id;
  request.agent_id = agent.id;
  request.content.channel = channel;
  request.content.to = std::move(event.from);
  request.content.from = std::move(event.to);
  request.content.text = keywords_.reply(keyword);
  if (channel == plugin::ChannelKind::email) request.content.subject = "Your subscription";
  request.idempotency_key = "keyword:" + event_id;
  request.arguments_hash = "keyword";
  request.content.mandated = true;
  Result<SendOutcome> sent = co_await outbound_.send(std::move(request));
  if (!sent) {
    log::warn("confirmation_failed",
              {{"agent_id", agent.id}, {"code", to_string(sent.error().code)}});
  }
}

Task<Result<void>> InboundPipeline::take_status(const store::Agent& agent, const WebhookCall& call,
                                                std::string provider, ProviderEvent event) {
  const UnixMillis now = clock_.now();
  const std::string reference =
      event.client_reference.empty() ? call.reference : event.client_reference;
  auto message = co_await find_message(agent.org_id, reference, provider, event.vendor_id);
  if (!message) co_return fail(message.error());
  // Nothing to change, so nothing to remember: the vendor may report the same event to the webhook
  // of another organization, whose message it is.
  if (!*message) co_return Result<void>();
  if ((*message)->agent_id == agent.id) (*message)->routes = agent.routes;
  const auto next = state_of_vendor_status(event.status);

  store::UnitOfWork unit;
  store::InboundEventRepository::add_event(unit, event_record(agent, provider, event, now));
  if (settings_.vendor_blocks.means_opt_out(provider, event.error_code)) {
    policy::ContactPreferences::add_opt_out(
        unit, agent.org_id, (*message)->channel,
        policy::contact_hash(settings_.contact_key, (*message)->to_address), "vendor", now);
  }
  if (next) {
    store::TimelineEntry entry{event.occurred_at > 0 ? event.occurred_at : now,
                               std::string(to_string(*next)), "reported by " + provider};
    if (!event.error_code.empty()) entry.detail += ", code " + event.error_code;
    store::MessageRepository::add_timeline(unit, agent.org_id, (*message)->id, entry);
  }
  add_bill(unit, **message, event, now);
  MailThreads::add_vendor_id(unit, **message, event, now);
  const auto current = parse_message_state((*message)->state);
  if (current && next && may_follow(*current, *next)) {
    store::StatusChange change;
    change.org_id = agent.org_id;
    change.message_id = (*message)->id;
    change.state = to_string(*next);
    change.state_rank = state_rank(*next);
    change.vendor_id = event.vendor_id;
    change.vendor_code = event.error_code;
    if (*next == MessageState::undelivered) {
      change.error_code = to_string(ErrorCode::rejected);
      change.failure_reason = "the vendor accepted the message and could not deliver it";
    }
    change.at = now;
    store::UnitOfWork with_change = unit;
    store::MessageRepository::add_status(with_change, change);
    add_final_state(with_change, **message, *next, ids_, now);
    // Delivery saw to the content of what it settled itself.
    if (*current == MessageState::unknown || !is_settled(*current)) {
      BodyStorage::add_end(with_change, settings_.bodies, **message, *next, now);
    }
    crash_point("status.before_commit");
    Result<store::UnitOutcome> changed = co_await store_.commit(std::move(with_change));
    crash_point("status.after_commit");
    if (!changed) co_return fail(changed.error());
    if (changed->committed && listener_) {
      (*message)->state = change.state;
      listener_->message_changed(**message);
    }
    if (changed->committed && is_dead_letter(*next)) inbox_.announce((*message)->agent_id);
    if (changed->committed || changed->failed_step == 0) co_return Result<void>();
    // Other news was faster: what is left of this one is its line in the timeline.
  }
  Result<store::UnitOutcome> noted = co_await store_.commit(std::move(unit));
  if (!noted) co_return fail(noted.error());
  co_return Result<void>();
}

Task<Result<std::optional<store::Message>>> InboundPipeline::find_message(
    std::string org_id, std::string reference, std::string provider, std::string vendor_id) const {
  if (!reference.empty()) {
    auto attempt = co_await messages_.find_attempt(reference);
    if (!attempt) co_return fail(attempt.error());
    if (*attempt && (*attempt)->org_id == org_id) {
      auto message = co_await messages_.find(org_id, (*attempt)->message_id);
      co_return message;
    }
  }
  if (vendor_id.empty()) co_return std::optional<store::Message>();
  auto message = co_await messages_.find_by_vendor_id(org_id, provider, vendor_id);
  co_return message;
}

}  // namespace commsd::messaging
