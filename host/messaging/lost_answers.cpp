#include "messaging/lost_answers.h"

#include <algorithm>
#include <array>

namespace commsd::messaging {

namespace {

using plugin::Receipt;
using std::chrono::milliseconds;

/// When to look, counted from the last moment at which it can have left: a vendor takes a while to
/// show what it took in its lists.
constexpr std::array<milliseconds, 3> look_up_times = {milliseconds(0), milliseconds(1'000),
                                                       milliseconds(4'000)};
constexpr milliseconds after_failed_look{1'000};
/// Room for clocks that differ, around the time of an attempt.
constexpr UnixMillis clock_slack = 60'000;

}  // namespace

Task<Result<Receipt>> LostAnswers::find(LostAttempt lost, plugin::LookUp what, Look look,
                                        Owner owner) {
  what.not_before = lost.started_at - clock_slack;
  what.not_after = clock_.now() + clock_slack;
  Result<Receipt> found = fail(ErrorCode::not_found, "not looked up");
  bool absent = false;
  for (const milliseconds time : look_up_times) {
    // No longer than `time`, because clocks are set back.
    UnixMillis wait =
        std::min<UnixMillis>(lost.silent_since + time.count() - clock_.now(), time.count());
    if (wait <= 0 && time.count() > 0) {
      if (absent) continue;  // the last look came later than this one should
      wait = after_failed_look.count();
    }
    if (wait > 0) co_await sleep_for(milliseconds(wait));
    Task<Result<Receipt>> looking = look(what);
    found = co_await std::move(looking);
    if (found && !found->vendor_id.empty()) {
      // Vendors that keep no reference of ours match on addresses, text and time, and so may show
      // the same as it was sent by another attempt.
      const bool claimed = claim(lost, found->vendor_id);
      Task<Result<std::optional<std::string>>> asking = owner(found->vendor_id);
      Result<std::optional<std::string>> whose = co_await std::move(asking);
      if (!whose) {
        found = fail(whose.error());
      } else if (!claimed || (*whose && **whose != lost.subject_id)) {
        found = fail(ErrorCode::not_found, "what was found belongs to another");
      }
      if (!found) release(lost.attempt_id);
    }
    if (found || found.error().code == ErrorCode::unsupported) break;
    absent = found.error().code == ErrorCode::not_found;
  }
  co_return found;
}

bool LostAnswers::claim(const LostAttempt& lost, const std::string& vendor_id) {
  const std::lock_guard lock(mutex_);
  const auto entry = claims_.try_emplace({lost.provider, vendor_id}, lost.attempt_id).first;
  return entry->second == lost.attempt_id;
}

void LostAnswers::release(const std::string& attempt_id) {
  const std::lock_guard lock(mutex_);
  std::erase_if(claims_, [&](const auto& entry) { return entry.second == attempt_id; });
}

}  // namespace commsd::messaging
