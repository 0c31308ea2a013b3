#include "voice/call_events.h"

#include <charconv>

#include "base/crash_point.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "messaging/body_storage.h"
#include "messaging/inbox_news.h"
#include "policy/channel_block.h"
#include "store/inbound_event_repository.h"
#include "store/inbox_repository.h"
#include "telemetry/log.h"
#include "voice/call_state.h"

namespace commsd::voice {

namespace {

using plugin::EventKind;
using plugin::ProviderEvent;
using plugin::WebhookReply;

/// How long after a call its price is asked for first: vendors bill a moment later.
constexpr UnixMillis first_cost_wait = 5'000;

std::string extra(const ProviderEvent& event, std::string_view name) {
  for (const auto& [key, value] : event.extra) {
    if (key == name) return value;
  }
  return {};
}

std::optional<std::int64_t> milliseconds_of(const std::string& text) {
  std::int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || parsed.ec != std::errc() || value < 0) return std::nullopt;
  return value;
}

std::string_view kind_name(EventKind kind) {
  switch (kind) {
    case EventKind::call_received:
      return "call";
    case EventKind::recording_ready:
      return "recording";
    default:
      return "call_status";
  }
}

store::InboundEvent event_record(std::string_view org_id, std::string_view agent_id,
                                 std::string_view provider, const ProviderEvent& event,
                                 UnixMillis now) {
  store::InboundEvent record;
  record.provider = provider;
  record.event_id = event.event_id;
  record.kind = kind_name(event.kind);
  record.org_id = org_id;
  record.agent_id = agent_id;
  record.received_at = now;
  return record;
}

/// The leg that a dial verb made has ended: the news are of that leg, not of the call.
ProviderEvent of_leg(const ProviderEvent& event) {
  ProviderEvent leg = event;
  leg.status = extra(event, "dial_status");
  leg.vendor_id = extra(event, "dial_call_id");
  leg.extra = {{"duration_ms", extra(event, "dial_duration_ms")}};
  return leg;
}

}  // namespace

Task<Result<WebhookReply>> CallEvents::handle(CallWebhook webhook) {
  Task<Result<std::optional<store::Agent>>> looking = routing_.of_path(webhook.agent_id);
  auto agent = co_await std::move(looking);
  const bool callee = webhook.wants == CallWebhook::Wants::callee;
  if (callee && (!agent || !*agent)) co_return hang_up_callee(webhook);
  if (!agent) co_return fail(agent.error());
  if (!*agent) co_return fail(ErrorCode::not_found, "there is no such agent");
  const plugin::Scope scope{(*agent)->org_id, (*agent)->id};
  if (callee && senders(webhook, providers_, scope).empty()) co_return hang_up_callee(webhook);
  Result<Telephony> provider = authenticate(webhook, **agent);
  if (!provider) co_return fail(provider.error());
  if (callee) {
    Task<Result<WebhookReply>> telling =
        tell_callee(std::move(**agent), std::move(webhook.reference), *provider);
    co_return co_await std::move(telling);
  }
  Result<std::vector<ProviderEvent>> events = (*provider)->parse_webhook(webhook.request);
  if (!events) co_return fail(events.error());

  EventKind kind = EventKind::call_status;
  std::string vendor_id;
  for (const ProviderEvent& event : *events) {
    kind = event.kind;
    vendor_id = event.vendor_id;
    if (event.event_id.empty()) co_return fail(ErrorCode::invalid_argument, "the event has no id");
    Task<Result<void>> taking = take(**agent, webhook, (*provider)->name(), event);
    Result<void> taken = co_await std::move(taking);
    const bool instructs = webhook.wants == CallWebhook::Wants::instructions;
    if (!taken && taken.error().rule == messaging::unrouted_rule && instructs) {
      co_return reject(**provider);
    }
    if (!taken) co_return fail(taken.error());
  }
  if (webhook.wants == CallWebhook::Wants::acknowledgement) {
    co_return (*provider)->webhook_reply(webhook.request, kind);
  }
  Task<Result<WebhookReply>> instructing =
      instruct(**agent, std::move(webhook), *provider, std::move(vendor_id));
  co_return co_await std::move(instructing);
}

std::vector<CallEvents::Telephony> CallEvents::senders(const CallWebhook& webhook,
                                                       plugin::Providers& among,
                                                       const plugin::Scope& scope) {
  std::vector<Telephony> found;
  if (!webhook.provider.empty()) {
    if (auto named = among.named_telephony(webhook.provider, scope)) found.push_back(named);
    return found;
  }
  for (const auto& one : among.for_channel(plugin::ChannelKind::voice, scope)) {
    if (auto active = std::dynamic_pointer_cast<plugin::TelephonyProvider>(one)) {
      found.push_back(std::move(active));
    }
  }
  return found;
}

Result<CallEvents::Telephony> CallEvents::authenticate(const CallWebhook& webhook,
                                                       const store::Agent& agent) const {
  for (const Telephony& one : senders(webhook, providers_, {agent.org_id, agent.id})) {
    if (one->verify_webhook(webhook.request)) return one;
  }
  log::warn("webhook_refused",
            {{"agent_id", agent.id}, {"channel", "voice"}, {"bytes", webhook.request.body.size()}});
  return fail(ErrorCode::permission_denied, "the signature is missing or wrong");
}

Task<Result<CallEvents::MaybeCall>> CallEvents::find_call(const store::Agent& agent,
                                                          const CallWebhook& webhook,
                                                          std::string provider,
                                                          std::string vendor_id) const {
  if (!webhook.call_id.empty()) {
    auto call = co_await calls_.find(agent.org_id, webhook.call_id);
    co_return call;
  }
  if (!webhook.reference.empty()) {
    auto attempt = co_await calls_.find_attempt(webhook.reference);
    if (!attempt) co_return fail(attempt.error());
    if (*attempt && (*attempt)->org_id == agent.org_id) {
      auto call = co_await calls_.find(agent.org_id, (*attempt)->call_id);
      co_return call;
    }
  }
  auto call = co_await calls_.find_by_vendor_id(agent.org_id, provider, vendor_id);
  co_return call;
}

Task<Result<void>> CallEvents::take(const store::Agent& agent, const CallWebhook& webhook,
                                    std::string provider, const ProviderEvent& event) {
  const bool is_leg = !webhook.call_id.empty();
  if (is_leg && extra(event, "dial_status").empty()) co_return Result<void>();
  const ProviderEvent news = is_leg ? of_leg(event) : event;
  Task<Result<MaybeCall>> finding = find_call(agent, webhook, provider, news.vendor_id);
  Result<MaybeCall> call = co_await std::move(finding);
  if (!call) co_return fail(call.error());
  if (!*call) {
    // News of an incoming call that never got to us: it is one that was missed.
    const bool incoming =
        news.kind == EventKind::call_received || extra(news, "direction") == "inbound";
    if (!incoming || news.vendor_id.empty()) co_return Result<void>();
    Task<Result<std::optional<store::Agent>>> routing =
        routing_.find(agent, "voice", news.to, news.from);
    auto owner = co_await std::move(routing);
    if (!owner) co_return fail(owner.error());
    if (!*owner) {
      messaging::report_unrouted(agent.org_id, "voice");
      co_return fail(messaging::unrouted("voice"));
    }
    Task<Result<void>> taking = take_call(**owner, provider, news);
    Result<void> taken = co_await std::move(taking);
    if (!taken || news.kind == EventKind::call_received) co_return taken;
    auto made = co_await calls_.find_by_vendor_id(agent.org_id, provider, news.vendor_id);
    if (!made) co_return fail(made.error());
    if (!*made) co_return Result<void>();
    call = std::move(made);
  }
  switch (news.kind) {
    case EventKind::call_status: {
      Task<Result<void>> taking = take_status(std::move(**call), provider, news);
      co_return co_await std::move(taking);
    }
    case EventKind::recording_ready: {
      Task<Result<void>> taking = take_recording(std::move(**call), provider, news);
      co_return co_await std::move(taking);
    }
    default:
      co_return Result<void>();
  }
}

Task<Result<void>> CallEvents::take_call(const store::Agent& agent, std::string provider,
                                         const ProviderEvent& event) {
  store::Call call;
  call.id = ids_.make("call");
  call.org_id = agent.org_id;
  call.agent_id = agent.id;
  call.direction = "inbound";
  call.purpose = "conversation";
  call.from_address = event.from;
  call.to_address = event.to;
  call.state = to_string(CallState::ringing);
  call.state_rank = state_rank(CallState::ringing);
  call.provider = provider;
  call.vendor_id = event.vendor_id;
  call.created_at = clock_.now();
  call.updated_at = call.created_at;

  const bool active = agent.status == "active";
  if (active && event.kind == EventKind::call_received) {
    auto bridge = co_await bridges_.route(agent.org_id, event.to, event.from);
    if (!bridge) co_return fail(bridge.error());
    if (*bridge) {
      Task<Result<bool>> taking = take_call(agent, provider, event, call, std::move(*bridge));
      Result<bool> bridged = co_await std::move(taking);
      if (!bridged) co_return fail(bridged.error());
      if (*bridged) co_return Result<void>();
    }
  }
  Task<Result<bool>> taking = take_call(agent, provider, event, std::move(call), std::nullopt);
  Result<bool> taken = co_await std::move(taking);
  if (!taken) co_return fail(taken.error());
  co_return Result<void>();
}

Task<Result<bool>> CallEvents::take_call(const store::Agent& agent, std::string provider,
                                         const ProviderEvent& event, store::Call call,
                                         std::optional<store::Bridge> bridge) {
  CallScript script;
  script.language = settings_.language;
  std::optional<policy::Admission> admission;
  store::Call leg;
  if (bridge) {
    policy::OutboundAction action;
    action.org_id = agent.org_id;
    action.agent_id = agent.id;
    action.kind = policy::ActionKind::transfer;
    action.channel = plugin::ChannelKind::voice;
    action.to = bridge->destination;
    action.message_class = policy::MessageClass::service;
    Result<policy::Admission> admitted = co_await gate_.admit(std::move(action));
    if (!admitted) {
      log::warn("bridge_refused", {{"bridge_id", bridge->id}, {"rule", admitted.error().rule}});
      co_return false;
    }
    policy::Spending spending;
    spending.org_id = agent.org_id;
    spending.agent_id = agent.id;
    spending.subject = ids_.make("call");
    spending.action = spending_action("bridge");
    spending.item = "voice";
    spending.provider = provider;
    spending.to = bridge->destination;
    spending.at = call.created_at;
    Result<policy::Reservation> reservation = co_await spend_.reserve(spending);
    if (!reservation) {
      log::warn("bridge_refused", {{"bridge_id", bridge->id}, {"rule", reservation.error().rule}});
      co_return false;
    }
    reservation->add_to(*admitted);
    admission = std::move(*admitted);
    call.purpose = "bridge";
    leg = call;
    leg.id = spending.subject;
    leg.direction = "outbound";
    leg.from_address = bridge->local_number;
    leg.to_address = bridge->destination;
    leg.state = to_string(CallState::queued);
    leg.state_rank = state_rank(CallState::queued);
    leg.vendor_id.clear();
    leg.parent_id = call.id;
    leg.bridge_id = bridge->id;
    script.dial = bridge->destination;
    script.dial_from = bridge->local_number;
    script.dial_done_url = settings_.public_url +
                           "/webhooks/bridge-status?bridgeCallId=" + percent_encode(leg.id) +
                           "&agentId=" + percent_encode(agent.id);
  } else {
    script.disclosure = settings_.disclosure;
    if (script.disclosure.empty()) {
      policy::OutboundAction speaking;
      speaking.kind = policy::ActionKind::call;
      speaking.to = event.from;
      speaking.message_class = policy::MessageClass::service;
      script.disclosure = gate_.spoken_disclosure(speaking, script.language);
    }
    script.words = settings_.greeting;
  }

  // What else the news are is another event: that the call is there, and how it ended, are saved
  // one after the other.
  store::InboundEvent record =
      event_record(agent.org_id, agent.id, provider, event, call.created_at);
  record.kind = kind_name(EventKind::call_received);
  store::UnitOfWork unit;
  store::InboundEventRepository::add_event(unit, record);
  if (admission) admission->add_to(unit);
  store::CallRepository::add_accept(unit, call, encode_script(script));
  if (bridge) store::CallRepository::add_accept(unit, leg, {});
  const store::InboxItem item = item_of(call, "Incoming call");
  // The kill switch: what comes in is kept, and wakes nobody.
  const bool silent = policy::is_blocked(agent.blocked_channels, item.channel);
  if (silent) {
    store::InboxRepository::add_item(unit, item);
  } else {
    messaging::add_item_with_news(unit, item, settings_.contact_key, agent.routes, ids_);
  }
  crash_point("inbound.before_commit");
  Result<store::UnitOutcome> outcome = co_await store_.commit(std::move(unit));
  crash_point("inbound.after_commit");
  if (!outcome) co_return fail(outcome.error());
  if (outcome->committed) {
    if (!silent) inbox_.received(item);
    dialler_.report(call);
    co_return true;
  }
  // Step 0: it was taken before. Another one: the call was taken by a twin, or a rule was broken
  // meanwhile, and then it is not put through.
  co_return !bridge || outcome->failed_step == 0 || !admission->refusal(outcome->failed_step);
}

Task<Result<void>> CallEvents::take_status(store::Call call, std::string provider,
                                           const ProviderEvent& event) {
  const UnixMillis now = clock_.now();
  const auto next = parse_call_state(event.status);
  if (!next) co_return Result<void>();
  store::UnitOfWork unit;
  store::InboundEventRepository::add_event(
      unit, event_record(call.org_id, call.agent_id, provider, event, now));
  const UnixMillis at = event.occurred_at > 0 ? event.occurred_at : now;
  store::TimelineEntry entry{at, std::string(to_string(*next)), "reported by " + provider};
  if (!event.error_code.empty()) entry.detail += ", code " + event.error_code;
  const std::string answered_by = extra(event, "answered_by");
  if (!answered_by.empty()) entry.detail += ", answered by " + answered_by;
  store::CallRepository::add_timeline(unit, call.org_id, call.id, entry);
  if (!call.parent_id.empty()) {
    entry.detail = call.id + ": " + entry.detail;
    entry.state = call.purpose + " " + entry.state;
    store::CallRepository::add_timeline(unit, call.org_id, call.parent_id, entry);
  }
  store::CallNote note;
  note.org_id = call.org_id;
  note.call_id = call.id;
  note.answered_by = answered_by;
  note.at = now;
  if (is_over(*next)) note.duration_ms = milliseconds_of(extra(event, "duration_ms"));
  store::CallRepository::add_note(unit, note);

  const auto current = parse_call_state(call.state);
  if (current && state_rank(*next) > state_rank(*current)) {
    store::CallStatus status;
    status.org_id = call.org_id;
    status.call_id = call.id;
    status.state = to_string(*next);
    status.state_rank = state_rank(*next);
    status.vendor_id = event.vendor_id;
    status.vendor_code = event.error_code;
    status.at = now;
    if (*next == CallState::in_progress) status.answered_at = at;
    if (*next == CallState::failed) {
      status.error_code = to_string(ErrorCode::rejected);
      status.failure_reason = "the vendor took the call and could not connect it";
    }
    if (is_over(*next)) {
      status.ended_at = at;
      status.duration_ms = milliseconds_of(extra(event, "duration_ms"));
      if (!event.cost_micros) status.cost_due_at = now + first_cost_wait;
    }
    store::UnitOfWork with_change = unit;
    store::CallRepository::add_status(with_change, status);
    if (event.cost_micros) {
      store::CallRepository::add_cost(with_change, call, *event.cost_micros, event.currency,
                                      std::nullopt, now);
      add_settlement(with_change, call, *event.cost_micros, event.currency, now);
    }
    if (is_over(*next)) {
      messaging::BodyStorage::add_end(with_change, settings_.bodies, call, now);
    }
    std::optional<store::InboxItem> missed;
    const bool answered = *next == CallState::completed || *next == CallState::in_progress;
    if (call.direction == "inbound" && is_over(*next) && !answered) {
      missed = item_of(call, "Missed call");
      store::InboxRepository::add_item(with_change, *missed);
    }
    crash_point("call_status.before_commit");
    Result<store::UnitOutcome> changed = co_await store_.commit(std::move(with_change));
    crash_point("call_status.after_commit");
    if (!changed) co_return fail(changed.error());
    if (changed->committed) {
      call.state = status.state;
      if (missed) inbox_.received(*missed);
      dialler_.report(call);
    }
    if (changed->committed || changed->failed_step == 0) co_return Result<void>();
    // Other news was faster: what is left of this one is its line in the timeline.
  }
  Result<store::UnitOutcome> noted = co_await store_.commit(std::move(unit));
  if (!noted) co_return fail(noted.error());
  co_return Result<void>();
}

Task<Result<void>> CallEvents::take_recording(store::Call call, std::string provider,
                                              const ProviderEvent& event) {
  const UnixMillis now = clock_.now();
  store::UnitOfWork unit;
  store::InboundEventRepository::add_event(
      unit, event_record(call.org_id, call.agent_id, provider, event, now));
  store::CallNote note;
  note.org_id = call.org_id;
  note.call_id = call.id;
  note.recording_id = extra(event, "recording_id");
  if (!event.media.empty()) note.recording_url = event.media.front().url;
  note.at = now;
  store::CallRepository::add_note(unit, note);
  store::CallRepository::add_timeline(unit, call.org_id, call.id,
                                      {now, "recorded", "reported by " + provider});
  Result<store::UnitOutcome> noted = co_await store_.commit(std::move(unit));
  if (!noted) co_return fail(noted.error());
  if (noted->committed) dialler_.report(call);
  co_return Result<void>();
}

Result<WebhookReply> CallEvents::reject(plugin::TelephonyProvider& provider) {
  std::vector<plugin::CallVerb> verbs(1);
  verbs.front().kind = plugin::CallVerbKind::reject;
  Result<plugin::CallInstructions> made = provider.render(verbs);
  if (!made) return fail(made.error());
  return WebhookReply{200, made->content_type, made->body};
}

Task<Result<WebhookReply>> CallEvents::instruct(const store::Agent& agent, CallWebhook webhook,
                                                Telephony provider, std::string vendor_id) const {
  std::vector<plugin::CallVerb> verbs;
  Task<Result<MaybeCall>> finding = find_call(agent, webhook, provider->name(), vendor_id);
  Result<MaybeCall> call = co_await std::move(finding);
  if (!call) co_return fail(call.error());
  if (!*call) co_return fail(ErrorCode::not_found, "there is no such call");
  if ((*call)->direction == "inbound") {
    auto owner = co_await agents_.find(agent.org_id, (*call)->agent_id);
    if (!owner) co_return fail(owner.error());
    // The kill switch is for what comes in as well: nobody is to be heard for the agent.
    if (!*owner || (*owner)->status != "active" ||
        policy::is_blocked((*owner)->blocked_channels, "voice")) {
      co_return reject(*provider);
    }
  }
  auto stored = co_await calls_.script(agent.org_id, (*call)->id);
  if (!stored) co_return fail(stored.error());
  // A call that is over has forgotten its words.
  if (*stored) {
    Result<CallScript> script = decode_script(**stored);
    if (!script) co_return fail(script.error());
    const bool greeting = (*call)->direction == "inbound" && script->dial.empty();
    if (greeting && !settings_.answers) co_return reject(*provider);
    verbs = call_verbs(*script, provider->name());
  } else {
    verbs.emplace_back().kind = plugin::CallVerbKind::hang_up;
  }
  Result<plugin::CallInstructions> made = provider->render(verbs);
  if (!made) co_return fail(made.error());
  co_return WebhookReply{200, made->content_type, made->body};
}

Task<Result<WebhookReply>> CallEvents::tell_callee(store::Agent agent, std::string reference,
                                                   Telephony provider) const {
  Task<Result<CallScript>> finding = callee_script(agent, std::move(reference), provider->name());
  Result<CallScript> script = co_await std::move(finding);
  if (!script) {
    log::warn("callee_not_joined", {{"agent_id", agent.id}, {"why", script.error().message}});
    script = CallScript();
  }
  Result<plugin::CallInstructions> made = provider->render(callee_verbs(*script));
  if (!made) made = provider->render(callee_verbs(CallScript()));
  if (!made) co_return fail(made.error());
  co_return WebhookReply{200, made->content_type, made->body};
}

Result<WebhookReply> CallEvents::hang_up_callee(const CallWebhook& webhook) const {
  for (const Telephony& one : senders(webhook, ungated_, {})) {
    if (!one->asks_callee_url()) continue;
    Result<plugin::CallInstructions> made = one->render(callee_verbs(CallScript()));
    if (made) return WebhookReply{200, made->content_type, made->body};
  }
  return fail(ErrorCode::unavailable, "the call cannot be looked up now");
}

Task<Result<CallScript>> CallEvents::callee_script(store::Agent agent, std::string reference,
                                                   std::string provider) const {
  auto attempt = co_await calls_.find_attempt(reference);
  if (!attempt) co_return fail(attempt.error());
  if (!*attempt || (*attempt)->org_id != agent.org_id) {
    co_return fail(ErrorCode::not_found, "there is no such call");
  }
  const std::string call_id = (*attempt)->call_id;
  auto call = co_await calls_.find(agent.org_id, call_id);
  if (!call) co_return fail(call.error());
  // The URL names the first attempt; the call may have gone out through another provider since.
  if (!*call || (*call)->agent_id != agent.id || (*call)->provider != provider) {
    co_return fail(ErrorCode::not_found, "there is no such call");
  }
  const auto state = parse_call_state((*call)->state);
  auto stored = co_await calls_.script(agent.org_id, call_id);
  if (!stored) co_return fail(stored.error());
  if (!state || is_over(*state) || !*stored) {
    co_return fail(ErrorCode::conflict, "the call is over");
  }
  Result<CallScript> script = decode_script(**stored);
  if (!script) co_return fail(script.error());
  if (script->announcement.empty()) {
    co_return fail(ErrorCode::conflict, "there is nothing to be said before");
  }
  store::UnitOfWork unit;
  store::CallRepository::add_timeline(
      unit, agent.org_id, call_id,
      {clock_.now(), "announced", "the recording, to whoever it is put through to"});
  Result<store::UnitOutcome> noted = co_await store_.commit(std::move(unit));
  if (!noted) co_return fail(noted.error());
  co_return script;
}

store::InboxItem CallEvents::item_of(const store::Call& call, std::string_view subject) const {
  store::InboxItem item;
  item.id = ids_.make("in");
  item.org_id = call.org_id;
  item.agent_id = call.agent_id;
  item.channel = "voice";
  item.provider = call.provider;
  item.vendor_id = call.vendor_id;
  item.from_address = call.from_address;
  item.to_address = call.to_address;
  item.subject = subject;
  item.media_json = "[]";
  JsonWriter out;
  out.begin_object().field("callId", call.id).end_object();
  item.extra_json = out.take();
  item.received_at = clock_.now();
  return item;
}

}  // namespace commsd::voice
