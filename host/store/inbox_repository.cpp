#include "store/inbox_repository.h"

#include "base/text.h"
#include "store/repository_support.h"

namespace commsd::store {

namespace {

InboxItem from_row(const Row& row) {
  InboxItem item;
  item.sequence = row.integer("sequence");
  item.id = row.text("id");
  item.org_id = row.text("org_id");
  item.agent_id = row.text("agent_id");
  item.channel = row.text("channel");
  item.provider = row.text("provider");
  item.vendor_id = row.text("vendor_id");
  item.from_address = row.text("from_address");
  item.to_address = row.text("to_address");
  item.subject = row.text("subject");
  item.body = row.text("body");
  item.html = row.text("html");
  item.media_json = row.text("media_json");
  item.extra_json = row.text("extra_json");
  item.received_at = row.integer("received_at");
  item.acknowledged_at = row.maybe_integer("acknowledged_at");
  item.outbound = row.text("direction") == "outbound";
  item.reason = row.text("reason");
  item.error_details = row.text("error_details");
  item.message_id = row.text("message_id");
  item.thread = row.text("thread");
  item.media_kept = row.boolean("media_kept");
  item.original_content = row.text("original_content");
  return item;
}

}  // namespace

Task<Result<std::vector<InboxItem>>> InboxRepository::list(const InboxFilter& filter) const {
  return read_all(store_, filter.include_acknowledged ? "inbox.list" : "inbox.list_waiting",
                  {{"org_id", filter.org_id},
                   {"agent_id", filter.agent_id},
                   {"channel", text_or_null(filter.channel)},
                   {"after", filter.after},
                   {"limit", filter.limit}},
                  from_row);
}

Task<Result<std::optional<InboxItem>>> InboxRepository::find(std::string_view org_id,
                                                             std::string_view agent_id,
                                                             std::string_view id) const {
  return read_optional(
      store_, "inbox.find",
      {{"org_id", text_value(org_id)}, {"agent_id", text_value(agent_id)}, {"id", text_value(id)}},
      from_row);
}

Task<Result<std::int64_t>> InboxRepository::count_waiting(std::string_view org_id,
                                                          std::string_view agent_id) const {
  return read_count(store_, "inbox.count_waiting",
                    {{"org_id", text_value(org_id)}, {"agent_id", text_value(agent_id)}});
}

Task<Result<std::int64_t>> InboxRepository::newest(std::string_view org_id,
                                                   std::string_view agent_id) const {
  Parameters whose{{"org_id", text_value(org_id)}, {"agent_id", text_value(agent_id)}};
  Result<Rows> rows = co_await store_.query("inbox.newest", std::move(whose));
  if (!rows) co_return fail(rows.error());
  co_return rows->empty() ? 0 : rows->front().maybe_integer("newest").value_or(0);
}

void InboxRepository::add_item(UnitOfWork& unit, const InboxItem& item) {
  const std::string& thread = item.thread_address.empty() ? item.from_address : item.thread_address;
  unit.run("inbox.lock", {{"org_id", item.org_id}, {"agent_id", item.agent_id}});
  unit.fetch("inbox.add", {{"id", item.id},
                           {"org_id", item.org_id},
                           {"agent_id", item.agent_id},
                           {"channel", item.channel},
                           {"provider", item.provider},
                           {"vendor_id", text_or_null(item.vendor_id)},
                           {"from_address", text_or_null(item.from_address)},
                           {"to_address", text_or_null(item.to_address)},
                           {"subject", text_or_null(item.subject)},
                           {"body", text_or_null(item.body)},
                           {"html", text_or_null(item.html)},
                           {"media_json", text_or_null(item.media_json)},
                           {"extra_json", text_or_null(item.extra_json)},
                           {"received_at", item.received_at},
                           {"reason", text_or_null(item.reason)},
                           {"thread_address", to_lower_ascii(thread)}});
}

void InboxRepository::add_dead_letter(UnitOfWork& unit, std::string_view org_id,
                                      std::string_view message_id, std::string_view state,
                                      std::string_view reason, std::string_view item_id,
                                      UnixMillis at) {
  unit.run("inbox.lock_of_message",
           {{"org_id", text_value(org_id)}, {"message_id", text_value(message_id)}});
  unit.run("inbox.add_dead_letter", {{"id", text_value(item_id)},
                                     {"org_id", text_value(org_id)},
                                     {"message_id", text_value(message_id)},
                                     {"state", text_value(state)},
                                     {"reason", text_value(reason)},
                                     {"at", at}});
}

void InboxRepository::add_reason(UnitOfWork& unit, std::string_view org_id,
                                 std::string_view agent_id, std::string_view id,
                                 std::string_view reason, std::string_view error_details) {
  unit.run("inbox.set_reason", {{"org_id", text_value(org_id)},
                                {"agent_id", text_value(agent_id)},
                                {"id", text_value(id)},
                                {"reason", text_value(reason)},
                                {"error_details", text_or_null(error_details)}});
}

void InboxRepository::add_settle(UnitOfWork& unit, std::string_view org_id,
                                 std::string_view message_id, std::string_view reason,
                                 UnixMillis at) {
  unit.run("inbox.settle", {{"org_id", text_value(org_id)},
                            {"message_id", text_value(message_id)},
                            {"reason", text_value(reason)},
                            {"at", at}});
}

void InboxRepository::add_acknowledge(UnitOfWork& unit, std::string_view org_id,
                                      std::string_view agent_id,
                                      const std::vector<std::string>& ids, UnixMillis at) {
  for (const std::string& id : ids) {
    unit.run("inbox.acknowledge", {{"org_id", text_value(org_id)},
                                   {"agent_id", text_value(agent_id)},
                                   {"id", id},
                                   {"at", at}});
  }
}

void InboxRepository::add_acknowledge_up_to(UnitOfWork& unit, std::string_view org_id,
                                            std::string_view agent_id, std::string_view channel,
                                            std::int64_t sequence, UnixMillis at) {
  unit.run("inbox.acknowledge_up_to", {{"org_id", text_value(org_id)},
                                       {"agent_id", text_value(agent_id)},
                                       {"channel", text_or_null(channel)},
                                       {"sequence", sequence},
                                       {"at", at}});
}

}  // namespace commsd::store
