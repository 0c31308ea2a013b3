#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "store/store.h"

namespace commsd::store {

/// A mail by its Message-ID, as an agent sent or received it.
struct MailId {
  std::string org_id;
  std::string agent_id;
  std::string mail_id;        // without angle brackets
  std::string address;        // whose thread it is in, in small letters
  std::string chain;          // ids before it, "<a> <b>"; "" = it began the conversation
  std::string subject_id;     // of the message or inbox item
  UnixMillis created_at = 0;  // written, not read
};

/// [any executor]
class MailIdRepository {
 public:
  explicit MailIdRepository(Store& store) : store_(store) {}

  Task<Result<std::optional<MailId>>> find(std::string_view org_id, std::string_view agent_id,
                                           std::string_view mail_id) const;
  /// The mail that a message or inbox item is.
  Task<Result<std::optional<MailId>>> of_subject(std::string_view org_id, std::string_view agent_id,
                                                 std::string_view subject_id) const;
  Task<Result<std::optional<MailId>>> newest(std::string_view org_id, std::string_view agent_id,
                                             std::string_view address) const;
  Task<Result<std::optional<MailId>>> newest_received(std::string_view org_id,
                                                      std::string_view agent_id,
                                                      std::string_view address) const;

  /// An id that is known stays as it is.
  static void add(UnitOfWork& unit, const MailId& mail);
  /// Another id of a mail that is known.
  static void add_alias(UnitOfWork& unit, std::string_view org_id, std::string_view agent_id,
                        std::string_view subject_id, std::string_view mail_id, UnixMillis at);

 private:
  Store& store_;
};

}  // namespace commsd::store
