#include <limits>

#include "database_fixture.h"

// The built convex.so on answers that are scripted: what it writes, and what it makes of answers
// that are lost, broken or refused. What a database owes is asked in database_conformance_test.cpp,
// on Convex's emulator (convex.test.mjs).

namespace {

using comms::testing::Plugin;
using testing::HasSubstr;
using testing::Not;

std::string success(const std::string& value) {
  return R"({"status":"success","value":)" + value + '}';
}
/// A row of what a query gives.
std::string row(const std::string& values) {
  return success(R"({"columns":["a"],"rows":[[[)" + values + "]]]}");
}
std::string failure(const std::string& data, const std::string& words = "Server Error") {
  return R"({"status":"error","errorMessage":")" + words + '"' +
         (data.empty() ? "" : ",\"errorData\":" + data) + '}';
}
std::string told(const std::string& kind, const std::string& message) {
  return failure(R"({"kind":")" + kind + R"(","message":")" + message + R"("})");
}
std::string saved(const std::string& units = R"({"captured":[]})") {
  return success(R"({"units":[)" + units + R"(],"pagesRead":3,"pagesWritten":2})");
}
const std::string conflict =
    R"({"code":"OptimisticConcurrencyControlFailure","message":"changed"})";
const std::string key = "prod:quiet-otter-123|c2VjcmV0";
const char* const add = "UPDATE t SET n = n + 1";

comms_value integer(std::int64_t number) {
  return {COMMS_VALUE_I64, 0, number, 0, {nullptr, 0}};
}
comms_value real(double number) {
  return {COMMS_VALUE_F64, 0, 0, number, {nullptr, 0}};
}

class ConvexTest : public DatabaseTest {
 protected:
  std::string settings(const std::string& more) const override {
    return R"({"url":"https://quiet-otter-123.convex.cloud/","deploy_key":")" + key + '"' + more +
           '}';
  }
  void connected(const std::string& more = "") {
    disconnect();
    host.answers.clear();
    host.answer(200, row(R"({"$integer":"AQAAAAAAAAA="})"));
    ASSERT_EQ(connect(COMMS_DB_WRITER, more), COMMS_OK) << error.message;
  }
};

TEST_F(ConvexTest, WritesWhatTheFunctionsTake) {
  connected();
  EXPECT_EQ(host.requests[0].method, "POST");
  EXPECT_EQ(host.requests[0].url, "https://quiet-otter-123.convex.cloud/api/query");
  EXPECT_EQ(host.requests[0].header("Authorization"), "Convex " + key);
  EXPECT_EQ(sent(), R"({"path":"store:read","format":"convex_encoded_json","args":{"protocol":1,)"
                    R"("statement":{"name":"ping","sql":"SELECT 1"},"params":[]}})");
  EXPECT_EQ(comms::view(table->dialect(plugin->self)), "sqlite");
  host.answer(200, saved(R"({"captured":[]},{"captured":[{"step":0,"columns":["n"],)"
                         R"("rows":[[["x"],["y"]]]}]})"));
  EXPECT_EQ(commit({{{add, 1}}, {{"SELECT ?1", -1, {integer(7)}, true}, {add}}}), COMMS_OK);
  EXPECT_EQ(host.requests.back().url, "https://quiet-otter-123.convex.cloud/api/mutation");
  EXPECT_EQ(sent(),
            R"({"path":"store:commit","format":"convex_encoded_json","args":{"protocol":1,)"
            R"("statements":[{"name":"t.s","sql":"UPDATE t SET n = n + 1"},)"
            R"({"name":"t.s","sql":"SELECT ?1"}],"units":[)"
            R"({"steps":[{"statement":0,"params":[],"expect":1,"capture":false}]},)"
            R"({"steps":[{"statement":1,"params":[{"$integer":"BwAAAAAAAAA="}],"expect":-1,)"
            R"("capture":true},{"statement":0,"params":[],"expect":-1,"capture":false}]}]}})");
  EXPECT_EQ(rows, (std::vector<std::string>{"tx", "ty"}));
  EXPECT_EQ(results[0].status, COMMS_OK);
  EXPECT_EQ(results[1].status, COMMS_OK);
}

TEST_F(ConvexTest, ReadsAndWritesEveryType) {
  connected();
  host.answer(200, row(R"(null,{"$integer":"AAAAAAAAAIA="},0.5,3,"\u0000ż",{"$bytes":"/w=="},)"
                       R"({"$bytes":""},{"$float":"AAAAAAAA8H8="})"));
  const std::string bytes("\xff\0", 2);
  const comms_value text{COMMS_VALUE_TEXT, 0, 0, 0, comms::bytes("\"\n")};
  const comms_value blob{COMMS_VALUE_BLOB, 0, 0, 0, comms::bytes(bytes)};
  const comms_value flag{COMMS_VALUE_BOOL, 0, 1, 0, {nullptr, 0}};
  const comms_value null{COMMS_VALUE_NULL, 0, 0, 0, {nullptr, 0}};
  EXPECT_EQ(query("SELECT ?1", {real(1e308), real(std::numeric_limits<double>::infinity()), text,
                                blob, flag, null, integer(-2)}),
            COMMS_OK)
      << error.message;
  EXPECT_EQ(rows,
            (std::vector<std::string>{"null", "-9223372036854775808", "f0.500000", "f3.000000",
                                      std::string("t\0ż", 4), "b\xff", "b", "finf"}));
  EXPECT_THAT(sent(), HasSubstr(R"("params":[1e+308,{"$float":"AAAAAAAA8H8="},"\"\u000a",)"
                                R"({"$bytes":"/wA="},{"$integer":"AQAAAAAAAAA="},null,)"
                                R"({"$integer":"/v////////8="}])"));
}

TEST_F(ConvexTest, ValuesThatAreNoneAreRefused) {
  connected();
  for (const char* value : {R"({"$integer":"AQ=="})", R"({"$integer":7})", R"({"$bytes":"%"})",
                            R"({"$bytes":7})", R"({"$date":1})", "[]", "true"}) {
    host.answer(200, row(value));
    EXPECT_EQ(query("SELECT 1"), COMMS_UNAVAILABLE) << value;
  }
  for (int attempt = 0; attempt < 2; ++attempt) host.answer(200, success("7"));
  EXPECT_EQ(query("SELECT 1"), COMMS_UNAVAILABLE);
}

TEST_F(ConvexTest, AnAnswerThatIsLostOrBrokenLeavesAWriteOpen) {
  connected();
  for (const char* heard :
       {"", "<html>welcome</html>", R"({"status":"succ)", "[]", "{}", R"({"status":"success"})",
        R"({"status":"success","value":7})", R"({"status":"success","value":{"units":[]}})",
        R"({"status":"success","value":{"units":[{}]}})",
        R"({"status":"success","value":{"units":[{"captured":[{"step":0}]}]}})"}) {
    host.answer(200, heard);
    EXPECT_EQ(commit({{{add}}}), COMMS_AMBIGUOUS) << heard;
    EXPECT_EQ(results[0].status, COMMS_AMBIGUOUS) << heard;
    EXPECT_EQ(results[0].reason, COMMS_DB_COMMIT);
  }
  host.break_connection(COMMS_AMBIGUOUS);
  EXPECT_EQ(commit({{{add}}}), COMMS_AMBIGUOUS);
  host.break_connection(COMMS_UNAVAILABLE);
  EXPECT_EQ(commit({{{add}}}), COMMS_UNAVAILABLE);
  EXPECT_EQ(host.requests.size(), 13u) << "each once";
}

TEST_F(ConvexTest, HttpFailuresOfAWrite) {
  struct Case {
    int http;
    std::string body;
    comms_status status;
  };
  for (const Case& one :
       {Case{500, R"({"code":"InternalServerError","message":"Try again later."})",
             COMMS_AMBIGUOUS},
        Case{502, "<html>", COMMS_AMBIGUOUS}, Case{560, "<html>", COMMS_AMBIGUOUS},
        Case{401, R"({"code":"Unauthenticated"})", COMMS_UNAUTHENTICATED},
        Case{403, R"({"code":"BadDeployKey","message":"invalid"})", COMMS_UNAUTHENTICATED},
        Case{404, "", COMMS_INVALID}, Case{429, "", COMMS_RATE_LIMITED}}) {
    connected();
    host.answer(one.http, one.body);
    EXPECT_EQ(commit({{{add}}}), one.status) << one.http;
    EXPECT_EQ(results[0].status, one.status) << one.http;
    EXPECT_THAT(error.message, Not(HasSubstr("c2VjcmV0")));
  }
}

TEST_F(ConvexTest, AWriteThatMetAnotherIsTriedAgain) {
  connected();
  host.answer(503, conflict);
  host.answer(503, conflict);
  host.answer(200, saved());
  EXPECT_EQ(commit({{{add}}}), COMMS_OK) << error.message;
  EXPECT_TRUE(host.answers.empty());
}

TEST_F(ConvexTest, GivesUpOnWritersThatNeverStop) {
  connected(R"(,"lock_timeout_ms":100)");
  host.transport = [](const auto&) {
    return comms::testing::Answer{503, {conflict}, {}, COMMS_OK};
  };
  EXPECT_EQ(commit({{{add}}, {{add}}}), COMMS_TIMEOUT);
  for (const UnitResult& result : results) EXPECT_EQ(result.status, COMMS_TIMEOUT);
}

TEST_F(ConvexTest, AUnitThatFailsSaysWhy) {
  for (const auto& [word, reason] : {std::pair("expectation", COMMS_DB_EXPECTATION),
                                     {"unique", COMMS_DB_UNIQUE},
                                     {"foreign_key", COMMS_DB_FOREIGN_KEY},
                                     {"check", COMMS_DB_CHECK},
                                     {"statement", COMMS_DB_STATEMENT}}) {
    connected();
    host.answer(200, saved(R"({"failure":{"step":1,"reason":")" + std::string(word) +
                           R"(","code":"2067","message":"t.id"}},{"captured":[]})"));
    EXPECT_EQ(commit({{{add}, {add}}, {{add}}}), COMMS_OK) << error.message;
    EXPECT_EQ(results[0].status, reason == COMMS_DB_STATEMENT ? COMMS_INVALID : COMMS_REJECTED);
    EXPECT_EQ(results[0].reason, reason) << word;
    EXPECT_EQ(results[0].step, 1u);
    EXPECT_EQ(results[0].code, "2067");
    EXPECT_EQ(results[0].message, "t.id");
    EXPECT_EQ(results[1].status, COMMS_OK);
  }
}

TEST_F(ConvexTest, WhatIsTooMuchAtOnceGoesInParts) {
  connected();
  host.answer(200, told("limit", "too many bytes read"));
  host.answer(200, saved());
  host.answer(200, told("limit", "too many bytes read"));
  host.answer(200, told("limit", "too many bytes read"));
  host.answer(200, saved());
  EXPECT_EQ(commit({{{add}}, {{add}}, {{add}}}), COMMS_OK) << error.message;
  EXPECT_EQ(results[0].status, COMMS_OK);
  EXPECT_EQ(results[1].status, COMMS_INVALID);
  EXPECT_EQ(results[1].reason, COMMS_DB_STATEMENT);
  EXPECT_THAT(results[1].message, HasSubstr("too many bytes read"));
  EXPECT_THAT(results[1].message, HasSubstr("databases.md"));
  EXPECT_EQ(results[2].status, COMMS_OK);
}

TEST_F(ConvexTest, ArgumentsThatConvexWouldNotTakeAreNotSent) {
  connected();
  const std::string big(9u << 20, 'x');
  const comms_value text{COMMS_VALUE_TEXT, 0, 0, 0, comms::bytes(big)};
  const std::size_t before = host.requests.size();
  host.answer(200, saved());
  host.answer(200, saved());
  EXPECT_EQ(commit({{{"INSERT", -1, {text}}}, {{"INSERT", -1, {text}}}}), COMMS_OK);
  EXPECT_EQ(host.requests.size(), before + 2);
  EXPECT_EQ(commit({{{"INSERT", -1, {text, text}}}}), COMMS_OK);
  EXPECT_EQ(host.requests.size(), before + 2);
  EXPECT_EQ(results[0].status, COMMS_INVALID);
  EXPECT_THAT(results[0].message, HasSubstr("16 MiB"));
}

TEST_F(ConvexTest, AFunctionThatFailsWithoutAWordFailsTheGroupAfterTrialsOfLess) {
  connected();
  host.transport = [](const auto&) {
    return comms::testing::Answer{200, {failure("", "[Request ID: 1] Server Error")}, {}, COMMS_OK};
  };
  const std::size_t before = host.requests.size();
  EXPECT_EQ(commit(std::vector<std::vector<Step>>(64, {{add}})), COMMS_UNAVAILABLE);
  EXPECT_EQ(host.requests.size(), before + 7) << "64, 32, ... 1";
  for (const UnitResult& result : results) EXPECT_EQ(result.status, COMMS_UNAVAILABLE);
  EXPECT_THAT(error.remedy, HasSubstr("logs of the deployment"));
}

TEST_F(ConvexTest, WhatWasSavedBeforeTheRestFailsCounts) {
  connected();
  host.answer(200, told("slow", "interrupted"));
  host.answer(200, saved());
  host.break_connection(COMMS_AMBIGUOUS);
  EXPECT_EQ(commit({{{add}}, {{add}}}), COMMS_OK) << "the host believes no unit of a failed group";
  EXPECT_EQ(results[0].status, COMMS_OK);
  EXPECT_EQ(results[1].status, COMMS_AMBIGUOUS);
  host.answer(200, told("slow", "interrupted"));
  host.answer(200, saved());
  host.break_connection(COMMS_UNAVAILABLE);
  EXPECT_EQ(commit({{{add}}, {{add}}}), COMMS_OK);
  EXPECT_EQ(results[0].status, COMMS_OK);
  EXPECT_EQ(results[1].status, COMMS_UNAVAILABLE);
}

TEST_F(ConvexTest, ReadsSayWhatIsWrong) {
  struct Case {
    std::string answer;
    comms_status status;
    std::string words, remedy;
  };
  for (const Case& one :
       {Case{told("statement", "no such table: x"), COMMS_INVALID, "no such table: x", ""},
        Case{told("limit", "16 MiB"), COMMS_INVALID, "16 MiB", "for less at once"},
        Case{told("slow", "interrupted"), COMMS_TIMEOUT, "interrupted", "one second"},
        Case{failure("", "Function execution timed out (maximum duration: 1s)"), COMMS_TIMEOUT,
             "timed out", "one second"},
        Case{told("protocol", "the functions speak version 2"), COMMS_INVALID, "version 2",
             "npm run deploy"},
        Case{failure("", "Could not find public function for 'store:read'."), COMMS_INVALID,
             "Could not find", "npm run deploy"}}) {
    connected();
    host.answer(200, one.answer);
    EXPECT_EQ(query("SELECT 1"), one.status) << one.answer;
    EXPECT_THAT(error.message, HasSubstr(one.words));
    EXPECT_THAT(error.remedy, HasSubstr(one.remedy));
    EXPECT_TRUE(host.answers.empty());
  }
}

TEST_F(ConvexTest, AReadIsMadeAgainOnce) {
  connected();
  host.break_connection(COMMS_AMBIGUOUS);
  host.answer(200, row("7"));
  EXPECT_EQ(query("SELECT 1"), COMMS_OK);
  host.answer(502, "<html>");
  host.answer(200, "{}");
  EXPECT_EQ(query("SELECT 1"), COMMS_UNAVAILABLE);
  EXPECT_TRUE(host.answers.empty());
}

TEST_F(ConvexTest, AScriptIsOneMutation) {
  connected();
  host.answer(503, conflict);
  host.answer(200, success(R"({"pagesRead":0,"pagesWritten":3})"));
  EXPECT_EQ(table->run_script(connection, comms::str("CREATE TABLE a (b); -- \"x\""), &report),
            COMMS_OK);
  EXPECT_EQ(sent(), R"({"path":"store:script","format":"convex_encoded_json","args":)"
                    R"({"protocol":1,"sql":"CREATE TABLE a (b); -- \"x\""}})");
  host.answer(200, told("statement", "near x"));
  EXPECT_EQ(table->run_script(connection, comms::str("x"), &report), COMMS_INVALID);
  host.answer(200, "{}");
  EXPECT_EQ(table->run_script(connection, comms::str("x"), &report), COMMS_AMBIGUOUS);
}

TEST_F(ConvexTest, SaysWhatIsWrongWithTheSettings) {
  for (const auto& [url, why] : {std::pair("quiet-otter-123.convex.cloud", "begin with https"),
                                 {"ftp://quiet-otter-123.convex.cloud", "begin with https"},
                                 {"https:///x", "no host"},
                                 {"https://u:p@x.convex.cloud", "more than host"},
                                 {"https://x.convex.cloud?key=1", "deploy_key"},
                                 {"https://x.convex.site", "HTTP actions"}}) {
    const Plugin refused(host, load_plugin(),
                         R"({"url":")" + std::string(url) + R"(","deploy_key":"prod:a|b"})");
    EXPECT_EQ(refused.status, COMMS_INVALID) << url;
    EXPECT_THAT(refused.error.message, HasSubstr(why));
  }
  const Plugin keyless(host, load_plugin(), R"({"url":"https://x.convex.cloud"})");
  EXPECT_EQ(keyless.status, COMMS_INVALID);
  EXPECT_THAT(keyless.error.message, HasSubstr("deploy_key"));
}

TEST_F(ConvexTest, SaysWhyItCannotConnect) {
  host.answer(403, R"({"code":"BadDeployKey","message":"The provided deploy key was invalid"})");
  EXPECT_EQ(connect(), COMMS_UNAUTHENTICATED);
  EXPECT_THAT(error.message, HasSubstr("deploy key was invalid"));
  EXPECT_EQ(error.vendor_code, "BadDeployKey");
  host.answer(404, "");
  EXPECT_EQ(connect(), COMMS_INVALID);
  EXPECT_THAT(error.remedy, HasSubstr("Convex deployment"));
  host.break_connection(COMMS_DENIED);
  EXPECT_EQ(connect(), COMMS_INVALID);
  EXPECT_THAT(error.remedy, HasSubstr("egress.allow"));
}

}  // namespace
