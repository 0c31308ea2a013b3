#include "config/schema_checker.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <regex>

#include "base/json.h"
#include "config/formats.h"
#include "config/nearest.h"
#include "config/yaml_reader.h"

namespace commsd::config {

namespace {

using Compiled = std::map<std::string, std::regex>;  // by the pattern

constexpr std::size_t longest_shown = 60;      // of a value in a fault
constexpr std::size_t longest_matched = 4096;  // std::regex recurses once per character
constexpr int deepest_reference = 16;

std::string number_text(const Node& node) {
  return node.to_json();
}

/// Characters, not bytes (JSON Schema, section 6.3.1).
std::int64_t length_of(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

bool equal(const Node& left, const Node& right) {
  const auto is_number = [](const Node& node) {
    return node.type == Node::Type::integer || node.type == Node::Type::number;
  };
  if (is_number(left) && is_number(right)) return left.number == right.number;
  return left.type == right.type && left.to_json() == right.to_json();
}

std::string show(const Node& value, bool hidden) {
  if (hidden || value.secret) return "[secret]";
  switch (value.type) {
    case Node::Type::string: {
      if (value.string.size() <= longest_shown) return '"' + value.string + '"';
      std::size_t end = longest_shown;
      while (end > 0 && (static_cast<unsigned char>(value.string[end]) & 0xC0) == 0x80) --end;
      return '"' + value.string.substr(0, end) + "…\"";
    }
    case Node::Type::array:
    case Node::Type::object:
    case Node::Type::null:
      return std::string(type_name(value.type));
    default:
      return value.to_json();
  }
}

std::string join(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += ", ";
    out += word;
  }
  return out;
}

class Check {
 public:
  Check(const Node& root, const Compiled& patterns, const std::string& file, bool fill_defaults,
        std::vector<ConfigFault>& faults)
      : root_(root),
        patterns_(patterns),
        file_(file),
        fill_defaults_(fill_defaults),
        faults_(faults) {}

  void value(Node& node, const Node& unresolved, const std::string& key, int line) {
    if (node.unresolved) return;
    const Node& schema = resolve(unresolved);
    const bool hidden = flag(schema, "writeOnly");
    if (const Node* choices = schema.find("oneOf")) return one_of(node, *choices, key, line);
    if (node.environment) convert(node, schema);
    if (node.type == Node::Type::null) stand_for_empty(node, schema);
    if (!has_type(node, schema)) {
      return fault(line, key, show(node, hidden), allowed(schema));
    }
    if (const Node* constant = schema.find("const"); constant && !equal(node, *constant)) {
      return fault(line, key, show(node, hidden), allowed(schema));
    }
    if (const Node* choices = schema.find("enum")) {
      const bool listed = std::any_of(choices->items.begin(), choices->items.end(),
                                      [&node](const Node& choice) { return equal(node, choice); });
      if (!listed)
        return fault(line, key, show(node, hidden), allowed(schema) + hint(node, *choices));
    }
    switch (node.type) {
      case Node::Type::string:
        text(node, schema, key, line, hidden);
        break;
      case Node::Type::integer:
      case Node::Type::number:
        number(node, schema, key, line, hidden);
        break;
      case Node::Type::array:
        array(node, schema, key, line);
        break;
      case Node::Type::object:
        object(node, schema, key, line);
        break;
      default:
        break;
    }
  }

 private:
  void fault(int line, const std::string& key, std::string found, std::string allowed_text) {
    if (faults_.size() >= most_faults) return;
    faults_.push_back({file_, line, key, std::move(found), std::move(allowed_text)});
  }

  static bool flag(const Node& schema, std::string_view name) {
    const Node* found = schema.find(name);
    return found && found->type == Node::Type::boolean && found->boolean;
  }

  const Node& resolve(const Node& schema) const {
    const Node* at = &schema;
    for (int hop = 0; hop < deepest_reference; ++hop) {
      const Node* reference = at->find("$ref");
      if (!reference || !reference->is_string()) return *at;
      const Node* definitions = root_.find("$defs");
      at = definitions->find(std::string_view(reference->string).substr(8));  // after "#/$defs/"
    }
    return *at;
  }

  static std::vector<std::string_view> types(const Node& schema) {
    std::vector<std::string_view> names;
    const Node* type = schema.find("type");
    if (type && type->is_string()) names.push_back(type->string);
    if (type && type->is_array()) {
      for (const Node& item : type->items) names.push_back(item.string);
    }
    return names;
  }

  static bool is_of(const Node& node, std::string_view type) {
    switch (node.type) {
      case Node::Type::null:
        return type == "null";
      case Node::Type::boolean:
        return type == "boolean";
      case Node::Type::integer:
        return type == "integer" || type == "number";
      case Node::Type::number:
        return type == "number" || (type == "integer" && std::floor(node.number) == node.number &&
                                    std::abs(node.number) < 9e15);
      case Node::Type::string:
        return type == "string";
      case Node::Type::array:
        return type == "array";
      case Node::Type::object:
        return type == "object";
    }
    return false;
  }

  static bool has_type(const Node& node, const Node& schema) {
    const auto wanted = types(schema);
    return wanted.empty() || std::any_of(wanted.begin(), wanted.end(),
                                         [&node](auto type) { return is_of(node, type); });
  }

  /// `server:` with every key below it commented out means no keys, not a wrong value.
  static void stand_for_empty(Node& node, const Node& schema) {
    for (const Node::Type type : {Node::Type::object, Node::Type::array}) {
      Node empty;
      empty.type = type;
      empty.line = node.line;
      if (!has_type(node, schema) && has_type(empty, schema)) node = std::move(empty);
    }
  }

  /// An environment variable is text; "8080" may stand where a number is asked for.
  static void convert(Node& node, const Node& schema) {
    if (has_type(node, schema)) return;
    Node converted = plain_scalar(node.string);
    converted.line = node.line;
    if (has_type(converted, schema)) node = std::move(converted);
  }

  std::string allowed(const Node& schema) const {
    if (const Node* words = schema.find("x-comms-allowed")) return words->string;
    if (const Node* constant = schema.find("const")) return show(*constant, false);
    if (const Node* choices = schema.find("enum")) {
      std::vector<std::string> words;
      for (const Node& choice : choices->items) {
        words.push_back(choice.is_string() ? choice.string : choice.to_json());
      }
      return join(words);
    }
    std::string out;
    for (const std::string_view type : types(schema)) {
      if (!out.empty()) out += " or ";
      out += describe(type, schema);
    }
    return out.empty() ? "another value" : out;
  }

  std::string describe(std::string_view type, const Node& schema) const {
    if (type == "boolean") return "true or false";
    if (type == "null") return "nothing";
    if (type == "object") return "a group of keys";
    if (type == "array") {
      const Node* items = schema.find("items");
      return items ? "a list, each item " + allowed(resolve(*items)) : "a list";
    }
    if (type == "integer" || type == "number") {
      std::string out = type == "integer" ? "a whole number" : "a number";
      const Node* least = schema.find("minimum");
      const Node* most = schema.find("maximum");
      if (least && most) return out + " from " + number_text(*least) + " to " + number_text(*most);
      if (least) out += " from " + number_text(*least);
      if (most) out += " up to " + number_text(*most);
      if (const Node* above = schema.find("exclusiveMinimum"))
        out += " above " + number_text(*above);
      if (const Node* below = schema.find("exclusiveMaximum"))
        out += " below " + number_text(*below);
      return out;
    }
    if (const Node* name = schema.find("format")) {
      if (const Format* format = find_format(name->string)) return std::string(format->description);
    }
    std::string out = "text";
    const Node* least = schema.find("minLength");
    const Node* most = schema.find("maxLength");
    if (least && most) {
      out += " of " + number_text(*least) + " to " + number_text(*most) + " characters";
    } else if (least && least->integer > 0) {
      out += " of at least " + number_text(*least) +
             (least->integer == 1 ? " character" : " characters");
    } else if (most) {
      out += " of at most " + number_text(*most) + " characters";
    }
    if (const Node* pattern = schema.find("pattern")) out += " that matches " + pattern->string;
    return out;
  }

  static std::string hint(const Node& node, const Node& choices) {
    if (!node.is_string()) return {};
    std::vector<std::string_view> names;
    for (const Node& choice : choices.items) {
      if (choice.is_string()) names.push_back(choice.string);
    }
    const std::string_view nearest = nearest_name(node.string, names);
    return nearest.empty() ? "" : " (did you mean " + std::string(nearest) + "?)";
  }

  bool matches(const std::string& text, const std::string& pattern) const {
    const auto compiled = patterns_.find(pattern);
    if (compiled == patterns_.end()) return true;  // "pattern" is no text there
    try {
      return std::regex_search(text, compiled->second);
    } catch (const std::regex_error&) {
      return false;  // the text exhausted the matcher
    }
  }

  void text(const Node& node, const Node& schema, const std::string& key, int line, bool hidden) {
    const std::int64_t length = length_of(node.string);
    const Node* least = schema.find("minLength");
    const Node* most = schema.find("maxLength");
    const Node* pattern = schema.find("pattern");
    const Node* name = schema.find("format");
    const Format* format = name ? find_format(name->string) : nullptr;
    const bool good = !(least && length < least->integer) && !(most && length > most->integer) &&
                      !(format && !format->matches(node.string)) &&
                      !(pattern && (node.string.size() > longest_matched ||
                                    !matches(node.string, pattern->string)));
    if (!good) fault(line, key, show(node, hidden), allowed(schema));
  }

  void number(const Node& node, const Node& schema, const std::string& key, int line, bool hidden) {
    const Node* least = schema.find("minimum");
    const Node* most = schema.find("maximum");
    const Node* above = schema.find("exclusiveMinimum");
    const Node* below = schema.find("exclusiveMaximum");
    const bool good =
        !(least && node.number < least->number) && !(most && node.number > most->number) &&
        !(above && node.number <= above->number) && !(below && node.number >= below->number);
    if (!good) fault(line, key, show(node, hidden), allowed(schema));
  }

  void array(Node& node, const Node& schema, const std::string& key, int line) {
    const auto count = static_cast<std::int64_t>(node.items.size());
    const Node* least = schema.find("minItems");
    const Node* most = schema.find("maxItems");
    if (least && count < least->integer) {
      fault(line, key, std::to_string(count) + " items", "at least " + number_text(*least));
    }
    if (most && count > most->integer) {
      return fault(line, key, std::to_string(count) + " items", "at most " + number_text(*most));
    }
    const Node* items = schema.find("items");
    for (std::size_t at = 0; at < node.items.size(); ++at) {
      Node& item = node.items[at];
      const std::string path = key + "[" + std::to_string(at) + "]";
      if (items) value(item, *items, path, item.line);
      if (!flag(schema, "uniqueItems")) continue;
      for (std::size_t before = 0; before < at; ++before) {
        if (!equal(node.items[before], item)) continue;
        fault(item.line, path, show(item, false) + " a second time", "each item once");
        break;
      }
    }
  }

  void object(Node& node, const Node& schema, const std::string& key, int line) {
    const Node* properties = schema.find("properties");
    const Node* others = schema.find("additionalProperties");
    const Node* names = schema.find("propertyNames");
    for (Node::Member& member : node.members) {
      const std::string path = key.empty() ? member.key : key + "." + member.key;
      const int at = member.value.line > 0 ? member.line : line;
      if (const Node* known = properties ? properties->find(member.key) : nullptr) {
        value(member.value, *known, path, at);
      } else if (others ? others->type == Node::Type::boolean && !others->boolean
                        : fill_defaults_ && properties) {
        unknown_key(member, properties, path);
      } else {
        if (names) {
          Node name;
          name.type = Node::Type::string;
          name.string = member.key;
          value(name, *names, path, at);
        }
        if (others && others->is_object()) value(member.value, *others, path, at);
      }
    }
    if (const Node* required = schema.find("required")) {
      for (const Node& name : required->items) {
        if (node.find(name.string)) continue;
        const Node* wanted = properties ? properties->find(name.string) : nullptr;
        fault(line, key.empty() ? name.string : key + "." + name.string, "nothing",
              wanted ? allowed(resolve(*wanted)) : "a value");
      }
    }
    if (fill_defaults_ && properties) add_defaults(node, *properties);
  }

  void add_defaults(Node& node, const Node& properties) const {
    for (const Node::Member& property : properties.members) {
      const Node* preset = resolve(property.value).find("default");
      if (preset && !node.find(property.key)) node.members.push_back({property.key, *preset, 0});
    }
  }

  void unknown_key(const Node::Member& member, const Node* properties, const std::string& path) {
    if (faults_.size() >= most_faults) return;  // the comparisons below take their time
    std::vector<std::string_view> known;
    std::vector<std::string> words;
    if (properties) {
      for (const Node::Member& property : properties->members) {
        known.push_back(property.key);
        words.push_back(property.key);
      }
    }
    const std::string_view nearest = nearest_name(member.key, known);
    std::string choice = words.empty() ? "no keys here" : join(words);
    if (!nearest.empty()) choice += " (did you mean " + std::string(nearest) + "?)";
    fault(member.line, path, "an unknown key", std::move(choice));
  }

  /// The branch whose `const` properties all match is the one that was meant, and its faults are
  /// the ones that help.
  void one_of(Node& node, const Node& choices, const std::string& key, int line) {
    std::vector<std::string> values;
    std::string discriminator;
    for (const Node& unresolved : choices.items) {
      const Node& choice = resolve(unresolved);
      const Node* properties = choice.find("properties");
      if (!properties) continue;
      for (const Node::Member& property : properties->members) {
        const Node* constant = resolve(property.value).find("const");
        if (!constant) continue;
        discriminator = property.key;
        const Node* actual = node.find(property.key);
        if (actual && equal(*actual, *constant)) return value(node, choice, key, line);
        values.push_back(constant->is_string() ? constant->string : constant->to_json());
      }
    }
    if (!discriminator.empty() && node.is_object()) {
      const Node* actual = node.find(discriminator);
      return fault(actual ? actual->line : line,
                   key.empty() ? discriminator : key + "." + discriminator,
                   actual ? show(*actual, false) : "nothing", join(values));
    }
    // without a discriminator: the first branch that has no faults
    std::vector<std::string> texts;
    for (const Node& choice : choices.items) {
      std::vector<ConfigFault> faults;
      Node copy = node;
      Check(root_, patterns_, file_, fill_defaults_, faults).value(copy, choice, key, line);
      if (faults.empty()) {
        node = std::move(copy);
        return;
      }
      texts.push_back(allowed(resolve(choice)));
    }
    fault(line, key, show(node, false), join(texts));
  }

  const Node& root_;
  const Compiled& patterns_;
  const std::string& file_;
  bool fill_defaults_;
  std::vector<ConfigFault>& faults_;
};

/// The first broken pattern or reference in a schema: found once, when it is read, so that
/// checking cannot fail for a reason that is not the value's. `definitions`: those that may be
/// referred to. A definition may use only those before it, so that no schema can run in circles.
/// The patterns are kept compiled.
std::optional<std::string> broken_part(const Node& schema,
                                       const std::vector<std::string_view>& definitions,
                                       Compiled& patterns) {
  if (const Node* pattern = schema.find("pattern"); pattern && pattern->is_string()) {
    try {
      if (!patterns.contains(pattern->string)) {
        patterns.emplace(pattern->string, std::regex(pattern->string, std::regex::ECMAScript));
      }
    } catch (const std::regex_error&) {
      return "the pattern " + pattern->string;
    }
  }
  if (const Node* reference = schema.find("$ref"); reference && reference->is_string()) {
    constexpr std::string_view start = "#/$defs/";
    if (!reference->string.starts_with(start) ||
        std::find(definitions.begin(), definitions.end(),
                  std::string_view(reference->string).substr(start.size())) == definitions.end()) {
      return "the reference " + reference->string;
    }
  }
  for (const Node::Member& member : schema.members) {
    if (member.key == "$defs") continue;
    if (auto found = broken_part(member.value, definitions, patterns)) return found;
  }
  for (const Node& item : schema.items) {
    if (auto found = broken_part(item, definitions, patterns)) return found;
  }
  return std::nullopt;
}

std::optional<std::string> broken_schema(const Node& schema, Compiled& patterns) {
  std::vector<std::string_view> definitions;
  if (const Node* all = schema.find("$defs")) {
    for (const Node::Member& definition : all->members) {
      if (auto found = broken_part(definition.value, definitions, patterns)) return found;
      definitions.push_back(definition.key);
    }
  }
  return broken_part(schema, definitions, patterns);
}

}  // namespace

struct SchemaChecker::Patterns {
  Compiled compiled;
};

Result<SchemaChecker> SchemaChecker::parse(std::string_view schema_json) {
  auto document = JsonDocument::parse(schema_json);
  if (!document) return fail(document.error());
  Node schema = from_json(document->root());
  if (!schema.is_object()) {
    return fail(ErrorCode::invalid_argument, "the JSON Schema is not an object");
  }
  const auto patterns = std::make_shared<Patterns>();
  if (const auto broken = broken_schema(schema, patterns->compiled)) {
    return fail(ErrorCode::invalid_argument, *broken + " in the JSON Schema is broken");
  }
  return SchemaChecker(std::move(schema), patterns);
}

void SchemaChecker::check(Node& value, const std::string& file, const std::string& key,
                          bool fill_defaults, std::vector<ConfigFault>& faults) const {
  Check(schema_, patterns_->compiled, file, fill_defaults, faults)
      .value(value, schema_, key, value.line);
}

}  // namespace commsd::config
