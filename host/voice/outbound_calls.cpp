#include "voice/outbound_calls.h"

#include "base/crash_point.h"
#include "base/digest.h"
#include "base/text.h"
#include "messaging/content.h"
#include "messaging/copies.h"
#include "policy/opt_out.h"
#include "voice/call_state.h"

namespace commsd::voice {

namespace {

Result<void> check_text(std::string_view name, std::string_view text, std::int64_t most) {
  if (text.size() > static_cast<std::size_t>(most)) {
    return fail(ErrorCode::too_large, "'" + std::string(name) + "' is longer than " +
                                          std::to_string(most) + " bytes; say less");
  }
  if (!is_valid_utf8(text)) {
    return fail(ErrorCode::invalid_argument, "'" + std::string(name) + "' is not valid UTF-8");
  }
  return {};
}

/// A minute is what vendors charge at least; how long a call will be nobody knows before.
constexpr std::int64_t least_minutes = 1;

tl::unexpected<Error> no_words(const policy::RuleReference& rule, const std::string& named) {
  Error refusal;
  refusal.code = ErrorCode::rejected;
  refusal.rule = rule.id;
  refusal.message = "the call may not be recorded without saying so first" + named +
                    ", and there are no words for that";
  refusal.remedy = "set voice.recording_text in the configuration, or call without 'record'";
  return fail(std::move(refusal));
}

tl::unexpected<Error> no_way_to_tell(const policy::RuleReference& rule, const std::string& named,
                                     const std::string& provider) {
  Error refusal;
  refusal.code = ErrorCode::rejected;
  refusal.rule = rule.id;
  refusal.message =
      "the call is recorded, and whoever it is put through to must be told so before" + named +
      ", which the provider '" + provider + "' cannot do";
  refusal.remedy =
      "call without 'record' and the callRecording route, or through a provider that can tell them "
      "(docs/providers.md)";
  return fail(std::move(refusal));
}

}  // namespace

struct OutboundCalls::Accept {
  store::Call call;  // from_address, agent and the like
  policy::OutboundAction action;
  std::string provider;  // must be this one; "" = the first that works
  Dial dial;
  CallScript script;
  std::string told_first;  // a transfer: why who is on the line hears that it is recorded
  std::string content;     // what makes two calls the same
  std::string tool;
  std::string key;
  std::string arguments_hash;
};

Task<Result<CallOutcome>> OutboundCalls::place(CallRequest request) {
  if (!is_e164(request.to)) {
    co_return fail(ErrorCode::invalid_argument,
                   "'to' must be a phone number in E.164 form, like +14155550100");
  }
  add_duties(request);
  const std::string words = spoken_text(request.script);
  if (auto good = check_text("greeting", words, settings_.most_words); !good) {
    co_return fail(good.error());
  }
  Accept accepting;
  accepting.call.org_id = request.org_id;
  accepting.call.agent_id = request.agent_id;
  accepting.call.purpose = request.purpose;
  accepting.call.to_address = request.to;
  accepting.call.bridge_id = request.bridge_id;
  policy::OutboundAction& action = accepting.action;
  action.kind = request.purpose == "voice_message" ? policy::ActionKind::voice_message
                                                   : policy::ActionKind::call;
  action.text = words;
  action.message_class = request.message_class;
  action.time_zone = request.time_zone;
  action.record = true;
  action.third = request.script.dial;
  action.language = request.script.language;
  accepting.script = request.script;
  request.script.audio_url.clear();  // new each time
  accepting.content = encode_script(request.script) + (request.dial.record ? "\nrecorded" : "");
  accepting.dial = std::move(request.dial);
  accepting.tool = std::move(request.tool);
  accepting.key = std::move(request.idempotency_key);
  accepting.arguments_hash = std::move(request.arguments_hash);
  Task<Result<CallOutcome>> going = accept(std::move(accepting));
  co_return co_await std::move(going);
}

void OutboundCalls::add_duties(CallRequest& request) const {
  CallScript& script = request.script;
  if (!script.disclosure.empty()) return;
  policy::OutboundAction action;
  action.kind = policy::ActionKind::call;
  action.to = request.to;
  action.message_class = request.message_class;
  script.disclosure = gate_.spoken_disclosure(action, script.language);
}

Task<Result<std::optional<CallOutcome>>> OutboundCalls::find_earlier(
    const CallRequest& request) const {
  std::optional<CallOutcome> earlier;
  if (request.idempotency_key.empty()) co_return earlier;
  store::IdempotencyRecord claim;
  claim.org_id = request.org_id;
  claim.agent_id = request.agent_id;
  claim.tool = request.tool;
  claim.key = request.idempotency_key;
  claim.arguments_hash = request.arguments_hash;
  auto first = co_await idempotency_.find(claim.org_id, claim.agent_id, claim.tool, claim.key);
  if (!first) co_return fail(first.error());
  if (!*first) co_return earlier;
  Task<Result<CallOutcome>> asking = answer_twin(std::move(claim));
  Result<CallOutcome> answer = co_await std::move(asking);
  if (!answer) co_return fail(answer.error());
  earlier = std::move(*answer);
  co_return earlier;
}

Task<Result<void>> OutboundCalls::check(CallRequest request, plugin::ChannelKind channel) const {
  if (!is_e164(request.to)) {
    co_return fail(ErrorCode::invalid_argument,
                   "'to' must be a phone number in E.164 form, like +14155550100");
  }
  policy::OutboundAction action;
  action.org_id = std::move(request.org_id);
  action.agent_id = std::move(request.agent_id);
  action.kind = policy::ActionKind::voice_message;
  action.channel = channel;
  action.to = std::move(request.to);
  action.text = spoken_text(request.script);
  action.message_class = request.message_class;
  action.time_zone = std::move(request.time_zone);
  if (auto good = check_text("text", action.text, settings_.most_words); !good) {
    co_return fail(good.error());
  }
  Result<void> allowed = co_await gate_.check(std::move(action));
  co_return allowed;
}

Task<Result<CallOutcome>> OutboundCalls::transfer(TransferRequest request) {
  if (auto good = check_text("announcementText", request.announce, settings_.most_words); !good) {
    co_return fail(good.error());
  }
  Task<Result<store::Call>> finding = find(request.org_id, request.agent_id, request.call_id);
  Result<store::Call> live = co_await std::move(finding);
  if (!live) co_return fail(live.error());
  const auto state = parse_call_state(live->state);
  if (!state || is_over(*state) || live->vendor_id.empty()) {
    co_return fail(ErrorCode::conflict, "the call is not under way (status: " + live->state +
                                            "), so it cannot be "
                                            "transferred");
  }
  // A colleague is no contact, whose consent and hours count: no person outside is reached.
  const bool to_agent = !request.to.starts_with('+');
  if (to_agent) {
    Task<Result<std::string>> looking = number_of(request.org_id, request.to);
    Result<std::string> number = co_await std::move(looking);
    if (!number) co_return fail(number.error());
    request.to = std::move(*number);
  }
  if (!is_e164(request.to)) {
    co_return fail(ErrorCode::invalid_argument,
                   "'to' must be a phone number in E.164 form or the id of an agent with a phone "
                   "number");
  }
  Accept accepting;
  accepting.call.org_id = live->org_id;
  accepting.call.agent_id = live->agent_id;
  accepting.call.purpose = "transfer";
  accepting.call.to_address = request.to;
  accepting.call.parent_id = live->id;
  accepting.action.kind = policy::ActionKind::transfer;
  accepting.action.to_agent = to_agent;
  accepting.action.text = request.announce;
  accepting.action.message_class = request.message_class;
  accepting.action.time_zone = request.time_zone;
  // The call is at one vendor, and goes on from our number there.
  accepting.action.from = live->direction == "inbound" ? live->to_address : live->from_address;
  accepting.provider = live->provider;
  accepting.dial.live_call = live->vendor_id;
  accepting.dial.announce = request.announce;
  accepting.tool = "comms_transfer_call";
  accepting.key = std::move(request.idempotency_key);
  accepting.arguments_hash = std::move(request.arguments_hash);
  Task<Result<CallScript>> reading = script_of(live->org_id, live->id);
  Result<CallScript> script = co_await std::move(reading);
  if (!script) co_return fail(script.error());
  if (script->recorded) {  // and whoever is new will be as well
    accepting.script.recorded = true;
    accepting.script.announcement = script->announcement;  // what who is on the line was told
    accepting.script.voice = script->voice;
    accepting.script.language = script->language;
    accepting.action.record = true;
    accepting.action.third = live->direction == "inbound" ? live->from_address : live->to_address;
    accepting.action.language = script->language;
  }
  Task<Result<CallOutcome>> going = accept(std::move(accepting));
  co_return co_await std::move(going);
}

Task<Result<CallScript>> OutboundCalls::script_of(std::string org_id, std::string call_id) const {
  auto stored = co_await calls_.script(org_id, call_id);
  if (!stored) co_return fail(stored.error());
  if (!*stored) co_return CallScript();
  co_return decode_script(**stored);
}

Task<Result<CallOutcome>> OutboundCalls::accept(Accept accepting) {
  if (accepting.key.size() > 255) {
    co_return fail(ErrorCode::too_large, "'idempotencyKey' is longer than 255 characters");
  }
  store::Call& call = accepting.call;
  const bool keyed = !accepting.key.empty();
  store::IdempotencyRecord claim;
  claim.org_id = call.org_id;
  claim.agent_id = call.agent_id;
  claim.tool = keyed ? accepting.tool : std::string(messaging::content_scope);
  claim.key = accepting.key;
  claim.arguments_hash = accepting.arguments_hash;
  policy::OutboundAction action = accepting.action;
  action.org_id = call.org_id;
  action.agent_id = call.agent_id;
  action.channel = plugin::ChannelKind::voice;
  action.to = call.to_address;
  action.units = least_minutes;
  Result<policy::Admission> admission = co_await gate_.admit(std::move(action));
  if (!admission) {
    Task<Result<CallOutcome>> asking = refused(std::move(claim), admission.error());
    co_return co_await std::move(asking);
  }

  const UnixMillis now = clock_.now();
  call.id = ids_.make("call");
  call.direction = "outbound";
  call.from_address = admission->from();
  call.content_hash =
      sha256_hex(call.agent_id + '\n' + call.purpose + '\n' + call.to_address + '\n' +
                 call.parent_id + '\n' + accepting.content + '\n' + accepting.dial.announce);
  call.created_at = now;
  call.updated_at = now;
  Result<Dialler::Attempt> attempt = dialler_.choose(call, admission->owners(), accepting.provider);
  if (!attempt) co_return fail(attempt.error());
  Dialler::note_attempt(call, *attempt);

  Result<std::string> recording = add_recording(accepting, *admission, *attempt);
  if (!recording) {
    Task<Result<CallOutcome>> asking = refused(std::move(claim), recording.error());
    co_return co_await std::move(asking);
  }

  if (!keyed) claim.key = claim.arguments_hash = call.content_hash;
  claim.message_id = call.id;
  claim.created_at = now;

  policy::Spending spending;
  spending.org_id = call.org_id;
  spending.agent_id = call.agent_id;
  spending.subject = call.id;
  spending.action = spending_action(call.purpose);
  spending.item = "voice";
  spending.provider = call.provider;
  spending.to = call.to_address;
  spending.units = least_minutes;
  spending.at = now;
  spending.same_contact = policy::contact_hash(settings_.contact_key, call.to_address);
  Result<policy::Reservation> reservation = co_await spend_.reserve(std::move(spending));
  if (!reservation) {
    Task<Result<CallOutcome>> asking = refused(std::move(claim), reservation.error());
    co_return co_await std::move(asking);
  }
  reservation->add_to(*admission);

  // One unit: the claim on the key, what the rules guard, the call, and the attempt that is about
  // to be made.
  store::UnitOfWork unit;
  if (keyed) {
    store::IdempotencyRepository::add_claim(unit, claim);
  } else {
    store::IdempotencyRepository::add_claim_window(unit, claim,
                                                   now - settings_.dedupe_window.count());
  }
  admission->add_to(unit);
  store::CallRepository::add_accept(unit, call, encode_script(accepting.script));
  store::CallRepository::add_attempt(unit, attempt->record);
  if (!recording->empty()) {
    store::CallRepository::add_timeline(unit, call.org_id, call.id, {now, "recording", *recording});
  }
  if (!call.parent_id.empty()) {
    store::CallRepository::add_timeline(unit, call.org_id, call.parent_id,
                                        {now, "transferring", "as " + call.id});
    if (!accepting.told_first.empty()) {
      store::CallRepository::add_timeline(unit, call.org_id, call.parent_id,
                                          {now, "recording", accepting.told_first});
    }
  }
  in_flight_.enter(call.id);
  crash_point("call.before_accept");
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  crash_point("call.after_accept");
  bool committed = saved && saved->committed;
  if (!saved && saved.error().code == ErrorCode::ambiguous) {
    Task<bool> looking = was_saved(call.org_id, call.id);
    committed = co_await std::move(looking);
  }
  if (!committed) {
    in_flight_.forget(call.id);
    if (!saved) co_return fail(saved.error());
    if (saved->failed_step == 0) {
      Task<Result<CallOutcome>> asking = answer_twin(std::move(claim));
      co_return co_await std::move(asking);
    }
    std::optional<Error> refusal = co_await gate_.refusal(*admission, saved->failed_step);
    if (refusal) {
      Task<Error> explaining = spend_.explain(*reservation, std::move(*refusal));
      co_return fail(co_await std::move(explaining));
    }
    co_return fail(ErrorCode::conflict,
                   "the agent changed while the call was being accepted; try again");
  }

  Task<void> noting = spend_.note(std::move(*reservation));
  co_await std::move(noting);
  CallOutcome outcome;
  outcome.call = call;
  const std::string id = call.id;
  dialler_.start(std::move(call), std::move(accepting.dial), std::move(*attempt));
  auto settled = co_await in_flight_.wait(id, std::chrono::minutes(5));
  if (settled) {
    outcome.call = std::move(*settled);
    co_return outcome;
  }
  auto stored = co_await calls_.find(outcome.call.org_id, id);
  if (stored && *stored) outcome.call = std::move(**stored);
  co_return outcome;
}

Result<std::string> OutboundCalls::add_recording(Accept& accepting,
                                                 const policy::Admission& admission,
                                                 const Dialler::Attempt& attempt) const {
  Dial& dial = accepting.dial;
  CallScript& script = accepting.script;
  const bool transferred = !dial.live_call.empty();  // and recorded, or not, from its start
  const bool joined = transferred || !script.dial.empty();
  const bool asked = transferred ? script.recorded : dial.record;
  const bool routed =
      !transferred && messaging::has_route(admission.routes(), messaging::route::call_recording);
  if (!asked && !routed) return std::string();
  const std::string& provider = attempt.record.provider;
  if (!asked && !attempt.provider->records_calls()) {
    return "not recorded: the provider '" + provider + "' records no call from its start";
  }
  const policy::Announcement& announcement = admission.recording();
  const std::string rule =
      announcement.rule.id.empty() ? "" : " (rule " + announcement.rule.id + ")";
  const std::string& words =
      announcement.text.empty() ? settings_.recording_text : announcement.text;
  const bool tells = joined && !words.empty() && attempt.provider->asks_callee_url();
  if (announcement.needed && words.empty()) {
    if (asked) return no_words(announcement.rule, rule);
    return "not recorded: there is no announcement to be said before" + rule;
  }
  if (announcement.needed && joined && !tells) {
    if (asked) return no_way_to_tell(announcement.rule, rule, provider);
    return "not recorded: the provider '" + provider +
           "' cannot tell whoever the call is put through to" + rule;
  }
  // Whoever is on the line is joined to somebody whose rules count for both.
  if (transferred && announcement.needed && script.announcement.empty()) {
    dial.announce = dial.announce.empty() ? words : words + ' ' + dial.announce;
    accepting.told_first = "announced before the transfer" + rule;
  }
  dial.record = !transferred;
  script.recorded = true;
  script.announcement = transferred && !tells ? std::string() : words;
  if (tells) dial.callee_url = script.callee_url = dialler_.callee_url(accepting.call, attempt);
  std::string line = transferred ? "goes on" : asked ? "asked for" : "by the agent's route";
  if (transferred ? tells : !words.empty()) line += ", announced" + rule;
  return line;
}

Task<Result<CallOutcome>> OutboundCalls::refused(store::IdempotencyRecord claim,
                                                 Error refusal) const {
  // A repeat asks what became of the first, which had been allowed.
  if (!claim.key.empty()) {
    auto first = co_await idempotency_.find(claim.org_id, claim.agent_id, claim.tool, claim.key);
    if (first && *first) {
      Task<Result<CallOutcome>> asking = answer_twin(std::move(claim));
      co_return co_await std::move(asking);
    }
  }
  co_return fail(std::move(refusal));
}

Task<bool> OutboundCalls::was_saved(std::string org_id, std::string call_id) const {
  for (int tries = 0; tries < 5; ++tries) {
    co_await sleep_for(std::chrono::milliseconds(200 << tries));
    auto stored = co_await calls_.find(org_id, call_id);
    if (stored) co_return stored->has_value();
  }
  // What was saved all the same is found as a forgotten attempt.
  co_return false;
}

Task<Result<CallOutcome>> OutboundCalls::answer_twin(store::IdempotencyRecord claim) const {
  auto first = co_await idempotency_.find(claim.org_id, claim.agent_id, claim.tool, claim.key);
  if (!first) co_return fail(first.error());
  if (!*first) {
    co_return fail(ErrorCode::in_progress, "an identical request has just ended; try again");
  }
  if ((*first)->arguments_hash != claim.arguments_hash) {
    co_return fail(ErrorCode::idempotency_mismatch,
                   "this idempotencyKey was used before with other arguments; use a new key for a "
                   "new call");
  }
  const std::string call_id = (*first)->message_id;
  CallOutcome outcome;
  outcome.deduplicated = true;
  auto settled = co_await in_flight_.wait(call_id, settings_.twin_wait);
  if (settled) {
    outcome.call = std::move(*settled);
    co_return outcome;
  }
  auto stored = co_await calls_.find(claim.org_id, call_id);
  if (!stored) co_return fail(stored.error());
  if (!*stored) {
    co_return fail(ErrorCode::in_progress, "an identical request is being taken; try again");
  }
  outcome.call = std::move(**stored);
  co_return outcome;
}

Task<Result<std::string>> OutboundCalls::number_of(std::string org_id, std::string agent_id) const {
  auto own = co_await channels_.find(org_id, agent_id, "voice");
  if (!own) co_return fail(own.error());
  if (!*own || (*own)->status != "active") {
    co_return fail(ErrorCode::not_found,
                   "there is no agent '" + agent_id + "' with a phone number in this organization");
  }
  if ((*own)->provider == store::pooled_provider) {
    co_return fail(ErrorCode::rejected,
                   "the agent '" + agent_id +
                       "' has no number of its own that could be called; name a number");
  }
  co_return (*own)->address;
}

Task<Result<store::Call>> OutboundCalls::find(std::string org_id, std::string agent_id,
                                              std::string call_id) const {
  auto call = co_await calls_.find(org_id, call_id);
  if (!call) co_return fail(call.error());
  if (!*call && !agent_id.empty()) {
    call = co_await calls_.find_of_agent(org_id, agent_id, call_id);
    if (!call) co_return fail(call.error());
  }
  if (!*call || (!agent_id.empty() && (*call)->agent_id != agent_id)) {
    co_return fail(ErrorCode::not_found, "there is no call '" + call_id + "' here");
  }
  co_return std::move(**call);
}

Task<Result<store::Call>> OutboundCalls::hang_up(std::string org_id, std::string agent_id,
                                                 std::string call_id) {
  Task<Result<store::Call>> finding = find(org_id, agent_id, call_id);
  Result<store::Call> call = co_await std::move(finding);
  if (!call) co_return fail(call.error());
  const auto state = parse_call_state(call->state);
  if (state && is_over(*state)) co_return call;
  if (call->vendor_id.empty()) {
    co_return fail(ErrorCode::conflict, "the vendor has not told its id of this call (status: " +
                                            call->state + "); look again in a moment");
  }
  Task<Result<void>> ending = dialler_.end(*call);
  Result<void> ended = co_await std::move(ending);
  if (!ended) co_return fail(ended.error());
  // How it ended, and what it cost, the vendor's callback says.
  auto after = co_await calls_.find(call->org_id, call->id);
  if (after && *after) co_return std::move(**after);
  co_return call;
}

}  // namespace commsd::voice
