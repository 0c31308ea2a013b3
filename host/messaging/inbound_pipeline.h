#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/gate.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "messaging/inbound_media.h"
#include "messaging/inbox.h"
#include "messaging/mail_threads.h"
#include "messaging/number_routing.h"
#include "messaging/outbound_pipeline.h"
#include "plugin/providers.h"
#include "policy/opt_out.h"
#include "policy/opt_out_intent.h"
#include "policy/vendor_blocks.h"
#include "store/agent_repository.h"
#include "store/channel_repository.h"
#include "store/message_repository.h"
#include "store/store.h"
#include "store/suppression_repository.h"

namespace commsd::messaging {

class BodyStorage;
class CallbackSender;

/// One call of a vendor at /webhooks/<agent>/<channel>.
struct WebhookCall {
  std::string agent_id;  // or NumberRouting::pool_path()
  plugin::ChannelKind channel = plugin::ChannelKind::sms;
  std::string reference;  // the attempt id from ?ref=, "" when there is none
  plugin::WebhookRequest request;
};

struct InboundSettings {
  std::string contact_key;  // keys the hashes by which contacts are found
  /// For so long somebody who wrote counts as having agreed to be answered; 0 = not at all.
  std::int64_t implied_consent_days = 0;
  policy::VendorBlocks vendor_blocks;  // reports that are written into the suppression list
  /// Finds opt-outs in people's own words; null: only keywords count. Outlives the pipeline.
  const policy::OptOutIntent* intent = nullptr;
  /// What stays of a message that news settle; null: nothing. The same.
  const BodyStorage* bodies = nullptr;
  ReceivedMediaSettings media{};
};

/// Takes what vendors push. A 2xx means that everything in the call is durable; anything else
/// makes the vendor come again, and a repeat has no second effect.
///
/// Order: the signature over the raw bytes; what has to be fetched is fetched; then, per event,
/// one transaction that holds the event's id, the opt-out it may be, and the inbox item. STOP and
/// START are applied before anything else looks at the message, for inactive agents and blocked
/// channels too, and mean the whole organization: on a number that agents share, all of them.
/// [any executor]
class InboundPipeline {
 public:
  InboundPipeline(store::Store& store, plugin::Providers& providers, OutboundPipeline& outbound,
                  Inbox& inbox, const policy::OptOutKeywords& keywords, const Clock& clock,
                  const Ids& ids, InboundSettings settings)
      : store_(store),
        agents_(store),
        channels_(store),
        messages_(store),
        suppressions_(store),
        mail_threads_(store),
        providers_(providers),
        outbound_(outbound),
        inbox_(inbox),
        keywords_(keywords),
        clock_(clock),
        ids_(ids),
        settings_(std::move(settings)),
        routing_(store, settings_.contact_key) {}

  /// Set once, before the first call; outlives this.
  void set_listener(ChangeListener* listener) { listener_ = listener; }
  /// Told when an item was stored; without it, callbacks are found by the next poll. As above.
  void set_callbacks(CallbackSender* callbacks) { callbacks_ = callbacks; }

  /// not_found: no such agent, or none for what came to a shared number; permission_denied: no
  /// active provider of the channel signed this; invalid_argument: signed, but not to be
  /// understood; unavailable: nothing was saved.
  Task<Result<plugin::WebhookReply>> handle(WebhookCall call);

  /// Returns when the confirmations under way have been sent.
  Task<void> close() { return gate_.close(); }

 private:
  using Provider = std::shared_ptr<plugin::MessageProvider>;

  Result<Provider> authenticate(const WebhookCall& call, const store::Agent& agent) const;
  Task<Result<void>> take(const store::Agent& agent, const WebhookCall& call, Provider provider,
                          plugin::ProviderEvent event);
  struct Addressee {
    store::Agent agent;
    std::string address;
  };
  /// The agents a mail is delivered to.
  Task<Result<std::vector<Addressee>>> addressees(const store::Agent& agent,
                                                  const WebhookCall& call,
                                                  const plugin::ProviderEvent& event) const;
  Task<Result<void>> take_mail(const store::Agent& agent, const WebhookCall& call,
                               std::string provider, plugin::ProviderEvent event);
  /// `mail`: of a mail that may come again by another delivery, what tells it; else "".
  Task<Result<void>> take_message(const store::Agent& agent, const WebhookCall& call,
                                  std::string provider, plugin::ProviderEvent event,
                                  std::string mail);
  /// What was sent to a number of the pool goes to the agent that it is for.
  Task<Result<void>> take_at_number(const store::Agent& agent, const WebhookCall& call,
                                    std::string provider, plugin::ProviderEvent event);
  Task<Result<void>> take_status(const store::Agent& agent, const WebhookCall& call,
                                 std::string provider, plugin::ProviderEvent event);
  Task<Result<std::optional<store::Message>>> find_message(std::string org_id,
                                                           std::string reference,
                                                           std::string provider,
                                                           std::string vendor_id) const;
  /// Whether the agent's mirror is to get it.
  Task<Result<bool>> is_to_be_copied(const store::Agent& agent, const store::InboxItem& item) const;
  struct Wish;  // what a message says about being reached
  Wish find_wish(plugin::ChannelKind channel, const plugin::ProviderEvent& event) const;
  /// What the message does to what may be sent to its sender: adds the steps, and says whether it
  /// is to be answered.
  Task<Result<bool>> add_preferences(store::UnitOfWork& unit, const store::Agent& agent,
                                     std::string_view channel, const std::string& contact,
                                     Wish wish, UnixMillis now) const;
  /// The answer that the law wants, from the number that was written to.
  Task<void> confirm(Gate::Pass pass, store::Agent agent, plugin::ChannelKind channel,
                     plugin::ProviderEvent event, policy::Keyword keyword, std::string event_id);

  store::Store& store_;
  store::AgentRepository agents_;
  store::ChannelRepository channels_;
  store::MessageRepository messages_;
  store::SuppressionRepository suppressions_;
  MailThreads mail_threads_;
  plugin::Providers& providers_;
  OutboundPipeline& outbound_;
  Inbox& inbox_;
  const policy::OptOutKeywords& keywords_;
  const Clock& clock_;
  const Ids& ids_;
  InboundSettings settings_;
  NumberRouting routing_;
  ChangeListener* listener_ = nullptr;
  CallbackSender* callbacks_ = nullptr;
  Gate gate_;
};

}  // namespace commsd::messaging
