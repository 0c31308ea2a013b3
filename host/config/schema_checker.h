#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "config/fault.h"
#include "config/node.h"

namespace commsd::config {

/// Checks a Node against a JSON Schema (2020-12) and tells each fault in the words of a person: the
/// line, the key, what was found, what may stand there. A general validator knows only a path
/// and "failed constraint", which is why this is not one.
///
/// The subset, for our configuration and for plugin manifests: type, enum, const, properties,
/// required, additionalProperties, propertyNames (pattern), items, minItems, maxItems,
/// uniqueItems, minLength, maxLength, pattern, format, minimum, maximum, exclusiveMinimum,
/// exclusiveMaximum, oneOf (told apart by a property with `const`), $ref into "#/$defs" (a
/// definition may use those before it), default, writeOnly (the value is never shown), and
/// "x-comms-allowed" (the text after "allowed: "). Other keywords are annotations here. [const
/// functions: any thread]
class SchemaChecker {
 public:
  /// invalid_argument when the text is no JSON object or a pattern or $ref in it is broken.
  static Result<SchemaChecker> parse(std::string_view schema_json);

  /// Adds faults for everything wrong in `value`, which stands at the dotted path `key` of `file`.
  /// Text from `env:` references becomes the number or flag the schema asks for, and members
  /// that are missing and have a default are added when `fill_defaults` is set; then objects that
  /// list properties are closed unless they say additionalProperties, because a setting with a
  /// typing error would otherwise be a setting that silently does nothing.
  void check(Node& value, const std::string& file, const std::string& key, bool fill_defaults,
             std::vector<ConfigFault>& faults) const;

  const Node& schema() const { return schema_; }

 private:
  struct Patterns;  // compiled once: that takes many times what a match does

  SchemaChecker(Node schema, std::shared_ptr<const Patterns> patterns)
      : schema_(std::move(schema)), patterns_(std::move(patterns)) {}

  Node schema_;
  std::shared_ptr<const Patterns> patterns_;
};

}  // namespace commsd::config
