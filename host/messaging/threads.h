#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "messaging/contact_ids.h"
#include "store/contact_repository.h"
#include "store/store.h"

namespace commsd::messaging {

/// What went between an agent and one contact, on every channel: messages, calls, voice messages.
/// No text. A contact is one address, or several that were linked. [any executor]
///
/// A thread is named by its contact: a linked one by its id, another by its address in small
/// letters. In URIs the name stands sealed (ContactIds); the sealed addresses of a linked
/// contact go on naming its thread, so that a URI once given stays good.
class Threads {
 public:
  Threads(store::Store& store, ContactIds contacts)
      : repository_(store), contacts_(std::move(contacts)) {}

  struct View {
    std::string name;
    std::vector<std::string> addresses;       // one at least
    std::vector<store::ThreadEntry> entries;  // the newest first
    std::string next;  // continues behind the last entry; "" when there is no more
  };
  struct Page {
    std::int64_t limit = 50;  // 1 to 200
    std::string before;       // View::next of the page before; "" = from the newest
  };

  /// not_found: the id is not of this organization, or nothing went between the two and they are
  /// linked to nothing. invalid_argument: `before`.
  Task<Result<View>> find(std::string org_id, std::string agent_id, std::string thread_id,
                          Page page) const;

  /// The name of the thread that an address is in.
  Task<Result<std::string>> name_of(std::string org_id, std::string agent_id,
                                    std::string address) const;
  /// Everything that names this thread: its own name first. For an address that is linked to none,
  /// the address.
  Task<Result<std::vector<std::string>>> names_of(std::string org_id, std::string agent_id,
                                                  std::string address) const;

  const ContactIds& contacts() const { return contacts_; }

 private:
  store::ContactRepository repository_;
  ContactIds contacts_;
};

/// The address as threads compare it: mailboxes differ in case and are one all the same.
std::string thread_address(std::string_view address);
/// Whether a thread's name is a linked contact's id and no address.
bool is_contact_id(std::string_view name);

}  // namespace commsd::messaging
