#include "provisioning/email_domains.h"

#include "base/text.h"
#include "identity/organization_service.h"

namespace commsd::provisioning {

namespace {

using store::EmailDomain;
using store::EmailDomainRepository;

Result<void> check(std::string_view domain) {
  if (is_email_address("agent@" + std::string(domain))) return {};
  return fail(ErrorCode::invalid_argument,
              "'emailDomain' must be a domain of at least two labels, like mail.example.com");
}

Error taken() {
  return make_error(
      ErrorCode::rejected,
      "'emailDomain': another organization has this domain, or has asked for it in the last three "
      "days",
      "use another domain, or ask the operator of this server to assign it to you");
}

std::string list_of(const std::vector<plugin::DomainRecord>& records) {
  std::string list;
  for (const plugin::DomainRecord& record : records) {
    list += (list.empty() ? "" : "; ") + record.type + ' ' + record.name + " = " + record.value;
  }
  return list;
}

}  // namespace

Task<Result<EmailDomains::State>> EmailDomains::verify(identity::Principal actor,
                                                       std::string org_id, std::string agent_id,
                                                       std::string domain,
                                                       std::chrono::milliseconds limit) {
  if (auto good = check(domain); !good) co_return fail(good.error());
  domain = to_lower_ascii(domain);
  State state{domain, "verified", {}};
  auto owner = co_await domains_.owner(domain);
  if (!owner) co_return fail(owner.error());
  if (*owner && (*owner)->org_id == org_id) co_return state;
  if (*owner) co_return fail(taken());
  const auto provider = providers_.email({org_id, agent_id});
  if (!provider) {
    co_return fail(providers_.why_none("the slot 'email'", {org_id, agent_id}));
  }
  EmailDomain row;
  row.org_id = org_id;
  row.domain = domain;
  row.provider = provider->name();
  row.checked_at = clock_.now();
  if (provider->is_sandbox()) {
    Result<plugin::DomainState> told = co_await provider->verify_domain(domain, limit);
    if (!told) co_return fail(told.error());
    state.records = told->records;
    row.status = state.status = told->status == "verified" ? "sandbox" : "pending";
    if (state.status == "pending") co_return state;
    Result<void> saved = co_await save(std::move(actor), std::move(row));
    if (!saved) co_return fail(saved.error());
    co_return state;
  }

  auto before = co_await domains_.find(org_id, domain);
  if (!before) co_return fail(before.error());
  const UnixMillis claims_after = clock_.now() - std::chrono::milliseconds(claim_lifetime).count();
  const bool claimed =
      *before && (*before)->status == "pending" && (*before)->claimed_at > claims_after;
  store::UnitOfWork unit;
  EmailDomainRepository::add_claim(unit, row, claims_after);
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) co_return fail(taken());

  Result<plugin::DomainState> told = co_await provider->verify_domain(domain, limit);
  // Some, like a mail server of one's own, verify nothing: then there is only the operator's word.
  const bool cannot_tell = !told && told.error().code == ErrorCode::unsupported;
  if (!told && !cannot_tell) co_return fail(told.error());
  if (told) state.records = told->records;
  if (told && told->status != "verified") {
    state.status = "pending";
    co_return state;
  }
  // Verified already when it was asked for the first time: by somebody, who need not be this
  // organization. An operator answers for the provider's account, and may say so.
  const bool operators_word = actor.role == identity::Role::orchestrator || actor.token_id.empty();
  if ((!claimed || cannot_tell) && !operators_word) {
    Error error = make_error(
        ErrorCode::rejected,
        cannot_tell ? "'emailDomain': the email provider verifies no domains, so that nothing "
                      "proves that it is this organization's"
                    : "'emailDomain': the email provider's account has verified this domain before "
                      "this organization asked for it, so that nothing proves that it is this "
                      "organization's",
        "an operator can assign it: commsctl domains assign " + domain + " --organization " +
            org_id);
    // It is no claim that anybody could prove later.
    store::UnitOfWork undo;
    EmailDomainRepository::add_remove(undo, org_id, domain);
    Result<store::UnitOutcome> undone = co_await store_.commit(std::move(undo));
    if (!undone) co_return fail(undone.error());
    co_return fail(std::move(error));
  }
  row.status = "verified";
  Result<void> owned = co_await save(std::move(actor), std::move(row));
  if (!owned) co_return fail(owned.error());
  co_return state;
}

Task<Result<void>> EmailDomains::require(identity::Principal actor, std::string org_id,
                                         std::string agent_id, std::string domain,
                                         std::chrono::milliseconds limit) {
  Result<State> state = co_await verify(std::move(actor), org_id, agent_id, domain, limit);
  if (!state) co_return fail(state.error());
  if (state->status != "pending") co_return Result<void>();
  co_return fail(make_error(ErrorCode::rejected,
                            "'emailDomain': " + state->domain +
                                " is not verified yet; these DNS records prove that it is yours: " +
                                (state->records.empty() ? "those that your email provider shows"
                                                        : list_of(state->records)),
                            "set the records, wait until DNS shows them, and call again"));
}

Task<Result<void>> EmailDomains::save(identity::Principal actor, EmailDomain domain) {
  store::UnitOfWork unit;
  EmailDomainRepository::add_set(unit, domain);
  audit_.add_entry(
      unit, {domain.org_id, identity::actor_of(actor), "email_domain_verified", domain.domain, ""});
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) co_return fail(taken());
  co_return Result<void>();
}

Task<Result<void>> EmailDomains::assign(identity::Principal actor, std::string org_id,
                                        std::string domain) {
  if (auto good = check(domain); !good) co_return fail(good.error());
  EmailDomain row;
  row.org_id = std::move(org_id);
  row.domain = to_lower_ascii(domain);
  row.status = "verified";
  row.provider = "operator";
  row.checked_at = clock_.now();
  Task<Result<void>> saving = save(std::move(actor), std::move(row));
  co_return co_await std::move(saving);
}

Task<Result<void>> EmailDomains::remove(identity::Principal actor, std::string org_id,
                                        std::string domain) {
  domain = to_lower_ascii(domain);
  auto before = co_await domains_.find(org_id, domain);
  if (!before) co_return fail(before.error());
  if (!*before) co_return fail(ErrorCode::not_found, "the organization has no such domain");
  store::UnitOfWork unit;
  EmailDomainRepository::add_remove(unit, org_id, domain);
  audit_.add_entry(unit, {org_id, identity::actor_of(actor), "email_domain_removed", domain, ""});
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  co_return Result<void>();
}

Task<Result<std::vector<store::EmailDomain>>> EmailDomains::list(std::string org_id) const {
  auto all = co_await domains_.list(org_id);
  co_return all;
}

}  // namespace commsd::provisioning
