#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "messaging/inbox.h"
#include "messaging/number_routing.h"
#include "plugin/providers.h"
#include "policy/policy_gate.h"
#include "policy/spend_guard.h"
#include "store/agent_repository.h"
#include "store/bridge_repository.h"
#include "store/call_repository.h"
#include "store/store.h"
#include "voice/call_script.h"
#include "voice/dialler.h"

namespace commsd::messaging {
class BodyStorage;
}

namespace commsd::voice {

/// One call of a vendor about a phone call.
struct CallWebhook {
  /// What it expects: instructions for the call, or for whoever it is put through to before they
  /// are joined (Dialler::callee_url), or that the news are taken.
  enum class Wants { instructions, callee, acknowledgement };
  Wants wants = Wants::acknowledgement;
  std::string agent_id;   // or messaging::NumberRouting::pool_path()
  std::string reference;  // the attempt id from ?ref=, "" when there is none
  std::string call_id;    // our id from ?bridgeCallId=, "" when there is none
  std::string provider;   // of a callee: who asks, from ?provider=; "" = the URL names nobody
  plugin::WebhookRequest request;
};

struct CallEventsSettings {
  std::string public_url;
  bool answers = true;     // calls that come in; else the line is busy
  std::string greeting;    // what callers hear
  std::string disclosure;  // that a machine speaks; "" = none
  std::string language;
  const messaging::BodyStorage* bodies = nullptr;  // null: no script stays after its call
  std::string contact_key = {};                    // keys the hashes of contacts
};

/// Takes what vendors tell of calls, and tells them how calls go on. A 2xx means that everything in
/// the request is durable; a repeat has no second effect and gets the same answer. States only go
/// forward, however late and disordered the news. [any executor]
class CallEvents {
 public:
  /// `ungated`: the same providers, whoever's organization may use them: of a callee it may not be
  /// known whose call it is, and to hang up on them reaches no vendor.
  CallEvents(store::Store& store, plugin::Providers& providers, plugin::Providers& ungated,
             const policy::PolicyGate& gate, policy::SpendGuard& spend, messaging::Inbox& inbox,
             const Dialler& dialler, const Clock& clock, const Ids& ids,
             CallEventsSettings settings)
      : store_(store),
        agents_(store),
        calls_(store),
        bridges_(store),
        providers_(providers),
        ungated_(ungated),
        gate_(gate),
        spend_(spend),
        inbox_(inbox),
        dialler_(dialler),
        clock_(clock),
        ids_(ids),
        settings_(std::move(settings)),
        routing_(store, settings_.contact_key) {}

  /// not_found: no such agent or call; permission_denied: no active provider signed this;
  /// invalid_argument: signed, but not to be understood; unavailable: nothing was saved.
  Task<Result<plugin::WebhookReply>> handle(CallWebhook webhook);

 private:
  using Telephony = std::shared_ptr<plugin::TelephonyProvider>;
  using MaybeCall = std::optional<store::Call>;

  /// Who may have sent this: the one that its URL names, else any that is active.
  static std::vector<Telephony> senders(const CallWebhook& webhook, plugin::Providers& among,
                                        const plugin::Scope& scope);
  Result<Telephony> authenticate(const CallWebhook& webhook, const store::Agent& agent) const;
  Task<Result<MaybeCall>> find_call(const store::Agent& agent, const CallWebhook& webhook,
                                    std::string provider, std::string vendor_id) const;
  Task<Result<void>> take(const store::Agent& agent, const CallWebhook& webhook,
                          std::string provider, const plugin::ProviderEvent& event);
  /// A call comes in: it is saved with what it is going to hear.
  Task<Result<void>> take_call(const store::Agent& agent, std::string provider,
                               const plugin::ProviderEvent& event);
  /// With `bridge`, the second call that puts the first one through; false when it may not.
  Task<Result<bool>> take_call(const store::Agent& agent, std::string provider,
                               const plugin::ProviderEvent& event, store::Call call,
                               std::optional<store::Bridge> bridge);
  Task<Result<void>> take_status(store::Call call, std::string provider,
                                 const plugin::ProviderEvent& event);
  Task<Result<void>> take_recording(store::Call call, std::string provider,
                                    const plugin::ProviderEvent& event);
  Task<Result<plugin::WebhookReply>> instruct(const store::Agent& agent, CallWebhook webhook,
                                              Telephony provider, std::string vendor_id) const;
  /// What whoever the call is put through to hears. Whatever is amiss they are hung up on: what a
  /// vendor makes of an error is not known, and unheard nobody is to be joined to a recorded call.
  Task<Result<plugin::WebhookReply>> tell_callee(store::Agent agent, std::string reference,
                                                 Telephony provider) const;
  /// The same where it is not known whose call it is, or who can have signed this: in the words of
  /// the provider that the URL names. URLs of an older release name none, and any that asks is as
  /// good a guess as another.
  Result<plugin::WebhookReply> hang_up_callee(const CallWebhook& webhook) const;
  /// The script of the call with that attempt, which has something to say. Error: why not.
  Task<Result<CallScript>> callee_script(store::Agent agent, std::string reference,
                                         std::string provider) const;
  /// The line is busy.
  static Result<plugin::WebhookReply> reject(plugin::TelephonyProvider& provider);
  store::InboxItem item_of(const store::Call& call, std::string_view subject) const;

  store::Store& store_;
  store::AgentRepository agents_;
  store::CallRepository calls_;
  store::BridgeRepository bridges_;
  plugin::Providers& providers_;
  plugin::Providers& ungated_;
  const policy::PolicyGate& gate_;
  policy::SpendGuard& spend_;
  messaging::Inbox& inbox_;
  const Dialler& dialler_;
  const Clock& clock_;
  const Ids& ids_;
  CallEventsSettings settings_;
  messaging::NumberRouting routing_;
};

}  // namespace commsd::voice
