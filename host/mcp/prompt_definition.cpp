#include "mcp/prompt_definition.h"

#include <algorithm>
#include <optional>

#include "base/json.h"
#include "base/json_writer.h"
#include "mcp/content.h"
#include "mcp/definition_parts.h"

namespace commsd::mcp {

namespace {

/// Calls `visit(literal, name)` for each placeholder of a line, and at last with the rest and "".
/// False when a placeholder is not closed.
template <typename Visit>
bool each_piece(std::string_view line, Visit visit) {
  while (true) {
    const std::size_t open = line.find("{{");
    if (open == std::string_view::npos) {
      visit(line, std::string_view());
      return true;
    }
    const std::size_t close = line.find("}}", open);
    if (close == std::string_view::npos) return false;
    visit(line.substr(0, open), line.substr(open + 2, close - open - 2));
    line.remove_prefix(close + 2);
  }
}

std::optional<std::string> fill_in_line(std::string_view line, const PromptArguments& values) {
  std::string text;
  bool complete = true;
  each_piece(line, [&](std::string_view literal, std::string_view name) {
    text += literal;
    if (name.empty()) return;
    const auto value = values.find(name);
    complete = complete && value != values.end();
    if (complete) text += value->second;
  });
  if (!complete) return std::nullopt;
  return text;
}

std::string read_arguments(JsonValue list, PromptDefinition& prompt) {
  std::string fault;
  if (!list.is_array()) return "'arguments' must be a list";
  list.each([&](JsonValue item) {
    const auto name = item.string("name");
    if (!name || !is_definition_name(*name, 64) || prompt.has_argument(*name)) {
      fault = "each of 'arguments' needs a 'name' of its own";
    } else if (!item.string("description")) {
      fault = "argument '" + std::string(*name) + "' needs a 'description'";
    } else {
      prompt.arguments.push_back({std::string(*name), item.boolean("required").value_or(false)});
    }
  });
  return fault;
}

std::string read_messages(JsonValue list, PromptDefinition& prompt) {
  std::string fault;
  if (!list.is_array() || list.size() == 0) return "'messages' must be a list that is not empty";
  list.each([&](JsonValue item) {
    const auto role = item.string("role");
    const auto text = item.get("text");
    if ((role != "user" && role != "assistant") || !text || !text->is_array()) {
      fault = "each of 'messages' needs a 'role' (user, assistant) and a 'text' (a list of lines)";
      return;
    }
    PromptDefinition::Message message{std::string(*role), {}};
    text->each([&](JsonValue line) {
      message.lines.emplace_back(line.string().value_or(""));
      const bool closed = each_piece(message.lines.back(), [&](auto, std::string_view name) {
        if (name.empty() || prompt.has_argument(name)) return;
        fault = "{{" + std::string(name) + "}} is no argument";
      });
      if (!line.is_string() || !closed) fault = "a line is not a string, or a '{{' has no '}}'";
    });
    prompt.messages.push_back(std::move(message));
  });
  return fault;
}

}  // namespace

Result<PromptDefinition> PromptDefinition::parse(std::string_view json) {
  Result<JsonDocument> document = JsonDocument::parse(json);
  if (!document) return fail(document.error());
  const JsonValue root = document->root();
  const auto name = root.string("name");
  if (!name || !is_definition_name(*name, 64)) {
    return fail(ErrorCode::invalid_argument,
                "a prompt definition needs a 'name' of at most 64 letters, digits and underscores");
  }
  const auto fault = [&](const std::string& what) {
    return fail(ErrorCode::invalid_argument,
                "the definition of prompt '" + std::string(*name) + "': " + what);
  };
  if (!root.string("title") || !root.string("description")) {
    return fault("'title' and 'description' must be strings");
  }
  if (const auto icons = check_icons(root); !icons) return fault(icons.error().message);

  PromptDefinition made;
  made.name = *name;
  made.description = *root.string("description");
  if (const auto arguments = root.get("arguments")) {
    if (const auto wrong = read_arguments(*arguments, made); !wrong.empty()) return fault(wrong);
  }
  if (const auto messages = root.get("messages")) {
    if (const auto wrong = read_messages(*messages, made); !wrong.empty()) return fault(wrong);
  }
  JsonWriter listing;
  listing.begin_object();
  for (const char* member : {"name", "title", "description", "icons", "arguments"}) {
    copy_member(listing, root, member);
  }
  made.listing = listing.end_object().take();
  return made;
}

bool PromptDefinition::has_argument(std::string_view argument) const {
  return std::any_of(arguments.begin(), arguments.end(),
                     [&](const Argument& one) { return one.name == argument; });
}

std::vector<PromptMessage> PromptDefinition::fill_in(const PromptArguments& values) const {
  std::vector<PromptMessage> filled;
  for (const Message& message : messages) {
    std::string text;
    for (const std::string& line : message.lines) {
      const auto complete = fill_in_line(line, values);
      if (!complete) continue;
      if (!text.empty()) text += '\n';
      text += *complete;
    }
    filled.push_back({message.role, text_content(text)});
  }
  return filled;
}

}  // namespace commsd::mcp
