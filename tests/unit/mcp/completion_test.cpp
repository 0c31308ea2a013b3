#include "mcp/completion.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace commsd::mcp {
namespace {

TEST(Completion, KeepsWhatBeginsWithTheValue) {
  EXPECT_EQ(completion_json({"sms", "whatsapp", "Smoke"}, "sM"),
            R"({"values":["sms","Smoke"],"total":2,"hasMore":false})");
  EXPECT_EQ(completion_json({}, ""), R"({"values":[],"total":0,"hasMore":false})");
}

TEST(Completion, GivesNoMoreThanAHundred) {
  const std::vector<std::string> many(101, "a");
  const std::string json = completion_json(many, "");
  EXPECT_NE(json.find(R"("total":101,"hasMore":true)"), std::string::npos);
  const auto document = JsonDocument::parse(json);
  EXPECT_EQ(document->root().get("values")->size(), 100u);
}

}  // namespace
}  // namespace commsd::mcp
