#include "tools/inbox_page.h"

#include <algorithm>
#include <charconv>

#include "telemetry/log.h"
#include "tools/message_json.h"

namespace commsd::tools {

namespace {

Task<void> acknowledge(messaging::Inbox* inbox, AgentScope scope, std::vector<std::string> ids) {
  Result<void> done = co_await inbox->acknowledge(scope.org_id, scope.agent_id, std::move(ids));
  if (!done) {
    // Harmless: the items are handed out again.
    log::warn("acknowledge_failed",
              {{"agent_id", scope.agent_id}, {"code", to_string(done.error().code)}});
  }
}

}  // namespace

Result<store::InboxFilter> inbox_filter(const AgentScope& scope, const JsonValue& arguments) {
  store::InboxFilter filter;
  filter.org_id = scope.org_id;
  filter.agent_id = scope.agent_id;
  filter.channel = text_argument(arguments, "channel");
  filter.limit = std::clamp<std::int64_t>(integer_argument(arguments, "limit", 50), 1, 200);
  filter.include_acknowledged = flag_argument(arguments, "includeAcknowledged", false);
  if (const auto since = arguments.string("since"); since && !since->empty()) {
    const char* const end = since->data() + since->size();
    const auto read = std::from_chars(since->data(), end, filter.after);
    if (read.ec != std::errc() || read.ptr != end || filter.after < 0) {
      return fail(ErrorCode::invalid_argument,
                  "'since' is not a cursor; give the 'cursor' of an earlier answer");
    }
    filter.include_acknowledged = true;
  }
  return filter;
}

mcp::ToolResult inbox_result(Services& services, const AgentScope& scope,
                             const messaging::Inbox::Page& page, std::optional<bool> timed_out) {
  std::vector<std::string> fresh;
  JsonWriter out;
  out.begin_object().key("messages").begin_array();
  for (const store::InboxItem& item : page.items) {
    write_item(out, services, item);
    if (!item.acknowledged_at) fresh.push_back(item.id);
  }
  out.end_array().field("count", page.items.size());
  out.field("cursor", std::to_string(page.cursor)).field("acknowledged", fresh.size());
  if (timed_out) out.field("timedOut", *timed_out);
  out.end_object();

  mcp::ToolResult result{out.take(), false, {}};
  if (!fresh.empty()) {
    result.on_written = [inbox = &services.inbox, scope, fresh](bool delivered) {
      if (delivered) {
        spawn(*Executor::current(), acknowledge(inbox, scope, fresh));
      } else {
        inbox->release(scope.agent_id, fresh);
      }
    };
  }
  return result;
}

}  // namespace commsd::tools
