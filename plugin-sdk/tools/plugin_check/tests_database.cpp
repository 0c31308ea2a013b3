#include <algorithm>
#include <array>

#include "allocation.h"
#include "database_connection.h"
#include "faults.h"
#include "tests.h"

namespace comms::check {
namespace {

using allocation::PluginSide;
using Connection = CheckedConnection;

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

/// Whether SQL can be run on this; the test says why not.
bool takes_sql(Context& test, const Tape* tape, Connection& connection, const char* cassette) {
  if (!connection.ready()) return false;
  if (!tape && !connection.host().fake.requests.empty()) {
    test.not_tried("it asks a vendor, and no answers are there",
                   std::string("record them: --cassettes FOLDER, with ") + cassette + ".jsonl");
    return false;
  }
  if (connection.dialect() == "document") {
    test.note("a document store takes no SQL: its functions are for its own tests");
    return false;
  }
  return true;
}

void statements(Context& test) {
  Tape* tape = Tape::find(test, "database.statements");
  Connection connection(test, tape, Tape::Play::once);
  if (!takes_sql(test, tape, connection, "database.statements")) return;
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
  const auto first =
      connection.commit(insert, {integer_value(2), text_value("caf\xc3\xa9 'quoted'")});
  if (first.unit != COMMS_OK || first.told != 1) {
    test.fail(kDatabase, "a unit that inserts one row ended with " + name_of_status(first.unit) +
                             ", told " + std::to_string(first.told) + " times");
  }
  const auto again = connection.commit(insert, {integer_value(2), text_value("twice")});
  if (again.unit != COMMS_REJECTED || again.told != 1) {
    test.fail(kDatabase, "a unit that breaks a primary key ended with " +
                             name_of_status(again.unit) + " instead of COMMS_REJECTED");
  }
  const OpResult rows = connection.query("SELECT id, body FROM comms_plugin_check ORDER BY id");
  if (rows.data != "1|one\n2|caf\xc3\xa9 'quoted'\n") {
    std::string came = rows.data;
    std::replace(came.begin(), came.end(), '\n', ' ');  // a finding is one line
    test.fail(kDatabase, "the rows written do not come back as they were: " + came);
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
  if (tape) tape->check();
}

/// A script may end where its text does not: what a provider writes behind it, such as its COMMIT,
/// is then part of a comment or of the last statement, and all seems to go well.
void ends_of_scripts(Context& test) {
  constexpr std::array<const char*, 6> kEnds = {
      "", ";", "; -- the end", " -- the end", "; /* no end", " /* no end"};
  Tape* tape = Tape::find(test, "database.scripts");
  Connection connection(test, tape, Tape::Play::once);
  if (!takes_sql(test, tape, connection, "database.scripts")) return;
  connection.script("DROP TABLE IF EXISTS comms_plugin_check_ends");
  const OpResult made = connection.script("CREATE TABLE comms_plugin_check_ends (id BIGINT)");
  if (made.status != COMMS_OK) {
    test.fail(kDatabase,
              "run_script ended with " + name_of_status(made.status) + ": " + made.error.message);
    return;
  }
  std::string id = "1";
  for (const char* end : kEnds) {
    const std::string called = std::string("a script that ends in '") + end + '\'';
    const OpResult run =
        connection.script("INSERT INTO comms_plugin_check_ends (id) VALUES (" + id + ')' + end);
    // Undoes what was only begun.
    connection.script("SELECT broken FROM nowhere_at_all;");
    const bool saved =
        !connection.query("SELECT id FROM comms_plugin_check_ends WHERE id = " + id).data.empty();
    if (run.status == COMMS_OK && !saved) {
      test.fail(kDatabase, called + " ended with COMMS_OK and is not saved");
    } else if (run.status != COMMS_OK && saved) {
      test.fail(kDatabase, called + " ended with " + name_of_status(run.status) + " and is saved");
    } else if (run.status != COMMS_OK && run.error.message.empty()) {
      test.fail(kDetail, called + " failed and did not say why");
    }
    ++id.front();
  }
  connection.script("DROP TABLE comms_plugin_check_ends");
  if (tape) tape->check();
}

void reconnects(Context& test) {
  constexpr int kTimes = 50;
  Tape* tape = Tape::find(test, "database.statements");
  { Connection first(test, tape); }
  std::int64_t blocks = 0;
  for (int i = -5; i < kTimes; ++i) {
    if (i == 0) blocks = allocation::live_blocks();
    Connection connection(test, tape);
    if (!connection.ready()) return;
    connection.ping();
  }
  const std::int64_t more = allocation::live_blocks() - blocks;
  if (more >= kTimes) {
    test.fail(kOwnership, std::to_string(kTimes) + " connections left " + std::to_string(more) +
                              " allocations");
  }
}

/// A unit is told once whatever happens, and never as committed when the group says it was not.
void short_of_memory(Context& test) {
  Tape* tape = Tape::find(test, "database.statements");
  if (!Connection(test, tape).ready()) return;
  fail_each_allocation(test, Leaves::nothing, [&] {
    Connection connection(test, tape);
    if (!connection.ready() || connection.dialect() == "document") return;
    const std::string insert = connection.dialect() == "postgres" ? "SELECT $1" : "SELECT ?1";
    connection.query("SELECT 1");
    const auto committed = connection.commit(insert, {text_value("one")});
    if (committed.told != 1) {
      test.fail(kDatabase, "a unit was told " + std::to_string(committed.told) +
                               " times when memory was short");
    }
    if (committed.whole.status != COMMS_OK && committed.unit == COMMS_OK) {
      test.fail(kDatabase, "a unit was told as committed by a commit that failed");
    }
  });
}

}  // namespace

std::vector<Test> database_tests(const PluginFile& plugin) {
  if (!plugin.slot(COMMS_SLOT_DATABASE)) return {};
  std::vector<Test> tests = {{"database.dialect", &dialect},
                             {"database.connect", &no_server, 30},
                             {"database.statements", &statements, 30},
                             {"database.scripts", &ends_of_scripts, 30},
                             {"database.connection_leak", &reconnects, 60},
                             {"database.allocation_failure", &short_of_memory, 60}};
  if (plugin.uses(COMMS_SVC_HTTP)) tests.push_back({"database.over_http", &faults_over_http, 60});
  return tests;
}

}  // namespace comms::check
