#include <charconv>
#include <regex>
#include <set>

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <yaml-cpp/yaml.h>

#include "manifest.h"

namespace comms::manifest {
namespace {

using Poco::Dynamic::Var;

std::string at_line(const YAML::Mark& mark) {
  return "line " + std::to_string(mark.line + 1);
}

/// YAML 1.2 core schema, without octal and hexadecimal, infinities and NaN, which JSON has not.
Var scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;  // quoted
  if (text == "true" || text == "false") return text == "true";
  if (text.empty() || text == "null" || text == "~") return Var();
  static const std::regex integer("[-+]?[0-9]+");
  static const std::regex decimal("[-+]?([0-9]+\\.[0-9]*|\\.[0-9]+|[0-9]+)([eE][-+]?[0-9]+)?");
  if (std::regex_match(text, integer)) {
    Poco::Int64 value = 0;
    const char* begin = text.data() + (text.front() == '+' ? 1 : 0);
    auto [end, error] = std::from_chars(begin, text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size()) return value;
    return text;
  }
  if (std::regex_match(text, decimal)) return node.as<double>();
  return text;
}

Var convert(const YAML::Node& node, const std::string& where, std::vector<Problem>& problems,
            int depth) {
  if (depth > 16) {  // also ends a document whose anchor contains itself
    problems.push_back({where, "nested deeper than 16 levels"});
    return Var();
  }
  if (node.IsSequence()) {
    Poco::JSON::Array::Ptr array = new Poco::JSON::Array;
    for (std::size_t i = 0; i < node.size(); ++i) {
      array->add(convert(node[i], where + "[" + std::to_string(i) + "]", problems, depth + 1));
    }
    return array;
  }
  if (node.IsMap()) {
    Poco::JSON::Object::Ptr object = new Poco::JSON::Object;
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) {
        problems.push_back({where, at_line(entry.first.Mark()) + ": a key must be plain text"});
        continue;
      }
      const std::string& key = entry.first.Scalar();
      std::string path = where.empty() ? key : where + "." + key;
      // yaml-cpp keeps both and shows the first: the author would look at the wrong one for long.
      if (object->has(key)) problems.push_back({path, at_line(entry.first.Mark()) + ": repeated"});
      object->set(key, convert(entry.second, path, problems, depth + 1));
    }
    return object;
  }
  if (node.IsNull()) return Var();
  return scalar(node);
}

}  // namespace

Manifest read_yaml(const std::string& yaml) {
  Manifest manifest;
  try {
    std::vector<YAML::Node> documents = YAML::LoadAll(yaml);
    if (documents.size() != 1 || !documents.front().IsMap()) {
      manifest.problems.push_back({"", "must be one YAML document with members such as 'id:'"});
      return manifest;
    }
    manifest.value = convert(documents.front(), "", manifest.problems, 0);
  } catch (const YAML::Exception& error) {
    manifest.problems.push_back({"", at_line(error.mark) + ": " + error.msg});
  }
  return manifest;
}

}  // namespace comms::manifest
