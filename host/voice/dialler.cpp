#include "voice/dialler.h"

#include <algorithm>
#include <array>

#include "base/crash_point.h"
#include "base/text.h"
#include "messaging/body_storage.h"
#include "messaging/content.h"
#include "messaging/open_attempts.h"
#include "messaging/outcome.h"
#include "messaging/patient_commit.h"
#include "policy/spend_guard.h"
#include "telemetry/log.h"
#include "voice/call_state.h"

namespace commsd::voice {

namespace {

using messaging::OutcomeClass;
using plugin::Receipt;
using plugin::TelephonyProvider;

/// When a price that is not known yet is asked for again, counted from one look to the next.
constexpr std::array<UnixMillis, 5> cost_waits = {15'000, 60'000, 300'000, 1'800'000, 7'200'000};

constexpr const char* channel = "voice";

std::shared_ptr<TelephonyProvider> telephony(const std::shared_ptr<plugin::MessageProvider>& one) {
  return std::dynamic_pointer_cast<TelephonyProvider>(one);
}

}  // namespace

std::string_view spending_action(std::string_view purpose) {
  if (purpose == "voice_message") return "voice_message";
  if (purpose == "transfer") return "voice_transfer";
  if (purpose == "bridge") return "bridge_call";
  return "voice_call";
}

void add_settlement(store::UnitOfWork& unit, const store::Call& call, std::int64_t micros,
                    std::string_view currency, UnixMillis now) {
  policy::SpendGuard::Settlement settlement;
  settlement.org_id = call.org_id;
  settlement.agent_id = call.agent_id;
  settlement.subject = call.id;
  settlement.action = spending_action(call.purpose);
  settlement.created_at = call.created_at;
  settlement.micros = micros;
  settlement.currency = currency;
  settlement.now = now;
  policy::SpendGuard::add_settle(unit, settlement);
}

Result<Dialler::Attempt> Dialler::choose(const store::Call& call, std::string owners,
                                         const std::string& provider) const {
  const plugin::Scope scope{call.org_id, call.agent_id};
  Attempt attempt;
  attempt.record.id = ids_.make("att");
  attempt.record.org_id = call.org_id;
  attempt.record.call_id = call.id;
  attempt.record.number = call.attempts + 1;
  attempt.record.started_at = clock_.now();
  attempt.record.worker = settings_.worker;
  attempt.owners = std::move(owners);
  if (!provider.empty()) {
    attempt.provider = providers_.named_telephony(provider, scope);
    if (!attempt.provider) {
      return fail(ErrorCode::unavailable,
                  "the provider '" + provider + "' that has this call is not configured any more");
    }
  } else {
    const auto candidates = providers_.for_channel(plugin::ChannelKind::voice, scope);
    if (candidates.empty()) {
      return fail(providers_.why_none("calls", scope));
    }
    const auto owning = policy::owners_among(candidates, attempt.owners);
    if (owning.empty()) return fail(policy::none_may_send(attempt.owners, channel));
    for (const auto& candidate : owning) {
      if (!attempt.provider && breaker_.allow(candidate->name(), channel)) {
        attempt.provider = telephony(candidate);
      }
    }
    if (!attempt.provider) {
      return fail(ErrorCode::unavailable,
                  "the telephony provider is out of service just now; try again in a minute");
    }
  }
  attempt.record.provider = attempt.provider->name();
  return attempt;
}

std::string Dialler::hooks(const store::Call& call) const {
  return settings_.public_url + "/webhooks/" + percent_encode(call.agent_id);
}

std::string Dialler::callee_url(const store::Call& call, const Attempt& attempt) const {
  return hooks(call) + "/callee-voice?ref=" + attempt.record.id;
}

void Dialler::note_attempt(store::Call& call, const Attempt& attempt) {
  call.state = to_string(CallState::attempting);
  call.state_rank = state_rank(CallState::attempting);
  call.attempts = attempt.record.number;
  call.provider = attempt.record.provider;
}

void Dialler::start(store::Call call, Dial dial, Attempt attempt) {
  std::optional<Gate::Pass> pass = gate_.enter();
  // Closed: the attempt is durable and open, and the next start finds out about it.
  if (!pass) return in_flight_.forget(call.id);
  spawn(*Executor::current(),
        run(std::move(*pass), std::move(call), std::move(dial), std::move(attempt)));
}

Task<void> Dialler::run(Gate::Pass pass, store::Call call, Dial dial, Attempt attempt) {
  const Gate::Pass inside = std::move(pass);
  std::vector<std::string> tried;
  while (true) {
    crash_point("call.before_vendor");
    Task<Result<Receipt>> asking = ask_vendor(call, dial, attempt);
    Result<Receipt> receipt = co_await std::move(asking);
    crash_point("call.after_vendor");
    const auto outcome =
        receipt ? OutcomeClass::refused : messaging::classify(receipt.error().code);
    breaker_.report(attempt.record.provider, channel,
                    outcome != OutcomeClass::failover && outcome != OutcomeClass::ambiguous);
    tried.push_back(attempt.record.provider);

    Telephony next_one;
    if (!receipt && dial.live_call.empty()) {
      next_one = next_provider(call, dial, attempt, receipt.error(), tried);
    }
    store::UnitOfWork unit;
    add_outcome(unit, call, attempt.record, receipt, next_one != nullptr);
    Attempt next;
    if (next_one) {
      next.provider = next_one;
      next.owners = attempt.owners;
      next.record = attempt.record;
      next.record.id = ids_.make("att");
      next.record.number = call.attempts + 1;
      next.record.provider = next_one->name();
      next.record.started_at = clock_.now();
      store::CallRepository::add_next_attempt(unit, next.record, call.state);
      note_attempt(call, next);
    }
    crash_point("call.before_result");
    Task<bool> saving = messaging::commit_patiently(store_, std::move(unit));
    const bool saved = co_await std::move(saving);
    lost_answers_.release(attempt.record.id);
    crash_point("call.after_result");
    if (saved) report(call);
    // Unsaved, the attempt stays open in the store and is looked up later: no second call can come
    // of it.
    if (!saved || !next_one) break;
    attempt = std::move(next);
  }
  in_flight_.leave(call);
}

Task<Result<Receipt>> Dialler::ask_vendor(const store::Call& call, const Dial& dial,
                                          const Attempt& attempt) const {
  const std::string base = hooks(call);
  // The reference in the URLs finds the call again even when the answer with the vendor's own id
  // was lost; it is covered by the vendor's signature of the URL.
  const std::string reference = "?ref=" + attempt.record.id;
  if (!dial.live_call.empty()) {
    plugin::CallTransfer transfer;
    transfer.call_id = dial.live_call;
    transfer.to = call.to_address;
    transfer.from = call.from_address;
    transfer.announce = dial.announce;
    transfer.status_url = base + "/call-status" + reference;
    transfer.callee_url = callee_url_for(dial.callee_url, attempt.provider->name());
    Result<void> done =
        co_await attempt.provider->transfer_call(std::move(transfer), settings_.vendor_limit);
    if (!done) co_return fail(done.error());
    Receipt receipt;  // the leg's own id comes with its first status
    receipt.status = "queued";
    co_return receipt;
  }
  plugin::OutboundCall out;
  out.from = call.from_address;
  out.to = call.to_address;
  out.answer_url = base + "/outbound-voice" + reference;
  out.status_url = base + "/call-status" + reference;
  out.client_reference = attempt.record.id;
  out.longest_ms = static_cast<std::uint32_t>(settings_.longest_call.count());
  out.detect_machine = dial.detect_machine;
  out.record = dial.record;
  Result<Receipt> receipt =
      co_await attempt.provider->make_call(std::move(out), settings_.vendor_limit);
  if (receipt || messaging::classify(receipt.error().code) != OutcomeClass::ambiguous) {
    co_return receipt;
  }
  Task<Result<Receipt>> finding = find_lost(call, attempt, clock_.now());
  Result<Receipt> found = co_await std::move(finding);
  if (found) co_return found;
  co_return receipt;
}

Task<Result<Receipt>> Dialler::find_lost(const store::Call& call, const Attempt& attempt,
                                         UnixMillis silent_since) const {
  if (!attempt.provider->can_look_up_calls()) {
    co_return fail(ErrorCode::unsupported, "the provider cannot look up a call");
  }
  plugin::LookUp what;
  what.client_reference = attempt.record.id;
  what.from = call.from_address;
  what.to = call.to_address;
  messaging::LostAttempt lost{attempt.record.id, call.id, attempt.record.provider,
                              attempt.record.started_at, silent_since};
  const auto look = [provider = attempt.provider,
                     limit = settings_.vendor_limit](plugin::LookUp wanted) {
    const auto ask = [](Telephony one, plugin::LookUp found,
                        std::chrono::milliseconds most) -> Task<Result<Receipt>> {
      Result<plugin::CallReport> seen = co_await one->find_call(std::move(found), most);
      if (!seen) co_return fail(seen.error());
      co_return std::move(seen->receipt);
    };
    return ask(provider, std::move(wanted), limit);
  };
  const auto owner = [this, record = attempt.record](std::string vendor_id) {
    return messaging::owner_by_vendor_id(&calls_, record.org_id, record.provider,
                                         std::move(vendor_id));
  };
  Task<Result<Receipt>> finding = lost_answers_.find(std::move(lost), std::move(what), look, owner);
  co_return co_await std::move(finding);
}

Dialler::Telephony Dialler::next_provider(const store::Call& call, const Dial& dial,
                                          const Attempt& attempt, Error& error,
                                          const std::vector<std::string>& tried) const {
  if (messaging::classify(error.code) != OutcomeClass::failover) return nullptr;
  const plugin::Scope scope{call.org_id, call.agent_id};
  std::string passed_over;
  std::string unfit;
  for (const auto& one : providers_.for_channel(plugin::ChannelKind::voice, scope)) {
    if (std::find(tried.begin(), tried.end(), one->name()) != tried.end()) continue;
    if (!policy::may_send_from(attempt.owners, one->name())) {
      passed_over = one->name();
      continue;
    }
    const Telephony next = telephony(one);
    if (next && dial.record && !next->records_calls()) {
      unfit = one->name() + "' was not asked: it records no call from its start";
      continue;
    }
    if (next && !dial.callee_url.empty() && !next->asks_callee_url()) {
      unfit = one->name() +
              "' was not asked: it cannot tell whoever the call is put through to "
              "that it is recorded";
      continue;
    }
    if (breaker_.allow(one->name(), channel)) return next;
  }
  if (!passed_over.empty()) error.message += policy::not_asked(passed_over);
  if (!unfit.empty()) error.message += " (the provider '" + unfit + ")";
  return nullptr;
}

void Dialler::add_outcome(store::UnitOfWork& unit, store::Call& call,
                          const store::CallAttempt& attempt, const Result<Receipt>& receipt,
                          bool goes_on) const {
  store::CallResult result;
  result.org_id = call.org_id;
  result.call_id = call.id;
  result.attempt_id = attempt.id;
  result.expected_state = call.state;
  result.at = clock_.now();
  CallState state = CallState::attempting;
  const bool lost =
      !receipt && messaging::classify(receipt.error().code) == OutcomeClass::ambiguous;
  messaging::note_answer(result, receipt, lost);
  if (receipt) {
    state = parse_call_state(receipt->status).value_or(CallState::queued);
  } else {
    if (!goes_on) state = lost ? CallState::unknown : CallState::failed;
    log::warn("call_attempt_failed", {{"call_id", call.id},
                                      {"attempt_id", attempt.id},
                                      {"provider", attempt.provider},
                                      {"outcome", result.outcome},
                                      {"code", result.error_code},
                                      {"vendor_code", result.vendor_code}});
  }
  result.state = to_string(state);
  result.state_rank = state_rank(state);
  if (is_over(state)) result.ended_at = result.at;
  store::CallRepository::add_result(unit, result);
  if (receipt && receipt->cost_micros) {
    add_settlement(unit, call, *receipt->cost_micros, receipt->currency, result.at);
  } else if (state == CallState::failed && !receipt) {
    add_settlement(unit, call, 0, {}, result.at);
  }
  if (is_over(state)) {
    messaging::BodyStorage::add_end(unit, settings_.bodies, call, result.at);
  }
  if (state == CallState::failed) messaging::add_content_release(unit, call);
  messaging::apply_end(call, result);
  call.ended_at = result.ended_at;
}

Task<Result<void>> Dialler::end(store::Call call) const {
  const auto provider = providers_.named_telephony(call.provider, {call.org_id, call.agent_id});
  if (!provider) {
    co_return fail(ErrorCode::unavailable, "the provider '" + call.provider +
                                               "' that has this call is not configured any more");
  }
  store::UnitOfWork unit;
  store::CallRepository::add_timeline(unit, call.org_id, call.id,
                                      {clock_.now(), "ending", "asked " + call.provider});
  Result<store::UnitOutcome> noted = co_await store_.commit(std::move(unit));
  if (!noted) co_return fail(noted.error());
  Result<void> ended = co_await provider->end_call(call.vendor_id, settings_.vendor_limit);
  co_return ended;
}

Task<Result<std::vector<store::CallAttempt>>> Dialler::interrupted() const {
  return messaging::interrupted_attempts<store::CallAttempt>(calls_, settings_.worker);
}

Task<Result<std::vector<store::CallAttempt>>> Dialler::forgotten(std::int64_t limit) const {
  return messaging::forgotten_attempts<store::CallAttempt>(calls_, limit, clock_.now(),
                                                           settings_.vendor_limit);
}

Task<void> Dialler::recover(store::CallAttempt attempt) {
  // So that no two find out about one attempt, and who asks for its twin waits for what is found.
  if (!in_flight_.enter(attempt.call_id)) co_return;
  auto found_call = co_await calls_.find(attempt.org_id, attempt.call_id);
  if (!found_call || !*found_call) {
    in_flight_.forget(attempt.call_id);
    co_return;
  }
  store::Call call = std::move(**found_call);
  Attempt open;
  open.record = attempt;
  open.provider = providers_.named_telephony(attempt.provider, {attempt.org_id, call.agent_id});
  Result<Receipt> receipt =
      fail(ErrorCode::ambiguous, "the server stopped while the provider was being asked");
  receipt.error().remedy = "look for the call at the provider before you place it again";
  // A report came before us: the vendor took it, and what the report said stands.
  const bool reported = call.state_rank > state_rank(CallState::attempting);
  call.state = to_string(CallState::attempting);
  if (reported) {
    Receipt known;
    known.vendor_id = call.vendor_id;
    receipt = std::move(known);
  } else if (open.provider && call.purpose != "transfer") {
    const UnixMillis silent_since =
        std::min<UnixMillis>(begun_, attempt.started_at + settings_.vendor_limit.count());
    Task<Result<Receipt>> finding = find_lost(call, open, silent_since);
    Result<Receipt> found = co_await std::move(finding);
    if (found) receipt = std::move(found);
  }
  store::UnitOfWork unit;
  add_outcome(unit, call, attempt, receipt, false);
  Task<bool> saving = messaging::commit_patiently(store_, std::move(unit));
  const bool saved = co_await std::move(saving);
  lost_answers_.release(attempt.id);
  if (saved && !reported) {
    report(call);
    in_flight_.leave(call);
  } else {
    in_flight_.forget(attempt.call_id);  // who waits reads the store
  }
}

Task<Result<void>> Dialler::fetch_costs(std::int64_t limit) const {
  Result<std::vector<store::Call>> due = co_await calls_.cost_due(clock_.now(), limit);
  if (!due) co_return fail(due.error());
  for (store::Call& call : *due) {
    Task<void> fetching = fetch_cost(std::move(call));
    co_await std::move(fetching);
  }
  co_return Result<void>();
}

Task<void> Dialler::fetch_cost(store::Call call) const {
  const auto looks = static_cast<std::size_t>(std::max<std::int64_t>(call.cost_looks, 0));
  std::optional<UnixMillis> next_at;
  if (looks < cost_waits.size()) next_at = clock_.now() + cost_waits[looks];
  store::UnitOfWork unit;
  store::CallRepository::add_take_cost_look(unit, call, next_at);
  Result<store::UnitOutcome> taken = co_await store_.commit(std::move(unit));
  if (!taken || !taken->committed) co_return;
  const auto provider = providers_.named_telephony(call.provider, {call.org_id, call.agent_id});
  if (!provider || !provider->can_look_up_calls() || call.vendor_id.empty()) co_return;
  plugin::LookUp what;
  what.vendor_id = call.vendor_id;
  Result<plugin::CallReport> seen =
      co_await provider->find_call(std::move(what), settings_.vendor_limit);
  if (!seen || !seen->receipt.cost_micros) co_return;
  store::UnitOfWork cost;
  store::CallRepository::add_cost(cost, call, *seen->receipt.cost_micros, seen->receipt.currency,
                                  seen->duration_ms, clock_.now());
  add_settlement(cost, call, *seen->receipt.cost_micros, seen->receipt.currency, clock_.now());
  Task<bool> saving = messaging::commit_patiently(store_, std::move(cost));
  if (co_await std::move(saving)) report(call);
}

}  // namespace commsd::voice
