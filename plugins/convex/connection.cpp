#include "connection.h"

#include "unit_group.h"
#include "unit_runner.h"
#include "values.h"

namespace convex_plugin {

namespace {

/// What the host allows a request at most, for migrations.
constexpr std::uint32_t longest_script_ms = 120000;
constexpr std::uint32_t longest_script_wait_ms = 60000;

}  // namespace

Connection::Connection(const comms::Host& host, const Settings& settings)
    : settings_(settings), crypto_(host), deployment_(host, settings) {
  ping();
}

void Connection::ping() {
  deployment_.query("store:read", R"({"protocol":1,"statement":{"name":"ping","sql":"SELECT 1"},)"
                                  R"("params":[]})");
}

void Connection::run_script(std::string_view sql) {
  std::string arguments = R"({"protocol":1,"sql":)";
  comms::append_json_string(arguments, sql);
  deployment_.mutation("store:script", arguments + '}', longest_script_ms, longest_script_wait_ms);
}

void Connection::query(const comms_statement& statement, comms::RowSink& rows) {
  std::string arguments = R"({"protocol":1,"statement":)" + describe(statement) + R"(,"params":)";
  append_parameters(arguments, statement, crypto_);
  const comms::Json answer = deployment_.query("store:read", arguments + '}');
  Row reader(crypto_);
  read_rows(
      answer["value"], reader,
      [&](const std::vector<comms_str>& columns) { rows.columns(columns); },
      [&](const std::vector<comms_value>& row) { return rows.row(row); });
}

void Connection::commit_units(const comms_unit* units, std::size_t count,
                              comms::UnitSink& results) {
  UnitRunner runner(deployment_, settings_, crypto_, units, results);
  // An error of the whole says that no unit was saved (comms/slot/database.h), so once one was, the
  // others are told theirs one by one.
  try {
    runner.run(0, count);
  } catch (const comms::Error& error) {
    if (!runner.has_saved()) throw;
    results.all_failed(error.status, error.vendor_code, error.message);
  } catch (...) {
    if (!runner.has_saved()) throw;
    results.all_failed(COMMS_AMBIGUOUS, {}, "the plugin failed");
  }
}

}  // namespace convex_plugin
