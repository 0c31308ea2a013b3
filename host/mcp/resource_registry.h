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
#include "mcp/resource.h"
#include "mcp/resource_definition.h"

namespace commsd::mcp {

/// The resources of this server: definitions (data) paired with handlers (code), as tools are.
/// Fill it at start on one thread; after seal() it never changes and is read from every loop
/// without a lock. Outlives its tasks.
class ResourceRegistry {
 public:
  struct Entry {
    ResourceDefinition definition;
    Resource resource;
  };

  explicit ResourceRegistry(std::size_t page_size = PagedList::default_page_size)
      : page_size_(page_size) {}

  /// Adds a definition. invalid_argument: malformed, or a second one of that name.
  Result<void> define(std::string_view json);
  Result<void> define_embedded();

  /// Adds a handler; its definition may come before or after.
  void add(Resource resource);

  /// Pairs definitions and handlers. invalid_argument names every resource that has only one of
  /// the two, a handler added twice, no role, or the URI of another.
  Result<void> seal();

  /// The `resources` member of resources/list for one caller and, when there are more, its
  /// `nextCursor`: fixed ones by name, then those of each template. invalid_argument: the cursor is
  /// not of this list; else what the handlers say.
  Task<Result<std::string>> list(identity::Principal principal,
                                 std::optional<std::string> cursor) const;

  /// The same for resources/templates/list, written once; null when the cursor is not of it.
  const std::string* templates(identity::Role role, const std::optional<std::string>& cursor) const;

  /// The `contents` array. not_found for a URI that there is not, or not for this caller, and never
  /// an empty array (specification, server/resources, "Error Handling"); else what the handler
  /// says. `context.variables` is filled in here; `context` outlives the task.
  Task<Result<std::string>> read(ResourceContext& context) const;

  /// Whether this caller could read that now: what a subscription has to be asked first. The
  /// errors of read().
  Task<Result<void>> readable(identity::Principal principal, std::string uri) const;

  /// The entry of that template, if the caller may see it.
  const Entry* find_template(const identity::Principal& principal,
                             std::string_view uri_template) const;

 private:
  struct View {  // what a role sees
    std::vector<const Entry*> entries;
    std::unordered_map<std::string_view, const Entry*> by_uri;
    PagedList templates;
  };
  static std::size_t slot(identity::Role role);
  const Entry* find(ResourceContext& context) const;

  std::size_t page_size_;
  std::vector<ResourceDefinition> definitions_;
  std::vector<Resource> handlers_;
  std::vector<std::unique_ptr<Entry>> entries_;  // by name
  std::array<View, 3> roles_;
};

}  // namespace commsd::mcp
