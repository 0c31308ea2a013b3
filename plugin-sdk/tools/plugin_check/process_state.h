#pragma once

#include <cstddef>

namespace comms::check {

// Of this process, from /proc.
std::size_t open_files();
std::size_t threads();
/// Waits, at most a second, for threads that are ending; the number that is left.
std::size_t threads_after_a_while(std::size_t expected);

}  // namespace comms::check
