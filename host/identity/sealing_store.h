#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "identity/data_keys.h"
#include "identity/sealed_columns.h"
#include "store/store.h"

namespace commsd::identity {

/// A store that encrypts content on its way into another one and decrypts it on its way out, so
/// that nobody who works with content can forget to. What it writes is
///
///     sealed1:<id of the data key>:<AES-256-GCM, see base/sealed_text.h>
///
/// under a key made from the organization's data key, the column and the row: a value that was
/// moved to another row, column or organization does not open there, and no two values share a key.
/// A value without that beginning is from before and is passed on as it is. One that does not open
/// (its key was destroyed, or it was altered) reads as NULL. [any executor]
class SealingStore final : public store::Store {
 public:
  /// All of them outlive this.
  SealingStore(store::Store& real, DataKeys& keys, const SealedColumns& columns, Random& random)
      : real_(real), keys_(keys), columns_(columns), random_(random) {}

  Task<Result<store::Rows>> query(std::string_view statement,
                                  store::Parameters parameters) override;
  Task<Result<store::UnitOutcome>> commit(store::UnitOfWork unit) override;

 private:
  using Columns = std::vector<SealedColumns::Column>;

  Task<Result<store::Rows>> query_sealed(std::string_view statement, store::Parameters parameters,
                                         const Columns* columns);
  Task<Result<store::UnitOutcome>> commit_sealed(store::UnitOfWork unit);
  /// A step that writes content, and the key that it is sealed with.
  struct Write {
    std::size_t step = 0;
    const Columns* columns = nullptr;
    DataKeys::Shared key;
  };
  /// Nothing when a key is not in memory; `missing` is then whose.
  std::optional<std::vector<Write>> writes_of(const store::UnitOfWork& unit,
                                              std::string& missing) const;
  void seal(store::UnitOfWork& unit, const std::vector<Write>& writes) const;

  store::Store& real_;
  DataKeys& keys_;
  const SealedColumns& columns_;
  Random& random_;
};

}  // namespace commsd::identity
