#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "messaging/contact_ids.h"
#include "store/inbox_repository.h"
#include "store/message_repository.h"
#include "store/store.h"

namespace commsd::messaging {

/// What went between an agent and one contact, on every channel. No text: bodies are kept in the
/// inbox only, and there for days. [any executor]
class Threads {
 public:
  Threads(store::Store& store, ContactIds contacts)
      : items_(store), messages_(store), contacts_(std::move(contacts)) {}

  struct Entry {
    UnixMillis at = 0;
    bool inbound = false;
    std::string channel;
    std::string id;
    std::string state;  // of an outbound message; inbound: "waiting" or "acknowledged"
  };
  struct View {
    std::string contact;         // the address
    std::vector<Entry> entries;  // the newest first
  };

  /// At most 50 each way. not_found when the id is not of this organization or nothing went
  /// between the two.
  Task<Result<View>> find(std::string org_id, std::string agent_id, std::string contact_id) const;

  const ContactIds& contacts() const { return contacts_; }

 private:
  store::InboxRepository items_;
  store::MessageRepository messages_;
  ContactIds contacts_;
};

}  // namespace commsd::messaging
