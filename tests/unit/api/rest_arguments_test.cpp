#include "api/rest_arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace commsd::api {
namespace {

using ::testing::HasSubstr;

constexpr const char* schema = R"({"type":"object","properties":{
  "agentId":{"type":"string"},"limit":{"type":"integer"},"rate":{"type":"number"},
  "all":{"type":"boolean"},"maybe":{"type":["integer","null"]},
  "ids":{"type":"array","items":{"type":"integer"}},
  "names":{"type":"array","items":{"type":"string"}},
  "idempotencyKey":{"type":"string"}}})";

Result<std::string> read(const RestRequest& request, const char* of = schema,
                         bool read_only = true) {
  const auto document = JsonDocument::parse(of);
  const RestArguments arguments(document->root(), read_only);
  const auto read = arguments.read(request);
  if (!read) return fail(read.error());
  return read->root().to_canonical_string();
}

std::string query(std::string_view text) {
  RestRequest request;
  request.query = text;
  const auto found = read(request);
  return found ? *found : "refused: " + found.error().message;
}

std::string body(std::string_view text) {
  RestRequest request;
  request.body = text;
  request.body_carries = true;
  const auto found = read(request);
  return found ? *found : "refused: " + found.error().message;
}

TEST(RestArguments, TypesTheTextOfAQueryByTheSchema) {
  EXPECT_EQ(query(""), "{}");
  EXPECT_EQ(query("agentId=7&limit=7&rate=1.5&all=true"),
            R"({"agentId":"7","all":true,"limit":7,"rate":1.5})");
  EXPECT_EQ(query("all=false&maybe=-3"), R"({"all":false,"maybe":-3})");
  EXPECT_EQ(query("limit=5e1"), R"({"limit":50})");
}

TEST(RestArguments, LeavesTextThatIsNotOfTheTypeToTheSchemaCheck) {
  EXPECT_EQ(query("limit=ten&all=yes"), R"({"all":"yes","limit":"ten"})");
  EXPECT_EQ(query("limit="), R"({"limit":""})");
  EXPECT_EQ(query("limit=0x10&rate=inf"), R"({"limit":"0x10","rate":"inf"})");
  EXPECT_EQ(query("limit=7%20"), R"({"limit":"7 "})");
  EXPECT_EQ(query("unknown=1"), R"({"unknown":"1"})");
}

TEST(RestArguments, ReadsARepeatedNameAsAList) {
  EXPECT_EQ(query("ids=1&ids=2"), R"({"ids":[1,2]})");
  EXPECT_EQ(query("ids=1"), R"({"ids":[1]})");
  EXPECT_EQ(query("names=1&names=a,b"), R"({"names":["1","a,b"]})");
  EXPECT_THAT(query("limit=1&limit=2"), HasSubstr("'limit' stands in the query more than once"));
}

TEST(RestArguments, DecodesOnce) {
  EXPECT_EQ(query("agentId=a+b%2Bc%2520"), R"({"agentId":"a b+c%20"})");
  EXPECT_THAT(query("agentId=%zz"), HasSubstr("malformed"));
  EXPECT_THAT(query("agentId=%ff"), HasSubstr("UTF-8"));
  EXPECT_THAT(query("%"), HasSubstr("malformed"));
  std::string many;
  for (int i = 0; i < 257; ++i) many += "ids=1&";
  EXPECT_THAT(query(many), HasSubstr("too many"));
}

TEST(RestArguments, TakesAJsonBodyAsItIs) {
  EXPECT_EQ(body(R"({"limit":"7"})"), R"({"limit":"7"})");
  EXPECT_EQ(body(""), "{}");
  EXPECT_EQ(body(" \n"), "{}");
  EXPECT_THAT(body("[]"), HasSubstr("must be a JSON object"));
  for (const char* broken : {"{", R"({"a":1,"a":2})", "{} x", "nul", "\xff"}) {
    EXPECT_THAT(body(broken), HasSubstr("refused")) << broken;
  }
}

TEST(RestArguments, ReadsNoQueryBesideABody) {
  RestRequest request;
  request.body_carries = true;
  request.query = "limit=1";
  EXPECT_THAT(read(request).error().message, HasSubstr("'limit'"));
}

TEST(RestArguments, TakesArgumentsFromThePathAndTheHeader) {
  RestRequest request;
  request.body_carries = true;
  request.path = {{"agentId", "a1"}};
  request.idempotency_key = "k1";
  EXPECT_EQ(*read(request), R"({"agentId":"a1","idempotencyKey":"k1"})");
  request.body = R"({"agentId":"a1","idempotencyKey":"k1"})";
  EXPECT_TRUE(read(request).has_value());
  request.body = R"({"agentId":"a2"})";
  EXPECT_THAT(read(request).error().message, HasSubstr("'agentId' is given twice"));
  request.body = R"({"idempotencyKey":"k2"})";
  EXPECT_THAT(read(request).error().message, HasSubstr("'idempotencyKey' is given twice"));
}

TEST(RestArguments, TakesNoKeyForWhatCannotKeepIt) {
  RestRequest request;
  request.body_carries = true;
  request.idempotency_key = "k1";
  const char* const without = R"({"type":"object","properties":{}})";
  EXPECT_EQ(*read(request, without, true), "{}");
  EXPECT_THAT(read(request, without, false).error().message, HasSubstr("takes no Idempotency-Key"));
}

}  // namespace
}  // namespace commsd::api
