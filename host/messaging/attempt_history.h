#pragma once

#include <string_view>
#include <vector>

#include "store/records.h"

namespace commsd::messaging {

/// Adds the two lines that an attempt is in the history of its message or call, or the one while it
/// is under way. `taken` is the state of what a vendor took.
void add_attempt_lines(std::vector<store::TimelineEntry>& timeline,
                       const store::AttemptRecord& attempt, std::string_view taken);

/// By time; what happened at the same moment stays in its order.
void sort_by_time(std::vector<store::TimelineEntry>& timeline);

}  // namespace commsd::messaging
