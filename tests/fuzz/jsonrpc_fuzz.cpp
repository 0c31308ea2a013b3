// Any bytes as the body and headers of an MCP request: they are read or refused with a JSON-RPC
// error that is itself valid JSON, and arguments are checked without a crash. The first line of
// the input, if there is one, serves as header values; the rest is the body.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/json.h"
#include "mcp/client_capabilities.h"
#include "mcp/http_rules.h"
#include "mcp/json_rpc.h"
#include "mcp/modern_envelope.h"
#include "mcp/paging.h"
#include "mcp/request_guard.h"
#include "mcp/schema_validator.h"
#include "mcp/session_id.h"

namespace {

using namespace commsd;
using namespace commsd::mcp;

const SchemaValidator& validator() {
  static const SchemaValidator compiled = [] {
    const auto schema = JsonDocument::parse(R"({"type":"object","properties":{
      "to":{"type":"string","format":"e164","maxLength":20},
      "email":{"type":"string","format":"email"},
      "when":{"type":"string","format":"date-time"},
      "channel":{"enum":["sms","email",null,5]},
      "limit":{"type":"integer","minimum":1,"maximum":200},
      "rate":{"type":["number","null"],"exclusiveMinimum":0,"exclusiveMaximum":1},
      "media":{"type":"array","minItems":1,"maxItems":3,
               "items":{"type":"string","format":"uri"}},
      "any":{"anyOf":[{"type":"object","additionalProperties":{"type":"string"}},
                      {"type":"boolean"}]}},
      "required":["to"],"additionalProperties":false})");
    auto result = SchemaValidator::compile(schema->root());
    if (!result) std::abort();
    return std::move(*result);
  }();
  return compiled;
}

void must_be_json(const std::string& text) {
  if (!JsonDocument::parse(text)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto line = input.find('\n');
  const std::string_view head = line == std::string_view::npos ? "" : input.substr(0, line);
  const std::string_view body = line == std::string_view::npos ? input : input.substr(line + 1);

  bearer_token(head);
  accepts(head, "application/json");
  is_json_type(head);
  if (forwarded_prefix(head).find("//") == 0) std::abort();
  decode_header_value(head);
  static const RequestGuard guard{RequestGuard::Options{}};
  guard.host_allowed(head);
  guard.origin_allowed(head);
  static const ManualClock clock(1'790'000'000'000);
  static SeededRandom random(1);
  static const SessionIds ids(std::string(32, 'k'), clock, random, std::chrono::hours(1));
  if (ids.check(head, "agent:o:a")) std::abort();  // nobody guesses a signature

  const auto message = RpcMessage::parse(body);
  if (!message) {
    must_be_json(write_error(message.error().id_json, message.error().error));
    return 0;
  }
  read_cursor("tools", head);
  if (const auto capabilities = message->param("capabilities")) {
    const ClientCapabilities declared = ClientCapabilities::parse(*capabilities);
    if (ClientCapabilities::from_bits(declared.bits()) != declared) std::abort();
  }
  const EnvelopeHeaders headers{head, message->method(), head};
  is_modern(*message, headers);
  if (const auto fault = check_envelope(*message, headers)) {
    must_be_json(write_error(message->id_json(), *fault));
  }
  if (const auto arguments = message->param("arguments")) {
    for (const std::string& fault : validator().check(*arguments)) {
      if (fault.empty() || fault.size() > 4096) std::abort();
    }
    SchemaValidator::compile(*arguments);  // a schema of any shape compiles or is refused
  }
  return 0;
}
