#include "mcp/schema_validator.h"

#include <algorithm>
#include <utility>

#include "base/json_writer.h"
#include "mcp/schema_node.h"

namespace commsd::mcp {

namespace {

using Node = SchemaValidator::Node;

unsigned type_of(const simdjson::dom::element& element) {
  switch (element.type()) {
    case simdjson::dom::element_type::OBJECT:
      return object_bit;
    case simdjson::dom::element_type::ARRAY:
      return array_bit;
    case simdjson::dom::element_type::STRING:
      return string_bit;
    case simdjson::dom::element_type::INT64:
      return integer_bit;
    case simdjson::dom::element_type::UINT64:  // over INT64_MAX: handlers could not read it
    case simdjson::dom::element_type::DOUBLE:
      return number_bit;
    case simdjson::dom::element_type::BOOL:
      return boolean_bit;
    default:
      return null_bit;
  }
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));
}

/// What was found, short enough for a sentence.
std::string described(JsonValue value) {
  constexpr std::size_t longest = 40;
  if (const auto text = value.string()) {
    std::size_t end = std::min(text->size(), longest);
    while (end > 0 && end < text->size() && ((*text)[end] & 0xC0) == 0x80) --end;
    std::string out;
    append_json_string(out, text->substr(0, end));
    if (end < text->size()) out += "...";
    return out;
  }
  if (value.is_object()) return "an object";
  if (value.is_array()) return "an array of " + std::to_string(value.size());
  return value.to_string();
}

std::string number_text(double number) {
  JsonWriter out;
  out.value(number);
  return out.take();
}

/// Walks value and schema together. The path is built only when something is wrong.
class Checker {
 public:
  explicit Checker(std::vector<std::string>& faults) : faults_(faults) {}

  void check(const Node& node, JsonValue value) {
    const unsigned type = type_of(value.element());
    if (node.types != 0 && (node.types & type) == 0) {
      return complain(" is " + described(value) + "; it must be " + phrase_of(node.types));
    }
    if (node.has_enum && !allowed(node, value)) {
      return complain(" is " + described(value) + "; allowed: " + allowed_list(node));
    }
    switch (type) {
      case object_bit:
        check_object(node, value);
        break;
      case array_bit:
        check_array(node, value);
        break;
      case string_bit:
        check_string(node, *value.string());
        break;
      case integer_bit:
      case number_bit:
        check_number(node, value);
        break;
      default:
        break;
    }
    if (!node.any_of.empty()) check_any_of(node, value);
  }

 private:
  struct Step {
    std::string_view name;  // of a member; null for an item
    std::size_t index = 0;
  };

  void complain(const std::string& what) {
    if (faults_.size() >= SchemaValidator::max_faults) return;
    if (path_.empty()) {
      faults_.push_back("the arguments" + (what.starts_with(" is ") ? what : ":" + what));
      return;
    }
    faults_.push_back("argument '" + path() + "'" + what);
  }

  std::string path() const {
    std::string out;
    for (const Step& step : path_) {
      if (step.name.data() == nullptr) {
        out += "[" + std::to_string(step.index) + "]";
        continue;
      }
      if (!out.empty()) out += '.';
      out += step.name.substr(0, 64);
    }
    return out;
  }

  static std::string phrase_of(unsigned types) {
    std::string out;
    unsigned left = types;
    const auto take = [&](const TypeName& type) {
      if ((left & type.bits) != type.bits) return;
      left &= ~type.bits;
      out += (out.empty() ? "" : " or ") + std::string(type.phrase);
    };
    take(type_names[4]);  // "a number" covers integers, so it speaks first
    for (const TypeName& type : type_names) take(type);
    return out;
  }

  static bool allowed(const Node& node, JsonValue value) {
    if (const auto text = value.string()) {
      return std::find(node.allowed_strings.begin(), node.allowed_strings.end(), *text) !=
             node.allowed_strings.end();
    }
    if (node.allowed_others.empty()) return false;
    return std::find(node.allowed_others.begin(), node.allowed_others.end(),
                     value.to_canonical_string()) != node.allowed_others.end();
  }

  static std::string allowed_list(const Node& node) {
    std::string out;
    for (const std::string& text : node.allowed_strings) {
      if (!out.empty()) out += ", ";
      append_json_string(out, text);
    }
    for (const std::string& text : node.allowed_others) {
      if (!out.empty()) out += ", ";
      out += text;
    }
    return out;
  }

  void check_object(const Node& node, JsonValue value) {
    std::uint64_t seen = 0;
    value.each_member([&](std::string_view name, JsonValue member) {
      path_.push_back({name, 0});
      const Node* schema = node.additional.get();
      bool known = false;
      for (std::size_t i = 0; i < node.properties.size(); ++i) {
        if (node.properties[i].name != name) continue;
        seen |= std::uint64_t{1} << i;
        schema = node.properties[i].schema.get();
        known = true;
        break;
      }
      if (!known && node.closed) {
        complain(" is not known; known: " + known_names(node));
      } else if (schema) {
        check(*schema, member);
      }
      path_.pop_back();
    });
    if ((seen & node.required) == node.required) return;
    for (std::size_t i = 0; i < node.properties.size(); ++i) {
      if (!node.properties[i].required || (seen >> i & 1) != 0) continue;
      path_.push_back({node.properties[i].name, 0});
      complain(" is missing; it must be " + expectation(*node.properties[i].schema));
      path_.pop_back();
    }
  }

  static std::string expectation(const Node& node) {
    if (node.has_enum) return "one of " + allowed_list(node);
    if (node.format != SchemaFormat::none) return std::string(mcp::phrase_of(node.format));
    return node.types == 0 ? "given" : phrase_of(node.types);
  }

  static std::string known_names(const Node& node) {
    std::string out;
    for (const Node::Property& property : node.properties) {
      out += (out.empty() ? "'" : ", '") + property.name + "'";
    }
    return out.empty() ? "none" : out;
  }

  void check_array(const Node& node, JsonValue value) {
    const std::size_t size = value.size();
    if (size < node.min_items) {
      complain(" has " + std::to_string(size) + " items; at least " +
               std::to_string(node.min_items) + " are needed");
    }
    if (node.max_items && size > *node.max_items) {
      return complain(" has " + std::to_string(size) + " items; at most " +
                      std::to_string(*node.max_items) + " are allowed");
    }
    if (!node.items) return;
    std::size_t index = 0;
    value.each([&](JsonValue item) {
      path_.push_back({{}, index++});
      if (faults_.size() < SchemaValidator::max_faults) check(*node.items, item);
      path_.pop_back();
    });
  }

  void check_string(const Node& node, std::string_view text) {
    if (node.min_length > 0 || node.max_length) {
      const std::size_t length = code_points(text);
      if (length < node.min_length) {
        complain(length == 0 ? " is empty; it must not be"
                             : " has " + std::to_string(length) + " characters; at least " +
                                   std::to_string(node.min_length) + " are needed");
      }
      if (node.max_length && length > *node.max_length) {
        complain(" has " + std::to_string(length) + " characters; at most " +
                 std::to_string(*node.max_length) + " are allowed");
      }
    }
    if (!has_format(node.format, text)) {
      complain(" is not " + std::string(mcp::phrase_of(node.format)));
    }
  }

  void check_number(const Node& node, JsonValue value) {
    const auto number = value.number();
    if (!number) return;
    const auto fault = [&](std::string_view relation, double limit) {
      complain(" is " + described(value) + "; it must be " + std::string(relation) + " " +
               number_text(limit));
    };
    if (node.minimum && *number < *node.minimum) fault("at least", *node.minimum);
    if (node.maximum && *number > *node.maximum) fault("at most", *node.maximum);
    if (node.above && *number <= *node.above) fault("more than", *node.above);
    if (node.below && *number >= *node.below) fault("less than", *node.below);
  }

  void check_any_of(const Node& node, JsonValue value) {
    std::vector<std::string> first;
    for (const auto& branch : node.any_of) {
      std::vector<std::string> faults;
      Checker checker(faults);
      checker.path_ = path_;
      checker.check(*branch, value);
      if (faults.empty()) return;
      if (first.empty()) first = std::move(faults);
    }
    for (std::string& text : first) {
      if (faults_.size() < SchemaValidator::max_faults) faults_.push_back(std::move(text));
    }
  }

  std::vector<std::string>& faults_;
  std::vector<Step> path_;
};

}  // namespace

SchemaValidator::SchemaValidator(std::unique_ptr<Node> root) : root_(std::move(root)) {}
SchemaValidator::SchemaValidator(SchemaValidator&&) noexcept = default;
SchemaValidator& SchemaValidator::operator=(SchemaValidator&&) noexcept = default;
SchemaValidator::~SchemaValidator() = default;

Result<SchemaValidator> SchemaValidator::compile(JsonValue schema, Keywords keywords) {
  std::unique_ptr<Node> root;
  std::string fault = compile_schema(schema, keywords, root);
  if (!fault.empty()) return fail(ErrorCode::invalid_argument, std::move(fault));
  return SchemaValidator(std::move(root));
}

std::vector<std::string> SchemaValidator::check(JsonValue value) const {
  std::vector<std::string> faults;
  Checker(faults).check(*root_, value);
  return faults;
}

}  // namespace commsd::mcp
