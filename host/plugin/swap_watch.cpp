#include "plugin/swap_watch.h"

#include <algorithm>
#include <utility>

namespace commsd::plugin {
namespace {

double ratio(const Generation::Tally& tally) {
  return tally.operations == 0
             ? 0
             : static_cast<double>(tally.faults) / static_cast<double>(tally.operations);
}

Generation::Tally since(const Generation::Tally& first, const Generation::Tally& now) {
  return {now.operations - first.operations, now.faults - first.faults};
}

std::string in_words(const Generation::Tally& tally) {
  return std::to_string(tally.faults) + " of " + std::to_string(tally.operations);
}

bool is_same_place(const Binding& left, const Binding& right) {
  return left.slot == right.slot && left.role == right.role &&
         left.organization == right.organization && left.agent == right.agent &&
         (left.role != "fallback" || left.name == right.name);
}

}  // namespace

SwapWatch::SwapWatch(std::shared_ptr<Generation> now, std::shared_ptr<Generation> before,
                     SwapRules rules)
    : now_(std::move(now)),
      before_(std::move(before)),
      rules_(rules),
      first_(now_->tally()),
      earlier_(before_->tally()),
      end_(std::chrono::steady_clock::now() + rules_.window) {}

std::vector<SwapWatch> SwapWatch::of(const std::vector<Place>& places, const SwapRules& rules) {
  std::vector<SwapWatch> watches;
  for (const auto& [was, is] : places) {
    if (!was) continue;
    const std::shared_ptr<Generation>& before = was->generation;
    const std::shared_ptr<Generation>& now = is->generation;
    if (!before || !now || before == now) continue;
    auto found = std::find_if(watches.begin(), watches.end(), [&](const SwapWatch& watch) {
      return watch.now_ == now && watch.before_ == before;
    });
    if (found == watches.end()) {
      watches.push_back(SwapWatch(now, before, rules));
      found = watches.end() - 1;
    }
    found->old_.push_back(was);
  }
  return watches;
}

std::optional<std::string> SwapWatch::failing() const {
  if (now_->stuck()) return "it did not return from a call";
  const Generation::Tally tally = since(first_, now_->tally());
  if (tally.faults < rules_.fewest_faults || ratio(tally) <= ratio(earlier_) + rules_.worse_by) {
    return std::nullopt;
  }
  return in_words(tally) + " operations failed, and " + in_words(earlier_) + " before it";
}

bool SwapWatch::over() const {
  return std::chrono::steady_clock::now() >= end_ ||
         since(first_, now_->tally()).operations >= rules_.operations;
}

std::shared_ptr<const Binding> SwapWatch::put_back(const Binding& binding,
                                                   const std::string& why) const {
  if (binding.generation != now_) return nullptr;
  for (const auto& old : old_) {
    if (!is_same_place(*old, binding)) continue;
    auto back = std::make_shared<Binding>(*old);
    back->state.reason = "generation " + std::to_string(now_->number()) + " (" +
                         now_->manifest().version + ") was put in force and taken back: " + why;
    return back;
  }
  return nullptr;
}

}  // namespace commsd::plugin
