#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "plugin/provider_types.h"
#include "store/agent_repository.h"
#include "store/audit_log.h"
#include "store/consent_repository.h"
#include "store/store.h"
#include "store/suppression_repository.h"

namespace commsd::policy {

/// The source of a suppression that is only a suspicion: somebody seems to have asked for an end in
/// words of their own. It holds like any other until the contact opts in or a person lifts it.
inline constexpr std::string_view possible_opt_out = "possible_opt_out";

/// What contacts allow and refuse: consents, opt-outs and opt-ins. Every change is one transaction
/// that holds the contact's lock, so that the guards of sends see it whole or not at all. Addresses
/// go no further than this: the store gets their keyed hashes. [any executor]
class ContactPreferences {
 public:
  ContactPreferences(store::Store& store, const store::AuditLog& audit, const Clock& clock,
                     const Ids& ids, std::string contact_key)
      : agents_(store),
        consents_(store),
        suppressions_(store),
        store_(store),
        audit_(audit),
        clock_(clock),
        ids_(ids),
        contact_key_(std::move(contact_key)) {}

  /// One contact of one agent on one channel.
  struct Contact {
    std::string org_id;
    std::string agent_id;
    plugin::ChannelKind channel = plugin::ChannelKind::sms;
    std::string address;  // E.164, or an email address on the channel email
  };
  struct Grant {
    std::string type;  // express | implied | transactional
    std::string source;
    std::string notes;
    std::optional<UnixMillis> expires_at;
  };
  struct Standing {
    std::optional<store::Consent> consent;
    bool valid = false;      // granted, and not expired
    bool opted_out = false;  // consent or not, the contact may not be reached
  };

  /// `actor` is for the audit log. invalid_argument: the address, or an expiry that has passed;
  /// not_found: no such agent in the organization; so too of the other two.
  Task<Result<store::Consent>> record(Contact contact, Grant grant, std::string actor);
  /// Whether there was a grant to revoke; the refusal is kept either way.
  Task<Result<bool>> revoke(Contact contact, std::string actor);
  Task<Result<Standing>> check(Contact contact) const;

  /// No more on this channel from anybody in the organization. `source` says how it was learned
  /// ("unsubscribe"); the contact is known by the hash only.
  Task<Result<void>> opt_out(std::string org_id, std::string channel, std::string contact_hash,
                             std::string source, std::string actor);
  /// The same, by an operator. invalid_argument: the address.
  Task<Result<void>> block(Contact contact, std::string actor);
  /// Lifts every opt-out and suspicion on the channel. not_found when there is none.
  Task<Result<void>> opt_in(Contact contact, std::string actor);

  std::string hash(std::string_view address) const;

  /// The steps of an opt-out and an opt-in, for units that hold more than that; lock included.
  static void add_opt_out(store::UnitOfWork& unit, std::string_view org_id,
                          std::string_view channel, std::string_view contact_hash,
                          std::string_view source, UnixMillis at);
  static void add_opt_in(store::UnitOfWork& unit, std::string_view org_id, std::string_view channel,
                         std::string_view contact_hash, UnixMillis at);

 private:
  store::ConsentKey key_of(const Contact& contact) const;
  /// The address is one of the channel, and the agent is in the organization.
  Task<Result<void>> check_contact(const Contact& contact) const;

  store::AgentRepository agents_;
  store::ConsentRepository consents_;
  store::SuppressionRepository suppressions_;
  store::Store& store_;
  const store::AuditLog& audit_;
  const Clock& clock_;
  const Ids& ids_;
  std::string contact_key_;
};

}  // namespace commsd::policy
