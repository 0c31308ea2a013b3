#include "tools/change_publisher.h"

#include <optional>
#include <utility>

#include "base/executor.h"
#include "messaging/final_state.h"
#include "tools/resource_uris.h"

namespace commsd::tools {

using Kind = mcp::Change::Kind;

void ChangePublisher::item_received(const store::InboxItem& item) {
  if (hub_.idle()) return;
  publish(Kind::resource, inbox_uri(item.agent_id), item.org_id, item.agent_id);
  publish_thread(item.org_id, item.agent_id,
                 item.thread_address.empty() ? item.from_address : item.thread_address);
}

void ChangePublisher::items_acknowledged(const std::string& org_id, const std::string& agent_id) {
  publish(Kind::resource, inbox_uri(agent_id), org_id, agent_id);
}

void ChangePublisher::message_changed(const store::Message& message) {
  if (hub_.idle()) return;  // every send comes by here
  publish(Kind::resource, message_uri(message.id), message.org_id, message.agent_id);
  publish_thread(message.org_id, message.agent_id, message.to_address);
  const auto state = messaging::parse_message_state(message.state);
  if (!state || !messaging::is_dead_letter(*state)) return;
  publish(Kind::resource, inbox_uri(message.agent_id), message.org_id, message.agent_id);
}

void ChangePublisher::call_changed(const store::Call& call) {
  if (hub_.idle()) return;
  publish(Kind::resource, call_uri(call.id), call.org_id, call.agent_id);
  publish_thread(call.org_id, call.agent_id,
                 call.direction == "inbound" ? call.from_address : call.to_address);
}

void ChangePublisher::agent_changed(const std::string& org_id, const std::string& agent_id) {
  publish(Kind::resource, channels_uri(agent_id), org_id, agent_id);
  publish(Kind::resources, {}, org_id, agent_id);
  publish(Kind::tools, {}, org_id, agent_id);
  publish(Kind::prompts, {}, org_id, agent_id);
}

void ChangePublisher::providers_changed() {
  for (const Kind kind : {Kind::tools, Kind::prompts, Kind::resources}) publish(kind, {}, {}, {});
}

void ChangePublisher::publish_thread(const std::string& org_id, const std::string& agent_id,
                                     const std::string& address) {
  if (address.empty()) return;
  publish(Kind::resource,
          thread_uri(threads_, org_id, agent_id, messaging::thread_address(address)), org_id,
          agent_id);
  Executor* const executor = Executor::current();
  std::optional<Gate::Pass> pass = executor ? gate_.enter() : std::nullopt;
  if (!pass) return;
  spawn(*executor, publish_other_names(std::move(*pass), org_id, agent_id, address));
}

Task<void> ChangePublisher::publish_other_names(Gate::Pass pass, std::string org_id,
                                                std::string agent_id, std::string address) {
  const Gate::Pass inside = std::move(pass);
  const auto names = co_await threads_.names_of(org_id, agent_id, address);
  if (!names || names->size() < 2) co_return;
  const std::string named = messaging::thread_address(address);
  for (const std::string& name : *names) {
    if (name == named) continue;
    publish(Kind::resource, thread_uri(threads_, org_id, agent_id, name), org_id, agent_id);
  }
}

void ChangePublisher::publish(Kind kind, std::string subject, const std::string& org_id,
                              const std::string& agent_id) {
  mcp::Change change;
  change.kind = kind;
  change.subject = std::move(subject);
  change.org_id = org_id;
  change.agent_id = agent_id;
  hub_.publish(change);
}

}  // namespace commsd::tools
