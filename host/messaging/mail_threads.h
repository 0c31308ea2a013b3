#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "plugin/provider_types.h"
#include "store/inbox_item.h"
#include "store/inbox_repository.h"
#include "store/mail_id_repository.h"
#include "store/message_repository.h"
#include "store/store.h"

namespace commsd::messaging {

/// Keeps mails that answer each other together: what goes out names what it answers, and what
/// comes in is led to its thread by what it names, and only then by who sent it.
/// [any executor]
class MailThreads {
 public:
  explicit MailThreads(store::Store& store) : mails_(store), items_(store), messages_(store) {}

  /// What an outgoing mail has from its thread.
  struct Place {
    std::string in_reply_to;  // without angle brackets; "" = it begins a conversation
    std::string references;   // the field's value
    std::string subject;      // "" = as given, or not known any more
  };
  /// Where a mail to `to` belongs: as the answer to `answered`, the id of an inbox item or message
  /// of the agent; else, when its subject is missing or begins with "Re:", as the answer to the
  /// newest mail from `to`, or if none came the newest to them. not_found: `answered` is no mail of
  /// this agent's.
  Task<Result<Place>> place(std::string org_id, std::string agent_id, std::string to,
                            std::string answered, std::string subject) const;

  /// Gives a mail its Message-ID and the fields of its place, and notes it in the unit that accepts
  /// it. `content.from` and `message` are complete.
  static void add_outgoing(store::UnitOfWork& unit, const store::Message& message,
                           const plugin::OutboundMessage& content);
  /// The header fields for add_outgoing(); not part of what makes two messages the same.
  static void add_headers(const store::Message& message, const Place& place,
                          plugin::OutboundMessage& content);

  /// Whose thread an incoming mail is in: the address of the mail it answers, if we know that one;
  /// else "".
  Task<Result<std::string>> thread_of(std::string org_id, std::string agent_id,
                                      const plugin::ProviderEvent& event) const;
  /// Notes an incoming mail, once `item` knows its thread.
  static void add_incoming(store::UnitOfWork& unit, const store::InboxItem& item,
                           const plugin::ProviderEvent& event);
  /// The vendor sent the mail under an id of its own.
  static void add_vendor_id(store::UnitOfWork& unit, const store::Message& message,
                            const plugin::ProviderEvent& event, UnixMillis now);

 private:
  Task<Result<std::string>> subject_of(const store::MailId& mail) const;

  store::MailIdRepository mails_;
  store::InboxRepository items_;
  store::MessageRepository messages_;
};

}  // namespace commsd::messaging
