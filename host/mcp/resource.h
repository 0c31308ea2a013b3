#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "identity/principal.h"
#include "mcp/client_requests.h"
#include "mcp/completion.h"
#include "mcp/uri_template.h"

namespace commsd::mcp {

/// What a read may use. Lives until it has been answered.
struct ResourceContext {
  identity::Principal principal;
  std::string uri;
  UriTemplate::Variables variables;  // empty for a resource with a fixed URI
  std::stop_token cancelled = {};
  /// Asks the client's side; null where there is no way to.
  ClientRequests* client = nullptr;
  /// Nobody sees the contents, they are compared with earlier ones: what changes by itself, e.g. a
  /// link that expires, is to be left out.
  bool to_compare = false;
};

/// One part of what a read gives.
struct ResourceContents {
  std::string data;  // text, or the bytes of a blob
  bool binary = false;
  std::string mime_type = {};  // "" = the definition's
  std::string uri = {};        // "" = the one that was read
};

/// A resource of a template, as it stands in resources/list.
struct ListedResource {
  UriTemplate::Variables variables;
  std::string title;
  std::optional<std::int64_t> size = {};  // bytes, when known
};

struct ResourcePage {
  std::vector<ListedResource> resources;
  std::string next;  // where the next page begins; "" = there is none
};

/// One resource, or one kind of them. Name, URI or template, texts and type are data:
/// schema/resources/NAME.json (embedded).
struct Resource {
  using Read = std::function<Task<Result<std::vector<ResourceContents>>>(ResourceContext& context)>;
  /// `after` is "" or an earlier page's `next`.
  using List = std::function<Task<Result<ResourcePage>>(identity::Principal principal,
                                                        std::string after, std::size_t limit)>;

  std::string name;
  std::vector<identity::Role> roles;
  /// not_found and permission_denied look the same to clients, and so does a read of nothing.
  Read read;
  List list = nullptr;           // of a template; null = its resources are not listed
  Completer complete = nullptr;  // values of the template's variables
};

}  // namespace commsd::mcp
