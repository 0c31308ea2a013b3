#include "messaging/attempt_history.h"

#include <algorithm>

#include "messaging/message_state.h"

namespace commsd::messaging {

namespace {

// The words for states of messages are those of calls here.
std::string_view state_after(const store::AttemptRecord& attempt, std::string_view taken) {
  if (attempt.outcome == "success") return taken;
  return to_string(attempt.outcome == "ambiguous" ? MessageState::unknown : MessageState::failed);
}

std::string describe(const store::AttemptRecord& attempt) {
  std::string text = "attempt " + std::to_string(attempt.number) + " by " + attempt.provider;
  if (attempt.outcome == "success") return text + ": taken";
  text += ": " + attempt.outcome;
  if (attempt.error_code.empty()) return text;
  text += " (" + attempt.error_code;
  if (!attempt.vendor_code.empty()) text += ", vendor code " + attempt.vendor_code;
  return text + ")";
}

}  // namespace

void add_attempt_lines(std::vector<store::TimelineEntry>& timeline,
                       const store::AttemptRecord& attempt, std::string_view taken) {
  timeline.push_back({attempt.started_at, std::string(to_string(MessageState::attempting)),
                      "asking " + attempt.provider});
  if (!attempt.ended_at) return;
  timeline.push_back(
      {*attempt.ended_at, std::string(state_after(attempt, taken)), describe(attempt)});
}

void sort_by_time(std::vector<store::TimelineEntry>& timeline) {
  std::stable_sort(timeline.begin(), timeline.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
}

}  // namespace commsd::messaging
