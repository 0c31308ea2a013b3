#include "process_state.h"

#include <chrono>
#include <filesystem>
#include <iterator>
#include <thread>

namespace comms::check {
namespace {

std::size_t entries(const char* folder) {
  std::error_code ignored;
  const std::filesystem::directory_iterator list(folder, ignored);
  return static_cast<std::size_t>(std::distance(list, std::filesystem::directory_iterator()));
}

}  // namespace

std::size_t open_files() {
  return entries("/proc/self/fd");
}

std::size_t threads() {
  return entries("/proc/self/task");
}

std::size_t threads_after_a_while(std::size_t expected) {
  for (int i = 0; i < 100 && threads() > expected; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return threads();
}

}  // namespace comms::check
