#include "voice/call_history.h"

#include <algorithm>

#include "messaging/threads.h"
#include "voice/call_state.h"

namespace commsd::voice {

namespace {

std::string_view state_after(const store::CallAttempt& attempt) {
  if (attempt.outcome == "success") return to_string(CallState::queued);
  if (attempt.outcome == "ambiguous") return to_string(CallState::unknown);
  return to_string(CallState::failed);
}

std::string describe(const store::CallAttempt& attempt) {
  std::string text = "attempt " + std::to_string(attempt.number) + " by " + attempt.provider;
  if (attempt.outcome == "success") return text + ": taken";
  text += ": " + attempt.outcome;
  if (attempt.error_code.empty()) return text;
  text += " (" + attempt.error_code;
  if (!attempt.vendor_code.empty()) text += ", vendor code " + attempt.vendor_code;
  return text + ")";
}

}  // namespace

Task<Result<CallHistory::View>> CallHistory::find(std::string org_id, std::string agent_id,
                                                  std::string call_id) const {
  auto call = co_await calls_.find(org_id, call_id);
  if (!call) co_return fail(call.error());
  if (!*call || (!agent_id.empty() && (*call)->agent_id != agent_id)) {
    co_return fail(ErrorCode::not_found, "there is no call '" + call_id + "' here");
  }
  auto attempts = co_await calls_.attempts(org_id, call_id);
  if (!attempts) co_return fail(attempts.error());
  auto reported = co_await calls_.timeline(org_id, call_id);
  if (!reported) co_return fail(reported.error());

  const bool inbound = (*call)->direction == "inbound";
  std::string address =
      messaging::thread_address(inbound ? (*call)->from_address : (*call)->to_address);
  auto contact = co_await contacts_.contact_of(org_id, (*call)->agent_id, address);
  if (!contact) co_return fail(contact.error());

  View view;
  view.thread = *contact ? std::move(**contact) : std::move(address);
  view.call = std::move(**call);
  view.timeline.push_back({view.call.created_at, "accepted", "saved"});
  for (const store::CallAttempt& attempt : *attempts) {
    view.timeline.push_back({attempt.started_at, std::string(to_string(CallState::attempting)),
                             "asking " + attempt.provider});
    if (!attempt.ended_at) continue;
    view.timeline.push_back(
        {*attempt.ended_at, std::string(state_after(attempt)), describe(attempt)});
  }
  std::move(reported->begin(), reported->end(), std::back_inserter(view.timeline));
  std::stable_sort(view.timeline.begin(), view.timeline.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
  co_return view;
}

}  // namespace commsd::voice
