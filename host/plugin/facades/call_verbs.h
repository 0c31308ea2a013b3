#pragma once

#include <cstddef>
#include <vector>

#include <comms/slot/telephony.h>

#include "plugin/call_types.h"

namespace commsd::plugin {

/// Call instructions as the plugin reads them. Borrows: `verbs` must outlive it.
class CallVerbs {
 public:
  explicit CallVerbs(const std::vector<CallVerb>& verbs);
  CallVerbs(const CallVerbs&) = delete;
  CallVerbs& operator=(const CallVerbs&) = delete;

  const comms_verb* data() const { return verbs_.data(); }
  std::size_t size() const { return verbs_.size(); }

 private:
  std::vector<std::vector<comms_kv>> params_;  // of each verb
  std::vector<comms_verb> verbs_;
};

}  // namespace commsd::plugin
