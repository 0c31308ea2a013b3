#include "store/message_repository.h"

#include "store/attempt_rows.h"
#include "store/repository_support.h"

namespace commsd::store {

namespace {

Message message_from_row(const Row& row) {
  Message message;
  message.id = row.text("id");
  message.org_id = row.text("org_id");
  message.agent_id = row.text("agent_id");
  message.channel = row.text("channel");
  message.from_address = row.text("from_address");
  message.to_address = row.text("to_address");
  message.state = row.text("state");
  message.state_rank = row.integer("state_rank");
  message.provider = row.text("provider");
  message.vendor_id = row.text("vendor_id");
  message.error_code = row.text("error_code");
  message.vendor_code = row.text("vendor_code");
  message.failure_reason = row.text("failure_reason");
  message.failure_remedy = row.text("failure_remedy");
  message.cost_micros = row.integer("cost_micros");
  message.cost_currency = row.text("cost_currency");
  message.attempts = row.integer("attempts");
  message.content_hash = row.text("content_hash");
  message.created_at = row.integer("created_at");
  message.updated_at = row.integer("updated_at");
  message.next_attempt_at = row.maybe_integer("next_attempt_at");
  message.started_at = row.maybe_integer("started_at");
  message.copy_of = row.text("copy_of");
  return message;
}

Attempt attempt_from_row(const Row& row) {
  Attempt attempt;
  read_attempt(row, attempt);
  attempt.message_id = row.text("message_id");
  attempt.detail = row.text("detail");
  return attempt;
}

std::string content_from_row(const Row& row) {
  return row.text("content");
}

}  // namespace

Task<Result<std::optional<Message>>> MessageRepository::find(std::string_view org_id,
                                                             std::string_view id) const {
  return read_optional(store_, "messages.find",
                       {{"org_id", text_value(org_id)}, {"id", text_value(id)}}, message_from_row);
}

Task<Result<std::vector<Message>>> MessageRepository::list(const MessageFilter& filter) const {
  return read_all(store_, "messages.list",
                  {{"org_id", filter.org_id},
                   {"agent_id", text_or_null(filter.agent_id)},
                   {"channel", text_or_null(filter.channel)},
                   {"state", text_or_null(filter.state)},
                   {"before_id", text_or_null(filter.before_id)},
                   {"limit", filter.limit}},
                  message_from_row);
}

Task<Result<std::optional<Message>>> MessageRepository::find_by_vendor_id(
    std::string_view provider, std::string_view vendor_id) const {
  return read_optional(store_, "messages.find_by_vendor_id",
                       {{"provider", text_value(provider)}, {"vendor_id", text_value(vendor_id)}},
                       message_from_row);
}

Task<Result<std::optional<Message>>> MessageRepository::find_by_vendor_id(
    std::string_view org_id, std::string_view provider, std::string_view vendor_id) const {
  return read_optional(store_, "messages.find_by_vendor_id_in_org",
                       {{"org_id", text_value(org_id)},
                        {"provider", text_value(provider)},
                        {"vendor_id", text_value(vendor_id)}},
                       message_from_row);
}

Task<Result<std::vector<Message>>> MessageRepository::due(UnixMillis now,
                                                          std::int64_t limit) const {
  return read_all(store_, "messages.due", {{"now", now}, {"limit", limit}}, message_from_row);
}

Task<Result<std::vector<Message>>> MessageRepository::due_scheduled(UnixMillis now,
                                                                    std::int64_t limit) const {
  return read_all(store_, "messages.due_scheduled", {{"now", now}, {"limit", limit}},
                  message_from_row);
}

Task<Result<std::vector<Message>>> MessageRepository::due_copies(UnixMillis now,
                                                                 std::int64_t limit) const {
  return read_all(store_, "copies.due", {{"now", now}, {"limit", limit}}, message_from_row);
}

Task<Result<std::vector<Message>>> MessageRepository::copies_of(std::string_view org_id,
                                                                std::string_view subject_id) const {
  return read_all(store_, "copies.of",
                  {{"org_id", text_value(org_id)}, {"subject_id", text_value(subject_id)}},
                  message_from_row);
}

Task<Result<bool>> MessageRepository::copied_between(std::string_view from, std::string_view to,
                                                     UnixMillis since) const {
  const auto any = [](Task<Result<std::int64_t>> counting) -> Task<Result<bool>> {
    Result<std::int64_t> count = co_await std::move(counting);
    if (!count) co_return fail(count.error());
    co_return *count > 0;
  };
  return any(read_count(
      store_, "copies.between",
      {{"from_address", text_value(from)}, {"to_address", text_value(to)}, {"since", since}}));
}

Task<Result<std::vector<Attempt>>> MessageRepository::open_attempts(std::string_view after_id,
                                                                    std::int64_t limit) const {
  return read_all(store_, "attempts.open", {{"after_id", text_value(after_id)}, {"limit", limit}},
                  attempt_from_row);
}

Task<Result<std::vector<Attempt>>> MessageRepository::open_attempts_of(std::string_view worker,
                                                                       std::string_view after_id,
                                                                       std::int64_t limit) const {
  return read_all(
      store_, "attempts.open_of_worker",
      {{"worker", text_value(worker)}, {"after_id", text_value(after_id)}, {"limit", limit}},
      attempt_from_row);
}

Task<Result<std::optional<Attempt>>> MessageRepository::find_attempt(
    std::string_view attempt_id) const {
  return read_optional(store_, "attempts.find", {{"id", text_value(attempt_id)}}, attempt_from_row);
}

Task<Result<std::vector<Attempt>>> MessageRepository::attempts(std::string_view org_id,
                                                               std::string_view message_id) const {
  return read_all(store_, "attempts.of_message",
                  {{"org_id", text_value(org_id)}, {"message_id", text_value(message_id)}},
                  attempt_from_row);
}

Task<Result<std::vector<TimelineEntry>>> MessageRepository::timeline(
    std::string_view org_id, std::string_view message_id) const {
  return read_all(store_, "timeline.of_message",
                  {{"org_id", text_value(org_id)}, {"message_id", text_value(message_id)}},
                  read_entry);
}

Task<Result<std::optional<std::string>>> MessageRepository::payload(std::string_view org_id,
                                                                    std::string_view id) const {
  return read_optional(store_, "message_payloads.find",
                       {{"org_id", text_value(org_id)}, {"id", text_value(id)}}, content_from_row);
}

Task<Result<std::optional<std::string>>> MessageRepository::kept_payload(std::string_view org_id,
                                                                         std::string_view id,
                                                                         UnixMillis now) const {
  return read_optional(store_, "message_payloads.kept",
                       {{"org_id", text_value(org_id)}, {"id", text_value(id)}, {"now", now}},
                       content_from_row);
}

void MessageRepository::add_keep_payload(UnitOfWork& unit, std::string_view org_id,
                                         std::string_view message_id, UnixMillis until) {
  unit.run("message_payloads.keep",
           {{"org_id", text_value(org_id)}, {"id", text_value(message_id)}, {"until", until}});
}

void MessageRepository::add_accept(UnitOfWork& unit, const Message& message,
                                   std::string_view payload_json) {
  const bool waits = message.attempts == 0;
  const Value next_attempt_at =
      waits ? message.next_attempt_at.value_or(message.created_at) : Value();
  unit.expect(1, "messages.accept",
              {{"id", message.id},
               {"org_id", message.org_id},
               {"agent_id", message.agent_id},
               {"channel", message.channel},
               {"from_address", text_or_null(message.from_address)},
               {"to_address", message.to_address},
               {"state", message.state},
               {"state_rank", message.state_rank},
               {"provider", text_or_null(message.provider)},
               {"content_hash", text_or_null(message.content_hash)},
               {"created_at", message.created_at},
               {"updated_at", message.updated_at},
               {"attempts", message.attempts},
               {"next_attempt_at", next_attempt_at}});
  unit.expect(
      1, "message_payloads.add",
      {{"id", message.id}, {"org_id", message.org_id}, {"content", text_value(payload_json)}});
}

void MessageRepository::add_copy(UnitOfWork& unit, const Message& copy, std::string_view kind,
                                 std::string_view contact, std::string_view payload_json) {
  unit.run("copies.add", {{"id", copy.id},
                          {"org_id", copy.org_id},
                          {"agent_id", copy.agent_id},
                          {"kind", text_value(kind)},
                          {"contact", text_value(contact)},
                          {"channel", copy.channel},
                          {"from_address", text_or_null(copy.from_address)},
                          {"state", copy.state},
                          {"state_rank", copy.state_rank},
                          {"content_hash", text_or_null(copy.content_hash)},
                          {"copy_of", copy.copy_of},
                          {"at", copy.created_at}});
  unit.run("copies.add_payload",
           {{"id", copy.id}, {"org_id", copy.org_id}, {"content", text_value(payload_json)}});
}

void MessageRepository::add_attempt_started(UnitOfWork& unit, const Attempt& attempt,
                                            std::string_view expected_state, std::string_view state,
                                            std::int64_t state_rank) {
  unit.expect(1, "messages.start_attempt",
              {{"org_id", attempt.org_id},
               {"id", attempt.message_id},
               {"expected_state", text_value(expected_state)},
               {"state", text_value(state)},
               {"state_rank", state_rank},
               {"provider", attempt.provider},
               {"number", attempt.number},
               {"at", attempt.started_at}});
  add_attempt(unit, attempt);
}

void MessageRepository::add_attempt(UnitOfWork& unit, const Attempt& attempt) {
  Parameters parameters = attempt_parameters(attempt);
  parameters.push_back({"message_id", attempt.message_id});
  unit.expect(1, "attempts.start", std::move(parameters));
}

void MessageRepository::add_result(UnitOfWork& unit, const AttemptResult& result) {
  Parameters end = end_parameters(result);
  end.push_back({"message_id", result.message_id});
  end.push_back({"detail", text_or_null(result.detail)});
  unit.expect(1, "attempts.end", std::move(end));
  Parameters outcome = result_parameters(result);
  outcome.push_back({"id", result.message_id});
  outcome.push_back({"next_attempt_at", nullable(result.next_attempt_at)});
  unit.expect(1, "messages.set_result", std::move(outcome));
}

void MessageRepository::add_timeline(UnitOfWork& unit, std::string_view org_id,
                                     std::string_view message_id, const TimelineEntry& entry) {
  unit.run("timeline.add", {{"org_id", text_value(org_id)},
                            {"message_id", text_value(message_id)},
                            {"at", entry.at},
                            {"state", entry.state},
                            {"detail", text_or_null(entry.detail)}});
}

void MessageRepository::add_status(UnitOfWork& unit, const StatusChange& change) {
  unit.expect(1, "messages.set_status",
              {{"org_id", change.org_id},
               {"id", change.message_id},
               {"state", change.state},
               {"state_rank", change.state_rank},
               {"vendor_id", text_or_null(change.vendor_id)},
               {"error_code", text_or_null(change.error_code)},
               {"vendor_code", text_or_null(change.vendor_code)},
               {"failure_reason", text_or_null(change.failure_reason)},
               {"at", change.at}});
}

void MessageRepository::add_cost(UnitOfWork& unit, std::string_view org_id,
                                 std::string_view message_id, std::int64_t cost_micros,
                                 std::string_view currency) {
  unit.run("messages.set_cost", {{"org_id", text_value(org_id)},
                                 {"id", text_value(message_id)},
                                 {"cost_micros", cost_micros},
                                 {"cost_currency", text_or_null(currency)}});
}

void MessageRepository::add_postpone(UnitOfWork& unit, std::string_view org_id,
                                     std::string_view message_id, std::string_view expected_state,
                                     UnixMillis next_attempt_at, UnixMillis at) {
  unit.expect(1, "messages.postpone",
              {{"org_id", text_value(org_id)},
               {"id", text_value(message_id)},
               {"expected_state", text_value(expected_state)},
               {"next_attempt_at", next_attempt_at},
               {"at", at}});
}

void MessageRepository::add_started(UnitOfWork& unit, const Message& message) {
  unit.run("messages.set_started", {{"org_id", message.org_id},
                                    {"id", message.id},
                                    {"at", nullable(message.started_at)},
                                    {"from_address", text_or_null(message.from_address)}});
}

void MessageRepository::add_give_up(UnitOfWork& unit, const Message& message,
                                    std::string_view expected_state) {
  unit.expect(1, "messages.give_up",
              {{"org_id", message.org_id},
               {"id", message.id},
               {"expected_state", text_value(expected_state)},
               {"attempts", message.attempts},
               {"state", message.state},
               {"state_rank", message.state_rank},
               {"error_code", text_or_null(message.error_code)},
               {"failure_reason", text_or_null(message.failure_reason)},
               {"failure_remedy", text_or_null(message.failure_remedy)},
               {"at", message.updated_at}});
}

void MessageRepository::add_drop_payload(UnitOfWork& unit, std::string_view org_id,
                                         std::string_view message_id) {
  unit.run("message_payloads.drop",
           {{"org_id", text_value(org_id)}, {"id", text_value(message_id)}});
}

}  // namespace commsd::store
