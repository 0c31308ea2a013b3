#include "mcp/schema_validator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace commsd::mcp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> check(const std::string& schema, const std::string& value) {
  const auto schema_document = JsonDocument::parse(schema);
  EXPECT_TRUE(schema_document.has_value()) << schema;
  auto validator = SchemaValidator::compile(schema_document->root());
  EXPECT_TRUE(validator.has_value()) << (validator ? "" : validator.error().message);
  const auto document = JsonDocument::parse(value);
  EXPECT_TRUE(document.has_value()) << value;
  return validator->check(document->root());
}

std::string property(const std::string& schema) {
  return R"({"type":"object","properties":{"a":)" + schema + R"(},"additionalProperties":false})";
}

TEST(SchemaValidator, ChecksTypes) {
  EXPECT_THAT(check(property(R"({"type":"string"})"), R"({"a":"x"})"), IsEmpty());
  EXPECT_THAT(check(property(R"({"type":"string"})"), R"({"a":5})"),
              ElementsAre("argument 'a' is 5; it must be a string"));
  EXPECT_THAT(check(property(R"({"type":"integer"})"), R"({"a":5.5})"),
              ElementsAre("argument 'a' is 5.5; it must be an integer"));
  EXPECT_THAT(check(property(R"({"type":"integer"})"), R"({"a":18446744073709551615})"),
              ElementsAre(HasSubstr("an integer")));
  EXPECT_THAT(check(property(R"({"type":"number"})"), R"({"a":5})"), IsEmpty());
  EXPECT_THAT(check(property(R"({"type":"number"})"), R"({"a":5.5})"), IsEmpty());
  EXPECT_THAT(check(property(R"({"type":"boolean"})"), R"({"a":null})"),
              ElementsAre("argument 'a' is null; it must be true or false"));
  EXPECT_THAT(check(property(R"({"type":["string","null"]})"), R"({"a":null})"), IsEmpty());
  EXPECT_THAT(check(property(R"({"type":["string","null"]})"), R"({"a":[1]})"),
              ElementsAre("argument 'a' is an array of 1; it must be a string or null"));
  EXPECT_THAT(check(property("{}"), R"({"a":[1]})"), IsEmpty());
  EXPECT_THAT(check(R"({"type":"object"})", "[]"),
              ElementsAre("the arguments is an array of 0; it must be an object"));
}

TEST(SchemaValidator, NamesMissingAndUnknownArguments) {
  const std::string schema =
      R"({"type":"object","properties":{"to":{"type":"string"},"body":{"type":"string"}},
          "required":["to"],"additionalProperties":false})";
  EXPECT_THAT(check(schema, R"({"to":"x"})"), IsEmpty());
  EXPECT_THAT(check(schema, R"({"boddy":"x"})"),
              ElementsAre("argument 'boddy' is not known; known: 'to', 'body'",
                          "argument 'to' is missing; it must be a string"));
}

TEST(SchemaValidator, ChecksEnumAndConst) {
  const std::string schema = property(R"({"enum":["sms","email"]})");
  EXPECT_THAT(check(schema, R"({"a":"sms"})"), IsEmpty());
  EXPECT_THAT(check(schema, R"({"a":"smss"})"),
              ElementsAre(R"(argument 'a' is "smss"; allowed: "sms", "email")"));
  EXPECT_THAT(check(property(R"({"const":3})"), R"({"a":3})"), IsEmpty());
  EXPECT_THAT(check(property(R"({"const":3})"), R"({"a":4})"), Not(IsEmpty()));
  EXPECT_THAT(check(property(R"({"enum":[null,{"b":1,"c":2}]})"), R"({"a":{"c":2,"b":1}})"),
              IsEmpty());
}

TEST(SchemaValidator, ChecksNumbers) {
  const std::string schema = property(R"({"type":"integer","minimum":1,"maximum":55})");
  EXPECT_THAT(check(schema, R"({"a":1})"), IsEmpty());
  EXPECT_THAT(check(schema, R"({"a":55})"), IsEmpty());
  EXPECT_THAT(check(schema, R"({"a":0})"), ElementsAre("argument 'a' is 0; it must be at least 1"));
  EXPECT_THAT(check(schema, R"({"a":56})"),
              ElementsAre("argument 'a' is 56; it must be at most 55"));
  const std::string open = property(R"({"exclusiveMinimum":0,"exclusiveMaximum":1})");
  EXPECT_THAT(check(open, R"({"a":0.5})"), IsEmpty());
  EXPECT_THAT(check(open, R"({"a":0})"), ElementsAre(HasSubstr("more than 0")));
  EXPECT_THAT(check(open, R"({"a":1})"), ElementsAre(HasSubstr("less than 1")));
}

TEST(SchemaValidator, CountsCodePoints) {
  const std::string schema = property(R"({"type":"string","minLength":2,"maxLength":3})");
  EXPECT_THAT(check(schema, R"({"a":"äöü"})"), IsEmpty());
  EXPECT_THAT(check(schema, R"({"a":"äöüß"})"),
              ElementsAre("argument 'a' has 4 characters; at most 3 are allowed"));
  EXPECT_THAT(check(schema, R"({"a":""})"), ElementsAre("argument 'a' is empty; it must not be"));
}

TEST(SchemaValidator, ChecksFormats) {
  const auto fits = [](const std::string& format, const std::string& text) {
    return check(property(R"({"type":"string","format":")" + format + "\"}"),
                 R"({"a":")" + text + "\"}")
        .empty();
  };
  EXPECT_TRUE(fits("e164", "+14155550100"));
  EXPECT_FALSE(fits("e164", "4155550100"));
  EXPECT_TRUE(fits("email", "ann@example.org"));
  EXPECT_FALSE(fits("email", "ann"));
  EXPECT_TRUE(fits("uri", "https://example.org/a.png?x=1"));
  for (const char* text : {"", "example.org/a", ":x", "http:", "http://a b", "1a:b"}) {
    EXPECT_FALSE(fits("uri", text)) << text;
  }
  for (const char* text : {"2026-11-22T21:05:00Z", "2026-11-22T21:05:00.123+01:00"}) {
    EXPECT_TRUE(fits("date-time", text)) << text;
  }
  for (const char* text :
       {"2026-11-22", "2026-13-22T21:05:00Z", "2026-11-22T21:05:00", "2026-11-22T21:05:00.Z",
        "2026-11-22T21:05:00+0100", "2026-11-22T25:05:00Z", "2026-11-22T21:05:00+01x00"}) {
    EXPECT_FALSE(fits("date-time", text)) << text;
  }
}

TEST(SchemaValidator, ChecksArraysAndNestedValues) {
  const std::string schema =
      property(R"({"type":"array","minItems":1,"maxItems":2,"items":{"type":"string"}})");
  EXPECT_THAT(check(schema, R"({"a":["x"]})"), IsEmpty());
  EXPECT_THAT(check(schema, R"({"a":[]})"), ElementsAre(HasSubstr("at least 1")));
  EXPECT_THAT(check(schema, R"({"a":["x","y","z"]})"), ElementsAre(HasSubstr("at most 2")));
  EXPECT_THAT(check(schema, R"({"a":["x",5]})"),
              ElementsAre("argument 'a[1]' is 5; it must be a string"));
  const std::string map = property(R"({"type":"object","additionalProperties":{"type":"string"}})");
  EXPECT_THAT(check(map, R"({"a":{"b":"c"}})"), IsEmpty());
  EXPECT_THAT(check(map, R"({"a":{"b":1}})"),
              ElementsAre("argument 'a.b' is 1; it must be a string"));
}

TEST(SchemaValidator, ChecksAnyOf) {
  const std::string schema = property(R"({"anyOf":[{"type":"string"},{"type":"integer"}]})");
  EXPECT_THAT(check(schema, R"({"a":"x"})"), IsEmpty());
  EXPECT_THAT(check(schema, R"({"a":1})"), IsEmpty());
  EXPECT_THAT(check(schema, R"({"a":[]})"), ElementsAre(HasSubstr("argument 'a'")));
}

TEST(SchemaValidator, BoundsItsAnswer) {
  std::string many = R"({"a":[)";
  for (int i = 0; i < 1000; ++i) many += i == 0 ? "1" : ",1";
  const auto faults = check(property(R"({"type":"array","items":{"type":"string"}})"), many + "]}");
  EXPECT_EQ(faults.size(), SchemaValidator::max_faults);
  const auto long_text =
      check(property(R"({"enum":["x"]})"), R"({"a":")" + std::string(5000, 'y') + "\"}");
  ASSERT_EQ(long_text.size(), 1u);
  EXPECT_LT(long_text[0].size(), 120u);
}

TEST(SchemaValidator, DoesNotCompileWhatItCannotCheck) {
  for (const char* schema :
       {R"({"type":"object","properties":{"a":{"pattern":"^x$"}}})", R"({"oneOf":[{}]})",
        R"({"$ref":"#/x"})", R"({"type":"text"})", R"({"enum":[]})", R"({"format":"ipv4"})",
        R"({"minLength":-1})", R"({"minItems":"2"})", R"({"required":["a"]})",
        R"({"properties":[]})", R"({"anyOf":[]})", R"({"items":5})", "5"}) {
    const auto document = JsonDocument::parse(schema);
    EXPECT_FALSE(SchemaValidator::compile(document->root()).has_value()) << schema;
  }
}

}  // namespace
}  // namespace commsd::mcp
