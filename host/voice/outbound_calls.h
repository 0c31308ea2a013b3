#pragma once

#include <chrono>
#include <string>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "policy/policy_gate.h"
#include "policy/spend_guard.h"
#include "store/channel_repository.h"
#include "store/idempotency_repository.h"
#include "store/store.h"
#include "voice/dialler.h"

namespace commsd::voice {

struct CallRequest {
  std::string org_id;
  std::string agent_id;
  std::string tool;  // the scope of the idempotency key
  std::string purpose = "conversation";
  std::string to;  // E.164
  CallScript script;
  Dial dial;
  policy::MessageClass message_class = policy::MessageClass::marketing;
  std::string time_zone;        // of the recipient, as the caller knows it; "" = from the number
  std::string idempotency_key;  // "" = none; then the same call is deduplicated
  std::string arguments_hash;   // SHA-256 hex of the canonical arguments
  std::string bridge_id;
};

struct CallOutcome {
  store::Call call;
  bool deduplicated = false;  // the answer is that of an earlier, identical request
};

struct TransferRequest {
  std::string org_id;
  std::string agent_id;
  std::string call_id;   // ours, or the vendor's
  std::string to;        // E.164, or the id of an agent in the organization
  std::string announce;  // said to the one who is put through
  policy::MessageClass message_class = policy::MessageClass::marketing;
  std::string time_zone;
  std::string idempotency_key;
  std::string arguments_hash;
};

struct OutboundCallsSettings {
  std::chrono::milliseconds dedupe_window{60'000};
  std::chrono::milliseconds twin_wait{25'000};
  std::int64_t most_words = 4'096;  // bytes of what is said
  std::string contact_key;          // keys the hashes of contacts
  /// Said before a call is recorded where no rule of a country words it; "" = nothing.
  std::string recording_text = {};
};

/// Takes calls from agents: checks, one durable accept, then the Dialler. Idempotency as in
/// messaging::OutboundPipeline. [any executor]
class OutboundCalls {
 public:
  OutboundCalls(store::Store& store, const policy::PolicyGate& gate, policy::SpendGuard& spend,
                Dialler& dialler, CallsInFlight& in_flight, const Clock& clock, const Ids& ids,
                OutboundCallsSettings settings)
      : store_(store),
        gate_(gate),
        spend_(spend),
        calls_(store),
        idempotency_(store),
        channels_(store),
        dialler_(dialler),
        in_flight_(in_flight),
        clock_(clock),
        ids_(ids),
        settings_(std::move(settings)) {}

  /// invalid_argument, too_large: the request; not_found: no such agent; rejected, rate_limited:
  /// what PolicyGate and SpendGuard refuse; idempotency_mismatch; unavailable: no provider, or
  /// nothing could be saved. A call that the vendor refused is an outcome: its state is failed.
  Task<Result<CallOutcome>> place(CallRequest request);

  /// Adds the disclosure that a law wants said and the script leaves out; place() does it too. What
  /// is spoken into a file must have it before. What is said of a recording place() adds itself.
  void add_duties(CallRequest& request) const;

  /// What an earlier request under the same key was answered with, for who has to pay for making
  /// the words; nothing when there was none, or there is no key.
  Task<Result<std::optional<CallOutcome>>> find_earlier(const CallRequest& request) const;

  /// Whether the rules would let this call, or the same words on another channel, through now.
  Task<Result<void>> check(CallRequest request, plugin::ChannelKind channel) const;

  /// Puts a live call through to somebody else. The outcome is the new leg, a call of its own.
  /// not_found: the agent has no such call; conflict: it is not under way; rejected: also when it
  /// is recorded, a rule wants that said to whoever is new, and the provider cannot say it.
  Task<Result<CallOutcome>> transfer(TransferRequest request);

  /// Ends a call that is under way; one that is over already is a success.
  Task<Result<store::Call>> hang_up(std::string org_id, std::string agent_id, std::string call_id);

  /// By our id or the vendor's. not_found when it is not this agent's; agent_id "" takes any of the
  /// organization.
  Task<Result<store::Call>> find(std::string org_id, std::string agent_id,
                                 std::string call_id) const;

 private:
  struct Accept;  // what the two ways of placing a call have in common

  Task<Result<CallOutcome>> accept(Accept accepting);
  /// Has the call recorded where it is asked for or the agent's route wants it, with what must be
  /// said before, also to whoever it is put through to; the same for a call that is recorded and
  /// goes on with somebody else. rejected: nothing to say, or no way to say it, where a rule wants
  /// it said; a route then records nothing. Returns the line about it for the timeline; "" = none.
  Result<std::string> add_recording(Accept& accepting, const policy::Admission& admission,
                                    const Dialler::Attempt& attempt) const;
  /// Of a live call; an empty one when it has none.
  Task<Result<CallScript>> script_of(std::string org_id, std::string call_id) const;
  Task<Result<CallOutcome>> answer_twin(store::IdempotencyRecord claim) const;
  /// What an earlier request under the same key was answered with, else the refusal.
  Task<Result<CallOutcome>> refused(store::IdempotencyRecord claim, Error refusal) const;
  Task<bool> was_saved(std::string org_id, std::string call_id) const;
  Task<Result<std::string>> number_of(std::string org_id, std::string agent_id) const;

  store::Store& store_;
  const policy::PolicyGate& gate_;
  policy::SpendGuard& spend_;
  store::CallRepository calls_;
  store::IdempotencyRepository idempotency_;
  store::ChannelRepository channels_;
  Dialler& dialler_;
  CallsInFlight& in_flight_;
  const Clock& clock_;
  const Ids& ids_;
  OutboundCallsSettings settings_;
};

}  // namespace commsd::voice
