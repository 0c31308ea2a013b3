#include "policy/admission.h"

namespace commsd::policy {

void Admission::require(store::UnitOfWork steps, Error refusal) {
  guards_.push_back({std::move(steps), std::move(refusal), 0, 0});
}

void Admission::add_to(store::UnitOfWork& unit) {
  for (Guard& guard : guards_) {
    guard.first = unit.steps().size();
    unit.append(std::move(guard.steps));
    guard.end = unit.steps().size();
  }
}

std::optional<Error> Admission::refusal(std::size_t failed_step) const {
  for (const Guard& guard : guards_) {
    if (failed_step >= guard.first && failed_step < guard.end) return guard.refusal;
  }
  return std::nullopt;
}

}  // namespace commsd::policy
