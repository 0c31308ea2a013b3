#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "plugin/call_types.h"
#include "plugin/provider_types.h"

// The typed facades mission code talks to. A pointer to one holds its generation alive: whoever
// began an operation ends it on the same code and configuration, whatever is swapped meanwhile.
//
// Every operation is [any executor], suspends, and returns within its time limit. Errors carry
// the class the vendor's answer was mapped to (see ErrorCode): rejected, invalid_argument,
// not_found, permission_denied and unauthenticated are definite refusals; unavailable means
// nothing was accepted; rate_limited carries retry_after; ambiguous means it may have been.

namespace commsd::plugin {

class SttProvider;
class TtsProvider;
class VoiceProvider;
class WhatsappProvider;

/// A provider that carries messages on one channel.
class MessageProvider {
 public:
  virtual ~MessageProvider() = default;

  /// The provider's name in configuration, e.g. the value of `use:`.
  virtual const std::string& name() const = 0;
  /// True when nothing it takes leaves the machine (manifest status "sandbox").
  virtual bool is_sandbox() const = 0;
  /// True when the vendor drops a repeated idempotency key, so a lost answer may be asked again.
  virtual bool has_idempotency_key() const = 0;
  /// True when find() can tell whether a lost message was taken.
  virtual bool can_look_up() const = 0;

  virtual Task<Result<Receipt>> send(OutboundMessage message, std::chrono::milliseconds limit) = 0;
  /// not_found: the vendor knows of no such message. unsupported: it cannot tell.
  virtual Task<Result<Receipt>> find(LookUp what, std::chrono::milliseconds limit) = 0;
  /// The whole of an inbound message whose webhook had only metadata. Without an event: it was a
  /// handshake of the vendor's, which is done now.
  virtual Task<Result<std::optional<ProviderEvent>>> fetch_inbound(
      std::string vendor_id, std::chrono::milliseconds limit) = 0;

  /// Whether media need the vendor's credentials; else their URLs are open to everybody who has
  /// them.
  virtual bool can_fetch_media() const { return false; }
  /// What a MediaReference points to, which only the vendor's credentials open. rejected: over
  /// 64 MiB.
  virtual Task<Result<FetchedMedia>> fetch_media(std::string url,
                                                 std::chrono::milliseconds limit) = 0;

  /// Pure and quick, on the calling thread. permission_denied: not from the vendor.
  virtual Result<void> verify_webhook(const WebhookRequest& request) = 0;
  virtual Result<std::vector<ProviderEvent>> parse_webhook(const WebhookRequest& request) = 0;
  /// What the vendor wants to hear once everything was stored.
  virtual WebhookReply webhook_reply(const WebhookRequest& request, EventKind kind) = 0;
};

class TelephonyProvider : public MessageProvider {
 public:
  virtual Task<Result<BoughtNumber>> buy_number(NumberQuery query,
                                                std::chrono::milliseconds limit) = 0;
  virtual Task<Result<void>> configure_number(BoughtNumber number, NumberRoutes routes,
                                              std::chrono::milliseconds limit) = 0;
  virtual Task<Result<void>> release_number(BoughtNumber number,
                                            std::chrono::milliseconds limit) = 0;
  /// The number that was bought under this reference. not_found: certainly none. unsupported: the
  /// vendor cannot tell.
  virtual Task<Result<BoughtNumber>> find_number(std::string client_reference,
                                                 std::chrono::milliseconds limit) {
    static_cast<void>(client_reference);
    static_cast<void>(limit);
    co_return fail(ErrorCode::unsupported, "the provider '" + name() + "' cannot look up numbers");
  }
  /// Whether the next three can be asked for at all.
  virtual bool has_accounts() const { return false; }
  virtual Task<Result<VendorAccount>> create_account(AccountRequest request,
                                                     std::chrono::milliseconds limit) {
    static_cast<void>(request);
    static_cast<void>(limit);
    co_return fail(ErrorCode::unsupported, "the provider '" + name() + "' has no sub-accounts");
  }
  /// not_found: certainly none was made for this request.
  virtual Task<Result<VendorAccount>> find_account(AccountRequest request,
                                                   std::chrono::milliseconds limit) {
    static_cast<void>(request);
    static_cast<void>(limit);
    co_return fail(ErrorCode::unsupported, "the provider '" + name() + "' has no sub-accounts");
  }
  virtual Task<Result<void>> close_account(std::string vendor_id, std::chrono::milliseconds limit) {
    static_cast<void>(vendor_id);
    static_cast<void>(limit);
    co_return fail(ErrorCode::unsupported, "the provider '" + name() + "' has no sub-accounts");
  }

  virtual Task<Result<Receipt>> make_call(OutboundCall call, std::chrono::milliseconds limit) = 0;
  /// Whether make_call() can have a call recorded from its start; else it may answer unsupported.
  virtual bool records_calls() const { return false; }
  /// Whether `callee_url` of a transfer and of a dial verb is asked, with a request that is signed
  /// like any webhook, when the one who was dialled answers: what it says is said to them alone,
  /// and only then are the two joined, or not at all when it hangs up. Else `callee_url` must be
  /// empty.
  virtual bool asks_callee_url() const { return false; }
  /// not_found: the call is over.
  virtual Task<Result<void>> transfer_call(CallTransfer transfer,
                                           std::chrono::milliseconds limit) = 0;
  virtual Task<Result<void>> end_call(std::string vendor_id, std::chrono::milliseconds limit) = 0;

  /// True when find_call() can tell what became of a call.
  virtual bool can_look_up_calls() const = 0;
  /// By the vendor's id, else as find() does. not_found: there is no such call. unsupported: it
  /// cannot tell, or several fit.
  virtual Task<Result<CallReport>> find_call(LookUp what, std::chrono::milliseconds limit) = 0;

  /// What a vendor that asks how a call goes on is answered. Pure and quick, on the calling
  /// thread. unsupported: a verb this vendor has no word for.
  virtual Result<CallInstructions> render(const std::vector<CallVerb>& verbs) = 0;
};

class EmailProvider : public MessageProvider {
 public:
  virtual Task<Result<DomainState>> verify_domain(std::string domain,
                                                  std::chrono::milliseconds limit) = 0;
};

/// For whom a provider is wanted: overrides of the agent win over the organization's, those over
/// the configuration file's.
struct Scope {
  std::string org_id;
  std::string agent_id;
};

/// The providers in force. [any thread]
class Providers {
 public:
  virtual ~Providers() = default;

  /// The active provider of a channel and then its fallbacks, in order; empty when the slot has
  /// none. `voice` yields telephony.
  virtual std::vector<std::shared_ptr<MessageProvider>> for_channel(ChannelKind channel,
                                                                    const Scope& scope) = 0;
  /// A provider by name, active or not any more, as long as it is configured; else null.
  virtual std::shared_ptr<MessageProvider> named(ChannelKind channel, std::string_view name,
                                                 const Scope& scope) = 0;
  /// The same, as what makes calls and buys numbers, and as what has senders and templates.
  std::shared_ptr<TelephonyProvider> named_telephony(std::string_view name, const Scope& scope);
  std::shared_ptr<WhatsappProvider> named_whatsapp(std::string_view name, const Scope& scope);
  /// Null when the slot has no provider.
  virtual std::shared_ptr<TelephonyProvider> telephony(const Scope& scope) = 0;
  virtual std::shared_ptr<WhatsappProvider> whatsapp(const Scope& scope) = 0;
  virtual std::shared_ptr<EmailProvider> email(const Scope& scope) = 0;
  virtual std::shared_ptr<TtsProvider> tts(const Scope& scope) = 0;
  virtual std::shared_ptr<SttProvider> stt(const Scope& scope) = 0;
  virtual std::shared_ptr<VoiceProvider> voice(const Scope& scope) = 0;

  /// Why there is none for `what`, e.g. "the channel 'sms'": for those who asked in vain. A gate in
  /// front of the providers has reasons of its own.
  virtual Error why_none(const std::string& what, const Scope& scope) const {
    static_cast<void>(scope);
    return make_error(
        ErrorCode::unavailable,
        "no provider is active for " + what + ": name one under 'providers' in the configuration");
  }
};

}  // namespace commsd::plugin
