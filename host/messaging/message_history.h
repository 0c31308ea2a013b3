#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "store/contact_repository.h"
#include "store/inbox_repository.h"
#include "store/message_repository.h"
#include "store/route_repository.h"
#include "store/store.h"

namespace commsd::messaging {

/// Everything there is to say about one outbound message: what happened when, and, if it came to
/// nothing, why and what to do. [any executor]
class MessageHistory {
 public:
  explicit MessageHistory(store::Store& store)
      : messages_(store), contacts_(store), routes_(store), items_(store) {}

  struct Failure {
    std::string code;
    std::string why;
    std::string what_to_do;
    std::string vendor_code;
  };
  struct View {
    store::Message message;
    std::vector<store::TimelineEntry> timeline;  // by time
    std::optional<Failure> failure;              // of a message that is not on its way
    std::string thread;                          // its name, as of Threads
  };

  /// not_found when the organization has no such message, or it is another agent's; agent_id ""
  /// takes any.
  Task<Result<View>> find(std::string org_id, std::string agent_id, std::string message_id) const;

  struct Item {
    store::InboxItem item;
    std::string thread;  // as in View
    std::vector<store::TimelineEntry> timeline;
  };
  /// The same of something that came in.
  Task<Result<Item>> find_item(std::string org_id, std::string agent_id, std::string item_id) const;

  /// The newest messages, of one agent or ("") of all.
  Task<Result<std::vector<store::Message>>> newest(std::string org_id, std::string agent_id,
                                                   std::int64_t limit) const;

 private:
  /// How the copies of a message or item stand.
  Task<Result<void>> add_copies(std::string org_id, std::string subject_id,
                                std::vector<store::TimelineEntry>& timeline) const;

  store::MessageRepository messages_;
  store::ContactRepository contacts_;
  store::RouteRepository routes_;
  store::InboxRepository items_;
};

}  // namespace commsd::messaging
