#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "identity/principal.h"
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
/// Fill it at start on one thread; after seal() it never changes and is read from every loop
/// without a lock.
class ToolRegistry {
 public:
  struct Entry {
    ToolDefinition definition;
    Tool tool;
    std::size_t index = 0;  // its place in entries()
  };

  /// Adds a definition. invalid_argument: malformed, or a second one of that name.
  Result<void> define(std::string_view json);
  Result<void> define_embedded();

  /// Adds a handler; its definition may come before or after.
  void add(Tool tool);

  /// Pairs definitions and handlers and writes the lists. invalid_argument names every tool that
  /// has only one of the two, a handler added twice, or no role.
  Result<void> seal();

  /// The tool if that role may see it; null otherwise, so that a hidden tool and an unknown one
  /// look the same.
  const Entry* find(identity::Role role, std::string_view name) const;

  /// The `tools` array of tools/list for a role, written once; sorted by name.
  const std::string& list(identity::Role role) const;

  /// In the order of names.
  const std::vector<std::unique_ptr<Entry>>& entries() const { return entries_; }

 private:
  struct PerRole {
    std::unordered_map<std::string_view, const Entry*> by_name;
    std::string list = "[]";
  };
  static std::size_t slot(identity::Role role);

  std::vector<ToolDefinition> definitions_;
  std::vector<Tool> handlers_;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::array<PerRole, 3> roles_;
};

}  // namespace commsd::mcp
