// What forty plugins cost: the SDK's two examples, twenty copies of each with ids of their own,
// loaded as the server loads them. Each line is a process of its own, the better of five, because
// what is mapped stays mapped:
//   first      the verdicts of the probe are not known yet: forty child processes
//   again      they are, as at every start but the first
// Memory is that of a process that had loaded a forty-first before, as the server has its
// database's: the first one brings in pages of the libraries that all share. Run:
// build/release/tests/bench/plugins_load

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/random.h"
#include "config/config.h"
#include "config/node.h"
#include "plugin/host_factory.h"
#include "plugin/provider_manager.h"
#include "plugin/services/cache.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace commsd::plugin {
namespace {

constexpr int kPlugins = 40;
constexpr int kRounds = 5;

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Every "example" becomes "exmplNN", in manifest and code alike: another id, the same length.
std::string copy_number(int number, std::string bytes) {
  char name[16];
  std::snprintf(name, sizeof name, "exmpl%02d", number);
  for (std::size_t at = 0; (at = bytes.find("example", at)) != std::string::npos; at += 7) {
    bytes.replace(at, 7, name);
  }
  return bytes;
}

std::string provider_name(int number) {
  char name[32];
  std::snprintf(name, sizeof name, "exmpl%02d-email-%s", number, number % 2 == 0 ? "c" : "cpp");
  return name;
}

/// Uses the plugins [first, end).
config::Config configuration(const std::string& folder, int first, int end) {
  const Result<JsonDocument> settings = JsonDocument::parse(R"({"api_key":"key of nobody"})");
  const config::ProviderConfig config("bench", "providers.email.config",
                                      config::from_json(settings->root()));
  config::Config made;
  made.plugins.path = {folder + "/plugins"};
  made.plugins.cache_dir = folder + "/cache";
  config::SlotConfig& email = made.providers["email"];
  email.use = provider_name(first);
  email.config = config;
  for (int number = first + 1; number < end; ++number) {
    email.fallback.push_back(provider_name(number));
    email.configs[provider_name(number)] = config;
  }
  return made;
}

/// Of this process, in KB.
std::map<std::string, long> memory() {
  std::map<std::string, long> values;
  std::ifstream in("/proc/self/smaps_rollup");
  for (std::string line; std::getline(in, line);) {
    const std::size_t colon = line.find(':');
    if (colon != std::string::npos) values[line.substr(0, colon)] = std::atol(&line[colon + 1]);
  }
  return values;
}

struct Figures {
  double milliseconds = 0;
  double resident_kb = 0;  // a plugin
  double dirty_kb = 0;     // of them, shared with nobody
};

/// Loads all in this process, which is done with then; `warmed`: one of them before.
Figures load(const std::string& folder, bool warmed) {
  SystemClock clock;
  SystemRandom random;
  ProviderCaches caches;
  telemetry::Metrics metrics;
  ProviderManager::Options options;
  options.make_host = service_hosts({nullptr, nullptr, clock, random, caches, metrics});
  options.host_version = "bench";
  options.probe_program = COMMSD_BENCH_PROBE;
  ProviderManager warm(options);
  const bool good = !warmed || warm.start(configuration(folder, kPlugins, kPlugins + 1));
  ProviderManager manager(options);
  const config::Config config = configuration(folder, 0, kPlugins);
  auto before = memory();
  const auto begun = std::chrono::steady_clock::now();
  const Result<void> started = manager.start(config);
  const auto took = std::chrono::steady_clock::now() - begun;
  auto after = memory();
  for (const ProviderState& state : manager.states()) {
    if (state.role.empty()) continue;  // the forty-first
    if (!good || !started || state.generation == 0) {
      std::fprintf(stderr, "%s was not loaded: %s\n", state.name.c_str(), state.reason.c_str());
      std::_Exit(1);
    }
  }
  return {std::chrono::duration<double, std::milli>(took).count(),
          static_cast<double>(after["Rss"] - before["Rss"]) / kPlugins,
          static_cast<double>(after["Private_Dirty"] - before["Private_Dirty"]) / kPlugins};
}

Figures load_in_child(const std::string& folder, bool warmed) {
  int ends[2];
  if (::pipe(ends) != 0) std::abort();
  const pid_t child = ::fork();
  if (child == 0) {
    const Figures figures = load(folder, warmed);
    if (::write(ends[1], &figures, sizeof figures) != sizeof figures) std::_Exit(1);
    std::_Exit(0);
  }
  Figures figures;
  ::close(ends[1]);
  const bool told = ::read(ends[0], &figures, sizeof figures) == sizeof figures;
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  if (!told) std::exit(1);
  return figures;
}

void show(const char* what, const std::string& folder, bool forget) {
  Figures best;
  for (int round = 0; round < kRounds; ++round) {
    if (forget) std::filesystem::remove_all(folder + "/cache");
    const Figures figures = load_in_child(folder, false);
    if (round == 0 || figures.milliseconds < best.milliseconds) best = figures;
  }
  const Figures resident = load_in_child(folder, true);
  std::printf(
      "%-6s %2d plugins: %6.1f ms in all, %5.1f KB resident a plugin, %5.1f KB of it dirty\n", what,
      kPlugins, best.milliseconds, resident.resident_kb, resident.dirty_kb);
}

}  // namespace
}  // namespace commsd::plugin

int main() {
  using namespace commsd::plugin;
  commsd::log::set_level(commsd::log::Level::error);
  std::string pattern = std::filesystem::temp_directory_path() / "commsd-bench-XXXXXX";
  const std::string folder = ::mkdtemp(pattern.data());
  std::filesystem::create_directory(folder + "/plugins");
  std::filesystem::permissions(folder + "/plugins", std::filesystem::perms(0755));
  for (int number = 0; number <= kPlugins; ++number) {
    const std::string from = number % 2 == 0 ? COMMSD_EXAMPLE_C : COMMSD_EXAMPLE_CPP;
    std::ofstream(folder + "/plugins/" + provider_name(number) + ".so", std::ios::binary)
        << copy_number(number, read(from));
  }
  show("first", folder, true);
  show("again", folder, false);
  std::filesystem::remove_all(folder);
}
