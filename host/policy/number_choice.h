#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "policy/sender.h"
#include "store/pool_repository.h"
#include "store/records.h"

namespace commsd::policy {

/// Which number of a pool a message or call to `country` goes out from: one of the same country,
/// else the default, else any, the oldest first; only those that are active and can do `capability`
/// (sms, voice, mms). Nothing when there is none. `country` "" = not known. [any thread]
std::optional<store::PoolNumber> choose_number(const std::vector<store::PoolNumber>& pool,
                                               std::string_view country,
                                               std::string_view capability);

/// What an agent's channel sends from. Dedicated: its own address. Hybrid: a number of the pool,
/// else its own. Shared (the channel's provider is store::pooled_provider): a number of the pool,
/// else rejected. Channels that are no phone numbers always have their own. What was sent from a
/// number is tried again from there, or not at all: to the contact another number is somebody
/// else. For the same reason a provider that fails is no reason to choose another's number. [any
/// executor]
class SenderAddress {
 public:
  explicit SenderAddress(store::Store& store) : pools_(store) {}

  struct Question {
    std::string org_id;
    std::string identity;    // the agent's
    std::string channel;     // sms | voice | whatsapp | email
    std::string own;         // the channel's address
    std::string provider;    // the channel's: who may send from `own`, or store::pooled_provider
    std::string to_country;  // ISO 3166-1 alpha-2; "" = not known
    std::string before;      // chosen earlier for the same action; "" = not yet
  };
  /// Whether an agent's channel has more than its own address to choose from; all others need no
  /// look at the pool.
  static bool has_choice(std::string_view identity, std::string_view channel,
                         std::string_view provider);
  /// rejected, with the rule `sender`.
  Task<Result<Sender>> choose(Question question) const;

 private:
  store::PoolRepository pools_;
};

}  // namespace commsd::policy
