#include "identity/refusal_log.h"

#include <utility>

#include "base/json_writer.h"
#include "telemetry/log.h"

namespace commsd::identity {

namespace {

constexpr UnixMillis minute_length = 60'000;
/// Tokens whose minutes are kept; those of minutes that are over go first.
constexpr std::size_t most_tokens = 4096;

}  // namespace

std::int64_t RefusalLog::take_turn(const std::string& token_id) {
  const std::int64_t now = clock_.now() / minute_length;
  const std::lock_guard lock(mutex_);
  if (minutes_.size() >= most_tokens && !minutes_.contains(token_id)) {
    std::erase_if(minutes_, [now](const auto& one) { return one.second.number != now; });
    if (minutes_.size() >= most_tokens) minutes_.clear();
  }
  Minute& minute = minutes_[token_id];
  if (minute.number != now) {
    minute.number = now;
    minute.written = 0;
  }
  if (minute.written >= most_per_minute_) {
    ++minute.left_out;
    return -1;
  }
  ++minute.written;
  return std::exchange(minute.left_out, 0);
}

Task<void> RefusalLog::write(Refusal refusal) {
  if (refusal.token_id.empty()) co_return;
  const std::int64_t left_out = take_turn(refusal.token_id);
  if (left_out < 0) co_return;
  JsonWriter details;
  details.begin_object().field("code", refusal.code);
  if (!refusal.rule.empty()) details.field("rule", refusal.rule);
  if (left_out > 0) details.field("leftOut", left_out);
  details.end_object();
  store::AuditEvent event;
  event.org_id = std::move(refusal.org_id);
  event.actor = std::move(refusal.token_id);
  event.action = refusal.tool.empty() ? "token_refused" : "call_refused";
  event.target = std::move(refusal.tool);
  event.details_json = details.take();
  store::UnitOfWork unit;
  audit_.add_entry(unit, event);
  Result<store::UnitOutcome> outcome = co_await store_.commit(std::move(unit));
  if (!outcome) log::warn("refusal_not_audited", {{"cause", outcome.error().cause}});
}

}  // namespace commsd::identity
