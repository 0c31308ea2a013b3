#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/json_writer.h"

namespace commsd::config {

/// A value of a configuration file with the place it was written. YAML and JSON both become
/// this, so one schema checker serves both and can say where a wrong value stands.
struct Node {
  enum class Type { null, boolean, integer, number, string, array, object };
  struct Member;

  Type type = Type::null;
  bool boolean = false;
  std::int64_t integer = 0;
  double number = 0;  // also set for integers
  std::string string;
  std::vector<Node> items;
  std::vector<Member> members;  // in file order
  int line = 0;                 // from 1; 0 = not from a file
  bool secret = false;          // a resolved `secret:` reference: may not be shown
  bool unresolved = false;      // a reference that is a fault already: checks leave it alone
  bool environment = false;     // a resolved `env:` reference: text that may stand for a number

  const Node* find(std::string_view key) const;
  Node* find(std::string_view key);
  bool is_object() const { return type == Type::object; }
  bool is_array() const { return type == Type::array; }
  bool is_string() const { return type == Type::string; }

  /// Compact JSON, secrets in clear text: for the plugin that needs them, never for a log.
  std::string to_json() const;
};

struct Node::Member {
  std::string key;
  Node value;
  int line = 0;
};

/// "string", "a whole number", "a list", "a group of keys", ...: as people say it.
std::string_view type_name(Node::Type type);

Node from_json(const JsonValue& value);

}  // namespace commsd::config
