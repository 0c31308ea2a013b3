#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "store/call_repository.h"
#include "store/contact_repository.h"
#include "store/store.h"

namespace commsd::voice {

/// Everything there is to say about one call. [any executor]
class CallHistory {
 public:
  explicit CallHistory(store::Store& store) : calls_(store), contacts_(store) {}

  struct View {
    store::Call call;
    std::vector<store::TimelineEntry> timeline;  // by time
    std::string thread;                          // its name, as of messaging::Threads
  };

  /// not_found when the organization has no such call, or it is another agent's; agent_id "" takes
  /// any.
  Task<Result<View>> find(std::string org_id, std::string agent_id, std::string call_id) const;

 private:
  store::CallRepository calls_;
  store::ContactRepository contacts_;
};

}  // namespace commsd::voice
