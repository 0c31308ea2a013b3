#include "voice/call_state.h"

#include <array>
#include <utility>

namespace commsd::voice {

namespace {

constexpr std::array<std::pair<CallState, std::string_view>, 10> names = {{
    {CallState::attempting, "attempting"},
    {CallState::unknown, "unknown"},
    {CallState::queued, "queued"},
    {CallState::ringing, "ringing"},
    {CallState::in_progress, "in-progress"},
    {CallState::completed, "completed"},
    {CallState::busy, "busy"},
    {CallState::no_answer, "no-answer"},
    {CallState::canceled, "canceled"},
    {CallState::failed, "failed"},
}};

}  // namespace

std::string_view to_string(CallState state) {
  for (const auto& [known, name] : names) {
    if (known == state) return name;
  }
  return "unknown";
}

std::optional<CallState> parse_call_state(std::string_view name) {
  for (const auto& [state, known] : names) {
    if (known == name) return state;
  }
  return std::nullopt;
}

bool is_over(CallState state) {
  return state_rank(state) == state_rank(CallState::completed);
}

std::int64_t state_rank(CallState state) {
  switch (state) {
    case CallState::attempting:
    case CallState::unknown:
      return 0;
    case CallState::queued:
      return 1;
    case CallState::ringing:
      return 2;
    case CallState::in_progress:
      return 3;
    default:
      return 4;
  }
}

}  // namespace commsd::voice
