#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/store.h"

namespace commsd::store {

/// What becomes of the files an agent receives.
struct AgentMedia {
  std::string org_id;
  std::string agent_id;
  bool persistent = false;                  // kept; else passed through
  std::optional<std::int64_t> quota_bytes;  // nothing = as configured, and so below
  std::optional<std::int64_t> retention_days;
  std::int64_t used_bytes = 0;  // read, not written
};

/// A received file that is to be kept.
struct Media {
  std::string id;
  std::string org_id;
  std::string agent_id;
  std::string item_id;        // of the inbox; "" once it is gone
  std::int64_t position = 0;  // among the item's files, from 0
  std::string channel;
  std::string provider;
  std::string state;       // waiting | storing | stored | failed | over_quota
  std::int64_t bytes = 0;  // that count against the quota
  std::int64_t attempts = 0;
  UnixMillis created_at = 0;  // written, not read
};

struct MediaTotal {
  std::string state;
  std::int64_t count = 0;
};

/// Files that are kept, and how much of them. [any executor]
class MediaRepository {
 public:
  explicit MediaRepository(Store& store) : store_(store) {}

  Task<Result<std::optional<AgentMedia>>> settings(std::string_view org_id,
                                                   std::string_view agent_id) const;
  Task<Result<std::optional<Media>>> find(std::string_view org_id, std::string_view agent_id,
                                          std::string_view item_id, std::int64_t position) const;
  /// How many files an agent has, by state.
  Task<Result<std::vector<MediaTotal>>> totals(std::string_view org_id,
                                               std::string_view agent_id) const;
  /// System-level: whether any file is to be fetched.
  Task<Result<bool>> any_due(UnixMillis now) const;
  /// System-level: whose item is gone, or whose time is over and no legal hold is on them.
  Task<Result<std::vector<Media>>> removable(UnixMillis now, std::int64_t limit) const;

  static void add_settings(UnitOfWork& unit, const AgentMedia& settings, UnixMillis at);
  /// How long the files that are there stay, from when each came.
  static void add_set_days(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id,
                           std::int64_t days);
  /// Nothing happens unless the agent's files are kept. The item is added before.
  static void add(UnitOfWork& unit, const Media& media, std::int64_t default_days);
  /// System-level: takes what is due; the step's rows are for read().
  static void add_claim(UnitOfWork& unit, UnixMillis now, UnixMillis lease_until,
                        std::int64_t limit);
  static std::vector<Media> read(const Rows& rows);
  /// Counts the bytes and says that the object may be there from now on. Guarded, in this order:
  /// the quota has room; the claim holds.
  static void add_storing(UnitOfWork& unit, const Media& media, std::int64_t bytes,
                          std::int64_t default_quota);
  /// Ends the attempt. Guarded: the claim holds.
  static void add_finish(UnitOfWork& unit, const Media& media, std::string_view state,
                         std::optional<UnixMillis> next_attempt_at, std::string_view error_code);
  /// Forgets a file whose object is removed, and its bytes. Guarded: nobody stores it now.
  static void add_remove(UnitOfWork& unit, const Media& media, UnixMillis now);

 private:
  Store& store_;
};

}  // namespace commsd::store
