#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "messaging/inbox.h"
#include "policy/limit_alerts.h"
#include "store/agent_repository.h"
#include "store/store.h"

namespace commsd::messaging {

class CallbackSender;

/// Puts limits that are nearly or wholly used up into the inboxes of the agents that they bind, so
/// that whoever listens there hears of them: callbacks, subscribers and those who wait. A cap of
/// the organization binds all of its agents. [any executor]
class LimitNews final : public policy::AlertAudience {
 public:
  /// `contact_key` as in add_item_with_news.
  LimitNews(store::Store& store, Inbox& inbox, const Clock& clock, const Ids& ids,
            std::string contact_key)
      : agents_(store),
        inbox_(inbox),
        clock_(clock),
        ids_(ids),
        contact_key_(std::move(contact_key)) {}

  /// Set once, before the first call; outlives this. Null: callbacks are found by the next poll.
  void set_callbacks(CallbackSender* callbacks) { callbacks_ = callbacks; }

  Task<std::vector<store::InboxItem>> add_news(store::UnitOfWork& unit,
                                               policy::LimitAlert alert) override;
  void told(const std::vector<store::InboxItem>& items) override;

 private:
  store::AgentRepository agents_;
  Inbox& inbox_;
  const Clock& clock_;
  const Ids& ids_;
  std::string contact_key_;
  CallbackSender* callbacks_ = nullptr;
};

/// Reasons of such items, as in message_state.h for dead letters; the channel is no channel.
inline constexpr std::string_view limit_channel = "limit";
inline constexpr std::string_view reason_limit_warning = "limit_warning";
inline constexpr std::string_view reason_limit_reached = "limit_reached";

}  // namespace commsd::messaging
