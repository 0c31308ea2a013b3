#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "mcp/prompt.h"

namespace commsd::mcp {

/// What schema/prompts/NAME.json says of a prompt:
///
///     {"name", "title", "description", "icons": [...],
///      "arguments": [{"name", "title", "description", "required": false}],
///      "messages": [{"role": "user", "text": ["Write to {{to}}.", "In the tone {{tone}}."]}]}
///
/// name, title and description are required. A text is a list of lines. {{name}} stands for an
/// argument; a line that names an argument which was not given is left out.
struct PromptDefinition {
  struct Argument {
    std::string name;
    bool required = false;
  };
  struct Message {
    std::string role;
    std::vector<std::string> lines;
  };

  std::string name;
  std::string description;
  std::vector<Argument> arguments;
  std::vector<Message> messages;  // empty: its handler makes them
  std::string listing;            // the Prompt object of prompts/list

  /// invalid_argument that names the prompt and what is wrong with its file.
  static Result<PromptDefinition> parse(std::string_view json);

  bool has_argument(std::string_view argument) const;

  /// The messages with the arguments in their places. What is put in is not looked at again, so
  /// that an argument cannot name another.
  std::vector<PromptMessage> fill_in(const PromptArguments& values) const;
};

}  // namespace commsd::mcp
