#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace commsd::api {

/// What a REST request says of a tool's arguments, all in one place and typed.
struct RestRequest {
  std::string_view query;  // as received, without '?'
  std::string_view body;
  bool body_carries = false;  // POST: the body has the arguments, and the query may have none
  std::vector<std::pair<std::string, std::string>> path;  // ":agentId" and its value
  std::optional<std::string_view> idempotency_key;        // the header
};

/// Reads the arguments of one tool out of requests, by its input schema. Text of a query becomes
/// what the schema says it is (integer, number, boolean, list); text that is not that stays text,
/// so that the schema's own check names the argument and what it should be. A list is the name
/// repeated. [any thread]
class RestArguments {
 public:
  /// `read_only`: an Idempotency-Key is no mistake although the tool takes none.
  RestArguments(JsonValue input_schema, bool read_only);

  /// An object, not yet checked against the schema. invalid_argument: a malformed query or body, an
  /// argument given twice, or a key for a tool that cannot keep it.
  Result<JsonDocument> read(const RestRequest& request) const;

 private:
  struct Type {
    unsigned types = 0;  // mcp::TypeBit
    unsigned items = 0;  // of the elements, when it may be a list
  };
  using Given = std::map<std::string, std::vector<std::string>, std::less<>>;

  Result<std::string> from_query(const Given& given) const;
  Result<JsonDocument> add_to(const JsonDocument& arguments, const RestRequest& request) const;

  std::map<std::string, Type, std::less<>> types_;
  bool read_only_;
};

}  // namespace commsd::api
