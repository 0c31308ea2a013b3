#include "store/refusal_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

Parameters key(std::string_view org_id, std::string_view channel, std::string_view contact_hash) {
  return {{"org_id", text_value(org_id)},
          {"channel", text_or_everyone(channel)},
          {"contact_hash", text_value(contact_hash)}};
}

Task<Result<std::optional<UnixMillis>>> read_latest(Store* store, Parameters parameters) {
  Result<Rows> rows = co_await store->query("refusals.latest", std::move(parameters));
  if (!rows) co_return fail(rows.error());
  std::optional<UnixMillis> latest;
  if (!rows->empty()) latest = rows->front().maybe_integer("refused_at");
  co_return latest;
}

}  // namespace

Task<Result<std::optional<UnixMillis>>> RefusalRepository::latest(
    std::string_view org_id, std::string_view channel, std::string_view contact_hash) const {
  return read_latest(&store_, key(org_id, channel, contact_hash));
}

void RefusalRepository::add(UnitOfWork& unit, std::string_view org_id, std::string_view channel,
                            std::string_view contact_hash, UnixMillis at) {
  Parameters parameters = key(org_id, channel, contact_hash);
  parameters.push_back({"at", at});
  unit.run("refusals.add", std::move(parameters));
}

void RefusalRepository::add_remove(UnitOfWork& unit, std::string_view org_id,
                                   std::string_view channel, std::string_view contact_hash) {
  unit.run("refusals.remove", key(org_id, channel, contact_hash));
}

void RefusalRepository::add_require_none_after(UnitOfWork& unit, std::string_view org_id,
                                               std::string_view channel,
                                               std::string_view contact_hash, UnixMillis after) {
  Parameters parameters = key(org_id, channel, contact_hash);
  parameters.push_back({"after", after});
  unit.expect(1, "refusals.require_none_after", std::move(parameters));
}

}  // namespace commsd::store
