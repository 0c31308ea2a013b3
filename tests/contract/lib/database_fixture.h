#pragma once

#include <memory>
#include <string>
#include <vector>

#include <comms/slot/database.h>

#include "plugin_fixture.h"

// A database provider on answers that are scripted: one connection, and what came of its last call.

struct UnitResult {
  comms_status status = COMMS_INTERNAL;
  std::int32_t reason = 0;
  std::uint32_t step = 0;
  std::string code, message;
};

class DatabaseTest : public testing::Test {
 protected:
  DatabaseTest() { host.crypto = comms::testing::openssl_crypto(); }
  ~DatabaseTest() override { disconnect(); }

  /// The settings as JSON, `more` behind them.
  virtual std::string settings(const std::string& more) const = 0;

  comms_status connect(std::int32_t role = COMMS_DB_WRITER, const std::string& more = "") {
    if (!plugin) {
      plugin = std::make_unique<comms::testing::Plugin>(host, load_plugin(), settings(more));
      EXPECT_EQ(plugin->status, COMMS_OK) << plugin->error.message;
      table = plugin->slot<comms_database>(COMMS_SLOT_DATABASE);
    }
    return table->connect(plugin->self, role, &report, &connection);
  }
  void disconnect() {
    if (connection) table->disconnect(connection);
    connection = nullptr;
  }

  comms_status query(const std::string& sql, std::vector<comms_value> values = {}) {
    comms_statement statement{
        sizeof statement, 0, comms::str("t.q"), comms::str(sql), values.data(), values.size()};
    rows.clear();
    comms_rows sink{
        sizeof sink, 0, this,
        [](void* self, const comms_str* names, std::size_t count) {
          auto& seen = static_cast<DatabaseTest*>(self)->columns;
          seen.clear();
          for (std::size_t at = 0; at < count; ++at) {
            seen.emplace_back(comms::view(names[at]));
          }
        },
        [](void* self, const comms_value* row, std::size_t count, std::size_t) -> comms_status {
          for (std::size_t at = 0; at < count; ++at) {
            static_cast<DatabaseTest*>(self)->rows.emplace_back(describe(row[at]));
          }
          return COMMS_OK;
        }};
    return table->query(connection, &statement, &sink, &report);
  }
  static std::string describe(const comms_value& value) {
    switch (value.type) {
      case COMMS_VALUE_NULL:
        return "null";
      case COMMS_VALUE_I64:
        return std::to_string(value.i64);
      case COMMS_VALUE_F64:
        return "f" + std::to_string(value.f64);
      default:
        return (value.type == COMMS_VALUE_TEXT ? "t" : "b") + std::string(comms::view(value.bytes));
    }
  }

  struct Step {
    std::string sql;
    std::int64_t expect = -1;
    std::vector<comms_value> values{};
    bool capture = false;
  };
  comms_status commit(const std::vector<std::vector<Step>>& units) {
    std::vector<comms_statement> statements;
    std::vector<std::vector<comms_step>> steps;
    std::vector<comms_unit> group;
    std::size_t count = 0;
    for (const auto& unit : units) count += unit.size();
    statements.reserve(count);
    for (const auto& unit : units) {
      auto& own = steps.emplace_back();
      for (const Step& step : unit) {
        statements.push_back({sizeof(comms_statement), 0, comms::str("t.s"), comms::str(step.sql),
                              step.values.data(), step.values.size()});
        own.push_back({&statements.back(), step.expect,
                       step.capture ? std::uint32_t{COMMS_STEP_CAPTURE} : 0u, 0});
      }
    }
    for (const auto& own : steps) group.push_back({own.data(), own.size()});
    results.assign(units.size(), UnitResult());
    comms_unit_results sink{
        sizeof sink,
        0,
        this,
        [](void*, std::size_t, std::size_t, const comms_str*, std::size_t) {},
        [](void* self, std::size_t, std::size_t, const comms_value* row, std::size_t, std::size_t) {
          static_cast<DatabaseTest*>(self)->rows.emplace_back(describe(row[0]));
        },
        [](void* self, std::size_t unit, const comms_unit_result* result) {
          static_cast<DatabaseTest*>(self)->results[unit] = {
              result->status, result->reason, result->failed_step,
              std::string(comms::view(result->vendor_code)),
              std::string(comms::view(result->message))};
        }};
    return table->commit_units(connection, group.data(), group.size(), &sink, &report);
  }
  const std::string& sent(std::size_t from_end = 0) const {
    return host.requests[host.requests.size() - 1 - from_end].body;
  }

  comms::testing::FakeHost host;
  std::unique_ptr<comms::testing::Plugin> plugin;
  const comms_database* table = nullptr;
  void* connection = nullptr;
  comms::Error error{COMMS_OK};
  comms_report report{&error, [](void* self, const comms_error* said) {
                        *static_cast<comms::Error*>(self) =
                            comms::Error(said->status, std::string(comms::view(said->message)),
                                         std::string(comms::view(said->vendor_code)),
                                         std::string(comms::view(said->remedy)));
                      }};
  std::vector<std::string> columns, rows;
  std::vector<UnitResult> results;
};
