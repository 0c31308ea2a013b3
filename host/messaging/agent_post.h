#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "messaging/change_listener.h"
#include "messaging/inbox.h"
#include "plugin/provider_types.h"
#include "policy/admission.h"
#include "store/agent_repository.h"
#include "store/channel_repository.h"
#include "store/store.h"

namespace commsd::messaging {

class BodyStorage;
class CallbackSender;

/// The agent at the other end of a message between two agents.
struct Peer {
  std::string agent_id;
  std::string address;  // on the channel of the message; its id when it has no number of its own
};

/// Messages between agents of one organization. Both live here, so no vendor is asked: one
/// transaction makes the sender's message `delivered` and puts the item into the receiver's inbox.
/// The two refer to each other: the message's vendor id is the item's, the item's is the message's.
///
/// Each side needs the channel, active: the addresses are what both records show, and a blocked
/// channel is blocked for everybody. What protects people (consent, opt-out, quiet hours) does not
/// apply, because no person is written to; limits and what must not be said do.
/// docs/decisions/agent-to-agent.md. [any executor]
class AgentPost {
 public:
  /// Stands in the records where a provider's name would.
  static constexpr std::string_view provider = "internal";
  /// The rule that refuses agents who cannot be written to.
  static constexpr std::string_view rule = "to_agent";

  /// Null `bodies`: nothing stays of what the sender wrote.
  AgentPost(store::Store& store, Inbox& inbox, const Clock& clock, const Ids& ids,
            std::string contact_key, const BodyStorage* bodies)
      : store_(store),
        agents_(store),
        channels_(store),
        inbox_(inbox),
        clock_(clock),
        ids_(ids),
        contact_key_(std::move(contact_key)),
        bodies_(bodies) {}

  /// Set once, before the first call; outlives this. Null: callbacks are found by the next poll.
  void set_callbacks(CallbackSender* callbacks) { callbacks_ = callbacks; }

  /// The agent that `to` names; nothing when it names none of this organization. Numbers and mail
  /// addresses never do. rejected: the agent cannot be written to on this channel.
  Task<Result<std::optional<Peer>>> find(std::string org_id, plugin::ChannelKind channel,
                                         std::string to) const;

  /// Adds what delivers `message`, which becomes `delivered`; returns the item. The message must be
  /// added before, in `attempting`, with its first attempt open under `attempt_id`.
  store::InboxItem add_delivery(store::UnitOfWork& unit, store::Message& message,
                                const plugin::OutboundMessage& content, const Peer& peer,
                                const std::string& attempt_id) const;
  /// To be called once that unit is committed.
  void delivered(const store::InboxItem& item) const;

  /// Delivers a stored message that waits in `scheduled`, under the guards of `leave`. conflict:
  /// somebody was faster; rejected, with the rule `to_agent`: the receiver cannot be written to any
  /// more; the refusal of the guard that failed.
  Task<Result<store::Message>> deliver(store::Message message, plugin::OutboundMessage content,
                                       policy::Admission leave, std::string worker);

 private:
  store::Store& store_;
  store::AgentRepository agents_;
  store::ChannelRepository channels_;
  Inbox& inbox_;
  const Clock& clock_;
  const Ids& ids_;
  std::string contact_key_;
  const BodyStorage* bodies_;
  CallbackSender* callbacks_ = nullptr;
};

}  // namespace commsd::messaging
