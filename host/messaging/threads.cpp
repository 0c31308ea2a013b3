#include "messaging/threads.h"

#include <algorithm>

namespace commsd::messaging {

namespace {

constexpr std::int64_t most_each_way = 50;

}  // namespace

Task<Result<Threads::View>> Threads::find(std::string org_id, std::string agent_id,
                                          std::string contact_id) const {
  View view;
  const auto contact = contacts_.open(org_id, contact_id);
  if (contact) {
    view.contact = *contact;
    auto items = co_await items_.from_contact(org_id, agent_id, *contact, most_each_way);
    if (!items) co_return fail(items.error());
    auto messages = co_await messages_.to_contact(org_id, agent_id, *contact, most_each_way);
    if (!messages) co_return fail(messages.error());
    for (store::InboxItem& item : *items) {
      view.entries.push_back({item.received_at, true, std::move(item.channel), std::move(item.id),
                              item.acknowledged_at ? "acknowledged" : "waiting"});
    }
    for (store::Message& message : *messages) {
      view.entries.push_back({message.created_at, false, std::move(message.channel),
                              std::move(message.id), std::move(message.state)});
    }
  }
  if (view.entries.empty()) co_return fail(ErrorCode::not_found, "there is no such thread here");
  std::stable_sort(view.entries.begin(), view.entries.end(),
                   [](const Entry& a, const Entry& b) { return a.at > b.at; });
  co_return view;
}

}  // namespace commsd::messaging
