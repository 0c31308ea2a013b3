#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/random.h"
#include "base/result.h"
#include "base/sealing_keys.h"
#include "base/task.h"
#include "messaging/contact_ids.h"
#include "messaging/scheduled_sends.h"
#include "store/audit_log.h"
#include "store/deletion.h"
#include "store/erasure_repository.h"
#include "store/purge_run_repository.h"
#include "store/store.h"

namespace commsd::messaging {

/// Erases a person: every row of one organization that holds a phone number or mail address, as the
/// rules of schema/privacy/erasure.json name them. What is scheduled for the contact is cancelled
/// first. What stays names nobody: keyed hashes of refusals, so that who said STOP is not written
/// to again, counters of limits, and one audit line.
///
/// The request is a row before anything is deleted, so a crash leaves it pending and the next run
/// of resume() goes on; what is being sent at this moment is waited for in the same way. A second
/// request does no harm. [any executor]
class ContactErasure {
 public:
  struct Settings {
    std::string contact_key;  // keys the hashes of contacts
    std::string code_key;     // the same of one-time codes
    SealingKeys keys;         // of the contact of a request that is pending
    std::string worker = "worker";
  };
  struct Outcome {
    std::string id;
    bool done = false;  // else something is under way, and the rest follows by itself
    std::int64_t cancelled = 0;
    std::map<std::string, std::int64_t> rows;  // that went, by rule
    std::int64_t suppressions_kept = 0;
  };

  ContactErasure(store::Store& store, ScheduledSends& scheduled, const store::AuditLog& audit,
                 const Clock& clock, Random& random, const Ids& ids,
                 std::vector<store::DeletionRule> rules, Settings settings);

  /// The rules that ship with the server.
  static Result<std::vector<store::DeletionRule>> standard_rules();

  /// invalid_argument: no phone number or mail address; rejected: an address of the organization's
  /// own, or the rule legal_hold.
  Task<Result<Outcome>> erase(std::string org_id, std::string contact, std::string actor);

  /// Goes on with requests that are pending and that nobody is at.
  Task<Result<void>> resume();

  /// To be called at start: unavailable, with a remedy, when a pending request was encrypted under
  /// another key than these.
  Task<Result<void>> check() const;
  /// Encrypts under the key of now what is under the one before. How many requests there were.
  Task<Result<std::size_t>> reseal();

  /// The form in which an address is looked for: E.164 without what people put between the digits,
  /// or a mail address in lower case.
  static Result<std::string> normalised(std::string_view contact);

 private:
  Task<Result<Outcome>> run(store::Erasure erasure, std::string address) const;
  Task<Result<std::int64_t>> cancel_waiting(std::string org_id, std::string address) const;
  store::Parameters known(const std::string& org_id, const std::string& address,
                          const std::string& hash) const;
  std::string binding(const store::Erasure& erasure) const;

  store::Store& store_;
  store::ErasureRepository requests_;
  store::PurgeRunRepository holds_;
  store::Deletion deletion_;
  ScheduledSends& scheduled_;
  const store::AuditLog& audit_;
  const Clock& clock_;
  Random& random_;
  const Ids& ids_;
  ContactIds contact_ids_;
  std::vector<store::DeletionRule> rules_;
  Settings settings_;
};

}  // namespace commsd::messaging
