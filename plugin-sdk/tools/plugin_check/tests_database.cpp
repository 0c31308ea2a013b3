#include <comms/slot/database.h>

#include "allocation.h"
#include "faults.h"
#include "subject.h"
#include "tests.h"

namespace comms::check {
namespace {

using allocation::PluginSide;

/// A connection of an instance. Where there is no engine to connect to, the test is skipped.
class Connection {
 public:
  explicit Connection(Context& test, std::int32_t role = COMMS_DB_WRITER)
      : test_(test), instance_(test) {
    table_ = instance_.slot<comms_database>(COMMS_SLOT_DATABASE);
    if (!table_ || !table_->connect || !table_->disconnect) return;
    test.step("connect");
    const OpResult result = instance_.host().report("connect", [&](const comms_report* report) {
      return table_->connect(instance_.self(), role, report, &connection_);
    });
    if (result.status == COMMS_OK && !connection_) {
      test.fail(kDatabase, "connect returned COMMS_OK and no connection");
    }
    if (result.status == COMMS_OK) return;
    connection_ = nullptr;
    if (result.error.message.empty()) test.fail(kDetail, "connect failed and did not say why");
    test.not_tried("it has no database to connect to: " + result.error.message,
                   "start one and give its settings with --config FILE");
  }
  Connection(const Connection&) = delete;
  ~Connection() {
    const PluginSide side;
    if (connection_) table_->disconnect(connection_);
  }

  bool ready() const { return connection_ != nullptr; }
  const comms_database* table() const { return table_; }
  Instance& instance() { return instance_; }
  std::string dialect() {
    const PluginSide side;
    return std::string(view(table_->dialect(instance_.self())));
  }

  OpResult script(std::string_view sql) {
    test_.step("run_script");
    return instance_.host().report("run_script", [&](const comms_report* report) {
      return table_->run_script(connection_, str(sql), report);
    });
  }

  /// Rows as text, a line each; what was reported is in the result.
  OpResult query(std::string_view sql, const std::vector<comms_value>& params = {}) {
    test_.step("query");
    std::string rows;
    comms_statement statement{};
    statement.size = sizeof statement;
    const std::string name = "check_" + std::to_string(std::hash<std::string_view>()(sql));
    statement.name = str(name);
    statement.sql = str(sql);
    statement.params = params.data();
    statement.param_count = params.size();
    comms_rows sink{};
    sink.size = sizeof sink;
    sink.ctx = &rows;
    sink.columns = [](void*, const comms_str*, std::size_t) {};
    sink.rows = [](void* ctx, const comms_value* values, std::size_t columns,
                   std::size_t count) -> Status {
      const allocation::HostSide side;
      auto& text = *static_cast<std::string*>(ctx);
      for (std::size_t i = 0; i < columns * count; ++i) {
        const comms_value& v = values[i];
        if (v.type == COMMS_VALUE_I64 || v.type == COMMS_VALUE_BOOL) text += std::to_string(v.i64);
        if (v.type == COMMS_VALUE_TEXT || v.type == COMMS_VALUE_BLOB) text += view(v.bytes);
        if (v.type == COMMS_VALUE_NULL) text += "NULL";
        text += (i + 1) % columns == 0 ? '\n' : '|';
      }
      return COMMS_OK;
    };
    OpResult result = instance_.host().report("query", [&](const comms_report* report) {
      return table_->query(connection_, &statement, &sink, report);
    });
    result.data = rows;
    return result;
  }

  /// One statement as a unit; its result's status, and how often it was told.
  std::pair<Status, int> commit(std::string_view sql, const std::vector<comms_value>& params) {
    test_.step("commit_units");
    comms_statement statement{};
    statement.size = sizeof statement;
    statement.name = str("check_insert");
    statement.sql = str(sql);
    statement.params = params.data();
    statement.param_count = params.size();
    const comms_step step{&statement, -1, 0, 0};
    const comms_unit unit{&step, 1};
    std::pair<Status, int> told{COMMS_INTERNAL, 0};
    comms_unit_results results{};
    results.size = sizeof results;
    results.ctx = &told;
    results.columns = [](void*, std::size_t, std::size_t, const comms_str*, std::size_t) {};
    results.rows = [](void*, std::size_t, std::size_t, const comms_value*, std::size_t,
                      std::size_t) {};
    results.unit = [](void* ctx, std::size_t, const comms_unit_result* result) {
      auto& to = *static_cast<std::pair<Status, int>*>(ctx);
      to.first = result->status;
      ++to.second;
    };
    instance_.host().report("commit_units", [&](const comms_report* report) {
      return table_->commit_units(connection_, &unit, 1, &results, report);
    });
    return told;
  }

 private:
  Context& test_;
  Instance instance_;
  const comms_database* table_ = nullptr;
  void* connection_ = nullptr;
};

comms_value integer(std::int64_t n) {
  return {COMMS_VALUE_I64, 0, n, 0, {nullptr, 0}};
}
comms_value text(std::string_view s) {
  return {COMMS_VALUE_TEXT, 0, 0, 0, bytes(s)};
}

void dialect(Context& test) {
  Instance instance(test);
  const auto* table = instance.slot<comms_database>(COMMS_SLOT_DATABASE);
  if (!table || !table->dialect) return;
  std::string name;
  {
    const PluginSide side;
    name = view(table->dialect(instance.self()));
  }
  if (name != "sqlite" && name != "libsql" && name != "postgres" && name != "document") {
    test.fail(kDatabase,
              "the dialect is '" + name + "'; it must be sqlite, libsql, postgres or document");
  }
}

/// There is nothing behind an address nobody serves: that must be said, not waited for.
void no_server(Context& test) {
  Instance instance(test);
  const auto* table = instance.slot<comms_database>(COMMS_SLOT_DATABASE);
  if (!table || !table->connect) return;
  for (const std::int32_t role : {COMMS_DB_WRITER, COMMS_DB_READER}) {
    void* connection = nullptr;
    test.step("connect as it is configured");
    const OpResult result = instance.host().report("connect", [&](const comms_report* report) {
      return table->connect(instance.self(), role, report, &connection);
    });
    if (result.status == COMMS_OK) {
      const PluginSide side;
      table->disconnect(connection);
    } else if (result.error.message.empty()) {
      test.fail(kDetail,
                "connect failed with " + name_of_status(result.status) + " and did not say why");
    }
  }
}

void statements(Context& test) {
  Connection connection(test);
  if (!connection.ready()) return;
  if (connection.dialect() == "document") {
    test.note("a document store takes no SQL: its functions are for its own tests");
    return;
  }
  const bool postgres = connection.dialect() == "postgres";
  connection.script("DROP TABLE IF EXISTS comms_plugin_check");
  const OpResult made = connection.script(
      "CREATE TABLE comms_plugin_check (id BIGINT PRIMARY KEY, body TEXT NOT NULL);"
      "INSERT INTO comms_plugin_check (id, body) VALUES (1, 'one');");
  if (made.status != COMMS_OK) {
    test.fail(kDatabase,
              "run_script ended with " + name_of_status(made.status) + ": " + made.error.message);
    return;
  }
  const std::string insert = postgres ? "INSERT INTO comms_plugin_check (id, body) VALUES ($1, $2)"
                                      : "INSERT INTO comms_plugin_check (id, body) VALUES (?1, ?2)";
  const auto first = connection.commit(insert, {integer(2), text("caf\xc3\xa9 'quoted'")});
  if (first.first != COMMS_OK || first.second != 1) {
    test.fail(kDatabase, "a unit that inserts one row ended with " + name_of_status(first.first) +
                             ", told " + std::to_string(first.second) + " times");
  }
  const auto again = connection.commit(insert, {integer(2), text("twice")});
  if (again.first != COMMS_REJECTED || again.second != 1) {
    test.fail(kDatabase, "a unit that breaks a primary key ended with " +
                             name_of_status(again.first) + " instead of COMMS_REJECTED");
  }
  const OpResult rows = connection.query("SELECT id, body FROM comms_plugin_check ORDER BY id");
  if (rows.data != "1|one\n2|caf\xc3\xa9 'quoted'\n") {
    test.fail(kDatabase, "the rows written do not come back as they were: " + rows.data);
  }
  const OpResult bad = connection.query("SELECT nothing FROM nowhere_at_all");
  if (bad.status == COMMS_OK) {
    test.fail(kDatabase, "a query of a table that is not there ended with COMMS_OK");
  } else if (bad.error.message.empty()) {
    test.fail(kDetail, "a bad query failed and did not say why");
  }
  const OpResult half = connection.script(
      "INSERT INTO comms_plugin_check (id, body) VALUES (3, 'x'); SELECT broken FROM nowhere;");
  if (half.status == COMMS_OK) test.fail(kDatabase, "a script that fails ended with COMMS_OK");
  if (connection.query("SELECT id FROM comms_plugin_check WHERE id = 3").data != "") {
    test.fail(kDatabase, "a script that failed left half of its work");
  }
  connection.script("DROP TABLE comms_plugin_check");
}

void reconnects(Context& test) {
  constexpr int kTimes = 50;
  { Connection first(test); }
  std::int64_t blocks = 0;
  for (int i = -5; i < kTimes; ++i) {
    if (i == 0) blocks = allocation::live_blocks();
    Connection connection(test);
    if (!connection.ready()) return;
    connection.instance().host().report("ping", [&](const comms_report*) { return COMMS_OK; });
  }
  const std::int64_t more = allocation::live_blocks() - blocks;
  if (more >= kTimes) {
    test.fail(kOwnership, std::to_string(kTimes) + " connections left " + std::to_string(more) +
                              " allocations");
  }
}

}  // namespace

std::vector<Test> database_tests(const PluginFile& plugin) {
  if (!plugin.slot(COMMS_SLOT_DATABASE)) return {};
  return {{"database.dialect", &dialect},
          {"database.connect", &no_server, 30},
          {"database.statements", &statements, 30},
          {"database.connection_leak", &reconnects, 60}};
}

}  // namespace comms::check
