#include "mcp/listeners.h"

#include <utility>
#include <vector>

#include "base/json_writer.h"
#include "mcp/modern_envelope.h"
#include "mcp/protocol.h"

namespace commsd::mcp {

namespace {

constexpr std::string_view subscription_id = "io.modelcontextprotocol/subscriptionId";

tl::unexpected<RpcError> refuse(std::string text) {
  return tl::unexpected<RpcError>(
      RpcError{rpc_code::invalid_params, "Invalid params: " + std::move(text), {}});
}

/// A list of texts into a set; what is wrong with it, or "".
std::string read_texts(JsonValue filter, const char* name,
                       std::set<std::string, std::less<>>& texts) {
  const auto list = filter.get(name);
  if (!list) return {};
  std::string what = "'notifications." + std::string(name) + "' must be a list of at most " +
                     std::to_string(ListenFilter::max_subjects) + " strings";
  if (!list->is_array() || list->size() > ListenFilter::max_subjects) return what;
  bool good = true;
  list->each([&](JsonValue item) {
    const auto text = item.string();
    good = good && text && text->size() <= ListenFilter::max_subject_size;
    if (good) texts.emplace(*text);
  });
  return good ? std::string() : what;
}

std::string meta(std::string_view id_json) {
  return R"("_meta":{")" + std::string(subscription_id) + R"(":)" + std::string(id_json) + "}";
}

std::string notification_of(const Change& change, std::string_view id_json) {
  std::string params = "{" + meta(id_json);
  const char* method = "notifications/tools/list_changed";
  if (change.kind == Change::Kind::prompts) method = "notifications/prompts/list_changed";
  if (change.kind == Change::Kind::resources) method = "notifications/resources/list_changed";
  if (change.kind == Change::Kind::resource) {
    method = "notifications/resources/updated";
    params += R"(,"uri":)";
    append_json_string(params, change.subject);
  }
  if (change.kind == Change::Kind::task) {
    method = "notifications/tasks";
    const std::string& members = change.params_json;  // of an object: they go behind ours
    if (members.size() > 2) params.append(",").append(members, 1, members.size() - 2);
  }
  return write_notification(method, params + "}");
}

}  // namespace

tl::expected<ListenFilter, RpcError> ListenFilter::parse(const RpcMessage& message) {
  const auto asked = message.param("notifications");
  if (!asked || !asked->is_object()) return refuse("'notifications' must be an object");
  ListenFilter filter;
  for (const auto& [name, flag] : {std::pair{"toolsListChanged", &filter.tools},
                                   std::pair{"promptsListChanged", &filter.prompts},
                                   std::pair{"resourcesListChanged", &filter.resources}}) {
    const auto value = asked->get(name);
    if (!value) continue;
    const auto wanted = value->boolean();
    if (!wanted) return refuse("'notifications." + std::string(name) + "' must be true or false");
    *flag = *wanted;
  }
  std::string fault = read_texts(*asked, "resourceSubscriptions", filter.uris);
  if (fault.empty()) fault = read_texts(*asked, "taskIds", filter.task_ids);
  if (!fault.empty()) return refuse(std::move(fault));
  return filter;
}

bool ListenFilter::wants(const Change& change) const {
  switch (change.kind) {
    case Change::Kind::tools:
      return tools;
    case Change::Kind::prompts:
      return prompts;
    case Change::Kind::resources:
      return resources;
    case Change::Kind::resource:
      return uris.contains(change.subject);
    case Change::Kind::task:
      return task_ids.contains(change.subject);
  }
  return false;
}

std::string ListenFilter::to_json() const {
  JsonWriter out;
  out.begin_object();
  if (tools) out.field("toolsListChanged", true);
  if (prompts) out.field("promptsListChanged", true);
  if (resources) out.field("resourcesListChanged", true);
  for (const auto& [name, texts] :
       {std::pair{"resourceSubscriptions", &uris}, std::pair{"taskIds", &task_ids}}) {
    if (texts->empty()) continue;
    out.key(name).begin_array();
    for (const std::string& text : *texts) out.value(text);
    out.end_array();
  }
  out.end_object();
  return out.take();
}

std::uint64_t Listeners::add(std::shared_ptr<EventSink> sink, std::string id_json,
                             const identity::Principal& principal, ListenFilter granted) {
  const std::string acknowledgement =
      "{" + meta(id_json) + R"(,"notifications":)" + granted.to_json() + "}";
  // The acknowledgement comes first, and a change right after it must not be missed: subscribed
  // before, held back until it has been sent.
  const auto order = std::make_shared<std::mutex>();
  ListenFilter::Texts uris = granted.uris;
  std::unique_lock first(*order);
  auto subscription = hub_.subscribe(
      principal, [sink, id_json, order, filter = std::move(granted)](const Change& change) {
        if (!filter.wants(change)) return;
        const std::lock_guard turn(*order);
        sink->send(notification_of(change, id_json), {});  // nothing once it is closing
      });
  sink->send(write_notification("notifications/subscriptions/acknowledged", acknowledgement), {});
  first.unlock();
  const std::lock_guard lock(mutex_);
  const std::uint64_t id = ++last_id_;
  listeners_.emplace(id, Listener{std::move(sink), std::move(id_json), order, principal,
                                  std::move(uris), std::move(subscription)});
  return id;
}

void Listeners::remove(std::uint64_t id) {
  Listener last;  // ends its subscription after the lock
  const std::lock_guard lock(mutex_);
  const auto found = listeners_.find(id);
  if (found == listeners_.end()) return;
  last = std::move(found->second);
  listeners_.erase(found);
}

void Listeners::close_all(std::string_view server_info_json) {
  std::vector<Listener> all;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [id, listener] : listeners_) all.push_back(std::move(listener));
    listeners_.clear();
  }
  for (const Listener& listener : all) {
    std::string result = R"({"resultType":"complete",)" + meta(listener.id_json);
    result.insert(result.size() - 1, R"(,")" + std::string(meta_server_info) + R"(":)" +
                                         std::string(server_info_json));
    // Nothing may follow the result: a change that is on its way comes before it or not at all.
    const std::lock_guard turn(*listener.order);
    listener.sink->send(write_result(listener.id_json, result + "}"), {});
    listener.sink->close();
  }
}

void Listeners::collect(std::vector<WatchedResource>& watched) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, listener] : listeners_) {
    for (const std::string& uri : listener.uris) watched.push_back({listener.principal, uri});
  }
}

std::size_t Listeners::size() const {
  const std::lock_guard lock(mutex_);
  return listeners_.size();
}

}  // namespace commsd::mcp
