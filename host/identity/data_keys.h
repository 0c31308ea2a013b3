#pragma once

#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/ids.h"
#include "base/random.h"
#include "base/result.h"
#include "base/sealing_keys.h"
#include "base/task.h"
#include "store/audit_log.h"
#include "store/data_key_repository.h"
#include "store/setting_repository.h"
#include "store/store.h"

namespace commsd::identity {

/// The keys that organizations' content is encrypted under, one in use for each, made when the
/// first is needed. They lie in the database, encrypted under the server's own key, which does not:
/// a copy of the database alone reads nothing, and an organization whose keys were destroyed has no
/// content any more, in backups neither. [any executor]
class DataKeys {
 public:
  struct Key {
    std::string id;
    Sha256 secret;
  };
  using Shared = std::shared_ptr<const Key>;

  /// `server_secret` must be the same for every worker and across restarts, or the one that was is
  /// given as `secret_before` until reseal() has been there; "" = there is none.
  DataKeys(store::Store& store, const store::AuditLog& audit, const Clock& clock, Random& random,
           const Ids& ids, std::string_view server_secret, std::string_view secret_before = {});

  /// What is in memory, without asking the store; null when it is not.
  Shared known(std::string_view org_id) const;
  Shared known(std::string_view org_id, std::string_view id) const;

  /// The key in use. Errors: those of the store; unavailable when the stored one cannot be opened.
  Task<Result<Shared>> in_use(std::string org_id);
  /// A key by its id; null when it was destroyed.
  Task<Result<Shared>> find(std::string org_id, std::string id);

  /// To be called at start: unavailable, with a remedy, when keys in the database were made under
  /// another key of the server than these.
  Task<Result<void>> check() const;
  /// Forgets what another worker destroyed, and takes over what it made.
  Task<Result<void>> refresh();
  /// The same if some worker has destroyed keys since the last time; to be called every few
  /// seconds, for it reads one row.
  Task<Result<void>> hear_of_destroyed();

  /// Encrypts the keys that are under the server's key before under the one of now, each on its
  /// own: what is cut short goes on the next time. How many there were.
  Task<Result<std::size_t>> reseal();

  /// A new key for what comes; what was encrypted before is read with the old ones. Its id.
  Task<Result<std::string>> rotate(std::string org_id, std::string actor);
  /// After this nothing can be read that any key of the organization encrypted. How many there
  /// were. Other workers learn of it with their next hear_of_destroyed().
  Task<Result<std::size_t>> destroy(std::string org_id, std::string actor);

 private:
  struct Ring {
    std::string newest;
    std::unordered_map<std::string, Shared> keys;
  };

  using IdsOf = std::unordered_map<std::string, std::vector<std::string>>;  // by age

  Result<Shared> open(const store::DataKey& row) const;
  Task<Result<Shared>> make(std::string org_id, std::string actor);
  std::uint64_t losses() const;
  /// `losses` is what losses() said before the store was asked for the key: one that was destroyed
  /// since then must not come back.
  void note(const std::string& org_id, const Shared& key, bool newest, std::uint64_t losses);
  void keep_only(const IdsOf& there);

  store::DataKeyRepository rows_;
  store::SettingRepository settings_;
  store::Store& store_;
  const store::AuditLog& audit_;
  const Clock& clock_;
  Random& random_;
  const Ids& ids_;
  SealingKeys server_keys_;
  std::string name_;         // that rows know the server's key by
  std::string name_before_;  // "" = there is none
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, Ring> rings_;
  std::uint64_t losses_ = 0;  // how often keys were taken out of rings_
  std::string heard_;         // what the store last said of destroyed keys
};

}  // namespace commsd::identity
