#include <comms/cpp/database.hpp>
#include <comms/testing/cassette.hpp>
#include <comms/testing/expect.hpp>
#include <comms/testing/library.hpp>
#include <comms/testing/openssl_crypto.hpp>

using namespace comms::testing;  // a program of one file

namespace {

const Library library(COMMS_PLUGIN_FILE);
const std::string config = config_text(COMMS_TEST_CONFIG);

std::string written(const comms_value& v) {
  switch (v.type) {
    case COMMS_VALUE_I64:
      return std::to_string(v.i64);
    case COMMS_VALUE_F64:
      return "f" + std::to_string(v.f64).substr(0, 4);
    case COMMS_VALUE_TEXT:
      return "'" + std::string(comms::view(v.bytes)) + "'";
    case COMMS_VALUE_BLOB:
      return "x" + comms::hex(comms::view(v.bytes));
    case COMMS_VALUE_BOOL:
      return v.i64 ? "true" : "false";
    default:
      return "null";
  }
}

/// Everything the plugin tells, as text.
struct Told {
  std::string rows, error;
  std::vector<comms_status> units;
  std::vector<std::int32_t> reasons;

  void add(const comms_value* values, std::size_t columns, std::size_t count) {
    for (std::size_t i = 0; i < columns * count; ++i) {
      rows += written(values[i]) + ((i + 1) % columns ? "," : ";");
    }
  }
  comms_rows sink{sizeof(comms_rows), 0, this,
                  [](void* ctx, const comms_str* names, std::size_t count) {
                    for (std::size_t i = 0; i < count; ++i) {
                      static_cast<Told*>(ctx)->rows += std::string(comms::view(names[i])) + "|";
                    }
                  },
                  [](void* ctx, const comms_value* values, std::size_t columns,
                     std::size_t count) -> comms_status {
                    static_cast<Told*>(ctx)->add(values, columns, count);
                    return COMMS_OK;
                  }};
  comms_unit_results results{
      sizeof(comms_unit_results),
      0,
      this,
      [](void*, std::size_t, std::size_t, const comms_str*, std::size_t) {},
      [](void* ctx, std::size_t, std::size_t, const comms_value* values, std::size_t columns,
         std::size_t count) { static_cast<Told*>(ctx)->add(values, columns, count); },
      [](void* ctx, std::size_t, const comms_unit_result* result) {
        static_cast<Told*>(ctx)->units.push_back(result->status);
        static_cast<Told*>(ctx)->reasons.push_back(result->reason);
      }};
  comms_report report{this, [](void* ctx, const comms_error* e) {
                        static_cast<Told*>(ctx)->error = comms::view(e->message);
                      }};
};

comms_statement statement(const char* sql, const std::vector<comms_value>& params) {
  return {sizeof(comms_statement), 0,
          comms::str("test"),      comms::str(sql),
          params.data(),           params.size()};
}

void runs_a_script_units_and_a_query() {
  FakeHost host;
  host.crypto = openssl_crypto();
  Cassette tape(COMMS_CASSETTES "/units.jsonl", library.redaction(config));
  tape.attach(host);
  Plugin plugin(host, library.plugin(), config);
  COMMS_EXPECT_EQ(plugin.status, COMMS_OK);
  const auto* db = plugin.slot<comms_database>(COMMS_SLOT_DATABASE);
  COMMS_EXPECT_EQ(comms::view(db->dialect(plugin.self)), "sqlite");

  Told told;
  void* connection = nullptr;
  COMMS_EXPECT_EQ(db->connect(plugin.self, COMMS_DB_WRITER, &told.report, &connection), COMMS_OK);
  COMMS_EXPECT_EQ(db->run_script(connection, comms::str("CREATE TABLE t(a,b,c,d)"), &told.report),
                  COMMS_OK);

  const std::vector<comms_value> params = {comms::integer_value(7), comms::text_value("\"x\""),
                                           comms::null_value(),
                                           comms::blob_value(std::string_view("\0\xff", 2))};
  const comms_statement insert = statement("INSERT INTO t VALUES(?1,?2,?3,?4) RETURNING a", params);
  const comms_statement none = statement("DELETE FROM t WHERE a=99", {});
  const comms_step good{&insert, 1, COMMS_STEP_CAPTURE, 0};
  const comms_step bad{&none, 1, 0, 0};
  const comms_unit units[] = {{&good, 1}, {&bad, 1}};
  COMMS_EXPECT_EQ(db->commit_units(connection, units, 2, &told.results, &told.report), COMMS_OK);
  COMMS_EXPECT_EQ(told.rows, "7;");
  COMMS_EXPECT(told.units == (std::vector<comms_status>{COMMS_OK, COMMS_REJECTED}));
  COMMS_EXPECT_EQ(told.reasons.back(), COMMS_DB_EXPECTATION);

  told.rows.clear();
  const std::vector<comms_value> one = {comms::integer_value(1), comms::real_value(0.5)};
  const comms_statement select = statement("SELECT a,b,c,d FROM t WHERE a>?1 AND ?2", one);
  COMMS_EXPECT_EQ(db->query(connection, &select, &told.sink, &told.report), COMMS_OK);
  COMMS_EXPECT_EQ(told.rows, "a|b|c|d|7,'\"x\"',null,x00ff;");
  COMMS_EXPECT_EQ(db->ping(connection, &told.report), COMMS_OK);
  db->disconnect(connection);
  COMMS_EXPECT_EQ(tape.problems(), "");
}

/// A commit whose answer is lost may have happened: never "failed".
void tells_what_may_have_happened() {
  FakeHost host;
  host.crypto = openssl_crypto();
  Plugin plugin(host, library.plugin(), config);
  const auto* db = plugin.slot<comms_database>(COMMS_SLOT_DATABASE);
  for (auto [status, transport, expected] : {std::tuple(0, COMMS_AMBIGUOUS, COMMS_AMBIGUOUS),
                                             {500, COMMS_OK, COMMS_AMBIGUOUS},
                                             {0, COMMS_UNAVAILABLE, COMMS_UNAVAILABLE},
                                             {401, COMMS_OK, COMMS_UNAUTHENTICATED}}) {
    Told told;
    void* connection = nullptr;
    host.answer(200, "{}");
    COMMS_EXPECT_EQ(db->connect(plugin.self, COMMS_DB_WRITER, &told.report, &connection), COMMS_OK);
    const comms_statement insert = statement("INSERT INTO t VALUES(1)", {});
    const comms_step step{&insert, -1, 0, 0};
    const comms_unit unit{&step, 1};
    host.answers.push_back({status, {"{}"}, {}, transport});
    COMMS_EXPECT_EQ(db->commit_units(connection, &unit, 1, &told.results, &told.report), expected);
    COMMS_EXPECT_EQ(told.units.size(), 1u);  // every unit is told, also now
    COMMS_EXPECT_EQ(told.units.at(0), expected);
    COMMS_EXPECT_EQ(told.reasons.at(0), COMMS_DB_COMMIT);
    COMMS_EXPECT(!told.error.empty());
    db->disconnect(connection);
  }
}

}  // namespace

int main() {
  runs_a_script_units_and_a_query();
  tells_what_may_have_happened();
  return failures() != 0;
}
