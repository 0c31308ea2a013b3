#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "config/config.h"

namespace commsd::ctl {

enum class Verdict { ok, warn, fail };

/// One thing that was looked at.
struct Finding {
  std::string id;  // stable, for scripts: "file-limit"
  Verdict verdict = Verdict::ok;
  std::string text;
  std::string remedy;  // empty when nothing is to do
};

/// Looks at the configuration, the files it names, the machine and the running server. Changes
/// nothing and needs no network. `config_path` as commsd would be given it; `socket` replaces
/// server.control_socket unless empty.
std::vector<Finding> examine(const std::string& config_path, const std::string& socket);

/// The parts, for tests.
void examine_files(const config::Config& config, std::vector<Finding>& findings);
void examine_network_settings(const config::Config& config, std::vector<Finding>& findings);
void examine_certificate(const config::TlsConfig& tls, std::int64_t now_seconds,
                         std::vector<Finding>& findings);
void examine_machine(const config::Config& config, std::vector<Finding>& findings);
void examine_server(const config::Config& config, const std::string& socket,
                    std::vector<Finding>& findings);

/// "OK    file-limit  65536 file descriptors", and the remedy on a line of its own.
void print_findings(std::ostream& out, const std::vector<Finding>& findings);
/// {"findings":[{"id","verdict","text","remedy"}],"ok":true}
std::string findings_json(const std::vector<Finding>& findings);
bool any_failed(const std::vector<Finding>& findings);

}  // namespace commsd::ctl
