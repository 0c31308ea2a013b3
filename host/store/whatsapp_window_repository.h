#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "store/store.h"

namespace commsd::store {

/// When contacts last wrote on WhatsApp, per agent and by the contact's keyed hash. [any executor]
class WhatsappWindowRepository {
 public:
  explicit WhatsappWindowRepository(Store& store) : store_(store) {}

  /// Empty when the contact never wrote.
  Task<Result<std::optional<UnixMillis>>> opened_at(std::string_view org_id,
                                                    std::string_view agent_id,
                                                    std::string_view contact_hash) const;

  /// An older moment than the stored one changes nothing.
  static void add_open(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id,
                       std::string_view contact_hash, UnixMillis at);

 private:
  Store& store_;
};

}  // namespace commsd::store
