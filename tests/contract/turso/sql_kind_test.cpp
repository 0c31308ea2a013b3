#include "sql_kind.h"

#include <gtest/gtest.h>

namespace turso_plugin {
namespace {

TEST(SqlKind, KnowsWhatReads) {
  for (const char* sql :
       {"SELECT 1", "  select a from b", "VALUES (1)", "WITH a AS (SELECT 1) SELECT * FROM a",
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
        "-- DELETE\nSELECT 1", "/* UPDATE */ SELECT 1", "WITH \"update\" AS (SELECT 1) SELECT 2"}) {
    EXPECT_TRUE(only_reads(sql)) << sql;
  }
}

TEST(SqlKind, TakesNothingElseForReading) {
  for (const char* sql :
       {"", "-- SELECT", "'SELECT'", "INSERT INTO a SELECT 1", "DELETE FROM a RETURNING id",
        "UPDATE a SET b = (SELECT 1)", "REPLACE INTO a VALUES (1)", "PRAGMA user_version",
        "WITH a AS (SELECT 1) INSERT INTO b SELECT * FROM a", "BEGIN", "COMMIT", "VACUUM",
        "WITH a AS (SELECT ')') DELETE FROM b", "CREATE TABLE a AS SELECT 1", "ATTACH 'a' AS b",
        "/* SELECT", "'it''s SELECT"}) {
    EXPECT_FALSE(only_reads(sql)) << sql;
  }
}

}  // namespace
}  // namespace turso_plugin
