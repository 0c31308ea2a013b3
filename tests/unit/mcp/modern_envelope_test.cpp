#include "mcp/modern_envelope.h"

#include <gtest/gtest.h>

#include "mcp/protocol.h"

namespace commsd::mcp {
namespace {

RpcMessage message_of(const std::string& method, const std::string& params) {
  auto parsed = RpcMessage::parse(R"({"jsonrpc":"2.0","id":1,"method":")" + method +
                                  R"(","params":)" + params + "}");
  EXPECT_TRUE(parsed.has_value()) << params;
  return std::move(*parsed);
}

std::string meta(const std::string& version = "2026-07-28") {
  return R"("_meta":{"io.modelcontextprotocol/protocolVersion":")" + version +
         R"(","io.modelcontextprotocol/clientCapabilities":{}})";
}

int code_of(const std::string& method, const std::string& params, const EnvelopeHeaders& headers) {
  const auto fault = check_envelope(message_of(method, params), headers);
  return fault ? fault->code : 0;
}

const EnvelopeHeaders list_headers{"2026-07-28", "tools/list", std::nullopt};

TEST(ModernEnvelope, AcceptsAWholeOne) {
  EXPECT_EQ(code_of("tools/list", "{" + meta() + "}", list_headers), 0);
  EXPECT_EQ(code_of("tools/list", "{" + meta() + "}", {" 2026-07-28 ", "\ttools/list ", {}}), 0);
  EXPECT_EQ(
      code_of("tools/call", R"({"name":"x",)" + meta() + "}", {"2026-07-28", "tools/call", "  x "}),
      0);
}

TEST(ModernEnvelope, NeedsVersionAndCapabilitiesInMeta) {
  for (const std::string& params :
       {std::string("{}"), std::string(R"({"_meta":{}})"), std::string(R"({"_meta":5})"),
        std::string(R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}})"),
        std::string(R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                    R"("io.modelcontextprotocol/clientCapabilities":[]}})"),
        std::string(R"({"_meta":{"io.modelcontextprotocol/clientCapabilities":{}}})")}) {
    EXPECT_EQ(code_of("tools/list", params, list_headers), rpc_code::invalid_params) << params;
  }
}

TEST(ModernEnvelope, ComparesHeadersWithTheBody) {
  const std::string params = "{" + meta() + "}";
  EXPECT_EQ(code_of("tools/list", params, {std::nullopt, "tools/list", {}}),
            rpc_code::header_mismatch);
  EXPECT_EQ(code_of("tools/list", params, {"2025-11-25", "tools/list", {}}),
            rpc_code::header_mismatch);
  EXPECT_EQ(code_of("tools/list", params, {"2026-07-28", std::nullopt, {}}),
            rpc_code::header_mismatch);
  EXPECT_EQ(code_of("tools/list", params, {"2026-07-28", "TOOLS/LIST", {}}),
            rpc_code::header_mismatch);

  const std::string call = R"({"name":"x",)" + meta() + "}";
  EXPECT_EQ(code_of("tools/call", call, {"2026-07-28", "tools/call", std::nullopt}),
            rpc_code::header_mismatch);
  EXPECT_EQ(code_of("tools/call", call, {"2026-07-28", "tools/call", "y"}),
            rpc_code::header_mismatch);
  EXPECT_EQ(code_of("tools/call", call, {"2026-07-28", "tools/call", "=?base64?eA==?="}), 0);
  EXPECT_EQ(code_of("tools/call", call, {"2026-07-28", "tools/call", "=?base64?e?="}),
            rpc_code::header_mismatch);
  const std::string read = R"({"uri":"a:b",)" + meta() + "}";
  EXPECT_EQ(code_of("resources/read", read, {"2026-07-28", "resources/read", "a:c"}),
            rpc_code::header_mismatch);
  EXPECT_EQ(code_of("resources/read", read, {"2026-07-28", "resources/read", "a:b"}), 0);
}

TEST(ModernEnvelope, NamesTheVersionsItSpeaks) {
  const auto fault = check_envelope(message_of("tools/list", "{" + meta("1900-01-01") + "}"),
                                    {"1900-01-01", "tools/list", std::nullopt});
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->code, rpc_code::unsupported_version);
  EXPECT_NE(fault->data_json.find(R"("requested":"1900-01-01")"), std::string::npos);
  EXPECT_NE(fault->data_json.find(R"("supported":["2026-07-28")"), std::string::npos);
}

TEST(ModernEnvelope, ToldFromLegacy) {
  const EnvelopeHeaders none{};
  const EnvelopeHeaders modern{"2026-07-28", {}, {}};
  const EnvelopeHeaders legacy{"2025-11-25", {}, {}};
  EXPECT_TRUE(is_modern(message_of("tools/list", "{" + meta() + "}"), none));
  EXPECT_TRUE(is_modern(message_of("tools/list", "{" + meta("v999") + "}"), none));
  EXPECT_TRUE(is_modern(message_of("tools/list", "{}"), modern));
  EXPECT_TRUE(is_modern(message_of("server/discover", "{}"), none));
  EXPECT_TRUE(is_modern(message_of("initialize", "{" + meta() + "}"), modern));
  EXPECT_FALSE(is_modern(message_of("initialize", "{}"), modern));
  EXPECT_FALSE(is_modern(message_of("tools/list", "{}"), legacy));
  EXPECT_FALSE(is_modern(message_of("tools/list", "{}"), none));
}

TEST(ModernEnvelope, DecodesHeaderValues) {
  EXPECT_EQ(decode_header_value("  plain "), "plain");
  EXPECT_EQ(decode_header_value("=?base64?SGVsbG8=?="), "Hello");
  EXPECT_EQ(decode_header_value("=?BASE64?SGVsbG8=?="), "=?BASE64?SGVsbG8=?=");
  EXPECT_EQ(decode_header_value("=?base64?"
                                "?="),
            "");
  EXPECT_FALSE(decode_header_value("=?base64?%%%%?="));
}

TEST(ModernEnvelope, StatusOfEachCode) {
  EXPECT_EQ(modern_http_status(rpc_code::method_not_found), 404);
  for (const int code :
       {rpc_code::parse_error, rpc_code::invalid_request, rpc_code::header_mismatch,
        rpc_code::missing_capability, rpc_code::unsupported_version}) {
    EXPECT_EQ(modern_http_status(code), 400) << code;
  }
  EXPECT_EQ(modern_http_status(rpc_code::invalid_params), 200);
  EXPECT_EQ(modern_http_status(rpc_code::internal_error), 200);
}

}  // namespace
}  // namespace commsd::mcp
