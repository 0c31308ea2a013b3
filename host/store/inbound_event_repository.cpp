#include "store/inbound_event_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

Task<Result<bool>> InboundEventRepository::seen(std::string_view provider,
                                                std::string_view event_id,
                                                std::string_view kind) const {
  return any_row(store_, "inbound_events.find",
                 {{"provider", text_value(provider)},
                  {"event_id", text_value(event_id)},
                  {"kind", text_value(kind)}});
}

void InboundEventRepository::add_event(UnitOfWork& unit, const InboundEvent& event) {
  unit.expect(1, "inbound_events.add",
              {{"provider", event.provider},
               {"event_id", event.event_id},
               {"kind", event.kind},
               {"org_id", text_or_null(event.org_id)},
               {"agent_id", text_or_null(event.agent_id)},
               {"received_at", event.received_at}});
}

void InboundEventRepository::add_purge(UnitOfWork& unit, UnixMillis before, std::int64_t limit) {
  unit.run("inbound_events.purge", {{"before", before}, {"limit", limit}});
}

}  // namespace commsd::store
