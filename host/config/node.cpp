#include "config/node.h"

#include <algorithm>

namespace commsd::config {

namespace {

void write(JsonWriter& out, const Node& node) {
  switch (node.type) {
    case Node::Type::null:
      out.null();
      break;
    case Node::Type::boolean:
      out.value(node.boolean);
      break;
    case Node::Type::integer:
      out.value(node.integer);
      break;
    case Node::Type::number:
      out.value(node.number);
      break;
    case Node::Type::string:
      out.value(node.string);
      break;
    case Node::Type::array:
      out.begin_array();
      for (const Node& item : node.items) write(out, item);
      out.end_array();
      break;
    case Node::Type::object:
      out.begin_object();
      for (const Node::Member& member : node.members) {
        out.key(member.key);
        write(out, member.value);
      }
      out.end_object();
      break;
  }
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  const auto found = std::find_if(members.begin(), members.end(),
                                  [key](const Member& member) { return member.key == key; });
  return found == members.end() ? nullptr : &found->value;
}

Node* Node::find(std::string_view key) {
  return const_cast<Node*>(std::as_const(*this).find(key));
}

std::string Node::to_json() const {
  JsonWriter out;
  write(out, *this);
  return out.take();
}

std::string_view type_name(Node::Type type) {
  switch (type) {
    case Node::Type::null:
      return "nothing";
    case Node::Type::boolean:
      return "true or false";
    case Node::Type::integer:
      return "a whole number";
    case Node::Type::number:
      return "a number";
    case Node::Type::string:
      return "text";
    case Node::Type::array:
      return "a list";
    case Node::Type::object:
      return "a group of keys";
  }
  return "nothing";
}

Node from_json(const JsonValue& value) {
  Node node;
  if (const auto text = value.string()) {
    node.type = Node::Type::string;
    node.string = *text;
  } else if (const auto flag = value.boolean()) {
    node.type = Node::Type::boolean;
    node.boolean = *flag;
  } else if (const auto integer = value.integer()) {
    node.type = Node::Type::integer;
    node.integer = *integer;
    node.number = static_cast<double>(*integer);
  } else if (const auto number = value.number()) {
    node.type = Node::Type::number;
    node.number = *number;
  } else if (value.is_array()) {
    node.type = Node::Type::array;
    value.each([&node](JsonValue item) { node.items.push_back(from_json(item)); });
  } else if (value.is_object()) {
    node.type = Node::Type::object;
    value.each_member([&node](std::string_view key, JsonValue member) {
      node.members.push_back({std::string(key), from_json(member), 0});
    });
  }
  return node;
}

}  // namespace commsd::config
