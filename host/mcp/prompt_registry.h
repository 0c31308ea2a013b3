#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "identity/principal.h"
#include "mcp/paging.h"
#include "mcp/prompt.h"
#include "mcp/prompt_definition.h"

namespace commsd::mcp {

/// The prompts of this server: definitions (data), and for each a role and, where messages are not
/// data alone, a handler. Fill it at start on one thread; after seal() it never changes and is read
/// from every loop without a lock. Outlives its tasks.
class PromptRegistry {
 public:
  struct Entry {
    PromptDefinition definition;
    Prompt prompt;
  };

  explicit PromptRegistry(std::size_t page_size = PagedList::default_page_size)
      : page_size_(page_size) {}

  /// Adds a definition. invalid_argument: malformed, or a second one of that name.
  Result<void> define(std::string_view json);
  Result<void> define_embedded();

  /// Its definition may come before or after.
  void add(Prompt prompt);

  /// Pairs definitions and prompts and writes the lists. invalid_argument names every prompt that
  /// has only one of the two, is added twice, has no role, or has neither messages nor a handler.
  Result<void> seal();

  /// The `prompts` member of prompts/list, sorted by name, and its `nextCursor`; null when the
  /// cursor is not of this list.
  const std::string* page(identity::Role role, const std::optional<std::string>& cursor) const;

  /// Null for what the role may not see, as if it were unknown.
  const Entry* find(identity::Role role, std::string_view name) const;

  /// The members of the result of prompts/get. invalid_argument: an argument that is missing or
  /// unknown; else what the handler says. `entry` is one of ours; `context` outlives the task.
  static Task<Result<std::string>> get(const Entry& entry, PromptContext& context);

 private:
  struct View {  // what a role sees
    std::unordered_map<std::string_view, const Entry*> by_name;
    PagedList pages;
  };
  static std::size_t slot(identity::Role role);

  std::size_t page_size_;
  std::vector<PromptDefinition> definitions_;
  std::vector<Prompt> handlers_;
  std::vector<std::unique_ptr<Entry>> entries_;  // by name
  std::array<View, 3> roles_;
};

}  // namespace commsd::mcp
