#include "base/resident_memory.h"

#include <charconv>
#include <cstdint>
#include <fstream>
#include <malloc.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/mman.h>

namespace commsd {
namespace {

struct Mapping {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  bool of_a_file = false;
  bool writable = false;
};

/// "55ab656ee000-55ab6589f000 r-xp 001b0000 fe:00 6341330    /usr/bin/commsd"; nothing for the
/// lines that follow it in smaps (proc_pid_smaps(5)), some of which begin with a hexadecimal digit
/// too.
std::optional<Mapping> read_mapping(std::string_view line) {
  Mapping mapping;
  const char* const end = line.data() + line.size();
  const auto begins = std::from_chars(line.data(), end, mapping.begin, 16);
  if (begins.ec != std::errc() || begins.ptr == end || *begins.ptr != '-') return std::nullopt;
  const auto ends = std::from_chars(begins.ptr + 1, end, mapping.end, 16);
  if (ends.ec != std::errc() || end - ends.ptr < 6 || *ends.ptr != ' ') return std::nullopt;
  mapping.writable = ends.ptr[2] == 'w';
  mapping.of_a_file = line.find(" /") != std::string_view::npos;
  return mapping;
}

}  // namespace

void return_freed_memory() {
  malloc_trim(0);
}

void unmap_program_pages() {
  std::ifstream maps("/proc/self/smaps");
  Mapping mapping;
  for (std::string line; std::getline(maps, line);) {
    if (const auto next = read_mapping(line)) {
      mapping = *next;
      continue;
    }
    // A page that was written, as tables of addresses are before they become read-only, is in no
    // file: it would be lost.
    constexpr std::string_view written = "Anonymous:";
    if (!line.starts_with(written) || !mapping.of_a_file || mapping.writable) continue;
    if (!line.ends_with(" 0 kB")) continue;
    madvise(reinterpret_cast<void*>(mapping.begin), mapping.end - mapping.begin, MADV_DONTNEED);
  }
}

}  // namespace commsd
