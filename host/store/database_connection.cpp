#include "store/database_connection.h"

#include <deque>

#include "store/database_error.h"
#include "store/database_values.h"

namespace commsd::store {

namespace {

std::string_view view(comms_str text) {
  return text.len ? std::string_view(text.ptr, text.len) : std::string_view();
}

/// What a group of units yields, gathered while the provider runs it.
struct GroupResults {
  struct Unit {
    std::vector<RowsBuilder> rows;  // per step
    std::optional<Result<UnitOutcome>> outcome;
  };
  const std::vector<const BoundUnit*>& units;
  std::vector<Unit> results;

  static GroupResults& of(void* context) { return *static_cast<GroupResults*>(context); }
  /// Null for numbers that a faulty provider made up.
  RowsBuilder* builder(std::size_t unit, std::size_t step) {
    if (unit >= results.size() || step >= results[unit].rows.size()) return nullptr;
    return &results[unit].rows[step];
  }

  static void columns(void* context, std::size_t unit, std::size_t step, const comms_str* names,
                      std::size_t count) {
    if (RowsBuilder* builder = of(context).builder(unit, step)) builder->set_columns(names, count);
  }
  static void rows(void* context, std::size_t unit, std::size_t step, const comms_value* values,
                   std::size_t columns, std::size_t count) {
    if (RowsBuilder* builder = of(context).builder(unit, step)) {
      builder->add(values, columns, count);
    }
  }
  static void unit(void* context, std::size_t unit, const comms_unit_result* result) {
    GroupResults& group = of(context);
    if (unit >= group.results.size() || group.results[unit].outcome) return;
    group.results[unit].outcome = group.outcome(unit, *result);
  }

  Result<UnitOutcome> outcome(std::size_t unit, const comms_unit_result& result) {
    UnitOutcome outcome;
    if (result.status == COMMS_OK) {
      outcome.committed = true;
      for (const BoundStep& step : *units[unit]) outcome.changes.push_back(step.expect_changes);
      for (RowsBuilder& builder : results[unit].rows) outcome.rows.push_back(builder.take());
      return outcome;
    }
    if (result.status == COMMS_REJECTED && result.reason != COMMS_DB_CHECK) {
      outcome.failed_step = result.failed_step;
      return outcome;
    }
    std::string detail;
    if (result.failed_step < units[unit]->size() && result.reason != COMMS_DB_COMMIT) {
      detail = "statement '" + (*units[unit])[result.failed_step].statement.statement->name + "': ";
    }
    detail += view(result.message);
    return fail(database_error(result.status, detail, view(result.vendor_code), {}));
  }
};

}  // namespace

Result<std::unique_ptr<DatabaseConnection>> DatabaseConnection::open(
    const plugin::DatabaseHandle& handle, Role role) {
  DatabaseReport report;
  void* connection = nullptr;
  const comms_status status =
      handle.table->connect(handle.self, static_cast<std::int32_t>(role), report.c(), &connection);
  if (status != COMMS_OK) return fail(report.error(status));
  return std::unique_ptr<DatabaseConnection>(new DatabaseConnection(handle, connection));
}

DatabaseConnection::~DatabaseConnection() {
  handle_.table->disconnect(connection_);
}

Result<void> DatabaseConnection::ping() {
  DatabaseReport report;
  const comms_status status = handle_.table->ping(connection_, report.c());
  if (status != COMMS_OK) return fail(report.error(status));
  return {};
}

Result<void> DatabaseConnection::run_script(std::string_view sql) {
  DatabaseReport report;
  const comms_status status =
      handle_.table->run_script(connection_, {sql.data(), sql.size()}, report.c());
  if (status != COMMS_OK) return fail(report.error(status));
  return {};
}

Result<Rows> DatabaseConnection::query(const BoundStatement& statement) {
  const StatementView view(statement);
  RowsBuilder builder;
  comms_rows rows{};
  rows.size = sizeof rows;
  rows.ctx = &builder;
  rows.columns = [](void* context, const comms_str* names, std::size_t count) {
    static_cast<RowsBuilder*>(context)->set_columns(names, count);
  };
  rows.rows = [](void* context, const comms_value* values, std::size_t columns,
                 std::size_t count) -> comms_status {
    static_cast<RowsBuilder*>(context)->add(values, columns, count);
    return COMMS_OK;
  };
  DatabaseReport report;
  const comms_status status = handle_.table->query(connection_, view.c(), &rows, report.c());
  if (status != COMMS_OK) {
    Error error = report.error(status);
    error.cause = "statement '" + statement.statement->name + "': " + error.cause;
    return fail(std::move(error));
  }
  return builder.take();
}

std::vector<Result<UnitOutcome>> DatabaseConnection::commit(
    const std::vector<const BoundUnit*>& units) {
  std::deque<StatementView> statements;  // a deque, because steps point at its elements
  std::vector<std::vector<comms_step>> steps(units.size());
  std::vector<comms_unit> c_units;
  GroupResults group{units, std::vector<GroupResults::Unit>(units.size())};
  for (std::size_t index = 0; index < units.size(); ++index) {
    group.results[index].rows.resize(units[index]->size());
    for (const BoundStep& step : *units[index]) {
      const StatementView& statement = statements.emplace_back(step.statement);
      const std::uint32_t flags = step.returns_rows ? std::uint32_t{COMMS_STEP_CAPTURE} : 0;
      steps[index].push_back({statement.c(), step.expect_changes, flags, 0});
    }
    c_units.push_back({steps[index].data(), steps[index].size()});
  }

  comms_unit_results results{};
  results.size = sizeof results;
  results.ctx = &group;
  results.columns = &GroupResults::columns;
  results.rows = &GroupResults::rows;
  results.unit = &GroupResults::unit;
  DatabaseReport report;
  const comms_status status = handle_.table->commit_units(connection_, c_units.data(),
                                                          c_units.size(), &results, report.c());

  std::vector<Result<UnitOutcome>> outcomes;
  for (GroupResults::Unit& unit : group.results) {
    // A provider that fails the group while it calls a unit saved is not believed.
    const bool contradicts = unit.outcome && *unit.outcome && (*unit.outcome)->committed;
    if (unit.outcome && (status == COMMS_OK || !contradicts)) {
      outcomes.push_back(std::move(*unit.outcome));
    } else if (status == COMMS_OK) {
      outcomes.push_back(fail(
          database_error(COMMS_INTERNAL, "the database provider gave a unit no result", {}, {})));
    } else {
      outcomes.push_back(fail(report.error(status)));
    }
  }
  return outcomes;
}

}  // namespace commsd::store
