#include "memory_reserve.h"

#include <cstdlib>
#include <new>

namespace espeak::memory_reserve {

namespace {
void* block = nullptr;  // for good, as the engine is; pages that nobody touches cost nothing
}

void hold() {
  if (!block) block = std::malloc(size);
  if (!block) throw std::bad_alloc();
}

bool give_up() noexcept {
  if (!block) return false;
  std::free(block);
  block = nullptr;
  return true;
}

}  // namespace espeak::memory_reserve

// The linker sends the library's calls here (--wrap); our own allocations are of operator new.
extern "C" {

// NOLINTBEGIN(bugprone-reserved-identifier): ld's names
void* __real_malloc(std::size_t size);
void* __real_calloc(std::size_t count, std::size_t size);
void* __real_realloc(void* old, std::size_t size);

void* __wrap_malloc(std::size_t size) {
  void* made = __real_malloc(size);
  return made || !espeak::memory_reserve::give_up() ? made : __real_malloc(size);
}

void* __wrap_calloc(std::size_t count, std::size_t size) {
  void* made = __real_calloc(count, size);
  return made || !espeak::memory_reserve::give_up() ? made : __real_calloc(count, size);
}

void* __wrap_realloc(void* old, std::size_t size) {
  void* made = __real_realloc(old, size);
  return made || size == 0 || !espeak::memory_reserve::give_up() ? made : __real_realloc(old, size);
}
// NOLINTEND(bugprone-reserved-identifier)
}
