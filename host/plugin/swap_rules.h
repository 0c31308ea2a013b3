#pragma once

#include <chrono>
#include <cstdint>

namespace commsd::plugin {

/// How a generation that has just taken the place of another is watched; see SwapWatch.
struct SwapRules {
  std::chrono::milliseconds window{120'000};    // after that it has stood the test,
  std::uint64_t operations = 50;                // as it has after so many operations
  std::uint64_t fewest_faults = 3;              // fewer prove nothing
  double worse_by = 0.2;                        // more faults per operation than the old one had
  std::chrono::milliseconds look_every{200};    // at how its operations ended
  std::chrono::milliseconds ask_every{10'000};  // about its health
  std::chrono::milliseconds drain{30'000};      // for operations of what was replaced
};

}  // namespace commsd::plugin
