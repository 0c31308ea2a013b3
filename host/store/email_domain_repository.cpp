#include "store/email_domain_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

EmailDomain from_row(const Row& row) {
  return {row.text("org_id"),
          row.text("domain"),
          row.text("status"),
          row.text("provider"),
          row.integer("claimed_at"),
          row.integer("checked_at"),
          row.maybe_integer("verified_at")};
}

}  // namespace

Task<Result<std::vector<EmailDomain>>> EmailDomainRepository::list(std::string_view org_id) const {
  return read_all(store_, "email_domains.list", {{"org_id", text_value(org_id)}}, from_row);
}

Task<Result<std::optional<EmailDomain>>> EmailDomainRepository::find(
    std::string_view org_id, std::string_view domain) const {
  return read_optional(store_, "email_domains.find",
                       {{"org_id", text_value(org_id)}, {"domain", text_value(domain)}}, from_row);
}

Task<Result<std::optional<EmailDomain>>> EmailDomainRepository::owner(
    std::string_view domain) const {
  return read_optional(store_, "email_domains.find_verified", {{"domain", text_value(domain)}},
                       from_row);
}

void EmailDomainRepository::add_claim(UnitOfWork& unit, const EmailDomain& domain,
                                      UnixMillis claims_after) {
  unit.run("email_domains.lock", {{"domain", domain.domain}});
  unit.expect(1, "email_domains.claim",
              {{"org_id", domain.org_id},
               {"domain", domain.domain},
               {"provider", domain.provider},
               {"at", domain.checked_at},
               {"claims_after", claims_after}});
}

void EmailDomainRepository::add_set(UnitOfWork& unit, const EmailDomain& domain) {
  unit.expect(1, "email_domains.set",
              {{"org_id", domain.org_id},
               {"domain", domain.domain},
               {"status", domain.status},
               {"provider", domain.provider},
               {"at", domain.checked_at}});
}

void EmailDomainRepository::add_remove(UnitOfWork& unit, std::string_view org_id,
                                       std::string_view domain) {
  unit.run("email_domains.remove",
           {{"org_id", text_value(org_id)}, {"domain", text_value(domain)}});
}

}  // namespace commsd::store
