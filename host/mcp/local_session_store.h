#pragma once

#include <map>
#include <mutex>
#include <string>

#include "mcp/session_store.h"

namespace commsd::mcp {

/// Keeps them in this process only: for one process that may forget at a restart. [any executor]
class LocalSessionStore final : public SessionStore {
 public:
  static constexpr std::size_t max_records =
      50'000;  // of each kind; then those that expire first go

  explicit LocalSessionStore(const Clock& clock) : clock_(clock) {}

  Task<Result<std::optional<Record>>> find(std::string org_id, std::string session_id) override;
  Task<Result<void>> save(std::string org_id, std::string session_id, std::string wishes_json,
                          UnixMillis expires_at) override;
  Task<Result<void>> end(std::string org_id, std::string session_id,
                         UnixMillis expires_at) override;
  Task<Result<bool>> use_once(std::string org_id, std::string state_id,
                              UnixMillis expires_at) override;

 private:
  struct Entry {
    Record record;
    UnixMillis expires_at = 0;
  };
  using Entries = std::map<std::pair<std::string, std::string>, Entry>;

  void make_room(Entries& entries);

  const Clock& clock_;
  std::mutex mutex_;
  Entries sessions_;
  Entries states_;
};

}  // namespace commsd::mcp
