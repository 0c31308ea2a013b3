#include "settings.h"

#include <cstdlib>
#include <map>
#include <unistd.h>

#include <libpq-fe.h>

namespace postgres_plugin {

namespace {

using Parameters = std::map<std::string, std::string>;

comms::Error refuse(std::string problem, std::string remedy) {
  return comms::Error(COMMS_INVALID, std::move(problem), {}, std::move(remedy));
}

void read_url(const std::string& url, Parameters& parameters) {
  char* problem = nullptr;
  PQconninfoOption* options = PQconninfoParse(url.c_str(), &problem);
  if (!options) {
    PQfreemem(problem);  // it may quote the text, and that holds the password
    throw refuse("url: is no connection string",
                 "write postgresql://user:password@host:5432/dbname, with %40 for an @ in the "
                 "password");
  }
  for (const PQconninfoOption* option = options; option->keyword; ++option) {
    if (option->val) parameters[option->keyword] = option->val;
  }
  PQconninfoFree(options);
}

void read_fields(const comms::Config& config, Parameters& parameters) {
  for (const char* name : {"host", "dbname", "user", "password", "sslmode", "sslrootcert"}) {
    if (std::string value = config.text(name); !value.empty()) parameters[name] = std::move(value);
  }
  if (const auto port = config.integer("port")) parameters["port"] = std::to_string(port);
  if (const auto seconds = config.integer("connect_timeout_seconds")) {
    parameters["connect_timeout"] = std::to_string(seconds);
  }
}

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// A socket or a loopback address: what is said there leaves no machine.
bool is_local(const std::string& host) {
  return host.empty() || host.front() == '/' || host.front() == '@' || host == "localhost" ||
         host == "::1" || host.compare(0, 4, "127.") == 0;
}

bool all_local(const Parameters& parameters) {
  if (parameters.count("service") > 0) return false;  // it names the host in a file of its own
  const auto address = parameters.find("hostaddr");
  const auto named = address != parameters.end() ? address : parameters.find("host");
  if (named == parameters.end()) return true;
  std::string hosts = named->second + ",";  // libpq takes a list
  for (std::size_t end; (end = hosts.find(',')) != std::string::npos; hosts.erase(0, end + 1)) {
    if (!is_local(hosts.substr(0, end))) return false;
  }
  return true;
}

/// libpq knows the system's authorities by itself from version 16 on only.
std::string system_authorities() {
  for (const char* file : {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                           "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"}) {
    if (access(file, R_OK) == 0) return file;
  }
  throw refuse("the system's certificate authorities were not found",
               "set sslrootcert, or install ca-certificates");
}

void settle_tls(const std::string& preset, bool asked, Parameters& parameters) {
  // The strings that the consoles show say "require", which checks nobody's certificate.
  if (!asked && preset != "plain" && parameters["sslmode"] != "disable") {
    parameters["sslmode"] = "verify-full";
  }
  std::string& mode = parameters["sslmode"];
  if (mode.empty()) mode = all_local(parameters) ? "prefer" : "verify-full";
  if (mode.compare(0, 7, "verify-") != 0 || parameters.count("sslrootcert") > 0) return;
  if (preset == "supabase") {
    throw refuse("sslrootcert: is needed, because Supabase signs its certificates itself",
                 "download the certificate under Project Settings, Database, SSL, and name the "
                 "file");
  }
  parameters["sslrootcert"] = system_authorities();
}

/// Whether the host is a pooler's; throws when the user's name cannot be right there.
bool settle_preset(const std::string& preset, Parameters& parameters) {
  if (preset == "neon") {
    parameters.emplace("channel_binding", "require");
    parameters.emplace("connect_timeout", "20");
    return parameters["host"].find("-pooler.") != std::string::npos;
  }
  if (preset == "supabase") {
    if (ends_with(parameters["host"], ".pooler.supabase.com") &&
        parameters["user"].find('.') == std::string::npos) {
      throw refuse("user: Supabase's pooler finds the project by it",
                   "write it as the dashboard shows it, like postgres.abcdefghijklmnopqrst");
    }
    return parameters["port"] == "6543";
  }
  return false;
}

}  // namespace

Settings Settings::from(const comms::Config& config) {
  Parameters parameters;
  if (const std::string url = config.text("url"); !url.empty()) read_url(url, parameters);
  read_fields(config, parameters);
  if (const char* host = std::getenv("PGHOST"); host && parameters["host"].empty()) {
    parameters["host"] = host;  // libpq would take it behind our back
  }
  const std::string preset = config.text("preset", "plain");
  Settings settings;
  const bool pooler = settle_preset(preset, parameters);
  settings.session_state = !config.boolean("transaction_pooler", pooler);
  settle_tls(preset, !config.text("sslmode").empty(), parameters);
  settings.statement_timeout_ms = static_cast<int>(config.integer("statement_timeout_ms", 30'000));
  settings.lock_timeout_ms = static_cast<int>(config.integer("lock_timeout_ms", 4'000));

  parameters.emplace("connect_timeout", "10");
  const std::string name = config.text("application_name");
  if (!name.empty()) parameters["application_name"] = name;
  parameters.emplace("application_name", "commsd");
  parameters["client_encoding"] = "UTF8";
  // Of several servers the one that writes; a standby would refuse the first commit.
  parameters.emplace("target_session_attrs", "read-write");
  // A server that went away without a word is noticed after about half a minute.
  parameters.emplace("keepalives_idle", "15");
  parameters.emplace("keepalives_interval", "5");
  parameters.emplace("keepalives_count", "3");
  parameters.emplace("tcp_user_timeout", "30000");
  for (auto& [keyword, value] : parameters) {
    if (!value.empty()) settings.parameters.emplace_back(keyword, value);
  }
  return settings;
}

std::string Settings::local_settings(std::string_view lock_timeout) const {
  std::string sql;
  const auto set = [&sql](std::string_view name, std::string_view value) {
    sql.append(sql.empty() ? "SELECT " : ", ");
    sql.append("set_config('").append(name).append("', ").append(value).append(", true)");
  };
  const auto quoted = [](std::string_view text) { return "'" + std::string(text) + "'"; };
  if (!lock_timeout.empty()) set("lock_timeout", quoted(lock_timeout));
  if (session_state) return sql;
  if (lock_timeout.empty()) set("lock_timeout", quoted(std::to_string(lock_timeout_ms) + "ms"));
  set("statement_timeout", quoted(std::to_string(statement_timeout_ms) + "ms"));
  set("synchronous_commit", durable_commit);
  set("bytea_output", "'hex'");
  return sql;
}

}  // namespace postgres_plugin
