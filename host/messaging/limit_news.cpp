#include "messaging/limit_news.h"

#include "base/json_writer.h"
#include "messaging/callback_sender.h"
#include "messaging/inbox_news.h"
#include "policy/money.h"

namespace commsd::messaging {

namespace {

/// Agents of one organization that are told of its cap; more do not share one in practice.
constexpr std::int64_t most_agents = 1'000;

std::string amount(const policy::LimitAlert& alert, std::int64_t value) {
  const bool money = alert.rule.starts_with("spend.");
  return money ? policy::format_micros(value) : std::to_string(value);
}

}  // namespace

Task<std::vector<store::InboxItem>> LimitNews::add_news(store::UnitOfWork& unit,
                                                        policy::LimitAlert alert) {
  std::vector<std::string> ids;
  if (!alert.agent_id.empty()) {
    ids.push_back(alert.agent_id);
  } else {
    auto agents = co_await agents_.list(alert.org_id, "", most_agents);
    if (agents) {
      for (const store::Agent& agent : *agents) {
        if (agent.status == "active") ids.push_back(agent.id);
      }
    }
  }
  const std::string current = amount(alert, alert.current);
  const std::string max = amount(alert, alert.max);
  JsonWriter details;
  details.begin_object().field("rule", alert.rule).raw_field("current", current);
  details.raw_field("max", max).end_object();
  store::InboxItem item;
  item.org_id = alert.org_id;
  item.channel = limit_channel;
  item.provider = "internal";
  item.reason = alert.reached ? reason_limit_reached : reason_limit_warning;
  item.subject = std::string(alert.rule) + (alert.reached ? " is reached" : " is nearly used up");
  item.body = std::string(alert.rule) + ": " + current + " of " + max + " are used.";
  item.media_json = "[]";
  item.extra_json = details.take();
  item.received_at = clock_.now();
  std::vector<store::InboxItem> items;
  for (std::string& id : ids) {
    item.id = ids_.make("in");
    item.agent_id = std::move(id);
    add_item_with_news(unit, item, contact_key_, std::nullopt, ids_);
    items.push_back(item);
  }
  co_return items;
}

void LimitNews::told(const std::vector<store::InboxItem>& items) {
  for (const store::InboxItem& item : items) inbox_.received(item);
  if (callbacks_ && !items.empty()) callbacks_->wake();
}

}  // namespace commsd::messaging
