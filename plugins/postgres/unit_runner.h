#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include <comms/cpp/database.hpp>

#include "statements.h"
#include "wire.h"

namespace postgres_plugin {

/// Runs one group of units. There are three ways, each of them one round trip:
///   together    all units as one transaction: one fsync, and nothing to undo a unit by itself;
///   with care   one transaction with a savepoint for each unit, after a unit of a group failed;
///   apart       a transaction for each unit, after a group met a lock of another process.
/// A group holds the locks of all its units, in whatever order they come; two processes that do so
/// wait for each other, and the server takes a second to see it. So a group waits only a moment for
/// a lock, and then its units go apart, where each holds what it needs itself.
class UnitRunner final : public Answers {
 public:
  /// Everything outlives this.
  UnitRunner(Wire& wire, Statements& statements, const Settings& settings, const comms_unit* units,
             std::size_t count, comms::UnitSink& results);

  /// What later groups of the connection learn from this one.
  struct Habits {
    bool careful = false;    // a unit of the last group failed
    int groups_to_part = 0;  // so many groups go apart, because a lock was met
  };

  /// Tells every unit's result. Throws comms::Error when no unit was saved.
  void run(Habits& habits);

  void rows(Tag tag, const PGresult* result) override;
  void failed(Tag tag, const Failure& failure) override;
  void reached(Tag tag) override;

 private:
  enum class State { open, saved, failed };
  struct Unit {
    State state = State::open;
    bool has_failed = false;      // in the run under way
    bool failed_in_step = false;  // and not at its end
    std::size_t failed_step = 0;
    Failure failure;
  };
  struct Step {
    const comms_step* step;
    Prepared* prepared;
    Parameters parameters;
    bool columns_told;
  };

  void bind();
  bool bind_step(std::size_t unit, const comms_step& step);
  void refuse(std::size_t unit, std::size_t step, Failure failure);
  void prepare();
  void forget_prepared();

  void begin_run(bool apart);
  void send_settings(std::string_view lock_timeout, Tag tag);
  void send_unit(std::size_t unit);
  bool run_together();
  void run_with_care();
  void run_apart();
  void give_up(const Lost& lost);
  bool any_open() const;
  void tell();

  Wire& wire_;
  Statements& statements_;
  const Settings& settings_;
  const comms_unit* const units_;
  comms::UnitSink& results_;
  std::vector<Unit> unit_;
  std::vector<std::vector<Step>> steps_;
  std::vector<Prepared*> to_prepare_;
  RowReader reader_;
  std::optional<Failure> group_failure_;  // of a statement of ours, or of the commit
  bool apart_ = false;                    // a point ends a unit
  bool preparing_ = false;
};

}  // namespace postgres_plugin
