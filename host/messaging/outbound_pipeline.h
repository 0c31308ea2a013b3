#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "messaging/agent_post.h"
#include "messaging/content.h"
#include "messaging/delivery.h"
#include "messaging/in_flight.h"
#include "messaging/mail_threads.h"
#include "messaging/outbound_media.h"
#include "messaging/whatsapp_templates.h"
#include "messaging/whatsapp_window.h"
#include "plugin/provider_types.h"
#include "policy/media_rules.h"
#include "policy/policy_gate.h"
#include "policy/spend_guard.h"
#include "policy/unsubscribe_links.h"
#include "store/idempotency_repository.h"
#include "store/message_repository.h"
#include "store/store.h"

namespace commsd::messaging {

struct SendRequest {
  std::string org_id;
  std::string agent_id;
  /// `from` is filled in from the agent's channel or the organization's pool; given, it is the
  /// number of the pool to be sent from. A mail gets the headers of its thread and those for
  /// unsubscribing, and where a law wants it the sender's postal address. `to` may name an
  /// agent of the organization.
  plugin::OutboundMessage content;
  std::string idempotency_key;  // "" = none; then identical content is deduplicated
  std::string arguments_hash;   // SHA-256 hex of the canonical arguments
  UnixMillis send_at = 0;       // in the future; 0 = now
  std::string in_reply_to;      // the mail it answers, by our id of the item or message; "" = none
  policy::ActionKind kind = policy::ActionKind::message;
  /// The text is a code: nothing of it is kept once it was handed over, whatever the settings, and
  /// no hash that would give it away. Needs an idempotency key.
  bool secret = false;
  /// Media that this server made and serves, at addresses that are new each time: `same_media` says
  /// when they are the same to the recipient. "" = the media URLs are the caller's.
  std::string same_media = {};
  /// What must hold besides the rules when the message becomes durable, and what is said if not.
  struct Guard {
    store::UnitOfWork steps;
    Error refusal;
  };
  std::vector<Guard> guards;
};

struct SendOutcome {
  store::Message message;
  bool deduplicated = false;  // the answer is that of an earlier, identical request
  std::string subject;        // of a mail that was sent now: that of its thread may have been taken
};

struct OutboundSettings {
  ContentLimits limits;
  std::chrono::milliseconds dedupe_window{60'000};
  std::chrono::milliseconds twin_wait{25'000};  // how long a repeated request waits for the first
  /// Null: no mail carries unsubscribe headers. Outlives the pipeline.
  const policy::UnsubscribeLinks* unsubscribe = nullptr;
  /// Null: which files a channel carries is the vendor's to say. The same.
  const policy::MediaRules* media = nullptr;
  std::string contact_key;                       // keys the hashes of contacts in those links
  std::chrono::hours schedule_horizon{24 * 30};  // how far ahead `send_at` may be
  std::chrono::hours whatsapp_window{24};        // 0 = the provider has none
};

/// Takes messages from agents: checks, one durable accept, then Delivery. Success means the
/// message is saved, whatever becomes of it; its state tells. [any executor]
///
/// The same idempotency key with the same arguments gives the first result, a failure included;
/// with other arguments, idempotency_mismatch; also when the rules would refuse by now what they
/// let through then. Without a key an identical message inside the window gives the first result,
/// unless that one failed for good.
class OutboundPipeline {
 public:
  OutboundPipeline(store::Store& store, const policy::PolicyGate& gate, policy::SpendGuard& spend,
                   Delivery& delivery, InFlight& in_flight, const Clock& clock, const Ids& ids,
                   OutboundSettings settings)
      : store_(store),
        gate_(gate),
        spend_(spend),
        messages_(store),
        idempotency_(store),
        delivery_(delivery),
        in_flight_(in_flight),
        clock_(clock),
        ids_(ids),
        settings_(std::move(settings)),
        window_(store, clock, settings_.whatsapp_window),
        mail_threads_(store) {}

  /// Carries messages to agents; without it `to` names contacts only. Set once, before the first
  /// call; outlives this.
  void set_agent_post(AgentPost* post) { agent_post_ = post; }

  /// Knows the templates of WhatsApp; without it the vendor does. As above.
  void set_templates(WhatsappTemplates* templates) { templates_ = templates; }

  /// Looks at files before they are sent; without it the vendor does. As above.
  void set_look_at_file(LookAtFile look) { look_at_file_ = std::move(look); }

  /// invalid_argument, too_large, unsupported: the content; not_found: no such agent in the
  /// organization; rejected, rate_limited: what PolicyGate and SpendGuard refuse, with its rule;
  /// idempotency_mismatch; unavailable: no provider, or nothing could be saved. With `send_at` the
  /// message is `scheduled` and nothing is reserved yet; ScheduledSends goes on with it.
  Task<Result<SendOutcome>> send(SendRequest request);
  /// What an earlier request under the same key was answered with, for who has to pay for making
  /// the content; nothing when there was none, or there is no key. Errors as of send().
  Task<Result<std::optional<SendOutcome>>> find_earlier(const SendRequest& request) const;

  /// What lets a scheduled message go, now that its time has come.
  struct Leave {
    policy::Admission admission;  // with the guards of the reservation
    policy::Reservation reservation;
    Result<Delivery::Attempt> attempt;  // none of a message to an agent; unavailable: not now
  };
  /// Asks the rules and limits of this moment, and who is to send it. Fills in the sender anew, and
  /// what `message` reserves and when it started. Errors as of send().
  Task<Result<Leave>> leave_for(store::Message& message, plugin::OutboundMessage& content) const;

 private:
  struct Draft;  // a message that was checked and is about to be saved

  Task<Result<void>> address_agent(SendRequest& request) const;
  /// Where a mail belongs; gives one that answers without a subject the subject of what it answers.
  Task<Result<MailThreads::Place>> place_mail(SendRequest& request) const;
  /// Whether the channel carries the files that the message names, as far as their servers tell.
  Task<Result<void>> check_files(const plugin::OutboundMessage& content) const;
  Result<void> check_time(UnixMillis send_at) const;
  /// Own words, and a template that is not approved, go to who wrote within a day only.
  Task<Result<void>> check_window(std::string org_id, std::string agent_id,
                                  const plugin::OutboundMessage& content) const;
  Task<Result<Draft>> draft(SendRequest& request, MailThreads::Place place) const;
  void fill(Draft& draft, const SendRequest& request) const;
  void add_draft(store::UnitOfWork& unit, const SendRequest& request, Draft& draft) const;
  Task<Result<SendOutcome>> finish(SendRequest request, Draft draft);
  void add_unsubscribe_headers(SendRequest& request) const;
  /// Whether a message is in the store whose accept was lost inside the commit: if so it must be
  /// sent, for nobody else will.
  Task<bool> was_saved(std::string org_id, std::string message_id) const;
  Task<Result<SendOutcome>> answer_twin(const SendRequest& request, std::string_view claim) const;

  store::Store& store_;
  const policy::PolicyGate& gate_;
  policy::SpendGuard& spend_;
  store::MessageRepository messages_;
  store::IdempotencyRepository idempotency_;
  Delivery& delivery_;
  InFlight& in_flight_;
  const Clock& clock_;
  const Ids& ids_;
  OutboundSettings settings_;
  WhatsappWindow window_;
  MailThreads mail_threads_;
  LookAtFile look_at_file_;
  AgentPost* agent_post_ = nullptr;
  WhatsappTemplates* templates_ = nullptr;
};

}  // namespace commsd::messaging
