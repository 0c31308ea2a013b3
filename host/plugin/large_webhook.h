#pragma once

#include <cstddef>

namespace commsd::plugin {

/// Bytes of the longest webhook that is taken in on the event loop it came to. Most have a few KB.
/// Of a mail of tens of MB, signature, parsing and what is done with the files took 15 ms for each
/// MB, in which nobody else on that loop was served; so a longer one has another thread.
constexpr std::size_t longest_webhook_on_loop = std::size_t{1024} * 1024;

}  // namespace commsd::plugin
