#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plugin/generation.h"
#include "plugin/provider_set.h"
#include "plugin/swap_rules.h"

namespace commsd::plugin {

/// Judges a generation that has just taken the place of another by how its operations end, compared
/// with how those of the old one did. It keeps the old one alive, so that it can be put back.
/// Immutable but for what the generations count; on one thread.
class SwapWatch {
 public:
  /// What went from where to where: a binding before and the one in its place.
  using Place = std::pair<std::shared_ptr<const Binding>, std::shared_ptr<const Binding>>;

  /// One watch per pair of generations, because the slots of one instance go back together.
  /// Places whose generation did not change, or that had none, are left out.
  static std::vector<SwapWatch> of(const std::vector<Place>& places, const SwapRules& rules);

  const std::shared_ptr<Generation>& now() const { return now_; }
  const std::shared_ptr<Generation>& before() const { return before_; }

  const SwapRules& rules() const { return rules_; }

  /// Why the new one fails; nothing while it does not.
  std::optional<std::string> failing() const;
  /// True when the new one has stood the test.
  bool over() const;

  /// `binding` as it was before, saying why; null when it is not of the new generation.
  std::shared_ptr<const Binding> put_back(const Binding& binding, const std::string& why) const;

 private:
  SwapWatch(std::shared_ptr<Generation> now, std::shared_ptr<Generation> before, SwapRules rules);

  std::shared_ptr<Generation> now_;
  std::shared_ptr<Generation> before_;
  std::vector<std::shared_ptr<const Binding>> old_;  // what was in its places
  SwapRules rules_;
  Generation::Tally first_;    // of the new one, when it took the place: it may have had another
  Generation::Tally earlier_;  // of the old one
  std::chrono::steady_clock::time_point end_;
};

}  // namespace commsd::plugin
