#include "ctl/doctor.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/timex.h>

#include "base/json.h"
#include "base/json_writer.h"
#include "ctl/control_client.h"
#include "ctl/table.h"

namespace commsd::ctl {

namespace {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok:
      return "OK";
    case Verdict::warn:
      return "WARN";
    case Verdict::fail:
      return "FAIL";
  }
  return "FAIL";
}

/// The soft limit of open files of a process; 0 when it cannot be told.
std::int64_t file_limit(pid_t process) {
  std::ifstream file("/proc/" + (process > 0 ? std::to_string(process) : "self") + "/limits");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("Max open files")) continue;
    std::istringstream fields(line.substr(14));
    std::string soft;
    fields >> soft;
    return soft == "unlimited" ? 1 << 30 : std::strtoll(soft.c_str(), nullptr, 10);
  }
  return 0;
}

void check_file_limit(const config::Config& config, pid_t server, std::vector<Finding>& findings) {
  constexpr std::int64_t besides_connections = 500;  // vendors, databases, logs, plugins
  const std::int64_t limit = file_limit(server);
  const std::string whose = server > 0 ? "the server" : "this shell";
  if (limit == 0) return;
  const std::string text = whose + " may open " + std::to_string(limit) + " files";
  if (limit >= config.server.limits.connections + besides_connections) {
    findings.push_back({"file-limit", Verdict::ok, text, ""});
  } else {
    findings.push_back({"file-limit", Verdict::warn,
                        text + "; server.limits.connections is " +
                            std::to_string(config.server.limits.connections),
                        "Set LimitNOFILE=65536 in the systemd unit (or ulimit -n 65536), or lower "
                        "server.limits.connections."});
  }
}

void check_providers(const JsonValue& status, std::vector<Finding>& findings) {
  const auto health = status.get("health");
  const auto providers = health ? health->get("providers") : std::nullopt;
  if (!providers) return;
  providers->each_member([&findings](std::string_view name, JsonValue value) {
    const std::string state(value.string().value_or("unknown"));
    const bool database = name == "database";
    const std::string id = database ? "database" : "provider-" + std::string(name);
    if (state == "ok") {
      findings.push_back({id, Verdict::ok, std::string(name) + " answers", ""});
    } else if (state == "not_configured") {
      findings.push_back({id, Verdict::ok, std::string(name) + " is not in use", ""});
    } else {
      findings.push_back({id, database ? Verdict::fail : Verdict::warn,
                          std::string(name) + " is " + state,
                          "The server's log has a line health_probe_failed with the cause; "
                          "'commsctl plugins' shows the provider."});
    }
  });
}

/// What the server goes by in telling where somebody is and what their law says.
void check_rules(const JsonValue& status, std::vector<Finding>& findings) {
  const auto rules = status.get("rules");
  const auto stale = rules ? rules->get("stale") : std::nullopt;
  if (!stale) return;
  const std::size_t before = findings.size();
  stale->each([&findings](JsonValue one) {
    const std::string file(one.string("file").value_or(""));
    findings.push_back({"rules-age", Verdict::warn,
                        file + " was last verified " +
                            std::to_string(one.integer("days").value_or(0)) + " days ago; " +
                            std::to_string(one.integer("most").value_or(0)) + " are allowed",
                        "Update commsd, or read the law again and set verified_on in the folder "
                        "compliance.rules_dir."});
  });
  if (findings.size() != before) return;
  findings.push_back(
      {"rules-age", Verdict::ok,
       "the rules are those of " + std::string(rules->string("version").value_or("")), ""});
}

}  // namespace

void examine_machine(const config::Config& config, std::vector<Finding>& findings) {
  std::error_code error;
  const auto space = std::filesystem::space(config.data_dir, error);
  if (!error) {
    constexpr std::uintmax_t megabyte = 1 << 20;
    const std::uintmax_t free = space.available / megabyte;
    const std::string text = std::to_string(free) + " MB free in " + config.data_dir;
    const bool little = free < 1024 || space.available < space.capacity / 20;
    const Verdict verdict = free < 100 ? Verdict::fail : little ? Verdict::warn : Verdict::ok;
    findings.push_back({"disk-space", verdict, text,
                        verdict == Verdict::ok ? ""
                                               : "Free some space, or move data_dir to a larger "
                                                 "disk: without room nothing can be accepted."});
  }

  timex clock{};
  const bool known = ::adjtimex(&clock) >= 0;
  constexpr std::time_t earliest = 1767225600;  // 2026-01-01, before this was written
  if (std::time(nullptr) < earliest) {
    findings.push_back({"clock", Verdict::fail, "the clock is years behind",
                        "Set it (timedatectl): signatures and quiet hours depend on it."});
  } else if (known && (clock.status & STA_UNSYNC) != 0) {
    findings.push_back({"clock", Verdict::warn, "nothing keeps the clock right",
                        "Run systemd-timesyncd or chrony: vendors refuse signatures that are five "
                        "minutes off."});
  } else {
    findings.push_back({"clock", Verdict::ok, "the clock is synchronised", ""});
  }
}

void examine_server(const config::Config& config, const std::string& socket,
                    std::vector<Finding>& findings) {
  Result<ControlClient> client = ControlClient::connect(socket);
  if (!client) {
    findings.push_back({"server", Verdict::fail, client.error().message, client.error().remedy});
    return check_file_limit(config, 0, findings);
  }
  check_file_limit(config, client->server_process(), findings);
  const Result<std::string> answer = client->ask("status", "{}");
  if (!answer) {
    findings.push_back({"server", Verdict::fail, answer.error().message, answer.error().remedy});
    return;
  }
  const Result<JsonDocument> status = JsonDocument::parse(*answer);
  if (!status) return;
  const std::string version(status->root().string("version").value_or(""));
  findings.push_back({"server", Verdict::ok, "version " + version + " answers at " + socket, ""});
  check_providers(status->root(), findings);
  check_rules(status->root(), findings);
}

std::vector<Finding> examine(const std::string& config_path, const std::string& socket) {
  std::vector<Finding> findings;
  const config::LoadedConfig loaded = config::load_config(config_path);
  config::Config config;
  if (loaded) {
    config = *loaded;
    findings.push_back({"config", Verdict::ok, config_path + " has no faults", ""});
  } else {
    for (const config::ConfigFault& fault : loaded.error()) {
      findings.push_back({"config", Verdict::fail, fault.to_string(),
                          "Correct it; 'commsctl config check " + config_path + "' checks again."});
    }
  }
  if (loaded) {
    examine_files(config, findings);
    examine_network_settings(config, findings);
    examine_certificate(config.server.tls, std::time(nullptr), findings);
  }
  examine_machine(config, findings);
  examine_server(config, socket.empty() ? config.server.control_socket : socket, findings);
  return findings;
}

void print_findings(std::ostream& out, const std::vector<Finding>& findings) {
  std::size_t width = 0;
  for (const Finding& finding : findings) width = std::max(width, finding.id.size());
  for (const Finding& finding : findings) {
    const std::string verdict(to_string(finding.verdict));
    out << verdict << std::string(6 - verdict.size(), ' ') << finding.id
        << std::string(width - finding.id.size() + 2, ' ') << printable(finding.text) << '\n';
    if (!finding.remedy.empty()) out << "      -> " << printable(finding.remedy) << '\n';
  }
  const auto count = [&findings](Verdict verdict) {
    return std::count_if(findings.begin(), findings.end(),
                         [verdict](const Finding& one) { return one.verdict == verdict; });
  };
  out << '\n'
      << count(Verdict::ok) << " ok, " << count(Verdict::warn) << " warnings, "
      << count(Verdict::fail) << " failures\n";
}

std::string findings_json(const std::vector<Finding>& findings) {
  JsonWriter out;
  out.begin_object().key("findings").begin_array();
  for (const Finding& finding : findings) {
    out.begin_object().field("id", finding.id).field("verdict", to_string(finding.verdict));
    out.field("text", finding.text).field("remedy", finding.remedy).end_object();
  }
  out.end_array().field("ok", !any_failed(findings)).end_object();
  return out.take();
}

bool any_failed(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& one) { return one.verdict == Verdict::fail; });
}

}  // namespace commsd::ctl
