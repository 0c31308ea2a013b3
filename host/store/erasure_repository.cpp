#include "store/erasure_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

Erasure from_row(const Row& row) {
  Erasure erasure;
  erasure.id = row.text("id");
  erasure.org_id = row.text("org_id");
  erasure.contact_hash = row.text("contact_hash");
  erasure.sealed_contact = row.text("sealed_contact");
  erasure.status = row.text("status");
  erasure.worker = row.text("worker");
  erasure.lease_until = row.integer("lease_until");
  erasure.counts_json = row.text("counts_json");
  erasure.requested_at = row.integer("requested_at");
  erasure.completed_at = row.maybe_integer("completed_at");
  return erasure;
}

std::string id_from_row(const Row& row) {
  return row.text("id");
}

}  // namespace

Task<Result<std::optional<Erasure>>> ErasureRepository::find(std::string_view org_id,
                                                             std::string_view id) const {
  return read_optional(store_, "erasures.find",
                       {{"org_id", text_value(org_id)}, {"id", text_value(id)}}, from_row);
}

Task<Result<std::optional<Erasure>>> ErasureRepository::find_pending(
    std::string_view org_id, std::string_view contact_hash) const {
  return read_optional(store_, "erasures.find_pending",
                       {{"org_id", text_value(org_id)}, {"contact_hash", text_value(contact_hash)}},
                       from_row);
}

Task<Result<std::vector<Erasure>>> ErasureRepository::due(UnixMillis now,
                                                          std::int64_t limit) const {
  return read_all(store_, "erasures.due", {{"now", now}, {"limit", limit}}, from_row);
}

Task<Result<std::vector<Erasure>>> ErasureRepository::pending() const {
  return read_all(store_, "erasures.pending", {}, from_row);
}

void ErasureRepository::add_reseal(UnitOfWork& unit, const Erasure& erasure,
                                   std::string_view sealed_before) {
  unit.expect(1, "erasures.reseal",
              {{"org_id", erasure.org_id},
               {"id", erasure.id},
               {"sealed_contact", erasure.sealed_contact},
               {"sealed_contact_before", text_value(sealed_before)}});
}

Task<Result<std::vector<std::string>>> ErasureRepository::waiting_messages(
    std::string_view org_id, std::string_view address, std::int64_t limit) const {
  return read_all(
      store_, "erasure.waiting",
      {{"org_id", text_value(org_id)}, {"address", text_value(address)}, {"limit", limit}},
      id_from_row);
}

Task<Result<std::int64_t>> ErasureRepository::under_way(std::string_view org_id,
                                                        std::string_view address) const {
  return read_count(store_, "erasure.under_way",
                    {{"org_id", text_value(org_id)}, {"address", text_value(address)}});
}

Task<Result<bool>> ErasureRepository::is_own_address(std::string_view org_id,
                                                     std::string_view address) const {
  Task<Result<std::int64_t>> counting =
      read_count(store_, "erasure.own_address",
                 {{"org_id", text_value(org_id)}, {"address", text_value(address)}});
  Result<std::int64_t> count = co_await std::move(counting);
  if (!count) co_return fail(count.error());
  co_return *count > 0;
}

Task<Result<std::int64_t>> ErasureRepository::suppressions(std::string_view org_id,
                                                           std::string_view contact_hash) const {
  return read_count(store_, "suppressions.count_of_contact",
                    {{"org_id", text_value(org_id)}, {"contact_hash", text_value(contact_hash)}});
}

void ErasureRepository::add(UnitOfWork& unit, const Erasure& erasure) {
  unit.expect(1, "erasures.add",
              {{"id", erasure.id},
               {"org_id", erasure.org_id},
               {"contact_hash", erasure.contact_hash},
               {"sealed_contact", erasure.sealed_contact},
               {"worker", erasure.worker},
               {"lease_until", erasure.lease_until},
               {"at", erasure.requested_at}});
}

void ErasureRepository::add_claim(UnitOfWork& unit, const Erasure& erasure, UnixMillis now) {
  unit.expect(1, "erasures.claim",
              {{"org_id", erasure.org_id},
               {"id", erasure.id},
               {"worker", erasure.worker},
               {"lease_until", erasure.lease_until},
               {"now", now}});
}

void ErasureRepository::add_progress(UnitOfWork& unit, const Erasure& erasure) {
  unit.run("erasures.progress", {{"org_id", erasure.org_id},
                                 {"id", erasure.id},
                                 {"counts_json", text_or_null(erasure.counts_json)},
                                 {"lease_until", erasure.lease_until}});
}

void ErasureRepository::add_finish(UnitOfWork& unit, const Erasure& erasure) {
  unit.expect(1, "erasures.finish",
              {{"org_id", erasure.org_id},
               {"id", erasure.id},
               {"counts_json", text_or_null(erasure.counts_json)},
               {"at", nullable(erasure.completed_at)}});
}

}  // namespace commsd::store
