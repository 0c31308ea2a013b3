#include "base/resident_memory.h"

#include <cstdint>
#include <fcntl.h>
#include <fstream>
#include <memory>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

namespace commsd {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t pages = 64;

/// A private mapping of a file of its own, as programs and libraries are mapped.
class Mapped {
 public:
  Mapped() {
    std::string path = testing::TempDir() + "resident_memory_XXXXXX";
    file_ = mkstemp(path.data());
    unlink(path.c_str());
    const std::string text(pages * page, 'f');
    EXPECT_EQ(write(file_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    void* at = mmap(nullptr, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE, file_, 0);
    EXPECT_NE(at, MAP_FAILED);
    bytes_ = static_cast<char*>(at);
  }
  ~Mapped() {
    munmap(bytes_, pages * page);
    close(file_);
  }
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;

  void protect() { EXPECT_EQ(mprotect(bytes_, pages * page, PROT_READ), 0); }
  void put(std::size_t at, char value) { bytes_[at * page] = value; }
  std::string first_bytes() const {
    std::string read;
    for (std::size_t at = 0; at < pages; ++at) read += bytes_[at * page];
    return read;
  }
  /// Kilobytes of it that are mapped now (proc_pid_smaps(5)).
  long resident() const {
    std::ifstream maps("/proc/self/smaps");
    bool own = false;
    for (std::string line; std::getline(maps, line);) {
      std::size_t digits = 0;
      if (line.find('-') != std::string::npos && line.find(':') > line.find(' ')) {
        own = std::stoull(line, &digits, 16) == reinterpret_cast<std::uintptr_t>(bytes_);
      }
      if (own && line.starts_with("Rss:")) return std::stol(line.substr(4));
    }
    return -1;
  }

 private:
  int file_ = -1;
  char* bytes_ = nullptr;
};

TEST(ResidentMemory, PagesOfFilesAreLetGoAndComeBack) {
  Mapped mapped;
  mapped.protect();
  EXPECT_EQ(mapped.first_bytes(), std::string(pages, 'f'));
  EXPECT_GT(mapped.resident(), 0);
  unmap_program_pages();
  EXPECT_EQ(mapped.resident(), 0);
  EXPECT_EQ(mapped.first_bytes(), std::string(pages, 'f'));
}

TEST(ResidentMemory, WhatWasWrittenIsKept) {
  Mapped protected_later;
  protected_later.put(3, 'w');
  protected_later.protect();
  Mapped writable;
  writable.put(5, 'w');
  unmap_program_pages();
  EXPECT_EQ(protected_later.first_bytes()[3], 'w');
  EXPECT_EQ(writable.first_bytes()[5], 'w');
}

TEST(ResidentMemory, FreedMemoryIsReturnedAndTheRestKept) {
  std::vector<std::unique_ptr<std::string>> blocks;
  for (int count = 0; count < 20'000; ++count) {
    blocks.push_back(std::make_unique<std::string>(1'000, 'k'));
  }
  const auto resident = [] {
    long all = 0;
    long own = 0;
    std::ifstream("/proc/self/statm") >> all >> own;
    return own * static_cast<long>(page);
  };
  // Every hundredth stays, so that the freed ones are between others.
  for (std::size_t at = 0; at < blocks.size(); ++at) {
    if (at % 100 != 0) blocks[at].reset();
  }
  [[maybe_unused]] const long before = resident();
  return_freed_memory();
#ifndef COMMSD_SANITIZED  // their allocators keep what is freed, to find its use
  EXPECT_LT(resident(), before - 10'000'000);
#endif
  for (std::size_t at = 0; at < blocks.size(); at += 100) {
    EXPECT_EQ(*blocks[at], std::string(1'000, 'k'));
  }
}

}  // namespace
}  // namespace commsd
