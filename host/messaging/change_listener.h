#pragma once

#include <string>

#include "store/records.h"

namespace commsd::messaging {

/// Hears of what has just been committed by this process, so that those who watch can be told.
/// Nothing depends on it: what must not be missed is in the store. Called on the executor of
/// whoever made the change: take note and return. [any thread]
class ChangeListener {
 public:
  virtual ~ChangeListener() = default;

  /// Something arrived for an agent.
  virtual void item_received(const store::InboxItem& item) = 0;
  /// Items of an agent's inbox were acknowledged.
  virtual void items_acknowledged(const std::string& org_id, const std::string& agent_id) = 0;
  /// An outbound message has a new state; the record may lack what a vendor's report did not say.
  virtual void message_changed(const store::Message& message) = 0;
};

}  // namespace commsd::messaging
