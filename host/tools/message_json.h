#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json_writer.h"
#include "messaging/message_history.h"
#include "messaging/threads.h"
#include "store/records.h"
#include "tools/tools.h"

namespace commsd::tools {

/// {"message":{...},"timeline":[...],"failure":{...}|null}, and "content" when something is kept
/// of it: `content` is as BodyStorage::read() gives it.
std::string message_json(const messaging::Threads& threads,
                         const messaging::MessageHistory::View& view,
                         const std::optional<std::string>& content = {});

/// "content" of a message or call, where something is kept.
void write_content(JsonWriter& out, const std::optional<std::string>& content);

/// The same of something that came in.
std::string received_json(const messaging::Threads& threads,
                          const messaging::MessageHistory::Item& view);

/// "timeline":[...]
void write_timeline(JsonWriter& out, const std::vector<store::TimelineEntry>& timeline);

/// One item of an inbox, as an object. Without links its files are as they were stored, which is
/// for nobody to see.
void write_item(JsonWriter& out, const Services& services, const store::InboxItem& item,
                bool with_links = true);

}  // namespace commsd::tools
