#include "messaging/inbox_news.h"

#include "messaging/callback_payload.h"
#include "messaging/copies.h"
#include "policy/opt_out.h"
#include "store/callback_repository.h"
#include "store/inbox_repository.h"
#include "store/route_repository.h"

namespace commsd::messaging {

void add_item_with_news(store::UnitOfWork& unit, const store::InboxItem& item,
                        std::string_view contact_key, const std::optional<std::string>& routes,
                        const Ids& ids) {
  store::InboxRepository::add_item(unit, item);
  store::CallbackDelivery delivery;
  delivery.id = ids.make("cb");
  delivery.org_id = item.org_id;
  delivery.agent_id = item.agent_id;
  delivery.lane = item.agent_id + '/' + item.channel + '/' +
                  policy::contact_hash(contact_key, item.from_address);
  delivery.event = item_event(item);
  delivery.subject_id = item.id;
  delivery.created_at = item.received_at;
  store::CallbackRepository::add_item(unit, delivery);
  if (!may_have_route(routes, route::webhook_copy)) return;
  delivery.id = ids.make("cpy");
  store::RouteRepository::add_told(unit, delivery);
}

}  // namespace commsd::messaging
