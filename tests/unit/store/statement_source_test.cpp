#include "store/statement_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/statement_registry.h"

namespace commsd::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<StatementRegistry> parse(std::string_view text, std::string_view dialect = "sqlite") {
  const StatementRegistry::File files[] = {{"a.sql", text}};
  return StatementRegistry::parse(files, dialect);
}

std::string fault(std::string_view text) {
  const Result<StatementRegistry> registry = parse(text);
  return registry ? "" : registry.error().message;
}

TEST(StatementSource, NumbersNamesOnceAndKeepsTheOrder) {
  const auto registry = parse("-- name: a.b\nSELECT :x, :y,\n  :x;\n");
  ASSERT_TRUE(registry);
  const Statement* statement = registry->find("a.b");
  ASSERT_TRUE(statement);
  EXPECT_EQ(statement->sql, "SELECT ?1, ?2,\n?1");
  EXPECT_THAT(statement->parameters, ElementsAre("x", "y"));
}

TEST(StatementSource, NumbersForPostgresAndLeavesCastsAndLiteralsAlone) {
  const auto registry =
      parse("-- name: a.b\nSELECT ':no ''q'' :no', \":no\", '\\x00'::bytea || :yes", "postgres");
  ASSERT_TRUE(registry);
  EXPECT_EQ(registry->find("a.b")->sql, "SELECT ':no ''q'' :no', \":no\", '\\x00'::bytea || $1");
}

TEST(StatementSource, PrefersTheVariantOfTheDialectInWhateverOrder) {
  for (const std::string_view text :
       {"-- name: a.b\nSELECT 1;\n-- name: a.b\n-- dialect: sqlite\nSELECT 2;",
        "-- name: a.b\n-- dialect: sqlite\nSELECT 2;\n-- name: a.b\nSELECT 1;"}) {
    EXPECT_EQ(parse(text)->find("a.b")->sql, "SELECT 2");
    EXPECT_EQ(parse(text, "postgres")->find("a.b")->sql, "SELECT 1");
  }
  const auto other = parse("-- name: a.b\n-- dialect: postgres\nSELECT 1;");
  EXPECT_FALSE(other->find("a.b"));
}

TEST(StatementSource, NamesFileAndLineOfAFault) {
  EXPECT_THAT(fault("SELECT 1;"), HasSubstr("a.sql:1: text before"));
  EXPECT_THAT(fault("\n-- name: nodot\nSELECT 1;"), HasSubstr("a.sql:2: 'nodot' is no name"));
  EXPECT_THAT(fault("-- name: a.b\n;"), HasSubstr("a.sql:1: statement 'a.b' is empty"));
  EXPECT_THAT(fault("-- name: a.b\nSELECT 1;\n-- name: a.b\nSELECT 2;"),
              HasSubstr("a.sql:3: statement 'a.b' was given before, at a.sql:1"));
  EXPECT_THAT(fault("-- name: a.b\nSELECT ?1;"), HasSubstr("a.sql:1: positional parameter"));
  EXPECT_THAT(fault("-- name: a.b\nSELECT : x;"), HasSubstr("a.sql:1: ':' without"));
  EXPECT_THAT(fault("-- name: a.b\nSELECT 'x;"), HasSubstr("a.sql:1: a quote is not closed"));
}

TEST(StatementSource, TakesTheVariantThatIsNearest) {
  const auto sql = [](const std::string& text, std::string_view dialect) {
    const auto registry = parse(text, dialect);
    const Statement* found = registry ? registry->find("a.b") : nullptr;
    return found ? found->sql : std::string("none");
  };
  const std::string own = "-- name: a.b\n-- dialect: libsql\nSELECT 1;\n";
  const std::string parent = "-- name: a.b\n-- dialect: sqlite\nSELECT 2;\n";
  const std::string any = "-- name: a.b\nSELECT 3;\n";
  for (const std::string& text : {own + parent + any, any + parent + own, parent + own + any}) {
    EXPECT_EQ(sql(text, "libsql"), "SELECT 1");
    EXPECT_EQ(sql(text, "sqlite"), "SELECT 2");
    EXPECT_EQ(sql(text, "postgres"), "SELECT 3");
  }
  EXPECT_EQ(sql(any + parent, "libsql"), "SELECT 2");
  EXPECT_EQ(sql(any, "libsql"), "SELECT 3");
  EXPECT_EQ(sql(own, "sqlite"), "none");
}

TEST(StatementSource, BindsByNameAndRefusesWhatDoesNotFit) {
  const auto registry = parse("-- name: a.b\nSELECT :x, :y;");
  const auto bound = registry->bind("a.b", {{"y", std::int64_t{2}}, {"x", std::int64_t{1}}});
  ASSERT_TRUE(bound);
  EXPECT_EQ(std::get<std::int64_t>(bound->values[0]), 1);
  EXPECT_EQ(std::get<std::int64_t>(bound->values[1]), 2);

  const auto cause = [&](std::string_view name, Parameters parameters) {
    const auto refused = registry->bind(name, std::move(parameters));
    return refused ? std::string() : refused.error().cause;
  };
  EXPECT_THAT(cause("a.c", {}), HasSubstr("'a.c' is not in schema/statements"));
  EXPECT_THAT(cause("a.b", {{"x", Value()}}), HasSubstr("lacks the parameter 'y'"));
  EXPECT_THAT(cause("a.b", {{"z", Value()}}), HasSubstr("has no parameter 'z'"));
  EXPECT_THAT(cause("a.b", {{"x", Value()}, {"x", Value()}}), HasSubstr("given twice"));
}

}  // namespace
}  // namespace commsd::store
