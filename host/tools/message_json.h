#pragma once

#include <string>

#include "base/json_writer.h"
#include "messaging/message_history.h"
#include "messaging/threads.h"
#include "store/records.h"

namespace commsd::tools {

/// {"message":{...},"timeline":[...],"failure":{...}|null}.
std::string message_json(const messaging::Threads& threads,
                         const messaging::MessageHistory::View& view);

/// One item of an inbox, as an object.
void write_item(JsonWriter& out, const messaging::Threads& threads, const store::InboxItem& item);

}  // namespace commsd::tools
