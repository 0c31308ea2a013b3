#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "store/records.h"
#include "store/store.h"

namespace commsd::store {

/// What to write down. No personal data: ids, names of things, reasons.
struct AuditEvent {
  std::string org_id;  // "" for what concerns the whole server
  std::string actor;   // a token or user id, "system", or "webhook"
  std::string action;  // e.g. "agent_provisioned"
  std::string target;
  std::string details_json;  // "" or an object
};

/// The tamper-evident log. Each row carries a leaf hash of RFC 6962 (section 2.1),
///   leaf = SHA-256(0x00 || sequence as 16 hex digits || audit_fields(entry)),
/// which the database computes in the statement that assigns the sequence: only there, inside the
/// transaction of the action itself, is the number known and without gaps. The leaves are those of
/// a Merkle tree, whose root (verify()) is what gets signed and kept elsewhere: a leaf that was
/// computed anew shows against it, and so does a missing tail. [any executor]
class AuditLog {
 public:
  AuditLog(Store& store, const Clock& clock, const Ids& ids)
      : store_(store), clock_(clock), ids_(ids) {}

  /// Adds the entry to the unit that does what it tells of: both become durable or neither.
  void add_entry(UnitOfWork& unit, const AuditEvent& event) const;

  /// Rising by sequence, from behind `after`; org_id "" reads all (system-level).
  Task<Result<std::vector<AuditEntry>>> list(std::string_view org_id, std::int64_t after,
                                             std::int64_t limit) const;

  struct Verdict {
    bool intact = false;
    std::int64_t size = 0;             // entries that are in order, from the first
    std::int64_t first_bad = 0;        // sequence of the first that is not; 0 when intact
    std::string fault;                 // what is wrong with it; "" when intact
    std::string root;                  // 32 bytes: Merkle tree hash over those `size` leaves
    std::vector<std::string> earlier;  // roots at the sizes asked for, in their order
  };

  /// Reads the whole log in pages and recomputes it. `at_sizes` (rising) asks for the root as it
  /// was at earlier sizes, to compare with checkpoints kept elsewhere; a size beyond the end makes
  /// the verdict not intact. Errors: those of Store::query.
  Task<Result<Verdict>> verify(std::vector<std::int64_t> at_sizes = {}) const;

 private:
  Store& store_;
  const Clock& clock_;
  const Ids& ids_;
};

/// The canonical encoding, version 1: the byte 0x01, then id, at (decimal), org_id, actor, action,
/// target and details, each as an 8-digit hex length and its bytes.
std::string audit_fields(const AuditEntry& entry);
/// The leaf hash as it must be, 32 bytes.
std::string audit_leaf(const AuditEntry& entry);

}  // namespace commsd::store
