#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/store.h"

namespace commsd::store {

/// One thing in a thread: a message or a call, in either direction. No content.
struct ThreadEntry {
  UnixMillis at = 0;
  bool is_call = false;
  bool inbound = false;
  std::string channel;
  std::string id;
  std::string state;  // of an inbound message: waiting | acknowledged
};

/// Addresses that an agent has linked to one contact, and what went to and came from an address.
/// Addresses are in small letters. [any executor]
class ContactRepository {
 public:
  explicit ContactRepository(Store& store) : store_(store) {}

  /// The contact an address was linked to; empty when it was not.
  Task<Result<std::optional<std::string>>> contact_of(std::string_view org_id,
                                                      std::string_view agent_id,
                                                      std::string_view address) const;
  Task<Result<std::vector<std::string>>> addresses(std::string_view org_id,
                                                   std::string_view agent_id,
                                                   std::string_view contact_id) const;
  /// Before that moment, or at it with a lesser id; the newest first, on every channel.
  Task<Result<std::vector<ThreadEntry>>> entries(std::string_view org_id, std::string_view agent_id,
                                                 std::string_view address, UnixMillis before,
                                                 std::string_view before_id,
                                                 std::int64_t limit) const;

  /// Guarded: the address is linked to nothing.
  static void add_link(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id,
                       std::string_view address, std::string_view contact_id, UnixMillis at);
  /// All addresses of one contact become another's.
  static void add_merge(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id,
                        std::string_view contact_id, std::string_view into);
  /// Guarded: the address is linked. A contact that is left with one address ends.
  static void add_unlink(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id,
                         std::string_view address, std::string_view contact_id);

 private:
  Store& store_;
};

}  // namespace commsd::store
