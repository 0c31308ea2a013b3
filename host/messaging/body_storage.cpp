#include "messaging/body_storage.h"

#include <algorithm>
#include <mutex>

#include "base/json_writer.h"

namespace commsd::messaging {

namespace {

constexpr UnixMillis day = 86'400'000;

}  // namespace

Task<Result<void>> BodyStorage::refresh() {
  auto all = co_await rows_.all();
  if (!all) co_return fail(all.error());
  std::map<Who, std::int64_t> choices;
  for (const store::BodyStorageChoice& one : *all) choices[{one.org_id, one.agent_id}] = one.days;
  const std::unique_lock lock(mutex_);
  choices_ = std::move(choices);
  co_return Result<void>();
}

std::int64_t BodyStorage::days(std::string_view org_id, std::string_view agent_id) const {
  const std::shared_lock lock(mutex_);
  if (!choices_.empty()) {
    for (const std::string_view who : {agent_id, std::string_view()}) {
      const auto found = choices_.find({std::string(org_id), std::string(who)});
      if (found != choices_.end()) return found->second;
    }
  }
  return settings_.by_default ? settings_.default_days : 0;
}

Task<Result<void>> BodyStorage::choose(std::string org_id, std::string agent_id,
                                       std::optional<std::int64_t> days, std::string actor) {
  if (days && (*days < 0 || *days > longest_days)) {
    co_return fail(ErrorCode::invalid_argument,
                   "the days must be 0 (nothing is kept) to " + std::to_string(longest_days));
  }
  if (!agent_id.empty()) {
    auto agent = co_await agents_.find(org_id, agent_id);
    if (!agent) co_return fail(agent.error());
    if (!*agent) {
      co_return fail(ErrorCode::not_found,
                     "there is no agent '" + agent_id + "' in this organization");
    }
  }
  const UnixMillis now = clock_.now();
  store::UnitOfWork unit;
  JsonWriter details;
  details.begin_object().key("days");
  if (days) {
    store::BodyStorageRepository::add_set(unit, {org_id, agent_id, *days}, now);
    details.value(*days);
  } else {
    store::BodyStorageRepository::add_unset(unit, org_id, agent_id);
    details.null();
  }
  audit_.add_entry(unit, {org_id, std::move(actor), "body_storage_chosen", agent_id,
                          details.end_object().take()});
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) co_return fail(ErrorCode::unavailable, "nothing was saved; try again");
  const std::unique_lock lock(mutex_);
  Who who{std::move(org_id), std::move(agent_id)};
  if (days) {
    choices_[std::move(who)] = *days;
  } else {
    choices_.erase(who);
  }
  co_return Result<void>();
}

Task<Result<std::optional<std::string>>> BodyStorage::read(std::string org_id,
                                                           std::string id) const {
  const UnixMillis now = clock_.now();
  Task<Result<std::optional<std::string>>> reading = id.starts_with("call_")
                                                         ? calls_.kept_script(org_id, id, now)
                                                         : messages_.kept_payload(org_id, id, now);
  Result<std::optional<std::string>> content = co_await std::move(reading);
  co_return content;
}

void BodyStorage::add_end(store::UnitOfWork& unit, const BodyStorage* bodies,
                          const store::Message& message, MessageState state, UnixMillis at) {
  const bool secret = message.content_hash.empty();
  // The words of a copy are those of what it copies, which may be kept, and goes at its own time.
  const bool copy = !message.copy_of.empty();
  std::int64_t kept = bodies ? bodies->days(message.org_id, message.agent_id) : 0;
  if (state == MessageState::unknown) {
    kept = std::max(kept, (bodies ? bodies->settings_ : Settings()).unknown_days);
  }
  if (secret || copy || kept == 0) {
    store::MessageRepository::add_drop_payload(unit, message.org_id, message.id);
  } else {
    store::MessageRepository::add_keep_payload(unit, message.org_id, message.id, at + kept * day);
  }
}

void BodyStorage::add_end(store::UnitOfWork& unit, const BodyStorage* bodies,
                          const store::Call& call, UnixMillis at) {
  const std::int64_t kept = bodies ? bodies->days(call.org_id, call.agent_id) : 0;
  if (kept == 0) {
    store::CallRepository::add_drop_script(unit, call.org_id, call.id);
  } else {
    store::CallRepository::add_keep_script(unit, call.org_id, call.id, at + kept * day);
  }
}

}  // namespace commsd::messaging
