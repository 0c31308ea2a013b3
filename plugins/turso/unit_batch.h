#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "batch.h"

namespace turso_plugin {

/// A group of units as one batch that is one transaction:
///
///   BEGIN IMMEDIATE; the steps of all units, each if the one before went well; COMMIT; else
///   ROLLBACK
///
/// so one request saves the whole group or nothing. Careful, each unit stands between SAVEPOINT and
/// RELEASE and one that fails is undone alone. `expect_changes` becomes a statement of its own
/// behind the step, which fails when the number is another.
class UnitBatch {
 public:
  UnitBatch(const comms_unit* units, std::size_t count, bool careful, const comms::Crypto& crypto);

  enum class Kind { control = 1, begin, commit, step, guard };
  struct Role {
    Kind kind = Kind::control;
    std::size_t unit = 0;
    std::size_t step = 0;
    bool capture = false;
  };

  std::string json() const { return batch_.json(); }
  /// What the batch's step is for. Throws comms::Error(COMMS_UNAVAILABLE) when there is no such.
  const Role& role(std::size_t step) const;

  /// A unit that has no form on the wire. A careful batch undoes it; another one is not to be sent.
  struct Unwritable {
    std::size_t unit;
    std::size_t step;
    std::string why;
  };
  const std::vector<Unwritable>& unwritable() const { return unwritable_; }

 private:
  std::size_t add(Kind kind, std::string_view sql, const std::string& condition);
  void add_unit(const comms_unit& unit, std::size_t number, std::string& condition);
  void add_step(const comms_step& step, std::size_t unit, std::size_t number,
                std::string& condition);
  void add_carefully(const comms_unit& unit, std::size_t number, std::size_t begin);

  Batch batch_;
  std::vector<Role> roles_;
  std::vector<Unwritable> unwritable_;
};

}  // namespace turso_plugin
