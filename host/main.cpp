#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <thread>

#include "application.h"
#include "base/crash_point.h"
#include "config/fault.h"
#include "telemetry/log.h"
#include "version.h"

namespace {

constexpr const char* default_config = "/etc/commsd/commsd.yaml";
constexpr int exit_failed = 1;
constexpr int exit_usage = 2;
constexpr int exit_configuration = 3;  // what an administrator has to mend; no restart helps
constexpr std::chrono::seconds drain_limit{8};

constexpr const char* usage =
    "usage: commsd [--config FILE] [--safe-mode] [--check] [--version] [--list-crash-points]\n"
    "  --config FILE         read FILE (default: /etc/commsd/commsd.yaml)\n"
    "  --safe-mode           start without the plugins of others: only those of the first folder\n"
    "                        of plugins.path\n"
    "  --check               check the configuration and exit\n"
    "  --list-crash-points   names for COMMSD_CRASH_POINT, for fault tests\n"
    "Exit codes: 0 stopped, 1 could not start, 2 usage, 3 configuration.\n";

void greet(const commsd::config::Config& config, const commsd::provisioning::Welcome& welcome) {
  const std::string url = config.server.public_url + "/mcp";
  std::printf(
      "\nA sandbox organization with the agent '%s' was made. Its token, shown only now:\n\n"
      "  %s\n\n"
      "MCP address: %s\n\nPaste into your MCP client's configuration:\n\n"
      "{\n  \"mcpServers\": {\n    \"commsd\": {\n      \"type\": \"http\",\n"
      "      \"url\": \"%s\",\n"
      "      \"headers\": { \"Authorization\": \"Bearer %s\" }\n    }\n  }\n}\n\n",
      welcome.agent_id.c_str(), welcome.agent_token.c_str(), url.c_str(), url.c_str(),
      welcome.agent_token.c_str());
  std::fflush(stdout);
}

void apply_log_level(const commsd::config::Config& config) {
  for (const auto level : {commsd::log::Level::debug, commsd::log::Level::info,
                           commsd::log::Level::warn, commsd::log::Level::error}) {
    if (to_string(level) == config.logging.level) commsd::log::set_level(level);
  }
}

/// A plugin that does not return holds an event loop, and with it every orderly end.
void end_in_any_case() {
  std::thread([] {
    std::this_thread::sleep_for(drain_limit + std::chrono::seconds(12));
    commsd::log::error("stopped_by_force");
    std::_Exit(exit_failed);
  }).detach();
}

/// Serves until SIGTERM or SIGINT. SIGHUP reads the configuration again.
void serve(commsd::Application& application, const std::string& path, const sigset_t& signals) {
  while (true) {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0) continue;
    if (signal != SIGHUP) return;
    auto changed = commsd::config::load_config(path);
    if (!changed) {
      commsd::config::print_faults(std::cerr, changed.error());
      commsd::log::error("reload_refused", {{"faults", changed.error().size()}});
      continue;
    }
    if (auto reloaded = application.reload(*changed); !reloaded) {
      std::cerr << "commsd: the configuration was not taken over: " << reloaded.error().message
                << '\n';
      commsd::log::error("reload_refused", {{"code", to_string(reloaded.error().code)}});
    } else {
      apply_log_level(*changed);
      commsd::log::info("reloaded");
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::string path = default_config;
  bool check_only = false;
  bool safe_mode = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--config" && i + 1 < argc) {
      path = argv[++i];
    } else if (option == "--safe-mode") {
      safe_mode = true;
    } else if (option == "--check") {
      check_only = true;
    } else if (option == "--version") {
      std::puts("commsd " COMMSD_VERSION);
      return 0;
    } else if (option == "--list-crash-points") {
      for (const auto& name : commsd::list_crash_points()) std::cout << name << '\n';
      return 0;
    } else {
      std::fputs(usage, stderr);
      return option == "--help" ? 0 : exit_usage;
    }
  }

  if (!commsd::arm_crash_point_from_environment()) {
    std::fputs("commsd: COMMSD_CRASH_POINT names no crash point; see --list-crash-points\n",
               stderr);
    return exit_usage;
  }
  // Blocked before the first thread exists, so that only sigwait() sees them.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  path = std::filesystem::absolute(path).string();
  auto config = commsd::config::load_config(path);
  if (!config) {
    commsd::config::print_faults(std::cerr, config.error());
    return exit_configuration;
  }
  if (check_only) return 0;
  apply_log_level(*config);

  // Providers get paths as they were written; relative ones start at the data folder.
  std::error_code fault;
  std::filesystem::create_directories(config->data_dir, fault);
  if (!fault) std::filesystem::current_path(config->data_dir, fault);
  if (fault) {
    std::cerr << "commsd: data_dir: cannot use " << config->data_dir << ": " << fault.message()
              << '\n';
    return exit_configuration;
  }

  if (safe_mode) commsd::log::warn("safe_mode");
  commsd::Application application(*config, safe_mode);
  if (auto started = application.start(); !started) {
    const std::string& remedy = started.error().remedy;
    std::cerr << "commsd: cannot start: " << started.error().message
              << (remedy.empty() ? "" : "; " + remedy) << '\n';
    if (!started.error().cause.empty()) {
      commsd::log::error("start_failed", {{"cause", started.error().cause}});
    }
    application.stop(std::chrono::milliseconds(0));
    const auto code = started.error().code;
    return code == commsd::ErrorCode::invalid_argument ? exit_configuration : exit_failed;
  }
  commsd::log::info("listening", {{"version", COMMSD_VERSION}, {"on", config->server.listen}});
  std::printf("commsd %s is listening on %s\n", COMMSD_VERSION, config->server.listen.c_str());
  std::fflush(stdout);
  if (application.welcome()) greet(*config, *application.welcome());

  serve(application, path, signals);
  commsd::log::info("stopping");
  end_in_any_case();
  application.stop(drain_limit);
  commsd::log::info("stopped");
  return 0;
}
