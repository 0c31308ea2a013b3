#include <limits>

#include "database_fixture.h"

// The built turso.so on answers that are scripted: what it writes, and what it makes of answers
// that are lost, broken or refused. What a database owes is asked in database_conformance_test.cpp,
// on a server (turso.test.mjs).

namespace {

using comms::testing::Plugin;
using testing::HasSubstr;
using testing::Not;

const std::string head = R"({"baton":"next","base_url":null})"
                         "\n";

std::string begun(int step, const std::string& columns = "") {
  return R"({"type":"step_begin","step":)" + std::to_string(step) + R"(,"cols":[)" + columns +
         "]}\n";
}
const std::string ended = R"({"type":"step_end","affected_row_count":0})"
                          "\n";
std::string went(int step) {
  return begun(step) + ended;
}
std::string failed(int step, const std::string& code, const std::string& message) {
  return R"({"type":"step_error","step":)" + std::to_string(step) + R"(,"error":{"code":")" + code +
         R"(","message":")" + message + "\"}}\n";
}
/// The answer to "SELECT 1".
std::string one() {
  return head + begun(0, R"({"name":"1"})") +
         R"({"type":"row","row":[{"type":"integer","value":"1"}]})" + "\n" + ended;
}

class TursoTest : public DatabaseTest {
 protected:
  std::string settings(const std::string& more) const override {
    return R"({"url":"libsql://db-org.turso.io/","auth_token":"tkn")" + more + "}";
  }
  void connected(std::int32_t role = COMMS_DB_WRITER, const std::string& more = "") {
    host.answer(200, one());
    ASSERT_EQ(connect(role, more), COMMS_OK) << error.message;
  }
};

const char* const add = "UPDATE t SET n = n + 1";
// Steps of a group of one statement: PRAGMA 0, BEGIN 1, the statement 2, COMMIT 3, ROLLBACK 4.
const std::string saved = head + went(0) + went(1) + went(2) + went(3);

TEST_F(TursoTest, WritesWhatHranaSays) {
  connected();
  EXPECT_EQ(host.requests[0].url, "https://db-org.turso.io/v3/cursor");
  EXPECT_EQ(host.requests[0].header("Authorization"), "Bearer tkn");
  EXPECT_EQ(sent(), R"({"baton":null,"batch":{"steps":[{"stmt":{"sql":"SELECT 1","args":[],)"
                    R"("want_rows":true}}]}})");
  EXPECT_EQ(comms::view(table->dialect(plugin->self)), "libsql");
  host.answer(200, saved);
  EXPECT_EQ(commit({{{add}}}), COMMS_OK);
  EXPECT_EQ(results[0].status, COMMS_OK);
  const std::string in_transaction = R"({"type":"not","cond":{"type":"is_autocommit"}})";
  EXPECT_EQ(sent(),
            R"({"baton":"next","batch":{"steps":[)"
            R"({"stmt":{"sql":"PRAGMA foreign_keys = ON","args":[],"want_rows":false}},)"
            R"({"stmt":{"sql":"BEGIN IMMEDIATE","args":[],"want_rows":false}},)"
            R"({"condition":{"type":"ok","step":1},)"
            R"("stmt":{"sql":"UPDATE t SET n = n + 1","args":[],"want_rows":false}},)"
            R"({"condition":{"type":"ok","step":2},)"
            R"("stmt":{"sql":"COMMIT","args":[],"want_rows":false}},)"
            R"({"condition":{"type":"and","conds":[{"type":"not","cond":{"type":"ok","step":3}},)" +
                in_transaction + R"(]},"stmt":{"sql":"ROLLBACK","args":[],"want_rows":false}}]}})");
}

TEST_F(TursoTest, ReadsAndWritesEveryType) {
  connected();
  const std::string row =
      R"({"type":"row","row":[{"type":"null"},{"type":"integer","value":"-9223372036854775808"},)"
      R"({"type":"float","value":0.5},{"type":"text","value":"\u0000ż"},)"
      R"({"type":"blob","base64":"/w"}]})"
      "\n";
  host.answers.push_back({200,
                          {head + begun(0, R"({"name":"a"},{"name":null})"), row.substr(0, 50),
                           row.substr(50) + ended},
                          {},
                          COMMS_OK});
  const std::string bytes("\xff\0", 2);
  comms_value number{COMMS_VALUE_F64, 0, 0, 1e308, {nullptr, 0}};
  comms_value text{COMMS_VALUE_TEXT, 0, 0, 0, comms::bytes("\"\n")};
  comms_value blob{COMMS_VALUE_BLOB, 0, 0, 0, comms::bytes(bytes)};
  comms_value flag{COMMS_VALUE_BOOL, 0, 1, 0, {nullptr, 0}};
  comms_value null{COMMS_VALUE_NULL, 0, 0, 0, {nullptr, 0}};
  EXPECT_EQ(query("SELECT ?1", {number, text, blob, flag, null}), COMMS_OK) << error.message;
  EXPECT_EQ(columns, (std::vector<std::string>{"a", ""}));
  EXPECT_EQ(rows, (std::vector<std::string>{"null", "-9223372036854775808", "f0.500000",
                                            std::string("t\0ż", 4), "b\xff"}));
  EXPECT_THAT(sent(), HasSubstr(R"({"type":"float","value":1e+308})"));
  EXPECT_THAT(sent(),
              HasSubstr(R"({"type":"text","value":"\"\u000a"},{"type":"blob","base64":"/wA="},)"
                        R"({"type":"integer","value":"1"},{"type":"null"})"));
  number.f64 = std::numeric_limits<double>::infinity();
  EXPECT_EQ(query("SELECT ?1", {number}), COMMS_INVALID);
}

TEST_F(TursoTest, ValuesThatAreNoneAreRefused) {
  for (const char* value :
       {R"({"type":"integer","value":"1x"})", R"({"type":"integer","value":"9223372036854775808"})",
        R"({"type":"float"})", R"({"type":"text"})", R"({"type":"blob","base64":"%"})",
        R"({"type":"date"})", "7", "null"}) {
    connected();
    for (int attempt = 0; attempt < 2; ++attempt) {
      host.answer(200, head + begun(0) + R"({"type":"row","row":[)" + value + "]}\n" + ended);
    }
    EXPECT_EQ(query("SELECT 1"), COMMS_UNAVAILABLE) << value;
    host.answers.clear();
    disconnect();
  }
}

TEST_F(TursoTest, WhatIsLostAfterTheCommitWasSaved) {
  connected();
  host.answers.push_back({200, {saved, ""}, {}, COMMS_OK});
  host.transport = [this](const auto&) {
    comms::testing::Answer answer{200, {saved}, {}, COMMS_OK};
    host.transport = nullptr;
    answer.pieces.back() += R"({"type":"replica)";  // and then nothing more
    return answer;
  };
  EXPECT_EQ(commit({{{add}}}), COMMS_OK);
  EXPECT_EQ(results[0].status, COMMS_OK);
}

TEST_F(TursoTest, WhatIsLostBeforeTheCommitIsAmbiguous) {
  for (const std::string& heard :
       {std::string(), head, head + went(0) + went(1) + begun(2),
        head + went(0) + went(1) + went(2), head + went(0) + went(1) + went(2) + begun(3),
        std::string("<html>"),
        head + "{\"type\":", head + R"({"type":"error","error":{"message":"gone"}})" + "\n"}) {
    connected();
    host.answer(200, heard);
    EXPECT_EQ(commit({{{add}}}), COMMS_AMBIGUOUS) << heard;
    EXPECT_EQ(results[0].status, COMMS_AMBIGUOUS) << heard;
    EXPECT_EQ(results[0].reason, COMMS_DB_COMMIT);
    host.answers.clear();
    disconnect();
  }
}

TEST_F(TursoTest, HttpFailuresOfAWrite) {
  struct Case {
    int http;
    std::string body;
    comms_status status;
  };
  for (const Case& one :
       {Case{500, "oops", COMMS_AMBIGUOUS}, Case{502, "<html>", COMMS_AMBIGUOUS},
        Case{401, R"({"error":"Unauthorized"})", COMMS_UNAUTHENTICATED},
        Case{403, R"({"error":"blocked"})", COMMS_UNAUTHENTICATED},
        Case{404, R"({"error":"no such database"})", COMMS_INVALID},
        Case{429, "", COMMS_RATE_LIMITED}, Case{400, "bad request", COMMS_INVALID}}) {
    connected();
    host.answer(one.http, one.body);
    EXPECT_EQ(commit({{{add}}}), one.status) << one.http;
    EXPECT_EQ(results[0].status, one.status) << one.http;
    EXPECT_THAT(error.message, Not(HasSubstr("tkn")));
    host.answers.clear();
    disconnect();
  }
}

TEST_F(TursoTest, WhatWasNotSentIsUnavailable) {
  connected();
  host.break_connection(COMMS_UNAVAILABLE);
  EXPECT_EQ(commit({{{add}}}), COMMS_UNAVAILABLE);
  host.break_connection(COMMS_AMBIGUOUS);
  EXPECT_EQ(commit({{{add}}}), COMMS_AMBIGUOUS);
}

TEST_F(TursoTest, AStreamThatTheServerForgotIsOpenedAnew) {
  for (const char* said :
       {"Received an invalid baton", R"({"message":"The stream has expired due to inactivity",)"
                                     R"("code":"STREAM_EXPIRED"})"}) {
    connected();
    host.answer(400, said);
    host.answer(200, saved);
    EXPECT_EQ(commit({{{add}}}), COMMS_OK) << error.message;
    EXPECT_THAT(sent(1), HasSubstr(R"("baton":"next")"));
    EXPECT_THAT(sent(0), HasSubstr(R"("baton":null)"));
    disconnect();
  }
}

TEST_F(TursoTest, ABatonThatWasUsedMayHaveBeenUsedByUs) {
  connected();
  host.answer(400, "Received a baton that has already been used");
  EXPECT_EQ(commit({{{add}}}), COMMS_AMBIGUOUS);
  connected();
  host.answer(400, "Received a baton that has already been used");
  host.answer(200, one());
  EXPECT_EQ(query("SELECT 1"), COMMS_OK);
}

TEST_F(TursoTest, FollowsTheServerToAnotherAddress) {
  host.answer(200, R"({"baton":"b","base_url":"https://node1.turso.io/"})"
                   "\n" +
                       went(0));
  ASSERT_EQ(connect(), COMMS_OK);
  host.answer(200, one());
  EXPECT_EQ(query("SELECT 1"), COMMS_OK);
  EXPECT_EQ(host.requests.back().url, "https://node1.turso.io/v3/cursor");
}

TEST_F(TursoTest, WaitsForALock) {
  connected();
  const std::string busy =
      head + went(0) + failed(1, "SQLITE_BUSY", "SQLite error: database is locked");
  host.answer(200, busy);
  host.answer(200, head + went(0) + failed(1, "TRANSACTION_BUSY", "no more"));
  host.answer(200, saved);
  EXPECT_EQ(commit({{{add}}}), COMMS_OK);
  EXPECT_TRUE(host.answers.empty());
}

TEST_F(TursoTest, GivesUpOnALockThatIsHeld) {
  connected(COMMS_DB_WRITER, R"(,"lock_timeout_ms":100)");
  host.transport = [](const auto&) {
    return comms::testing::Answer{
        200, {head + went(0) + failed(1, "SQLITE_BUSY", "database is locked")}, {}, COMMS_OK};
  };
  EXPECT_EQ(commit({{{add}}, {{add}}}), COMMS_TIMEOUT);
  for (const UnitResult& result : results) EXPECT_EQ(result.status, COMMS_TIMEOUT);
}

TEST_F(TursoTest, AGuardIsAStatementOfItsOwn) {
  connected();
  host.answer(200, head + went(0) + went(1) + went(2) + went(3) + went(4) + went(5));
  EXPECT_EQ(commit({{{add, 1},
                     {"SELECT id FROM t WHERE id = ?1 -- that",
                      2,
                      {comms_value{COMMS_VALUE_I64, 0, 7, 0, {nullptr, 0}}}}}}),
            COMMS_OK);
  EXPECT_THAT(sent(), HasSubstr("CASE changes() WHEN 1 THEN 1 ELSE abs("));
  EXPECT_THAT(sent(), HasSubstr("CASE (SELECT COUNT(*) FROM (SELECT id FROM t WHERE id = ?1 -- "
                                "that\\u000a)) WHEN 2 THEN"));
  EXPECT_THAT(sent(), HasSubstr(R"("args":[{"type":"integer","value":"7"}])"));
}

TEST_F(TursoTest, AUnitThatFailsIsUndoneAloneInASecondRun) {
  connected();
  host.answer(200, head + went(0) + went(1) + went(2) +
                       failed(3, "SQLITE_ERROR", "SQLite error: integer overflow") + went(6));
  // Careful: PRAGMA, BEGIN, SAVEPOINT 2, UPDATE 3, guard 4, ROLLBACK TO 5, RELEASE 6,
  // SAVEPOINT 7, UPDATE 8, ROLLBACK TO 9, RELEASE 10, COMMIT 11, ROLLBACK 12.
  host.answer(200, head + went(0) + went(1) + went(2) + went(3) +
                       failed(4, "SQLITE_ERROR", "SQLite error: integer overflow") + went(5) +
                       went(6) + went(7) + went(8) + went(10) + went(11));
  EXPECT_EQ(commit({{{add, 1}}, {{add}}}), COMMS_OK) << error.message;
  EXPECT_EQ(results[0].status, COMMS_REJECTED);
  EXPECT_EQ(results[0].reason, COMMS_DB_EXPECTATION);
  EXPECT_EQ(results[1].status, COMMS_OK);
  EXPECT_THAT(sent(), HasSubstr("SAVEPOINT unit"));
  EXPECT_THAT(sent(1), Not(HasSubstr("SAVEPOINT unit")));
}

TEST_F(TursoTest, AParameterWithoutAFormFailsItsUnitAlone) {
  connected();
  // PRAGMA, BEGIN, SAVEPOINT 2, ROLLBACK TO 3, RELEASE 4, SAVEPOINT 5, UPDATE 6, ROLLBACK TO 7,
  // RELEASE 8, COMMIT 9.
  host.answer(200, head + went(0) + went(1) + went(2) + went(3) + went(4) + went(5) + went(6) +
                       went(8) + went(9));
  const comms_value nowhere{
      COMMS_VALUE_F64, 0, 0, std::numeric_limits<double>::infinity(), {nullptr, 0}};
  const std::size_t before = host.requests.size();
  EXPECT_EQ(commit({{{"UPDATE t SET r = ?1", -1, {nowhere}}}, {{add}}}), COMMS_OK) << error.message;
  EXPECT_EQ(host.requests.size(), before + 1);
  EXPECT_EQ(results[0].status, COMMS_INVALID);
  EXPECT_EQ(results[0].reason, COMMS_DB_STATEMENT);
  EXPECT_EQ(results[1].status, COMMS_OK);
  EXPECT_THAT(sent(), Not(HasSubstr("SET r =")));
}

TEST_F(TursoTest, ConstraintsInTheWordsOfEitherServer) {
  struct Case {
    std::string code, message;
    std::int32_t reason;
  };
  for (const Case& one :
       {Case{"SQLITE_CONSTRAINT", "SQLite error: UNIQUE constraint failed: t.id", COMMS_DB_UNIQUE},
        Case{"SQLITE_CONSTRAINT_PRIMARYKEY", "UNIQUE constraint failed: t.id", COMMS_DB_UNIQUE},
        Case{"SQLITE_CONSTRAINT", "SQLite error: FOREIGN KEY constraint failed",
             COMMS_DB_FOREIGN_KEY},
        Case{"SQLITE_CONSTRAINT", "SQLite error: NOT NULL constraint failed: t.n", COMMS_DB_CHECK},
        Case{"SQLITE_CONSTRAINT", "SQLite error: cannot store TEXT value in INTEGER column t.n",
             COMMS_DB_CHECK}}) {
    connected();
    host.answer(200, head + went(0) + went(1) + failed(2, one.code, one.message));
    host.answer(200, head + went(0) + went(1) + went(2) + failed(3, one.code, one.message) +
                         went(4) + went(5) + went(6));
    EXPECT_EQ(commit({{{add}}}), COMMS_OK) << error.message;
    EXPECT_EQ(results[0].status, COMMS_REJECTED);
    EXPECT_EQ(results[0].reason, one.reason) << one.message;
    EXPECT_EQ(results[0].code, one.code);
    disconnect();
  }
}

TEST_F(TursoTest, AServerThatCannotSaveFailsTheGroup) {
  connected();
  for (const auto& [code, status] : {std::pair("SQLITE_FULL", COMMS_UNAVAILABLE),
                                     {"SQLITE_READONLY", COMMS_UNAVAILABLE},
                                     {"BLOCKED", COMMS_UNAVAILABLE}}) {
    for (int time = 0; time < 2; ++time) {
      host.answer(200, head + went(0) + went(1) + failed(2, code, "no"));
    }
    EXPECT_EQ(commit({{{add}}, {{add}}}), status) << code;
    for (const UnitResult& result : results) EXPECT_EQ(result.reason, COMMS_DB_COMMIT) << code;
    host.answers.clear();
  }
}

TEST_F(TursoTest, AReaderWritesNothing) {
  connected(COMMS_DB_READER);
  const std::size_t before = host.requests.size();
  EXPECT_EQ(query("DELETE FROM t RETURNING id"), COMMS_INVALID);
  EXPECT_EQ(host.requests.size(), before);
}

TEST_F(TursoTest, AReadIsMadeAgainUnlessPartWasHandedOut) {
  connected();
  host.break_connection(COMMS_AMBIGUOUS);
  host.answer(200, one());
  EXPECT_EQ(query("SELECT 1"), COMMS_OK);
  EXPECT_EQ(rows, (std::vector<std::string>{"1"}));
  host.answer(200, head + begun(0));
  EXPECT_EQ(query("SELECT 1"), COMMS_UNAVAILABLE);
  host.answer(200, head + failed(0, "SQLITE_ERROR", "SQLite error: no such table: x"));
  EXPECT_EQ(query("SELECT 1"), COMMS_INVALID);
  EXPECT_THAT(error.message, HasSubstr("no such table: x"));
}

TEST_F(TursoTest, AScriptIsOneSequenceThatCommitsAtItsEnd) {
  connected();
  const auto answer = [&](const std::string& state) {
    host.answer(200, R"({"baton":"c","base_url":null,"results":[{"type":"ok"},{"type":"ok"})" +
                         state + "]}");
  };
  const std::string said = R"(,{"type":"ok","response":{"type":"get_autocommit","is_autocommit":)";
  answer(said + "true}}");
  EXPECT_EQ(table->run_script(connection, comms::str("CREATE TABLE a (b); -- x"), &report),
            COMMS_OK);
  EXPECT_EQ(host.requests.back().url, "https://db-org.turso.io/v3/pipeline");
  EXPECT_THAT(sent(),
              HasSubstr(R"("sql":"BEGIN IMMEDIATE;\u000aCREATE TABLE a (b); -- x\u000a;COMMIT")"));
  answer(said + "false}}");
  EXPECT_EQ(table->run_script(connection, comms::str("/*"), &report), COMMS_INVALID);
  answer("");
  EXPECT_EQ(table->run_script(connection, comms::str("x"), &report), COMMS_AMBIGUOUS);
  host.answer(200, R"({"baton":"d","results":[{"type":"ok"},{"type":"error","error":)"
                   R"({"message":"near \"x\": syntax error","code":"SQL_PARSE_ERROR"}}]})");
  EXPECT_EQ(table->run_script(connection, comms::str("x"), &report), COMMS_INVALID);
  EXPECT_THAT(sent(), HasSubstr(R"("baton":"d","requests":[{"type":"close"}])"));
  host.answer(200, "{}");
  EXPECT_EQ(table->run_script(connection, comms::str("x"), &report), COMMS_AMBIGUOUS);
}

TEST_F(TursoTest, SaysWhatIsWrongWithTheAddress) {
  for (const auto& [url, why] : {std::pair("db.turso.io", "no scheme"),
                                 {"ftp://db.turso.io", "must be libsql"},
                                 {"libsql:///x", "no host"},
                                 {"https://u:p@db.turso.io", "more than host"},
                                 {"libsql://db.turso.io?authToken=x", "auth_token"}}) {
    const Plugin refused(host, load_plugin(), R"({"url":")" + std::string(url) + "\"}");
    EXPECT_EQ(refused.status, COMMS_INVALID) << url;
    EXPECT_THAT(refused.error.message, HasSubstr(why));
  }
}

TEST_F(TursoTest, SaysWhyItCannotConnect) {
  host.answer(401, R"({"error":"Unauthorized: `The JWT is invalid`"})");
  EXPECT_EQ(connect(), COMMS_UNAUTHENTICATED);
  EXPECT_THAT(error.message, HasSubstr("JWT is invalid"));
  host.answer(404, "");
  EXPECT_EQ(connect(), COMMS_INVALID);
  EXPECT_THAT(error.remedy, HasSubstr("Hrana 3"));
  host.break_connection(COMMS_DENIED);
  EXPECT_EQ(connect(), COMMS_INVALID);
  host.answer(200, "<html>welcome</html>");
  EXPECT_EQ(connect(), COMMS_UNAVAILABLE);
}

}  // namespace
