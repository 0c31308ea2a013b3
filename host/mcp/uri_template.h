#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace commsd::mcp {

/// A URI template of RFC 6570, level 1: literals and {name}. A value is percent-encoded down to
/// unreserved characters, so a literal behind a variable has to begin with a reserved one: then a
/// URI can be read in one way only.
class UriTemplate {
 public:
  using Variables = std::map<std::string, std::string, std::less<>>;

  /// invalid_argument that says what is wrong with the template.
  static Result<UriTemplate> parse(std::string_view text);

  /// The values, decoded; none of them empty or with a control character. Only the URI that
  /// expand() would make matches: a thing with two addresses could be watched under one and
  /// reported under the other.
  std::optional<Variables> match(std::string_view uri) const;

  /// A variable without a value becomes nothing.
  std::string expand(const Variables& values) const;

  bool has_variable(std::string_view name) const;
  const std::string& text() const { return text_; }

 private:
  struct Part {
    std::string text;  // the literal, or the variable's name
    bool is_variable = false;
  };

  std::string text_;
  std::vector<Part> parts_;
};

}  // namespace commsd::mcp
