#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "store/audit_log.h"
#include "store/contact_repository.h"
#include "store/store.h"

namespace commsd::messaging {

/// Says that several addresses are one contact of an agent: their threads become one. Only somebody
/// who knows it says so; nothing is guessed from what comes in. Consent and opt-outs go on counting
/// for each address alone. [any executor]
class ContactLinks {
 public:
  ContactLinks(store::Store& store, store::AuditLog& audit, const Clock& clock, const Ids& ids)
      : store_(store), contacts_(store), audit_(audit), clock_(clock), ids_(ids) {}

  struct Agent {
    std::string org_id;
    std::string agent_id;
    std::string actor;  // for the audit log
  };
  struct Contact {
    std::string id;  // "" once nothing is linked
    std::vector<std::string> addresses;
  };

  /// Links two to twenty numbers and mailboxes; contacts they are of already become one with all
  /// their addresses. invalid_argument: no address, too few, too many; conflict: somebody else
  /// linked one of them meanwhile.
  Task<Result<Contact>> link(Agent agent, std::vector<std::string> addresses);
  /// Makes an address a contact of its own again. not_found: it is linked to none. Answers with
  /// what is left of the contact.
  Task<Result<Contact>> unlink(Agent agent, std::string address);

 private:
  Task<Result<Contact>> read(const Agent& agent, std::string contact_id) const;

  store::Store& store_;
  store::ContactRepository contacts_;
  store::AuditLog& audit_;
  const Clock& clock_;
  const Ids& ids_;
};

}  // namespace commsd::messaging
