#pragma once

#include <cstddef>

namespace espeak {

/// libespeak-ng does not look at what malloc() gives it for its small blocks (SelectTranslator()
/// copies into it), so that it must not come back with nothing. While the library works, a block is
/// held that is given up when memory runs out, and the library's request made again. Where even the
/// block cannot be had, nothing is begun.
namespace memory_reserve {

/// What the library asks for in one go is smaller, but for files of its data: there it looks.
constexpr std::size_t size = 256 * 1024;

/// Throws std::bad_alloc. To be called under the engine's lock, before the library is.
void hold();
/// Whether there was something to give up.
bool give_up() noexcept;

}  // namespace memory_reserve

}  // namespace espeak
