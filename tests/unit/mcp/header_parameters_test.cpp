#include "mcp/header_parameters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace commsd::mcp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<std::vector<HeaderParameter>> compiled(const std::string& schema) {
  const auto document = JsonDocument::parse(schema);
  EXPECT_TRUE(document.has_value()) << schema;
  return compile_header_parameters(document->root());
}

TEST(HeaderParameters, AreFoundWithTheirPath) {
  const auto found = compiled(
      R"({"type":"object","properties":{
          "region":{"type":"string","x-mcp-header":"Region"},
          "x-mcp-header":{"type":"string"},
          "route":{"type":"object","properties":{
            "shard":{"type":"integer","x-mcp-header":"Shard"},
            "dry":{"type":"boolean","x-mcp-header":"Dry-Run"}}}}})");
  ASSERT_TRUE(found.has_value()) << found.error().message;
  ASSERT_EQ(found->size(), 3u);
  EXPECT_EQ((*found)[0].header, "Region");
  EXPECT_THAT((*found)[0].path, ElementsAre("region"));
  EXPECT_EQ((*found)[0].type, HeaderParameter::Type::string);
  EXPECT_THAT((*found)[1].path, ElementsAre("route", "shard"));
  EXPECT_EQ((*found)[1].type, HeaderParameter::Type::integer);
  EXPECT_EQ((*found)[2].type, HeaderParameter::Type::boolean);
}

TEST(HeaderParameters, RefuseOtherUses) {
  const auto property = [](const std::string& inner) {
    return R"({"type":"object","properties":{"a":)" + inner + "}}";
  };
  for (const std::string& schema : {
           property(R"({"type":"number","x-mcp-header":"A"})"),
           property(R"({"type":"object","x-mcp-header":"A"})"),
           property(R"({"type":["string","null"],"x-mcp-header":"A"})"),
           property(R"({"x-mcp-header":"A"})"),
           property(R"({"type":"string","x-mcp-header":""})"),
           property(R"({"type":"string","x-mcp-header":"A B"})"),
           property(R"({"type":"string","x-mcp-header":"A:"})"),
           property(R"({"type":"string","x-mcp-header":7})"),
           property(R"({"type":"string","format":"e164","x-mcp-header":"A"})"),
           property(R"({"type":"string","format":"email","x-mcp-header":"A"})"),
           property(R"({"type":"array","items":{"type":"string","x-mcp-header":"A"}})"),
           property(R"({"anyOf":[{"type":"string","x-mcp-header":"A"}]})"),
           property(R"({"type":"object",
                        "additionalProperties":{"type":"string","x-mcp-header":"A"}})"),
           std::string(R"({"type":"object","x-mcp-header":"A"})"),
           std::string(R"({"$defs":{"a":{"type":"string","x-mcp-header":"A"}}})"),
           std::string(R"({"if":{"properties":{"a":{"type":"string","x-mcp-header":"A"}}}})"),
           std::string(R"({"properties":{"a":{"type":"string","x-mcp-header":"Region"},
                                         "b":{"type":"string","x-mcp-header":"rEGION"}}})"),
       }) {
    EXPECT_FALSE(compiled(schema).has_value()) << schema;
  }
}

TEST(HeaderParameters, AreNotLookedForInValues) {
  EXPECT_TRUE(compiled(R"({"properties":{"a":{"type":"object",
                           "default":{"x-mcp-header":"A"},"enum":[{"x-mcp-header":"B"}]}}})")
                  ->empty());
}

TEST(HeaderParameters, FaultsNameThePlace) {
  EXPECT_THAT(compiled(R"({"properties":{"a":{"type":"object","properties":{
                           "b":{"type":"number","x-mcp-header":"A"}}}}})")
                  .error()
                  .message,
              HasSubstr("'/a/b'"));
}

}  // namespace
}  // namespace commsd::mcp
