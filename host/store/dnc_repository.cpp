#include "store/dnc_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

DncList from_row(const Row& row) {
  return {everyone_to_empty(row.text("org_id")),
          row.text("name"),
          row.text("country"),
          row.integer("checked_at"),
          row.integer("imported_at"),
          row.integer("entries")};
}

}  // namespace

Task<Result<std::vector<DncList>>> DncRepository::all_lists() const {
  return read_all(store_, "dnc.all_lists", {}, from_row);
}

void DncRepository::add_entry(UnitOfWork& unit, const DncList& list,
                              std::string_view contact_hash) {
  unit.run("dnc.add_entry", {{"org_id", text_or_everyone(list.org_id)},
                             {"contact_hash", text_value(contact_hash)},
                             {"country", list.country},
                             {"name", list.name},
                             {"imported_at", list.imported_at}});
}

void DncRepository::add_list(UnitOfWork& unit, const DncList& list) {
  unit.run("dnc.save_list", {{"org_id", text_or_everyone(list.org_id)},
                             {"name", list.name},
                             {"country", list.country},
                             {"checked_at", list.checked_at},
                             {"imported_at", list.imported_at},
                             {"entries", list.entries}});
  unit.run("dnc.drop_older", {{"org_id", text_or_everyone(list.org_id)},
                              {"country", list.country},
                              {"name", list.name},
                              {"imported_at", list.imported_at}});
}

}  // namespace commsd::store
