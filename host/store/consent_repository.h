#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "store/store.h"

namespace commsd::store {

/// Whose consent to what.
struct ConsentKey {
  std::string org_id;
  std::string agent_id;
  std::string channel;
  std::string contact_hash;  // keyed hash of the address (policy::contact_hash)
};

/// The last word of one contact to one agent on one channel. The address is not kept, because a row
/// is only ever looked for by somebody who has it; `source` and `notes` are the evidence as the
/// agent gave it, and go with the row when the person's data are erased.
struct Consent {
  ConsentKey key;
  std::string id;      // stays when the row changes
  std::string type;    // express | implied | transactional; "" = never granted
  std::string status;  // granted | revoked
  std::string source;
  std::string notes;
  std::optional<UnixMillis> granted_at;
  std::optional<UnixMillis> expires_at;
  std::optional<UnixMillis> revoked_at;
  std::string revoked_by;  // "opt_out" for what START takes back
};

/// Which grants suffice for an action.
struct SufficientConsent {
  std::array<std::string_view, 3> types;  // "" = no further one
  UnixMillis granted_after = 0;
  UnixMillis implied_after = 0;  // the same, of implied ones
  UnixMillis now = 0;
  bool evidence = false;  // source or notes must be there
};

/// Consents. Whoever changes one locks the contact first (SuppressionRepository), whoever needs one
/// shares that lock. [any executor]
class ConsentRepository {
 public:
  explicit ConsentRepository(Store& store) : store_(store) {}

  Task<Result<std::optional<Consent>>> find(const ConsentKey& key) const;

  /// key, id, type, source, notes, granted_at and expires_at are read.
  static void add_grant(UnitOfWork& unit, const Consent& consent);
  /// An implied grant, for somebody who wrote; never in place of a refusal or of another grant.
  static void add_implied(UnitOfWork& unit, const Consent& consent);
  /// Kept as a refusal when there was no grant.
  static void add_revoke(UnitOfWork& unit, const ConsentKey& key, std::string_view id,
                         std::string_view by, UnixMillis at);
  /// Ends every grant on the channel, to whichever agent, and takes exactly those up again.
  static void add_opt_out(UnitOfWork& unit, std::string_view org_id, std::string_view channel,
                          std::string_view contact_hash, UnixMillis at);
  static void add_opt_in(UnitOfWork& unit, std::string_view org_id, std::string_view channel,
                         std::string_view contact_hash, UnixMillis at);

  /// Change nothing. Guarded: there is no refusal; there is a grant that suffices.
  static void add_require_not_revoked(UnitOfWork& unit, const ConsentKey& key);
  static void add_require_granted(UnitOfWork& unit, const ConsentKey& key,
                                  const SufficientConsent& sufficient);

 private:
  Store& store_;
};

}  // namespace commsd::store
