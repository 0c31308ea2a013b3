#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "store/bridge_repository.h"
#include "store/call_repository.h"
#include "store/channel_repository.h"
#include "store/store.h"
#include "voice/outbound_calls.h"

namespace commsd::voice {

/// Numbers of agents at which calls are put through to somebody else. [any executor]
class Bridges {
 public:
  Bridges(store::Store& store, OutboundCalls& calls, const Clock& clock, const Ids& ids)
      : store_(store),
        bridges_(store),
        calls_(store),
        channels_(store),
        outbound_(calls),
        clock_(clock),
        ids_(ids) {}

  /// `bridge` lacks id, agent and time. invalid_argument: a number that is none; not_found: the
  /// organization has no such local number; conflict: there is one for this number and caller
  /// (the message has its id).
  Task<Result<store::Bridge>> set_up(store::Bridge bridge);
  /// not_found when it is not there.
  Task<Result<void>> remove(std::string org_id, std::string id);

  struct Overview {
    std::vector<store::Bridge> bridges;  // at most 500
    std::vector<store::Call> recent;     // at most 20, the newest first
  };
  Task<Result<Overview>> list(std::string org_id) const;

  /// Rings `caller` and, once somebody answers, puts them through to the bridge's destination.
  /// Errors as of OutboundCalls::place.
  Task<Result<CallOutcome>> call(std::string org_id, std::string id, std::string caller,
                                 CallRequest request);

 private:
  store::Store& store_;
  store::BridgeRepository bridges_;
  store::CallRepository calls_;
  store::ChannelRepository channels_;
  OutboundCalls& outbound_;
  const Clock& clock_;
  const Ids& ids_;
};

}  // namespace commsd::voice
