#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "store/records.h"
#include "store/unit_of_work.h"

namespace commsd::messaging {

/// Adds an inbox item and, for an agent with a callback, the news of it. Both or neither. News of
/// one agent, channel and contact are told in the order in which their items were added.
/// `contact_key` keys the hash that stands for the contact; `routes` are the agent's, one of which
/// may be a second receiver of the news.
void add_item_with_news(store::UnitOfWork& unit, const store::InboxItem& item,
                        std::string_view contact_key, const std::optional<std::string>& routes,
                        const Ids& ids);

}  // namespace commsd::messaging
