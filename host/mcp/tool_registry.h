#pragma once

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "identity/principal.h"
#include "mcp/paging.h"
#include "mcp/tool.h"
#include "mcp/tool_definition.h"

namespace commsd::mcp {

/// The tools of this server: definitions (data) paired with handlers (code).
///
///     ToolRegistry registry;
///     registry.define_embedded();             // schema/tools/*.json
///     tools::register_tools(registry, ...);   // calls registry.add(Tool) for each
///     if (auto sealed = registry.seal(); !sealed) die(sealed.error());
///
/// Fill it at start on one thread; after seal() it never changes and is read from every loop. Only
/// the lists of tokens that are narrowed to toolsets take a lock.
class ToolRegistry {
 public:
  struct Entry {
    ToolDefinition definition;
    Tool tool;
    std::size_t index = 0;  // its place in entries()
  };

  explicit ToolRegistry(std::size_t page_size = PagedList::default_page_size)
      : page_size_(page_size) {}

  /// Adds a definition. invalid_argument: malformed, or a second one of that name.
  Result<void> define(std::string_view json);
  /// The product's own; each of them has a place on REST.
  Result<void> define_embedded();

  /// Adds a handler; its definition may come before or after.
  void add(Tool tool);

  /// Tools of other editions are left out by seal(). Without this call there is no edition, and
  /// none is left out.
  void use_edition(std::string edition) { edition_ = std::move(edition); }

  /// Pairs definitions and handlers and writes the lists. invalid_argument names every tool that
  /// has only one of the two, a handler added twice, no role, or the place of another on REST.
  Result<void> seal();

  /// Whether that caller's role and toolsets include the tool, on whichever wire.
  static bool permits(const identity::Principal& principal, const Entry& entry);

  /// The tool if that caller may see it over MCP; null otherwise, so that a hidden tool and an
  /// unknown one look the same.
  const Entry* find(const identity::Principal& principal, std::string_view name) const;
  const Entry* find(identity::Role role, std::string_view name) const;
  /// Whether there is such a tool for anybody.
  bool has(std::string_view name) const;

  /// What a caller gets of tools/list: the `tools` member, sorted by name, and the `nextCursor` if
  /// there are more. Null when the cursor is not of this list.
  std::shared_ptr<const std::string> page(const identity::Principal& principal,
                                          const std::optional<std::string>& cursor) const;

  /// The names of all toolsets.
  const std::set<std::string>& toolsets() const { return toolsets_; }

  /// In the order of names.
  const std::vector<std::unique_ptr<Entry>>& entries() const { return entries_; }

 private:
  struct View;  // what a role, or a role with toolsets, sees
  static std::size_t slot(identity::Role role);
  static bool in_toolsets(const Entry& entry, const std::vector<std::string>& toolsets);
  std::shared_ptr<const View> view(const identity::Principal& principal) const;
  std::shared_ptr<const View> make_view(identity::Role role,
                                        const std::vector<std::string>& toolsets) const;

  void drop_other_editions();

  std::size_t page_size_;
  std::string edition_;
  std::vector<ToolDefinition> definitions_;
  std::vector<Tool> handlers_;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::set<std::string> toolsets_;
  std::array<std::shared_ptr<const View>, 3> roles_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::shared_ptr<const View>> narrowed_;  // by role and toolsets
};

}  // namespace commsd::mcp
