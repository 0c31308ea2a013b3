#include "voice/call_history.h"

#include <iterator>

#include "messaging/attempt_history.h"
#include "messaging/threads.h"
#include "voice/call_state.h"

namespace commsd::voice {

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
    messaging::add_attempt_lines(view.timeline, attempt, to_string(CallState::queued));
  }
  std::move(reported->begin(), reported->end(), std::back_inserter(view.timeline));
  messaging::sort_by_time(view.timeline);
  co_return view;
}

}  // namespace commsd::voice
