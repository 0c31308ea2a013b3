#include "policy/contact_preferences.h"

#include "base/json_writer.h"
#include "base/text.h"
#include "policy/opt_out.h"
#include "store/refusal_repository.h"

namespace commsd::policy {

namespace {

Result<void> check_address(const ContactPreferences::Contact& contact) {
  if (contact.channel == plugin::ChannelKind::email) {
    if (is_email_address(contact.address)) return {};
    return fail(ErrorCode::invalid_argument,
                "'contactAddress' is not an e-mail address; expected one like name@example.com");
  }
  if (is_e164(contact.address)) return {};
  return fail(ErrorCode::invalid_argument,
              "'contactAddress' is not an E.164 number; expected '+', country code and number, "
              "digits only, like +14155552671");
}

std::string details(std::string_view channel, std::string_view consent_id, std::string_view type) {
  JsonWriter out;
  out.begin_object().field("channel", channel);
  if (!consent_id.empty()) out.field("consentId", consent_id);
  if (!type.empty()) out.field("type", type);
  return out.end_object().take();
}

Result<void> committed(const Result<store::UnitOutcome>& outcome) {
  if (!outcome) return fail(outcome.error());
  if (!outcome->committed) return fail(ErrorCode::unavailable, "nothing could be saved; try again");
  return {};
}

}  // namespace

std::string ContactPreferences::hash(std::string_view address) const {
  return contact_hash(contact_key_, address);
}

store::ConsentKey ContactPreferences::key_of(const Contact& contact) const {
  return {contact.org_id, contact.agent_id, std::string(plugin::to_string(contact.channel)),
          hash(contact.address)};
}

Task<Result<void>> ContactPreferences::check_contact(const Contact& contact) const {
  if (auto valid = check_address(contact); !valid) co_return fail(valid.error());
  auto agent = co_await agents_.find(contact.org_id, contact.agent_id);
  if (!agent) co_return fail(agent.error());
  if (!*agent) {
    co_return fail(ErrorCode::not_found,
                   "there is no agent '" + contact.agent_id + "' in this organization");
  }
  co_return Result<void>();
}

Task<Result<store::Consent>> ContactPreferences::record(Contact contact, Grant grant,
                                                        std::string actor) {
  Task<Result<void>> checking = check_contact(contact);
  const Result<void> valid = co_await std::move(checking);
  if (!valid) co_return fail(valid.error());
  const UnixMillis now = clock_.now();
  if (grant.expires_at && *grant.expires_at <= now) {
    co_return fail(ErrorCode::invalid_argument,
                   "'expiresAt' has passed; give a later moment, or none for no end");
  }
  store::Consent consent;
  consent.key = key_of(contact);
  auto before = co_await consents_.find(consent.key);
  if (!before) co_return fail(before.error());
  consent.id = *before ? (*before)->id : ids_.make("con");
  consent.type = std::move(grant.type);
  consent.status = "granted";
  consent.source = std::move(grant.source);
  consent.notes = std::move(grant.notes);
  consent.granted_at = now;
  consent.expires_at = grant.expires_at;

  store::UnitOfWork unit;
  store::SuppressionRepository::add_lock_contact(unit, consent.key.org_id,
                                                 consent.key.contact_hash);
  store::ConsentRepository::add_grant(unit, consent);
  audit_.add_entry(unit, {contact.org_id, actor, "consent_recorded", contact.agent_id,
                          details(consent.key.channel, consent.id, consent.type)});
  const Result<store::UnitOutcome> outcome = co_await store_.commit(std::move(unit));
  if (auto saved = committed(outcome); !saved) co_return fail(saved.error());
  co_return consent;
}

Task<Result<bool>> ContactPreferences::revoke(Contact contact, std::string actor) {
  Task<Result<void>> checking = check_contact(contact);
  const Result<void> valid = co_await std::move(checking);
  if (!valid) co_return fail(valid.error());
  const store::ConsentKey key = key_of(contact);
  auto before = co_await consents_.find(key);
  if (!before) co_return fail(before.error());
  const std::string id = *before ? (*before)->id : ids_.make("con");

  store::UnitOfWork unit;
  store::SuppressionRepository::add_lock_contact(unit, key.org_id, key.contact_hash);
  store::ConsentRepository::add_revoke(unit, key, id, "agent", clock_.now());
  store::RefusalRepository::add(unit, key.org_id, key.channel, key.contact_hash, clock_.now());
  audit_.add_entry(unit, {contact.org_id, actor, "consent_revoked", contact.agent_id,
                          details(key.channel, id, "")});
  const Result<store::UnitOutcome> outcome = co_await store_.commit(std::move(unit));
  if (auto saved = committed(outcome); !saved) co_return fail(saved.error());
  co_return *before && (*before)->status == "granted";
}

Task<Result<ContactPreferences::Standing>> ContactPreferences::check(Contact contact) const {
  Task<Result<void>> checking = check_contact(contact);
  const Result<void> valid = co_await std::move(checking);
  if (!valid) co_return fail(valid.error());
  const store::ConsentKey key = key_of(contact);
  auto consent = co_await consents_.find(key);
  if (!consent) co_return fail(consent.error());
  auto suppression =
      co_await suppressions_.find(key.org_id, key.agent_id, key.channel, key.contact_hash);
  if (!suppression) co_return fail(suppression.error());

  Standing standing;
  standing.consent = std::move(*consent);
  standing.opted_out = suppression->has_value();
  standing.valid = standing.consent && standing.consent->status == "granted" &&
                   (!standing.consent->expires_at || *standing.consent->expires_at > clock_.now());
  co_return standing;
}

Task<Result<void>> ContactPreferences::opt_out(std::string org_id, std::string channel,
                                               std::string contact_hash, std::string source,
                                               std::string actor) {
  store::UnitOfWork unit;
  add_opt_out(unit, org_id, channel, contact_hash, source, clock_.now());
  audit_.add_entry(unit, {org_id, actor, "contact_opted_out", source, details(channel, "", "")});
  const Result<store::UnitOutcome> outcome = co_await store_.commit(std::move(unit));
  co_return committed(outcome);
}

Task<Result<void>> ContactPreferences::block(Contact contact, std::string actor) {
  if (auto valid = check_address(contact); !valid) co_return fail(valid.error());
  store::ConsentKey key = key_of(contact);
  std::string source = "operator";
  Result<void> done =
      co_await opt_out(std::move(key.org_id), std::move(key.channel), std::move(key.contact_hash),
                       std::move(source), std::move(actor));
  co_return done;
}

Task<Result<void>> ContactPreferences::opt_in(Contact contact, std::string actor) {
  if (auto valid = check_address(contact); !valid) co_return fail(valid.error());
  const store::ConsentKey key = key_of(contact);
  auto before =
      co_await suppressions_.find(key.org_id, key.agent_id, key.channel, key.contact_hash);
  if (!before) co_return fail(before.error());
  if (!*before) {
    co_return fail(ErrorCode::not_found, "this contact has not opted out of the channel " +
                                             key.channel + " in this organization");
  }
  store::UnitOfWork unit;
  add_opt_in(unit, key.org_id, key.channel, key.contact_hash, clock_.now());
  audit_.add_entry(unit, {key.org_id, actor, "contact_opted_in", (*before)->source,
                          details(key.channel, "", "")});
  const Result<store::UnitOutcome> outcome = co_await store_.commit(std::move(unit));
  co_return committed(outcome);
}

void ContactPreferences::add_opt_out(store::UnitOfWork& unit, std::string_view org_id,
                                     std::string_view channel, std::string_view contact_hash,
                                     std::string_view source, UnixMillis at) {
  store::SuppressionRepository::add_lock_contact(unit, org_id, contact_hash);
  store::SuppressionRepository::add_suppression(
      unit, {std::string(org_id), "", std::string(channel), std::string(contact_hash),
             std::string(source), at});
  // A suspicion takes nothing away that could not be given back by lifting it.
  if (source == possible_opt_out) return;
  store::ConsentRepository::add_opt_out(unit, org_id, channel, contact_hash, at);
  store::RefusalRepository::add(unit, org_id, channel, contact_hash, at);
}

void ContactPreferences::add_opt_in(store::UnitOfWork& unit, std::string_view org_id,
                                    std::string_view channel, std::string_view contact_hash,
                                    UnixMillis at) {
  store::SuppressionRepository::add_lock_contact(unit, org_id, contact_hash);
  store::SuppressionRepository::add_remove_channel(unit, org_id, channel, contact_hash);
  store::ConsentRepository::add_opt_in(unit, org_id, channel, contact_hash, at);
  store::RefusalRepository::add_remove(unit, org_id, channel, contact_hash);
}

}  // namespace commsd::policy
