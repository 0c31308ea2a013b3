#include "mcp/task_ledger.h"

#include <limits>
#include <utility>

#include "base/digest.h"
#include "base/json_writer.h"
#include "base/sealed_text.h"
#include "mcp/protocol.h"

namespace commsd::mcp {

namespace {

constexpr std::size_t id_bytes = 32;

// What a sealed text is part of: bound to it with the row.
constexpr std::string_view input_part = "input";
constexpr std::string_view result_part = "result";

Sha256 content_key(std::string_view id) {
  return hmac_sha256(id, "commsd mcp task content");
}

std::string place(std::string_view id, std::string_view part) {
  return TaskLedger::hash_of(id) + ":" + std::string(part);
}

Error unknown_task() {
  return make_error(
      ErrorCode::not_found,
      "Unknown task: there is none of this id that belongs to this token, or it has expired");
}

}  // namespace

TaskLedger::TaskLedger(store::Store& store, NotificationHub& hub, const Clock& clock,
                       Random& random, TaskLedgerOptions options)
    : store_(store),
      hub_(hub),
      clock_(clock),
      random_(random),
      options_(std::move(options)),
      started_at_(clock.now()) {}

std::string TaskLedger::make_id() const {
  std::uint8_t bytes[id_bytes];
  random_.fill(bytes);
  return "task_" + base64url_encode({reinterpret_cast<const char*>(bytes), sizeof bytes});
}

std::string TaskLedger::hash_of(std::string_view id) {
  return sha256_hex(id);
}

Task<Result<TaskState>> TaskLedger::create(identity::Principal principal, std::string id,
                                           std::string tool) {
  TaskState state;
  state.id = std::move(id);
  store::TaskRecord& record = state.record;
  record.id_hash = hash_of(state.id);
  record.org_id = principal.org_id;
  record.agent_id = principal.agent_id;
  record.principal = principal.key();
  record.tool = std::move(tool);
  record.status = task_status::working;
  record.worker = options_.worker;
  record.created_at = record.updated_at = clock_.now();
  record.lease_until = record.created_at + options_.lease.count();
  record.expires_at = record.created_at + options_.lifetime.count();
  store::UnitOfWork unit;
  store::TaskRepository::add_create(unit, record);
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) co_return fail(ErrorCode::internal, "the task could not be made");
  co_return state;
}

Task<Result<TaskState>> TaskLedger::find(identity::Principal principal, std::string id) const {
  TaskState state;
  state.id = std::move(id);
  const store::TaskRepository tasks(store_);
  const std::string key = principal.key();
  const std::string hash = hash_of(state.id);
  auto found = co_await tasks.find(principal.org_id, key, hash);
  if (!found) co_return fail(found.error());
  if (!*found) co_return fail(unknown_task());
  state.record = std::move(**found);
  if (state.ended() && state.record.expires_at < clock_.now()) co_return fail(unknown_task());
  state.set_input_json(open(state.id, state.record.sealed_input, input_part));
  state.result_json = open(state.id, state.record.sealed_result, result_part);
  co_return state;
}

Task<Result<TaskState>> TaskLedger::change(identity::Principal principal, std::string id,
                                           Alter alter) {
  while (true) {
    Result<TaskState> state = co_await find(principal, id);
    if (!state || state->ended() || !alter(*state)) co_return state;
    store::TaskRecord& record = state->record;
    const Sha256 key = content_key(id);
    const std::string input = state->input_json();
    record.sealed_input =
        input.empty() ? std::string() : seal_text(key, input, place(id, input_part), random_);
    record.sealed_result = state->result_json.empty() ? std::string()
                                                      : seal_text(key, state->result_json,
                                                                  place(id, result_part), random_);
    record.updated_at = clock_.now();
    store::UnitOfWork unit;
    store::TaskRepository::add_save(unit, record);
    Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
    if (!saved) co_return fail(saved.error());
    if (!saved->committed) continue;
    ++record.revision;
    publish(*state);
    co_return state;
  }
}

Task<Result<std::size_t>> TaskLedger::fail_predecessors() {
  return fail_worker(started_at_);
}

Task<Result<std::size_t>> TaskLedger::fail_own() {
  return fail_worker(std::numeric_limits<UnixMillis>::max());
}

Task<Result<std::size_t>> TaskLedger::fail_worker(UnixMillis before) {
  store::UnitOfWork unit;
  store::TaskRepository::add_fail_worker(unit, options_.worker, before, interruption());
  return count_failed(std::move(unit));
}

Task<Result<std::size_t>> TaskLedger::fail_expired() {
  store::UnitOfWork unit;
  store::TaskRepository::add_fail_expired(unit, interruption());
  return count_failed(std::move(unit));
}

Task<Result<std::size_t>> TaskLedger::count_failed(store::UnitOfWork unit) {
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  co_return saved->rows.front().size();
}

Task<Result<void>> TaskLedger::renew_leases() {
  store::UnitOfWork unit;
  store::TaskRepository::add_renew(unit, options_.worker, clock_.now() + options_.lease.count());
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  co_return Result<void>();
}

Task<Result<std::vector<std::string>>> TaskLedger::cancelled() const {
  return store::TaskRepository(store_).list_cancelled(options_.worker);
}

Task<Result<void>> TaskLedger::purge() {
  constexpr std::int64_t most = 10'000;
  store::UnitOfWork unit;
  store::TaskRepository::add_purge(unit, clock_.now(), most);
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  co_return Result<void>();
}

void TaskLedger::publish(const TaskState& state) const {
  hub_.publish({Change::Kind::task, state.id, "{" + state.detailed_members() + "}",
                state.record.org_id, state.record.agent_id});
}

store::TaskFailure TaskLedger::interruption() const {
  store::TaskFailure failure;
  failure.status_message =
      "The server stopped while this ran. It may have been done in whole, in part or not at all.";
  const std::string message =
      failure.status_message + (options_.look_up_hint.empty() ? "" : " " + options_.look_up_hint);
  JsonWriter error;
  error.begin_object().field("code", rpc_code::internal_error).field("message", message);
  failure.error_json = error.end_object().take();
  failure.at = clock_.now();
  return failure;
}

std::string TaskLedger::open(const std::string& id, const std::string& sealed,
                             std::string_view part) const {
  if (sealed.empty()) return {};
  return open_text(content_key(id), sealed, place(id, part)).value_or("");
}

}  // namespace commsd::mcp
