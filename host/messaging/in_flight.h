#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/completion.h"
#include "base/task.h"
#include "store/records.h"

namespace commsd::messaging {

/// The messages this process is working on, so that whoever asked for one, or asks for its twin,
/// can wait for its end. Nothing here is needed after a crash. [any thread]
class InFlight {
 public:
  /// Call before the message becomes visible to others. False when it is in flight already.
  bool enter(const std::string& message_id);
  /// Wakes those who wait, with the message as it now is.
  void leave(const store::Message& message);
  /// Takes an entry back that never became a message.
  void forget(const std::string& message_id);

  /// The message as it left, or nothing when it is not in flight here or takes longer than `limit`.
  Task<std::optional<store::Message>> wait(std::string message_id, std::chrono::milliseconds limit);

  std::size_t size() const;

 private:
  using Left = Completion<std::optional<store::Message>>;

  mutable std::mutex mutex_;
  std::map<std::string, std::vector<Left>> waiting_;
};

}  // namespace commsd::messaging
