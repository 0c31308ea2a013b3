#include "ops/process_metrics.h"

#include <ctime>
#include <dirent.h>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

namespace commsd::ops {

namespace {

/// Fields of /proc/self/stat after the command's name, so that [0] is field 3 of proc(5).
std::vector<std::string> stat_fields() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  std::istringstream fields(line.substr(std::min(line.size(), line.rfind(')') + 1)));
  std::vector<std::string> result;
  for (std::string field; fields >> field;) result.push_back(field);
  return result;
}

std::int64_t number(const std::vector<std::string>& fields, std::size_t at) {
  return at < fields.size() ? std::strtoll(fields[at].c_str(), nullptr, 10) : 0;
}

std::int64_t open_files() {
  DIR* directory = ::opendir("/proc/self/fd");
  if (!directory) return 0;
  std::int64_t count = -3;  // ".", ".." and the directory itself
  while (::readdir(directory)) ++count;
  ::closedir(directory);
  return count;
}

std::int64_t boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("btime ")) return std::strtoll(line.c_str() + 6, nullptr, 10);
  }
  return 0;
}

}  // namespace

ProcessMetrics::ProcessMetrics(telemetry::Metrics& metrics)
    : memory_(metrics.gauge("process_resident_memory_bytes", "Resident memory.")),
      open_files_(metrics.gauge("process_open_fds", "Open file descriptors.")),
      most_files_(metrics.gauge("process_max_fds", "Limit of open file descriptors.")),
      threads_(metrics.gauge("process_threads", "Threads.")),
      started_(metrics.gauge("process_start_time_seconds", "Start, in seconds since 1970.")),
      cpu_(metrics.gauge("process_cpu_seconds_total", "CPU time, user and system.")) {}

void ProcessMetrics::update() {
  const std::vector<std::string> fields = stat_fields();
  const std::int64_t ticks = ::sysconf(_SC_CLK_TCK);
  memory_.set(number(fields, 21) * ::sysconf(_SC_PAGESIZE));
  threads_.set(number(fields, 17));
  cpu_.set((number(fields, 11) + number(fields, 12)) / ticks);
  started_.set(boot_time() + number(fields, 19) / ticks);
  open_files_.set(open_files());
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    most_files_.set(static_cast<std::int64_t>(limit.rlim_cur));
  }
}

}  // namespace commsd::ops
