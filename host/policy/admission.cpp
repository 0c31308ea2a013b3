#include "policy/admission.h"

#include <algorithm>

#include "store/contact_hours_repository.h"

namespace commsd::policy {

void Admission::require(store::UnitOfWork steps, Error refusal) {
  guards_.push_back({std::move(steps), std::move(refusal)});
}

void Admission::require_below(ContactLimit limit, Error refusal) {
  store::UnitOfWork below;
  store::ContactHoursRepository::add_require_below(below, limit.org_id, limit.contact_hash,
                                                   limit.hour - limit.window_hours, limit.hour,
                                                   limit.count);
  guards_.push_back({std::move(below), std::move(refusal), std::move(limit)});
}

void Admission::add_to(store::UnitOfWork& unit) {
  for (Guard& guard : guards_) {
    guard.first = unit.steps().size();
    unit.append(std::move(guard.steps));
    guard.end = unit.steps().size();
  }
}

std::optional<Error> Admission::refusal(std::size_t failed_step) const {
  const Guard* guard = guard_of(failed_step);
  return guard ? std::optional<Error>(guard->refusal) : std::nullopt;
}

const Admission::ContactLimit* Admission::limit(std::size_t failed_step) const {
  const Guard* guard = guard_of(failed_step);
  return guard && guard->limit ? &*guard->limit : nullptr;
}

const Admission::Guard* Admission::guard_of(std::size_t failed_step) const {
  const auto found = std::find_if(guards_.begin(), guards_.end(), [&](const Guard& guard) {
    return failed_step >= guard.first && failed_step < guard.end;
  });
  return found == guards_.end() ? nullptr : &*found;
}

}  // namespace commsd::policy
