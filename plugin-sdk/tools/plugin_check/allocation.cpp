#include "allocation.h"

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>

namespace comms::check::allocation {
namespace {

thread_local bool plugin_side = false;
std::atomic<std::int64_t> blocks{0};
std::atomic<std::int64_t> held{0};
std::atomic<std::int64_t> peak{0};
std::atomic<std::int64_t> until_failure{-1};
std::atomic<bool> reached{false};

}  // namespace

Side::Side(bool of_plugin) : before_(plugin_side) {
  plugin_side = of_plugin;
}
Side::~Side() {
  plugin_side = before_;
}

std::int64_t live_blocks() {
  return blocks;
}
std::int64_t live_bytes() {
  return held;
}
std::int64_t peak_bytes() {
  return peak;
}
void reset_peak() {
  peak = held.load();
}
void fail_at(std::int64_t index) {
  if (index >= 0) reached = false;
  until_failure = index;
}
bool failed() {
  return reached;
}

#if defined(COMMSD_SANITIZED) || !defined(__GLIBC__)

bool available() {
  return false;
}

#else

bool available() {
  return true;
}

namespace {

bool refused() {
  if (!plugin_side || until_failure < 0) return false;
  if (until_failure-- != 0) return false;
  reached = true;
  errno = ENOMEM;
  return true;
}

void* taken(void* block) {
  if (!block || !plugin_side) return block;
  ++blocks;
  const std::int64_t now = held += static_cast<std::int64_t>(malloc_usable_size(block));
  if (now > peak) peak = now;
  return block;
}

void given_back(void* block) {
  if (!block || !plugin_side) return;
  --blocks;
  held -= static_cast<std::int64_t>(malloc_usable_size(block));
}

struct Start {
  void* (*run)(void*);
  void* argument;
};

}  // namespace
#endif

}  // namespace comms::check::allocation

#if !defined(COMMSD_SANITIZED) && defined(__GLIBC__)

// The real ones, under names that glibc keeps for programs with an allocator of their own.
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);
}

namespace comms::check::allocation {
namespace {

void* run_on_plugin_side(void* start) {
  plugin_side = true;
  const Start begun = *static_cast<Start*>(start);
  __libc_free(start);
  return begun.run(begun.argument);
}

}  // namespace
}  // namespace comms::check::allocation

namespace allocation = comms::check::allocation;

extern "C" {

void* malloc(std::size_t size) {
  return allocation::refused() ? nullptr : allocation::taken(__libc_malloc(size));
}

void* calloc(std::size_t count, std::size_t size) {
  return allocation::refused() ? nullptr : allocation::taken(__libc_calloc(count, size));
}

void* realloc(void* block, std::size_t size) {
  if (allocation::refused()) return nullptr;
  allocation::given_back(block);
  void* grown = __libc_realloc(block, size);
  allocation::taken(grown || size == 0 ? grown : block);
  return grown;
}

void* memalign(std::size_t alignment, std::size_t size) {
  return allocation::refused() ? nullptr : allocation::taken(__libc_memalign(alignment, size));
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return memalign(alignment, size);
}

int posix_memalign(void** out, std::size_t alignment, std::size_t size) {
  void* block = memalign(alignment, size);
  if (!block) return ENOMEM;
  *out = block;
  return 0;
}

void free(void* block) {
  allocation::given_back(block);
  __libc_free(block);
}

// A thread that a plugin starts runs its code too: libcurl resolves names in one, which frees what
// the plugin's thread made for it.
int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*run)(void*),
                   void* argument) {
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto real = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  if (!allocation::plugin_side) return real(thread, attributes, run, argument);
  void* start = __libc_malloc(sizeof(allocation::Start));
  if (!start) return EAGAIN;
  *static_cast<allocation::Start*>(start) = {run, argument};
  const int error = real(thread, attributes, &allocation::run_on_plugin_side, start);
  if (error != 0) __libc_free(start);
  return error;
}
}

#endif
