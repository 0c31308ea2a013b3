#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "identity/organization_modes.h"
#include "identity/principal.h"
#include "identity/token_service.h"
#include "store/audit_log.h"
#include "store/organization_repository.h"

namespace commsd::identity {

/// What an organization says of itself when it asks to be let in (KYC).
struct OrganizationApplication {
  std::string name;
  std::string slug;  // "" = none; else letters, digits and '-', one organization's only
  std::string company;
  std::string website;
  std::string use_case;
  std::string settings_json;  // "" or an object, kept as it is
  std::string postal_address;
};

enum class ReviewAction { approve, reject, suspend };
std::optional<ReviewAction> parse_review_action(std::string_view name);

/// Organizations from their application on.
///
///     pending_review --approve--> approved (production) --suspend--> suspended --approve-->
///     approved
///           |  ^
///         reject +--approve-- rejected
///
/// An organization is in sandbox mode until it is approved: it reaches sandbox providers only. A
/// rejected one stays there. A suspended one can do nothing. [any executor]
class OrganizationService {
 public:
  OrganizationService(store::Store& store, TokenService& tokens, OrganizationModes& modes,
                      store::AuditLog& audit, const Clock& clock, const Ids& ids)
      : store_(store),
        organizations_(store),
        tokens_(tokens),
        modes_(modes),
        audit_(audit),
        clock_(clock),
        ids_(ids) {}

  struct Created {
    store::Organization organization;
    std::string token;  // the organization's own; shown once
  };
  /// `approved`: without a review, by one who may. invalid_argument; conflict: the slug is taken.
  Task<Result<Created>> create(Principal actor, OrganizationApplication application, bool approved);

  /// not_found; rejected when there is nothing to change, or the change is not one of those above;
  /// conflict when somebody else decided meanwhile.
  Task<Result<store::Organization>> review(Principal actor, std::string org_id, ReviewAction action,
                                           std::string reason);

  Task<Result<std::vector<store::Organization>>> list() const;
  /// not_found.
  Task<Result<store::Organization>> find(std::string org_id) const;

  /// Where the organization is, as it stands below its mails of marketing where a law wants that:
  /// up to six lines, 10 to 300 characters; "" takes it away. Gives it as it was stored.
  /// invalid_argument; not_found.
  Task<Result<std::string>> set_postal_address(Principal actor, std::string org_id,
                                               std::string address);

  /// The size of the agent pool, 1 to 10000. invalid_argument; rejected: there are more agents.
  /// Gives the size that was, empty for the configured one.
  Task<Result<std::optional<std::int64_t>>> set_agent_slots(Principal actor, std::string org_id,
                                                            std::int64_t slots);

 private:
  store::Store& store_;
  store::OrganizationRepository organizations_;
  TokenService& tokens_;
  OrganizationModes& modes_;
  store::AuditLog& audit_;
  const Clock& clock_;
  const Ids& ids_;
};

/// pending_review | approved | rejected | suspended: what people are shown of status and review.
std::string_view account_status(const store::Organization& organization);

/// Who did it, for the audit log.
std::string actor_of(const Principal& principal);

}  // namespace commsd::identity
