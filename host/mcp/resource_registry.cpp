#include "mcp/resource_registry.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/digest.h"
#include "base/json_writer.h"
#include "embedded/resource_definitions.h"

namespace commsd::mcp {

namespace {

constexpr std::string_view list_name = "resources";

tl::unexpected<Error> not_found(const std::string& uri) {
  return fail(ErrorCode::not_found, "Resource not found: " + uri.substr(0, 200));
}

std::string write_contents(const ResourceDefinition& definition, const std::string& uri,
                           const std::vector<ResourceContents>& contents) {
  JsonWriter out;
  out.begin_array();
  for (const ResourceContents& part : contents) {
    out.begin_object().field("uri", part.uri.empty() ? uri : part.uri);
    out.field("mimeType", part.mime_type.empty() ? definition.mime_type : part.mime_type);
    if (part.binary) {
      out.field("blob", base64_encode(part.data));
    } else {
      out.field("text", part.data);
    }
    out.end_object();
  }
  return out.end_array().take();
}

void write_listed(JsonWriter& out, const ResourceDefinition& definition,
                  const ListedResource& listed) {
  std::string item = R"({"uri":)";
  append_json_string(item, definition.uri_template->expand(listed.variables));
  item += R"(,"title":)";
  append_json_string(item, listed.title);
  if (listed.size) item += R"(,"size":)" + std::to_string(*listed.size);
  item += ',' + definition.common_json + '}';
  out.raw(item);
}

/// Where a page begins: the name of a definition and, for a template, a place in its own list.
struct Position {
  std::string name;
  std::string after;
};

Position read_position(const std::string& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  return {text.substr(0, end), end == text.size() ? "" : text.substr(end + 1)};
}

}  // namespace

Result<void> ResourceRegistry::define(std::string_view json) {
  Result<ResourceDefinition> definition = ResourceDefinition::parse(json);
  if (!definition) return fail(definition.error());
  const auto same = [&](const ResourceDefinition& other) { return other.name == definition->name; };
  if (std::any_of(definitions_.begin(), definitions_.end(), same)) {
    return fail(ErrorCode::invalid_argument,
                "resource '" + definition->name + "' is defined twice");
  }
  definitions_.push_back(std::move(*definition));
  return {};
}

Result<void> ResourceRegistry::define_embedded() {
  for (const embedded::File& file : embedded::resource_definitions::files()) {
    if (Result<void> defined = define(file.text); !defined) {
      Error error = defined.error();
      error.message = std::string(file.name) + ": " + error.message;
      return fail(std::move(error));
    }
  }
  return {};
}

void ResourceRegistry::add(Resource resource) {
  handlers_.push_back(std::move(resource));
}

Result<void> ResourceRegistry::seal() {
  std::string faults;
  const auto complain = [&](const std::string& name, std::string_view what) {
    faults += (faults.empty() ? "resource '" : "; resource '") + name + "' " + std::string(what);
  };
  std::sort(definitions_.begin(), definitions_.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  std::set<std::string> handled;
  for (const Resource& resource : handlers_) {
    if (!handled.insert(resource.name).second) complain(resource.name, "has two handlers");
    if (!resource.read || resource.roles.empty()) {
      complain(resource.name, "has no handler or no role");
    }
    const auto same = [&](const auto& other) { return other.name == resource.name; };
    if (std::none_of(definitions_.begin(), definitions_.end(), same)) {
      complain(resource.name, "has no definition in schema/resources");
    }
  }
  std::set<std::string> uris;
  for (const ResourceDefinition& definition : definitions_) {
    if (!handled.contains(definition.name)) complain(definition.name, "has no handler");
    const std::string& uri =
        definition.uri_template ? definition.uri_template->text() : definition.uri;
    if (!uris.insert(uri).second) complain(definition.name, "has the URI of another");
  }
  if (!faults.empty()) return fail(ErrorCode::invalid_argument, faults);

  std::array<std::vector<std::string_view>, 3> templates;
  for (ResourceDefinition& definition : definitions_) {
    const auto handler = std::find_if(handlers_.begin(), handlers_.end(), [&](const auto& other) {
      return other.name == definition.name;
    });
    entries_.push_back(std::make_unique<Entry>(Entry{std::move(definition), std::move(*handler)}));
    const Entry& entry = *entries_.back();
    for (const identity::Role role : entry.resource.roles) {
      View& view = roles_[slot(role)];
      view.entries.push_back(&entry);
      if (entry.definition.uri_template) {
        templates[slot(role)].push_back(entry.definition.listing);
      } else {
        view.by_uri.emplace(entry.definition.uri, &entry);
      }
    }
  }
  for (std::size_t i = 0; i < roles_.size(); ++i) {
    std::vector<const Entry*>& entries = roles_[i].entries;
    std::stable_partition(entries.begin(), entries.end(),
                          [](const Entry* entry) { return !entry->definition.uri_template; });
    roles_[i].templates = PagedList("resourceTemplates", templates[i], page_size_);
  }
  definitions_.clear();
  handlers_.clear();
  return {};
}

Task<Result<std::string>> ResourceRegistry::list(identity::Principal principal,
                                                 std::optional<std::string> cursor) const {
  const std::vector<const Entry*>& entries = roles_[slot(principal.role)].entries;
  auto at = entries.begin();
  std::string after;
  if (cursor) {
    const auto position = read_cursor(list_name, *cursor);
    const Position start = read_position(position.value_or(""));
    at = std::find_if(entries.begin(), entries.end(),
                      [&](const Entry* entry) { return entry->definition.name == start.name; });
    if (!position || at == entries.end()) {
      co_return fail(ErrorCode::invalid_argument, "'cursor' is not one that this list gave out");
    }
    after = start.after;
  }

  JsonWriter out;
  out.begin_array();
  std::size_t room = page_size_;
  std::string next;
  for (; at != entries.end(); ++at) {
    const Entry& entry = **at;
    if (entry.definition.uri_template && !entry.resource.list) continue;
    if (!principal.may(entry.definition.scope)) continue;
    if (room == 0) {
      next = entry.definition.name;
      break;
    }
    if (!entry.definition.uri_template) {
      out.raw(entry.definition.listing);
      --room;
    } else {
      Task<Result<ResourcePage>> listing = entry.resource.list(principal, after, room);
      Result<ResourcePage> page = co_await std::move(listing);
      if (!page) co_return fail(page.error());
      for (const ListedResource& listed : page->resources) {
        write_listed(out, entry.definition, listed);
      }
      if (!page->next.empty()) {
        next = entry.definition.name + '\n' + page->next;
        break;
      }
      room -= std::min(room, page->resources.size());
    }
    after.clear();
  }
  std::string members = R"("resources":)" + out.end_array().take();
  if (!next.empty()) {
    members += R"(,"nextCursor":)";
    append_json_string(members, make_cursor(list_name, next));
  }
  co_return members;
}

const std::string* ResourceRegistry::templates(identity::Role role,
                                               const std::optional<std::string>& cursor) const {
  return roles_[slot(role)].templates.page(cursor);
}

Task<Result<std::string>> ResourceRegistry::read(ResourceContext& context) const {
  const Entry* const entry = find(context);
  if (!entry) co_return not_found(context.uri);
  Task<Result<std::vector<ResourceContents>>> reading = entry->resource.read(context);
  Result<std::vector<ResourceContents>> contents = co_await std::move(reading);
  if (contents && !contents->empty()) {
    co_return write_contents(entry->definition, context.uri, *contents);
  }
  if (contents || contents.error().code == ErrorCode::not_found ||
      contents.error().code == ErrorCode::permission_denied) {
    co_return not_found(context.uri);
  }
  co_return fail(contents.error());
}

Task<Result<void>> ResourceRegistry::readable(identity::Principal principal,
                                              std::string uri) const {
  ResourceContext context{std::move(principal), std::move(uri), {}};
  Task<Result<std::string>> reading = read(context);
  Result<std::string> contents = co_await std::move(reading);
  if (!contents) co_return fail(contents.error());
  co_return Result<void>();
}

const ResourceRegistry::Entry* ResourceRegistry::find_template(
    const identity::Principal& principal, std::string_view uri_template) const {
  for (const Entry* entry : roles_[slot(principal.role)].entries) {
    const auto& own = entry->definition.uri_template;
    if (own && own->text() == uri_template && principal.may(entry->definition.scope)) return entry;
  }
  return nullptr;
}

const ResourceRegistry::Entry* ResourceRegistry::find(ResourceContext& context) const {
  const View& view = roles_[slot(context.principal.role)];
  const auto allowed = [&](const Entry* entry) {
    return context.principal.may(entry->definition.scope) ? entry : nullptr;
  };
  if (const auto fixed = view.by_uri.find(context.uri); fixed != view.by_uri.end()) {
    return allowed(fixed->second);
  }
  for (const Entry* entry : view.entries) {
    if (!entry->definition.uri_template) continue;
    if (auto variables = entry->definition.uri_template->match(context.uri)) {
      context.variables = std::move(*variables);
      return allowed(entry);
    }
  }
  return nullptr;
}

std::size_t ResourceRegistry::slot(identity::Role role) {
  return static_cast<std::size_t>(role);
}

}  // namespace commsd::mcp
