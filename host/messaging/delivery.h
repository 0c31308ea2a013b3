#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/gate.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "messaging/change_listener.h"
#include "messaging/circuit_breaker.h"
#include "messaging/in_flight.h"
#include "messaging/lost_answers.h"
#include "plugin/providers.h"
#include "policy/policy_gate.h"
#include "policy/vendor_blocks.h"
#include "store/message_repository.h"
#include "store/records.h"
#include "store/store.h"

namespace commsd::messaging {

class BodyStorage;
class Inbox;

struct DeliverySettings {
  std::string public_url;  // without a slash at the end; status callbacks come back below it
  std::chrono::milliseconds vendor_limit{20'000};  // for one try, whatever the vendor does
  std::int64_t most_attempts = 5;
  std::chrono::milliseconds retry_first{2'000};  // doubles after each attempt
  std::chrono::milliseconds retry_longest{300'000};
  const BodyStorage* bodies = nullptr;  // null: nothing stays once it was delivered
  std::string worker = "worker";  // names this process among those on one database, across restarts
  /// Channels on which a message is sent again when nobody can say whether the vendor took it: an
  /// administrator's choice of twice over never. Voice cannot be in it.
  std::vector<plugin::ChannelKind> resend_ambiguous;
  policy::VendorBlocks vendor_blocks;  // refusals that are written into the suppression list
  std::string contact_key;             // keys the hashes of contacts there
};

/// Takes an accepted message to a vendor: attempts, fail-over, retries and the search for lost
/// answers. The rules, in one place:
///   - an attempt is durable before the first byte goes out;
///   - a message goes to another provider, or out again, only when an outcome proves that nobody
///     took it (see OutcomeClass), or under the same idempotency key at a vendor that honours it;
///   - an ambiguous outcome is looked up at the vendor; what cannot be found out is `unknown`,
///     shown, and never sent again on its own;
///   - before every further attempt the rules are asked again, as they are then, and guard it.
/// [any executor]
class Delivery {
 public:
  Delivery(store::Store& store, plugin::Providers& providers, const policy::PolicyGate& rules,
           CircuitBreaker& breaker, InFlight& in_flight, const Clock& clock, const Ids& ids,
           DeliverySettings settings)
      : store_(store),
        messages_(store),
        providers_(providers),
        rules_(rules),
        breaker_(breaker),
        in_flight_(in_flight),
        clock_(clock),
        ids_(ids),
        settings_(std::move(settings)),
        begun_(clock.now()),
        lost_answers_(clock) {}

  /// Set once, before the first call; outlives this.
  void set_listener(ChangeListener* listener) { listener_ = listener; }
  /// Who waits for an agent's items is woken by its dead letters too. As above.
  void set_inbox(Inbox* inbox) { inbox_ = inbox; }

  /// An attempt that is chosen but not yet stored.
  struct Attempt {
    std::shared_ptr<plugin::MessageProvider> provider;  // null: every circuit is open
    store::Attempt record;
    std::string owners;  // who may be asked next (policy::Sender::owners)
  };
  /// Picks the provider of the message's next attempt, among those that may send from its address.
  /// unavailable when the channel has none.
  Result<Attempt> choose(const store::Message& message, std::string owners) const;
  /// Makes `message` one whose attempt is under way, before it is stored for the first time.
  void note_attempt(store::Message& message, const Attempt& attempt) const;
  /// The same for a message that is stored: adds the attempt to the unit that makes it durable.
  void add_attempt(store::UnitOfWork& unit, store::Message& message, const Attempt& attempt) const;

  /// Carries out an attempt that is durable, and what follows from it, until the message is
  /// settled or waits for a retry; on the current executor, with nobody waiting, because a caller
  /// who goes away must not leave an attempt half done. Tells those who wait in InFlight. What
  /// goes wrong is in the message.
  void start(store::Message message, plugin::OutboundMessage content, Attempt attempt);

  /// Attempts that the last process of this worker left open, read before new ones are made. Those
  /// of other workers are under way, or will be found as forgotten.
  Task<Result<std::vector<store::Attempt>>> interrupted() const;
  /// Attempts that are older than any that is under way can be, the oldest first: their result
  /// could not be saved, or the worker that made them is gone. Without this they would be open
  /// until the next start.
  Task<Result<std::vector<store::Attempt>>> forgotten(std::int64_t limit) const;
  /// Finds out how an interrupted or forgotten attempt ended. Nothing when its message is in flight
  /// here, or when the store fails: then the attempt is found again.
  Task<void> recover(store::Attempt attempt);

  /// Begins the first or next attempt of a message that is stored and waits, under the guards of
  /// `leave`; a first one with its `started_at`. With every circuit open the message goes on
  /// waiting, and for a day with no provider that may be asked. Nothing happens on an error: the
  /// refusal of the guard that failed; conflict: another worker was faster; else those of
  /// Store::commit.
  Task<Result<void>> begin(store::Message message, plugin::OutboundMessage content,
                           Result<Attempt> attempt, policy::Admission leave);
  /// For what waits and the rules do not let out now: it ends and says which rule it was, or waits
  /// for the moment they name. An error of no rule is the store's, and changes nothing.
  Task<void> hold_back(store::Message message, Error refusal) const;

  /// Starts what is due for a retry, at most `limit` messages; returns how many were due.
  Task<Result<std::size_t>> run_due(std::int64_t limit);

  /// Starts nothing more and returns when the attempts under way have ended.
  Task<void> close() { return gate_.close(); }

 private:
  struct Step;  // what to do after an attempt

  plugin::OutboundMessage prepare(const plugin::OutboundMessage& content,
                                  const store::Message& message,
                                  const store::Attempt& attempt) const;
  Task<Result<plugin::Receipt>> ask_vendor(plugin::MessageProvider& provider,
                                           plugin::OutboundMessage content,
                                           const store::Attempt& attempt) const;
  Task<Result<plugin::Receipt>> find_lost(plugin::MessageProvider& provider,
                                          const plugin::OutboundMessage& content,
                                          const store::Attempt& attempt,
                                          UnixMillis silent_since) const;
  bool may_ask_again(const store::Message& message, const Attempt& attempt, UnixMillis now) const;
  Step decide(const store::Message& message, const Attempt& attempt,
              const Result<plugin::Receipt>& receipt, const std::vector<std::string>& tried) const;
  /// `content` is null when it is gone.
  void add_outcome(store::UnitOfWork& unit, store::Message& message, const store::Attempt& attempt,
                   const plugin::OutboundMessage* content, const Result<plugin::Receipt>& receipt,
                   const Step& step) const;
  /// No attempt now: the next scan for due messages takes it up, rules first.
  void wait_instead(Step& step) const;
  UnixMillis wait_after(std::int64_t attempts) const;
  void report(const store::Message& message) const;
  /// Why a waiting message must not be sent again; empty when it may be.
  std::string reason_to_give_up(const store::Message& message, bool has_content,
                                const Result<Attempt>& attempt) const;
  Task<void> give_up(store::Message message, Error why) const;
  Task<void> retry(store::Message message);
  Task<void> run(Gate::Pass pass, store::Message message, plugin::OutboundMessage content,
                 Attempt attempt);

  store::Store& store_;
  store::MessageRepository messages_;
  plugin::Providers& providers_;
  const policy::PolicyGate& rules_;
  CircuitBreaker& breaker_;
  InFlight& in_flight_;
  const Clock& clock_;
  const Ids& ids_;
  DeliverySettings settings_;
  const UnixMillis begun_;
  mutable LostAnswers lost_answers_;
  ChangeListener* listener_ = nullptr;
  Inbox* inbox_ = nullptr;
  Gate gate_;
};

}  // namespace commsd::messaging
