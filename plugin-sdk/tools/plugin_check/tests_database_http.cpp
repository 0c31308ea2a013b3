#include "allocation.h"
#include "database_connection.h"
#include "faults.h"
#include "tests.h"

namespace comms::check {
namespace {

using Connection = CheckedConnection;

/// After the fault: that no success was made of it, and that somebody can understand why.
void judge(Context& test, const std::string& where, const OpResult& result) {
  if (result.status == COMMS_OK) {
    test.fail(kDatabase, where + " ended with COMMS_OK");
  } else if (result.error.message.empty()) {
    test.fail(kDetail,
              where + " failed with " + name_of_status(result.status) + " and did not say why");
  }
}

/// A commit whose answer is lost may have happened: the host looks before it does it again.
void judge_commit(Context& test, const std::string& where, const Fault& fault,
                  const Connection::Committed& committed) {
  if (committed.told != 1) {
    test.fail(kDatabase, where + " told the result of its unit " + std::to_string(committed.told) +
                             " times; it must be once");
    return;
  }
  if (committed.unit == COMMS_OK || committed.whole.status == COMMS_OK) {
    test.fail(kDatabase, where + " ended with COMMS_OK");
  } else if (fault.may_be_done && committed.unit != COMMS_AMBIGUOUS) {
    test.fail(kAmbiguous, where + " told its unit " + name_of_status(committed.unit) +
                              "; it must be COMMS_AMBIGUOUS, because it may have been committed");
  } else if (!fault.may_be_done && committed.unit == COMMS_AMBIGUOUS) {
    test.fail(kClass, where + " told its unit COMMS_AMBIGUOUS, though nothing was committed");
  }
}

/// JSON, if not what was asked for: where the answer says nothing but yes, it may be believed.
bool may_be_believed(const Fault& fault) {
  return std::string_view(fault.name) == "large_body";
}

void connect_after(Context& test, const Fault& fault) {
  Instance instance(test);
  const auto* table = instance.slot<comms_database>(COMMS_SLOT_DATABASE);
  if (!table || !table->connect) return;
  instance.host().fake.answers.assign(static_cast<std::size_t>(fault.how_often), fault.answer);
  const std::string where = std::string("connect after ") + fault.name;
  test.step(where);
  void* connection = nullptr;
  const OpResult result = instance.host().report("connect", [&](const comms_report* report) {
    return table->connect(instance.self(), COMMS_DB_WRITER, report, &connection);
  });
  const bool asked = !instance.host().fake.requests.empty();
  const bool believed = result.status == COMMS_OK && may_be_believed(fault);
  if (asked && !believed) judge(test, where, result);
  if (result.status == COMMS_OK) {
    const allocation::PluginSide side;
    table->disconnect(connection);
  }
}

/// From here on the vendor does what `fault` says; whether the connection asked it at all.
template <class Run>
bool asks(Connection& connection, const Fault& fault, Run run) {
  connection.host().forget();
  connection.host().fake.answers.assign(static_cast<std::size_t>(fault.how_often), fault.answer);
  run();
  return !connection.host().fake.requests.empty();
}

}  // namespace

void faults_over_http(Context& test) {
  Tape* tape = Tape::find(test, "database.statements");
  for (const Fault& fault : faults()) {
    const std::string after = std::string(" after ") + fault.name;
    connect_after(test, fault);
    Connection connection(test, tape);
    if (!connection.ready()) return;
    OpResult result;
    if (asks(connection, fault, [&] { result = connection.query("SELECT 1"); })) {
      judge(test, "query" + after, result);
    }
    if (asks(connection, fault, [&] { result = connection.script("SELECT 1;"); }) &&
        !(result.status == COMMS_OK && may_be_believed(fault))) {
      judge(test, "run_script" + after, result);
    }
    Connection::Committed committed;
    const auto commit = [&] { committed = connection.commit("SELECT 1", {}); };
    if (asks(connection, fault, commit)) {
      judge_commit(test, "commit_units" + after, fault, committed);
    }
  }
}

}  // namespace comms::check
