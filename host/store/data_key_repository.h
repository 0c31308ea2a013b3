#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/store.h"

namespace commsd::store {

/// A key that an organization's content is encrypted under, as it is stored.
struct DataKey {
  std::string org_id;
  std::string id;
  std::string sealed_key;  // "" in what all() returns
  std::string server_key;  // names the server's key that it is sealed under
};

/// [any executor]
class DataKeyRepository {
 public:
  explicit DataKeyRepository(Store& store) : store_(store) {}

  /// The one in use.
  Task<Result<std::optional<DataKey>>> newest(std::string_view org_id) const;
  Task<Result<std::optional<DataKey>>> find(std::string_view org_id, std::string_view id) const;
  /// System-level: which keys there are, by organization and age.
  Task<Result<std::vector<DataKey>>> all() const;
  /// System-level: how many are sealed under another key of the server than these two.
  Task<Result<std::int64_t>> count_of_others(std::string_view server_key,
                                             std::string_view server_key_before) const;
  /// System-level: those sealed under this key of the server.
  Task<Result<std::vector<DataKey>>> under(std::string_view server_key) const;

  static void add(UnitOfWork& unit, const DataKey& key, UnixMillis at);
  /// Takes over what `key` says of how it is sealed. Guarded: it still is under the key before.
  static void add_reseal(UnitOfWork& unit, const DataKey& key, std::string_view server_key_before);
  /// Deletes every key of the organization; the unit's rows are their ids.
  static void add_destroy(UnitOfWork& unit, std::string_view org_id);

 private:
  Store& store_;
};

}  // namespace commsd::store
