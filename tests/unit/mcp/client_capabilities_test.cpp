#include "mcp/client_capabilities.h"

#include <gtest/gtest.h>

namespace commsd::mcp {
namespace {

ClientCapabilities parse(std::string_view json) {
  return ClientCapabilities::parse(JsonDocument::parse(json)->root());
}

TEST(ClientCapabilitiesTest, ReadsWhatIsDeclared) {
  const ClientCapabilities all = parse(
      R"({"elicitation":{"form":{},"url":{}},"sampling":{"tools":{}},"roots":{"listChanged":true},
          "extensions":{"io.modelcontextprotocol/tasks":{}}})");
  EXPECT_EQ(all, (ClientCapabilities{true, true, true, true, true, true}));
  EXPECT_EQ(parse("{}"), ClientCapabilities());
}

TEST(ClientCapabilitiesTest, AnElicitationWithoutModeMeansForm) {
  EXPECT_TRUE(parse(R"({"elicitation":{}})").elicitation_form);
  EXPECT_FALSE(parse(R"({"elicitation":{}})").elicitation_url);
  EXPECT_FALSE(parse(R"({"elicitation":{"url":{}}})").elicitation_form);
}

TEST(ClientCapabilitiesTest, AWrongTypeDeclaresNothing) {
  EXPECT_EQ(parse(R"({"elicitation":true,"sampling":1,"roots":[],"extensions":"x"})"),
            ClientCapabilities());
  EXPECT_EQ(parse("[]"), ClientCapabilities());
}

TEST(ClientCapabilitiesTest, BitsCarryAllOfIt) {
  for (unsigned bits = 0; bits < 64; ++bits) {
    const auto packed = static_cast<std::uint8_t>(bits);
    EXPECT_EQ(ClientCapabilities::from_bits(packed).bits(), packed);
  }
}

}  // namespace
}  // namespace commsd::mcp
