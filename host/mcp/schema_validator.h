#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace commsd::mcp {

/// A JSON Schema compiled once and checked often, for the subset that tool schemas use: type,
/// required, properties, additionalProperties, enum, const, minimum, maximum, exclusiveMinimum,
/// exclusiveMaximum, minLength, maxLength (in code points), items, minItems, maxItems, anyOf,
/// format (e164, email, uri, date-time). Annotations (title, description, default, examples,
/// x-*) are skipped; any other keyword, `pattern` included, does not compile, so that no schema
/// promises a check that is not made. docs/decisions/json-schema.md says why not valijson.
class SchemaValidator {
 public:
  /// Whether keywords outside the subset are refused, or left to whoever knows them.
  enum class Keywords { compiled, all };

  /// invalid_argument with the place in the schema that cannot be compiled.
  static Result<SchemaValidator> compile(JsonValue schema, Keywords keywords = Keywords::compiled);

  SchemaValidator(SchemaValidator&&) noexcept;
  SchemaValidator& operator=(SchemaValidator&&) noexcept;
  ~SchemaValidator();

  /// [any thread] One sentence per fault, at most `max_faults`; empty when `value` is valid. Each
  /// names the argument, what was found and what is allowed:
  ///   argument 'channel' is "smss"; allowed: "sms", "whatsapp", "email"
  std::vector<std::string> check(JsonValue value) const;

  static constexpr std::size_t max_faults = 8;

  struct Node;

 private:
  explicit SchemaValidator(std::unique_ptr<Node> root);

  std::unique_ptr<Node> root_;
};

}  // namespace commsd::mcp
