#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "store/store.h"
#include "store/tenancy_records.h"

namespace commsd::store {

/// Mail domains and whose they are. Errors of reads: those of Store::query. [any executor]
class EmailDomainRepository {
 public:
  explicit EmailDomainRepository(Store& store) : store_(store) {}

  Task<Result<std::vector<EmailDomain>>> list(std::string_view org_id) const;
  Task<Result<std::optional<EmailDomain>>> find(std::string_view org_id,
                                                std::string_view domain) const;
  /// System-level: the organization that a domain is verified for, if any.
  Task<Result<std::optional<EmailDomain>>> owner(std::string_view domain) const;

  /// Makes or keeps a claim. Guarded: the unit is undone when the domain is another organization's,
  /// or another's claim is younger than `claims_after`.
  static void add_claim(UnitOfWork& unit, const EmailDomain& domain, UnixMillis claims_after);
  /// With its status, sandbox or verified. Guarded: the unit is undone when the domain is verified
  /// for another organization.
  static void add_set(UnitOfWork& unit, const EmailDomain& domain);
  static void add_remove(UnitOfWork& unit, std::string_view org_id, std::string_view domain);

 private:
  Store& store_;
};

}  // namespace commsd::store
