#include "store/consent_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

Consent from_row(const Row& row) {
  Consent consent;
  consent.key = {row.text("org_id"), row.text("agent_id"), row.text("channel"),
                 row.text("contact_hash")};
  consent.id = row.text("id");
  consent.type = row.text("consent_type");
  consent.status = row.text("status");
  consent.source = row.text("source");
  consent.notes = row.text("notes");
  consent.granted_at = row.maybe_integer("granted_at");
  consent.expires_at = row.maybe_integer("expires_at");
  consent.revoked_at = row.maybe_integer("revoked_at");
  consent.revoked_by = row.text("revoked_by");
  return consent;
}

Parameters key_parameters(const ConsentKey& key) {
  return {{"org_id", key.org_id},
          {"contact_hash", key.contact_hash},
          {"agent_id", key.agent_id},
          {"channel", key.channel}};
}

}  // namespace

Task<Result<std::optional<Consent>>> ConsentRepository::find(const ConsentKey& key) const {
  return read_optional(store_, "consents.find", key_parameters(key), from_row);
}

void ConsentRepository::add_grant(UnitOfWork& unit, const Consent& consent) {
  Parameters parameters = key_parameters(consent.key);
  parameters.push_back({"id", consent.id});
  parameters.push_back({"consent_type", consent.type});
  parameters.push_back({"source", text_or_null(consent.source)});
  parameters.push_back({"notes", text_or_null(consent.notes)});
  parameters.push_back({"granted_at", nullable(consent.granted_at)});
  parameters.push_back({"expires_at", nullable(consent.expires_at)});
  unit.run("consents.grant", std::move(parameters));
}

void ConsentRepository::add_implied(UnitOfWork& unit, const Consent& consent) {
  Parameters parameters = key_parameters(consent.key);
  parameters.push_back({"id", consent.id});
  parameters.push_back({"granted_at", nullable(consent.granted_at)});
  parameters.push_back({"expires_at", nullable(consent.expires_at)});
  unit.run("consents.imply", std::move(parameters));
}

void ConsentRepository::add_revoke(UnitOfWork& unit, const ConsentKey& key, std::string_view id,
                                   std::string_view by, UnixMillis at) {
  Parameters parameters = key_parameters(key);
  parameters.push_back({"id", text_value(id)});
  parameters.push_back({"source", text_value(by)});
  parameters.push_back({"revoked_at", at});
  unit.run("consents.revoke", std::move(parameters));
}

void ConsentRepository::add_opt_out(UnitOfWork& unit, std::string_view org_id,
                                    std::string_view channel, std::string_view contact_hash,
                                    UnixMillis at) {
  unit.run("consents.opt_out", {{"org_id", text_value(org_id)},
                                {"channel", text_value(channel)},
                                {"contact_hash", text_value(contact_hash)},
                                {"at", at}});
}

void ConsentRepository::add_opt_in(UnitOfWork& unit, std::string_view org_id,
                                   std::string_view channel, std::string_view contact_hash,
                                   UnixMillis at) {
  unit.run("consents.opt_in", {{"org_id", text_value(org_id)},
                               {"channel", text_value(channel)},
                               {"contact_hash", text_value(contact_hash)},
                               {"at", at}});
}

void ConsentRepository::add_require_not_revoked(UnitOfWork& unit, const ConsentKey& key) {
  unit.expect(1, "consents.require_not_revoked", key_parameters(key));
}

void ConsentRepository::add_require_granted(UnitOfWork& unit, const ConsentKey& key,
                                            const SufficientConsent& sufficient) {
  Parameters parameters = key_parameters(key);
  parameters.push_back({"first_type", text_value(sufficient.types[0])});
  parameters.push_back({"second_type", text_value(sufficient.types[1])});
  parameters.push_back({"third_type", text_value(sufficient.types[2])});
  parameters.push_back({"granted_after", sufficient.granted_after});
  parameters.push_back({"implied_after", sufficient.implied_after});
  parameters.push_back({"now", sufficient.now});
  parameters.push_back({"evidence", std::int64_t{sufficient.evidence ? 1 : 0}});
  unit.expect(1, "consents.require_granted", std::move(parameters));
}

}  // namespace commsd::store
