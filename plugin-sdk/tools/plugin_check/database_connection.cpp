#include "database_connection.h"

#include "allocation.h"
#include "faults.h"

namespace comms::check {
namespace {

using allocation::HostSide;
using allocation::PluginSide;

comms_statement statement(std::string_view name, std::string_view sql,
                          const std::vector<comms_value>& params) {
  return {sizeof(comms_statement), 0, str(name), str(sql), params.data(), params.size()};
}

Status add_rows(void* ctx, const comms_value* values, std::size_t columns, std::size_t count) {
  const HostSide side;
  auto& text = *static_cast<std::string*>(ctx);
  for (std::size_t i = 0; i < columns * count; ++i) {
    const comms_value& v = values[i];
    if (v.type == COMMS_VALUE_I64 || v.type == COMMS_VALUE_BOOL) text += std::to_string(v.i64);
    if (v.type == COMMS_VALUE_TEXT || v.type == COMMS_VALUE_BLOB) text += view(v.bytes);
    if (v.type == COMMS_VALUE_NULL) text += "NULL";
    text += (i + 1) % columns == 0 ? '\n' : '|';
  }
  return COMMS_OK;
}

}  // namespace

CheckedConnection::CheckedConnection(Context& test, Tape* tape, Tape::Play how)
    : test_(test), instance_(test) {
  table_ = instance_.slot<comms_database>(COMMS_SLOT_DATABASE);
  if (!table_ || !table_->connect || !table_->disconnect) return;
  if (tape) {
    tape->play(host(), how);
  } else if (test.plugin.uses(COMMS_SVC_HTTP)) {
    host().fake.answers.push_back(ordinary_answer(values_for(test.plugin, test.config).origin));
  }
  test.step("connect");
  const OpResult result = host().report("connect", [&](const comms_report* report) {
    return table_->connect(instance_.self(), COMMS_DB_WRITER, report, &connection_);
  });
  if (result.status == COMMS_OK && !connection_) {
    test.fail(kDatabase, "connect returned COMMS_OK and no connection");
  }
  if (result.status == COMMS_OK) return;
  connection_ = nullptr;
  if (result.error.message.empty()) test.fail(kDetail, "connect failed and did not say why");
  if (allocation::failed()) return;
  test.not_tried("it has no database to connect to: " + result.error.message,
                 "start one and give its settings with --config FILE, or recorded answers with "
                 "--cassettes FOLDER (database.statements.jsonl)");
}

CheckedConnection::~CheckedConnection() {
  const PluginSide side;
  if (connection_) table_->disconnect(connection_);
}

std::string CheckedConnection::dialect() {
  const PluginSide side;
  return std::string(view(table_->dialect(instance_.self())));
}

OpResult CheckedConnection::ping() {
  test_.step("ping");
  return host().report(
      "ping", [&](const comms_report* report) { return table_->ping(connection_, report); });
}

OpResult CheckedConnection::script(std::string_view sql) {
  test_.step("run_script");
  return host().report("run_script", [&](const comms_report* report) {
    return table_->run_script(connection_, str(sql), report);
  });
}

OpResult CheckedConnection::query(std::string_view sql) {
  test_.step("query");
  std::string rows;
  const std::string name = "check_" + std::to_string(std::hash<std::string_view>()(sql));
  const comms_statement asked = statement(name, sql, {});
  const comms_rows sink{sizeof sink, 0, &rows, [](void*, const comms_str*, std::size_t) {},
                        &add_rows};
  OpResult result = host().report("query", [&](const comms_report* report) {
    return table_->query(connection_, &asked, &sink, report);
  });
  result.data = rows;
  return result;
}

CheckedConnection::Committed CheckedConnection::commit(std::string_view sql,
                                                       const std::vector<comms_value>& params) {
  test_.step("commit_units");
  const comms_statement insert = statement("check_insert", sql, params);
  const comms_step step{&insert, -1, 0, 0};
  const comms_unit unit{&step, 1};
  Committed committed;
  const comms_unit_results results{
      sizeof results,
      0,
      &committed,
      [](void*, std::size_t, std::size_t, const comms_str*, std::size_t) {},
      [](void*, std::size_t, std::size_t, const comms_value*, std::size_t, std::size_t) {},
      [](void* ctx, std::size_t, const comms_unit_result* result) {
        auto& to = *static_cast<Committed*>(ctx);
        to.unit = result->status;
        ++to.told;
      }};
  committed.whole = host().report("commit_units", [&](const comms_report* report) {
    return table_->commit_units(connection_, &unit, 1, &results, report);
  });
  return committed;
}

}  // namespace comms::check
