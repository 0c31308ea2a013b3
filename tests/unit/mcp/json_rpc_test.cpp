#include "mcp/json_rpc.h"

#include <gtest/gtest.h>

#include "mcp/protocol.h"

namespace commsd::mcp {
namespace {

RpcFault fault_of(std::string_view text) {
  auto parsed = RpcMessage::parse(text);
  EXPECT_FALSE(parsed.has_value()) << text;
  return parsed ? RpcFault{} : parsed.error();
}

TEST(RpcMessage, ReadsARequest) {
  auto message = RpcMessage::parse(
      R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"x","_meta":{"k":1}}})");
  ASSERT_TRUE(message.has_value());
  const RpcMessage moved = std::move(*message);
  EXPECT_EQ(moved.kind(), RpcMessage::Kind::request);
  EXPECT_EQ(moved.id_json(), "7");
  EXPECT_EQ(moved.method(), "tools/call");
  EXPECT_EQ(moved.param("name")->string(), "x");
  EXPECT_EQ(moved.meta("k")->integer(), 1);
  EXPECT_FALSE(moved.meta("other"));
  EXPECT_FALSE(moved.param("arguments"));
}

TEST(RpcMessage, TellsTheThreeKindsApart) {
  EXPECT_EQ(RpcMessage::parse(R"({"jsonrpc":"2.0","method":"a"})")->kind(),
            RpcMessage::Kind::notification);
  EXPECT_EQ(RpcMessage::parse(R"({"jsonrpc":"2.0","id":"a","result":{}})")->kind(),
            RpcMessage::Kind::response);
  EXPECT_EQ(
      RpcMessage::parse(R"({"jsonrpc":"2.0","id":1,"error":{"code":1,"message":""}})")->kind(),
      RpcMessage::Kind::response);
  EXPECT_EQ(RpcMessage::parse(R"({"jsonrpc":"2.0","id":1,"method":"ping"})")->kind(),
            RpcMessage::Kind::request);
}

TEST(RpcMessage, EchoesIdsAsTheyCame) {
  EXPECT_EQ(RpcMessage::parse(R"({"jsonrpc":"2.0","id":"a\"b","method":"p"})")->id_json(),
            R"("a\"b")");
  EXPECT_EQ(RpcMessage::parse(R"({"jsonrpc":"2.0","id":-3,"method":"p"})")->id_json(), "-3");
  EXPECT_EQ(
      RpcMessage::parse(R"({"jsonrpc":"2.0","id":18446744073709551615,"method":"p"})")->id_json(),
      "18446744073709551615");
  EXPECT_EQ(RpcMessage::parse(R"({"jsonrpc":"2.0","id":"","method":"p"})")->id_json(), R"("")");
}

TEST(RpcMessage, RefusesWhatIsNoJson) {
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("nonsense"), std::string("{} {}"),
        std::string("\xff\xfe"), std::string("{\"jsonrpc\":\"2.0\",\"method\":\"\xc3\x28\"}"),
        std::string(R"({"jsonrpc":"2.0","method":"a","method":"b"})"),
        std::string(R"({"jsonrpc":"2.0","method":"a","params":{"x":{"y":1,"y":2}}})"),
        std::string(100, '['), std::string("{\"a\":") + std::string(70, '[')}) {
    EXPECT_EQ(fault_of(text).error.code, rpc_code::parse_error) << text;
  }
  std::string deep = R"({"jsonrpc":"2.0","id":1,"method":"a","params":)";
  for (int i = 0; i < 80; ++i) deep += R"({"a":)";
  deep += "1";
  for (int i = 0; i < 80; ++i) deep += "}";
  EXPECT_EQ(fault_of(deep + "}").error.code, rpc_code::parse_error);
}

TEST(RpcMessage, RefusesWhatIsNoMessage) {
  for (const char* text :
       {"[]", R"([{"jsonrpc":"2.0","id":1,"method":"ping"}])", "1", "null", "\"a\"", "{}",
        R"({"id":1,"method":"a"})", R"({"jsonrpc":"1.0","id":1,"method":"a"})",
        R"({"jsonrpc":2.0,"id":1,"method":"a"})", R"({"jsonrpc":"2.0","id":null,"method":"a"})",
        R"({"jsonrpc":"2.0","id":1.5,"method":"a"})", R"({"jsonrpc":"2.0","id":{},"method":"a"})",
        R"({"jsonrpc":"2.0","id":1,"method":5})", R"({"jsonrpc":"2.0","id":1,"method":""})",
        R"({"jsonrpc":"2.0","id":1})", R"({"jsonrpc":"2.0","result":{}})",
        R"({"jsonrpc":"2.0","id":1,"result":{},"error":{}})"}) {
    EXPECT_EQ(fault_of(text).error.code, rpc_code::invalid_request) << text;
  }
  const RpcFault params = fault_of(R"({"jsonrpc":"2.0","id":9,"method":"a","params":[1]})");
  EXPECT_EQ(params.error.code, rpc_code::invalid_params);
  EXPECT_EQ(params.id_json, "9");
}

TEST(RpcWriter, LeavesTheIdOutWhenItIsUnknown) {
  EXPECT_EQ(write_error({}, {-32700, "Parse error", {}}),
            R"({"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"}})");
  EXPECT_EQ(write_error("4", {-32022, "no", R"({"a":1})"}),
            R"({"jsonrpc":"2.0","id":4,"error":{"code":-32022,"message":"no","data":{"a":1}}})");
  EXPECT_EQ(write_result("\"x\"", "{}"), R"({"jsonrpc":"2.0","id":"x","result":{}})");
  EXPECT_EQ(write_notification("n", {}), R"({"jsonrpc":"2.0","method":"n"})");
}

TEST(Protocol, NegotiatesLegacyVersions) {
  EXPECT_EQ(negotiate_legacy_version("2025-03-26"), "2025-03-26");
  EXPECT_EQ(negotiate_legacy_version("2025-06-18"), "2025-06-18");
  EXPECT_EQ(negotiate_legacy_version("2024-11-05"), "2024-11-05");
  EXPECT_EQ(negotiate_legacy_version("2026-07-28"), "2025-11-25");
  EXPECT_EQ(negotiate_legacy_version("1999-01-01"), "2025-11-25");
  EXPECT_FALSE(is_legacy_version(modern_version));
}

}  // namespace
}  // namespace commsd::mcp
