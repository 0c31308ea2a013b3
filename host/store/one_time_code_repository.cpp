#include "store/one_time_code_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

OneTimeCode from_row(const Row& row) {
  OneTimeCode code;
  code.id = row.text("id");
  code.code_hash = row.text("code_hash");
  code.guesses = row.integer("guesses");
  code.created_at = row.integer("created_at");
  code.expires_at = row.integer("expires_at");
  code.used_at = row.maybe_integer("used_at");
  return code;
}

}  // namespace

Task<Result<std::optional<OneTimeCode>>> OneTimeCodeRepository::newest(
    std::string_view org_id, std::string_view agent_id, std::string_view contact_hash) const {
  return read_optional(store_, "one_time_codes.newest",
                       {{"org_id", text_value(org_id)},
                        {"agent_id", text_value(agent_id)},
                        {"contact_hash", text_value(contact_hash)}},
                       from_row);
}

void OneTimeCodeRepository::add_create(UnitOfWork& unit, const OneTimeCode& code, UnixMillis since,
                                       std::int64_t most) {
  unit.run("one_time_codes.lock", {{"org_id", code.org_id}, {"contact_hash", code.contact_hash}});
  unit.expect(1, "one_time_codes.create",
              {{"id", code.id},
               {"org_id", code.org_id},
               {"agent_id", code.agent_id},
               {"contact_hash", code.contact_hash},
               {"code_hash", code.code_hash},
               {"created_at", code.created_at},
               {"expires_at", code.expires_at},
               {"since", since},
               {"most", most}});
}

void OneTimeCodeRepository::add_guess(UnitOfWork& unit, std::string_view org_id,
                                      std::string_view agent_id, std::string_view contact_hash,
                                      std::int64_t most, UnixMillis now) {
  unit.fetch("one_time_codes.guess", {{"org_id", text_value(org_id)},
                                      {"agent_id", text_value(agent_id)},
                                      {"contact_hash", text_value(contact_hash)},
                                      {"most", most},
                                      {"now", now}});
}

void OneTimeCodeRepository::add_use(UnitOfWork& unit, std::string_view org_id, std::string_view id,
                                    UnixMillis now) {
  unit.expect(1, "one_time_codes.use",
              {{"org_id", text_value(org_id)}, {"id", text_value(id)}, {"now", now}});
}

}  // namespace commsd::store
