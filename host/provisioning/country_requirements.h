#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "identity/principal.h"
#include "plugin/provider_types.h"
#include "store/audit_log.h"
#include "store/store.h"

namespace commsd::provisioning {

/// Something that the law or the carriers of a country want before its numbers may be used.
struct CountryRequirement {
  std::string id;        // "us.a2p_10dlc.brand"
  std::string text;      // what it is and how it is met
  bool blocking = true;  // false: advised
};

/// Holds what countries ask for against what operators say is met, for each organization. Those in
/// sandbox mode are asked for nothing: they reach nobody. [any executor]
class CountryRequirements {
 public:
  /// What stands before these channels in a country (ISO 3166-1 alpha-2); "" = in any.
  using Rules = std::function<std::vector<CountryRequirement>(
      std::string country, std::vector<plugin::ChannelKind> channels)>;

  CountryRequirements(store::Store& store, store::AuditLog& audit, const Clock& clock)
      : store_(store), audit_(audit), clock_(clock) {}

  /// Without them nothing is asked for. Set once, before the first call.
  void use(Rules rules) { rules_ = std::move(rules); }

  /// rejected, with the rule `country_requirements` and the list of what is missing.
  Task<Result<void>> check(std::string org_id, std::string country,
                           std::vector<plugin::ChannelKind> channels) const;

  struct State {
    CountryRequirement requirement;
    bool met = false;
  };
  /// not_found: the organization.
  Task<Result<std::vector<State>>> list(std::string org_id, std::string country,
                                        std::vector<plugin::ChannelKind> channels) const;

  /// An operator's word that the organization meets a requirement, or (`met` false) does no longer.
  /// Twice is harmless; numbers that are there stay. `evidence` is for those who look it up later.
  /// invalid_argument: no country asks for it; not_found: the organization.
  Task<Result<void>> set(identity::Principal actor, std::string org_id, std::string requirement,
                         bool met, std::string evidence) const;

 private:
  store::Store& store_;
  store::AuditLog& audit_;
  const Clock& clock_;
  Rules rules_;
};

}  // namespace commsd::provisioning
