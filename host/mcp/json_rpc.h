#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "base/json.h"

namespace commsd::mcp {

struct RpcError {
  int code = 0;  // see protocol.h
  std::string message;
  std::string data_json;  // one JSON value, or empty for none
};

/// An error together with the id of the request it answers, as JSON text; "" when the id could not
/// be read: the answer then has no id member, because the schema has no null ids.
struct RpcFault {
  RpcError error;
  std::string id_json;
};

/// One JSON-RPC 2.0 message as MCP narrows it: no batches, ids are strings or integers, params is
/// an object. Owns the parsed text; moving it keeps the values valid.
class RpcMessage {
 public:
  enum class Kind { request, notification, response };

  /// Never throws and never fails on garbage other than by a fault: -32700 for what is no JSON
  /// (invalid UTF-8, repeated members and nesting over 64 levels included), -32600 for JSON that
  /// is no message, -32602 for params that are no object.
  static tl::expected<RpcMessage, RpcFault> parse(std::string_view text);

  Kind kind() const { return kind_; }
  /// The id as received, as JSON text ("7", "\"a\""), for echoing and comparing. "" if none.
  const std::string& id_json() const { return id_json_; }
  std::string_view method() const { return method_; }
  std::optional<JsonValue> params() const { return params_; }
  /// A member of params; empty when there is none.
  std::optional<JsonValue> param(std::string_view name) const;
  /// Of a response: its result, or its error object.
  std::optional<JsonValue> result() const { return document_.root().get("result"); }
  std::optional<JsonValue> error() const { return document_.root().get("error"); }
  /// The parsed text itself; what was read from it stays valid while it lives.
  JsonDocument document() && { return std::move(document_); }
  /// params._meta[name].
  std::optional<JsonValue> meta(std::string_view name) const;

 private:
  explicit RpcMessage(JsonDocument document) : document_(std::move(document)) {}

  JsonDocument document_;
  Kind kind_ = Kind::notification;
  std::string id_json_;
  std::string_view method_;
  std::optional<JsonValue> params_;
};

/// The id's JSON text if it is a string or an integer: the only forms the schema knows.
std::optional<std::string> read_rpc_id(JsonValue id);

/// `{"jsonrpc":"2.0","id":...,"result":` : append one JSON value and '}'.
std::string begin_result(std::string_view id_json, std::size_t expected_size);
std::string write_result(std::string_view id_json, std::string_view result_json);
std::string write_error(std::string_view id_json, const RpcError& error);
/// `params_json` may be empty.
std::string write_notification(std::string_view method, std::string_view params_json);

}  // namespace commsd::mcp
