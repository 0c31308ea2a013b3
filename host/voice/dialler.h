#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/gate.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "messaging/circuit_breaker.h"
#include "messaging/in_flight.h"
#include "messaging/lost_answers.h"
#include "plugin/providers.h"
#include "policy/sender.h"
#include "store/call_repository.h"
#include "store/store.h"
#include "voice/call_script.h"

namespace commsd::messaging {
class BodyStorage;
}

namespace commsd::voice {

using CallsInFlight = messaging::InFlightOf<store::Call>;

struct DiallerSettings {
  std::string public_url;  // without a slash at the end
  std::chrono::milliseconds vendor_limit{20'000};
  std::chrono::milliseconds longest_call{30 * 60'000};
  const messaging::BodyStorage* bodies = nullptr;  // null: no script stays after its call
  std::string worker = "worker";
};

/// How calls of a purpose are counted: voice_call, voice_message, voice_transfer or bridge_call.
std::string_view spending_action(std::string_view purpose);
/// Puts what a call costs in the place of what was reserved for it; 0 and "" when it cost nothing.
void add_settlement(store::UnitOfWork& unit, const store::Call& call, std::int64_t micros,
                    std::string_view currency, UnixMillis now);

/// What is to be dialled besides what the call's row says.
struct Dial {
  bool record = false;
  bool detect_machine = false;
  std::string live_call;  // a transfer: the vendor's id of the call that is put through
  std::string announce;   // a transfer: what is said to the one who is put through
  /// Asked when the one they are put through to answers, who must hear something before they are
  /// joined: only by a provider that asks it (TelephonyProvider::asks_callee_url). "" = nothing.
  std::string callee_url;
};

/// Places calls, by the rules of messaging::Delivery: the attempt is durable before the first byte
/// goes out; another provider is asked only when an outcome proves that nobody took the call; an
/// ambiguous one is looked up and, when that does not settle it, unknown for good. Unlike messages,
/// calls are never tried again later: a phone that rings when nobody expects it any more helps
/// nobody, and the caller knows at once that it did not ring. [any executor]
class Dialler {
 public:
  Dialler(store::Store& store, plugin::Providers& providers, messaging::CircuitBreaker& breaker,
          CallsInFlight& in_flight, const Clock& clock, const Ids& ids, DiallerSettings settings)
      : store_(store),
        calls_(store),
        providers_(providers),
        breaker_(breaker),
        in_flight_(in_flight),
        clock_(clock),
        ids_(ids),
        settings_(std::move(settings)),
        begun_(clock.now()),
        lost_answers_(clock) {}

  using Telephony = std::shared_ptr<plugin::TelephonyProvider>;
  struct Attempt {
    Telephony provider;
    store::CallAttempt record;
    std::string owners;  // who may be asked next (policy::Sender::owners)
  };
  /// The provider of the first attempt, among those that may call from its number; of a transfer
  /// that which has the call. unavailable: the slot has none, or every circuit is open.
  Result<Attempt> choose(const store::Call& call, std::string owners,
                         const std::string& provider = {}) const;
  /// Where a provider asks what is to be said to whoever the call is put through to
  /// (CallWebhook::Wants::callee): callee_url_for makes it that provider's.
  std::string callee_url(const store::Call& call, const Attempt& attempt) const;
  /// Makes the call one whose attempt is under way, before it is stored for the first time.
  static void note_attempt(store::Call& call, const Attempt& attempt);

  /// Carries out an attempt that is durable, on the current executor, with nobody waiting; tells
  /// those who wait in CallsInFlight.
  void start(store::Call call, Dial dial, Attempt attempt);

  /// Ends a live call at its vendor, noted in its timeline before.
  Task<Result<void>> end(store::Call call) const;

  /// As in Delivery.
  Task<Result<std::vector<store::CallAttempt>>> interrupted() const;
  Task<Result<std::vector<store::CallAttempt>>> forgotten(std::int64_t limit) const;
  Task<void> recover(store::CallAttempt attempt);

  /// Asks vendors for the cost of calls that are over, at most `limit`; a price is known minutes
  /// after a call, or never.
  Task<Result<void>> fetch_costs(std::int64_t limit) const;

  /// Tells of a call that has changed.
  void on_change(std::function<void(const store::Call&)> listener) {
    on_change_ = std::move(listener);
  }
  void report(const store::Call& call) const {
    if (on_change_) on_change_(call);
  }

  Task<void> close() { return gate_.close(); }

 private:
  Task<void> run(Gate::Pass pass, store::Call call, Dial dial, Attempt attempt);
  Task<Result<plugin::Receipt>> ask_vendor(const store::Call& call, const Dial& dial,
                                           const Attempt& attempt) const;
  Task<Result<plugin::Receipt>> find_lost(const store::Call& call, const Attempt& attempt,
                                          UnixMillis silent_since) const;
  /// Where the agent's call webhooks are.
  std::string hooks(const store::Call& call) const;
  /// Who is asked after `error`, or null; a provider that may not call from the number, or cannot
  /// tell what must be told, is named in the error.
  Telephony next_provider(const store::Call& call, const Dial& dial, const Attempt& attempt,
                          Error& error, const std::vector<std::string>& tried) const;
  void add_outcome(store::UnitOfWork& unit, store::Call& call, const store::CallAttempt& attempt,
                   const Result<plugin::Receipt>& receipt, bool goes_on) const;
  Task<void> fetch_cost(store::Call call) const;

  store::Store& store_;
  store::CallRepository calls_;
  plugin::Providers& providers_;
  messaging::CircuitBreaker& breaker_;
  CallsInFlight& in_flight_;
  const Clock& clock_;
  const Ids& ids_;
  DiallerSettings settings_;
  const UnixMillis begun_;
  mutable messaging::LostAnswers lost_answers_;
  std::function<void(const store::Call&)> on_change_;
  Gate gate_;
};

}  // namespace commsd::voice
