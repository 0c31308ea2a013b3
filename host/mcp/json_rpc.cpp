#include "mcp/json_rpc.h"

#include <utility>

#include "base/json_writer.h"
#include "mcp/protocol.h"

namespace commsd::mcp {

namespace {

tl::unexpected<RpcFault> fault(int code, std::string message, std::string id_json = {}) {
  return tl::unexpected<RpcFault>(
      RpcFault{RpcError{code, std::move(message), {}}, std::move(id_json)});
}

}  // namespace

std::optional<std::string> read_rpc_id(JsonValue id) {
  const simdjson::dom::element element = id.element();
  if (element.is_string() || element.is_int64() || element.is_uint64()) return id.to_string();
  return std::nullopt;
}

tl::expected<RpcMessage, RpcFault> RpcMessage::parse(std::string_view text) {
  Result<JsonDocument> document = JsonDocument::parse(text);
  if (!document) {
    return fault(rpc_code::parse_error, "Parse error: " + document.error().message);
  }
  RpcMessage message(std::move(*document));
  const JsonValue root = message.document_.root();
  if (root.is_array()) {
    return fault(rpc_code::invalid_request,
                 "Invalid Request: batches are not supported; send one message per request");
  }
  if (!root.is_object()) {
    return fault(rpc_code::invalid_request, "Invalid Request: the message must be a JSON object");
  }

  const auto id = root.get("id");
  if (id) {
    auto id_json = read_rpc_id(*id);
    if (!id_json) {
      return fault(rpc_code::invalid_request,
                   "Invalid Request: 'id' must be a string or an integer");
    }
    message.id_json_ = std::move(*id_json);
  }
  if (root.string("jsonrpc") != std::string_view("2.0")) {
    return fault(rpc_code::invalid_request, "Invalid Request: 'jsonrpc' must be \"2.0\"",
                 message.id_json_);
  }

  const auto method = root.get("method");
  if (!method) {
    const bool result = root.get("result").has_value();
    const bool error = root.get("error").has_value();
    if (result == error || (result && !id)) {
      return fault(rpc_code::invalid_request,
                   "Invalid Request: neither a request, a notification nor a response",
                   message.id_json_);
    }
    message.kind_ = Kind::response;
    return message;
  }
  const auto name = method->string();
  if (!name || name->empty()) {
    return fault(rpc_code::invalid_request, "Invalid Request: 'method' must be a string",
                 message.id_json_);
  }
  message.method_ = *name;
  message.kind_ = id ? Kind::request : Kind::notification;
  if (const auto params = root.get("params")) {
    if (!params->is_object()) {
      return fault(rpc_code::invalid_params, "Invalid params: 'params' must be an object",
                   message.id_json_);
    }
    message.params_ = params;
  }
  return message;
}

std::optional<JsonValue> RpcMessage::param(std::string_view name) const {
  return params_ ? params_->get(name) : std::nullopt;
}

std::optional<JsonValue> RpcMessage::meta(std::string_view name) const {
  const auto meta = param("_meta");
  return meta ? meta->get(name) : std::nullopt;
}

std::string begin_result(std::string_view id_json, std::size_t expected_size) {
  std::string out;
  out.reserve(expected_size + id_json.size() + 40);
  out += R"({"jsonrpc":"2.0","id":)";
  out += id_json;
  out += R"(,"result":)";
  return out;
}

std::string write_result(std::string_view id_json, std::string_view result_json) {
  std::string out = begin_result(id_json, result_json.size());
  out += result_json;
  out += '}';
  return out;
}

std::string write_error(std::string_view id_json, const RpcError& error) {
  JsonWriter out;
  out.begin_object().field("jsonrpc", "2.0");
  if (!id_json.empty()) out.raw_field("id", id_json);
  out.key("error").begin_object().field("code", error.code).field("message", error.message);
  if (!error.data_json.empty()) out.raw_field("data", error.data_json);
  out.end_object().end_object();
  return out.take();
}

std::string write_notification(std::string_view method, std::string_view params_json) {
  JsonWriter out;
  out.begin_object().field("jsonrpc", "2.0").field("method", method);
  if (!params_json.empty()) out.raw_field("params", params_json);
  out.end_object();
  return out.take();
}

}  // namespace commsd::mcp
