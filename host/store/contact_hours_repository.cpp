#include "store/contact_hours_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

ContactHoursRepository::Hour from_row(const Row& row) {
  return {row.integer("hour"), row.integer("count")};
}

}  // namespace

Task<Result<std::vector<ContactHoursRepository::Hour>>> ContactHoursRepository::since(
    std::string_view org_id, std::string_view contact_hash, std::int64_t since,
    std::int64_t until) const {
  return read_all(store_, "contact_hours.since",
                  {{"org_id", text_value(org_id)},
                   {"contact_hash", text_value(contact_hash)},
                   {"since", since},
                   {"until", until}},
                  from_row);
}

void ContactHoursRepository::add_require_below(UnitOfWork& unit, std::string_view org_id,
                                               std::string_view contact_hash, std::int64_t since,
                                               std::int64_t until, std::int64_t most) {
  unit.expect(1, "contact_hours.require_below",
              {{"org_id", text_value(org_id)},
               {"contact_hash", text_value(contact_hash)},
               {"since", since},
               {"until", until},
               {"most", most}});
}

void ContactHoursRepository::add_count(UnitOfWork& unit, std::string_view org_id,
                                       std::string_view contact_hash, std::int64_t hour) {
  unit.run(
      "contact_hours.add",
      {{"org_id", text_value(org_id)}, {"contact_hash", text_value(contact_hash)}, {"hour", hour}});
}

}  // namespace commsd::store
