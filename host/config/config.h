#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "base/result.h"
#include "config/compliance_config.h"
#include "config/fault.h"
#include "config/limits_config.h"
#include "config/messaging_config.h"
#include "config/oauth_config.h"
#include "config/provider_config.h"
#include "config/provisioning_config.h"
#include "config/secret.h"

/// What commsd.yaml says, checked and typed; names follow its keys, values here are the defaults.
/// Paths are absolute: a relative one in the file is relative to the folder of that file.
namespace commsd::config {

struct TlsConfig {
  std::string certificate;  // PEM file; empty = no TLS here (a proxy in front, or loopback)
  std::string key;
  bool enabled() const { return !certificate.empty(); }
};

struct ServerLimits {
  std::int64_t connections = 18000;
  std::int64_t connections_per_address = 2000;  // trusted proxies are exempt
  std::int64_t header_bytes = 16384;
  std::int64_t header_fields = 100;
  std::int64_t url_bytes = 8192;
  std::int64_t body_bytes = 1048576;
  std::int64_t mail_webhook_bytes = 67108864;
  std::int64_t large_bodies = 4;  // longer than body_bytes, at once; then 503 with Retry-After
  std::int64_t header_timeout_seconds = 10;
  std::int64_t body_timeout_seconds = 30;
  std::int64_t idle_timeout_seconds = 75;
  std::int64_t stream_buffer_bytes = 262144;  // per event stream; a slower reader is closed
  std::int64_t queued_jobs = 1024;            // per lane; then 503 with Retry-After
  std::int64_t audited_refusals = 60;         // per token and minute; the rest are counted
};

struct ServerConfig {
  std::string listen = "127.0.0.1:3100";             // "[::1]:3100" for IPv6
  std::string public_url = "http://127.0.0.1:3100";  // no trailing '/'
  std::string control_socket = "/run/commsd/control.sock";
  std::vector<std::string> trusted_proxies;  // addresses or CIDR networks
  std::int64_t loops = 0;                    // 0 = one per core
  TlsConfig tls;
  ServerLimits limits;
  std::vector<std::string> allowed_origins;  // besides that of public_url
  std::vector<std::string> allowed_hosts;    // besides that of public_url and the loopback names
  OauthConfig oauth;
  bool legacy_query_token = false;  // GET /sse?token=...
};

struct LoggingConfig {
  std::string level = "info";  // debug | info | warn | error
};

struct PluginsConfig {
  std::vector<std::string> path = {"/usr/lib/commsd/plugins", "/var/lib/commsd/plugins"};
  std::string trust = "any";                    // any | pinned | signed
  std::map<std::string, std::string> trust_in;  // a folder of `path` -> its own instead of `trust`
  std::map<std::string, std::string> pinned;    // file name -> lower-case SHA-256
  std::string keys_dir = "/etc/commsd/plugin-keys.d";  // *.pub of those who may sign
  std::string cache_dir = "/var/cache/commsd/plugins";
  std::int64_t probe_timeout_ms = 5000;
  std::int64_t watch_seconds = 120;
  std::int64_t watch_operations = 50;
  double watch_worse_by = 0.2;
  std::int64_t drain_seconds = 30;
  std::int64_t restart_advised_over = 50;  // retired libraries
  bool upload = false;
  std::int64_t upload_max_bytes = 33554432;
};

struct SecretsConfig {
  std::string dir = "/etc/commsd/secrets";
};

struct EgressConfig {
  std::vector<std::string> allow;  // origins that may be private addresses or plain HTTP
  std::string ca_file;             // PEM; empty = the system's certificate authorities
};

/// One of the eight slots.
struct SlotConfig {
  std::string use;
  std::vector<std::string> fallback;
  ProviderConfig config;                          // of `use`
  std::map<std::string, ProviderConfig> configs;  // of fallbacks, by provider name
  int line = 0;
};

struct OverrideConfig {
  std::string organization;
  std::string agent;  // empty = every agent of the organization
  std::string slot;
  std::string use;
  ProviderConfig config;
  int line = 0;
};

struct McpConfig {
  std::vector<std::string> confirm;  // names of tools that let a person say yes first
  std::int64_t task_ttl_hours = 24;  // from the creation of a task
};

struct VoiceConfig {
  std::string inbound = "greet";  // greet | reject
  std::string greeting = "Hello! How can I help you?";
  std::string language = "en-US";
  std::int64_t max_call_minutes = 30;
  bool ai_disclosure = true;
  std::string ai_disclosure_text = "Please note, this is an AI-generated call.";
  std::string recording_text = "This call is recorded.";
};

/// How long rows stay; 0 = for ever.
struct RetentionConfig {
  bool enabled = true;
  std::int64_t hour = 3;  // UTC
  std::int64_t messages_days = 365;
  std::int64_t bodies_days = 30;  // what was said, where it is kept
  std::int64_t usage_days = 365;
  std::int64_t calls_days = 365;
  std::int64_t dead_letter_days = 7;  // after it was acknowledged
  std::int64_t otp_days = 1;
  std::int64_t revoked_consent_days = 730;
};

struct Config {
  std::string file;    // as given; empty for defaults
  std::string folder;  // what relative paths start from
  std::string data_dir = "/var/lib/commsd";
  std::string edition = "community";  // community | enterprise | saas
  ServerConfig server;
  LoggingConfig logging;
  PluginsConfig plugins;
  SecretsConfig secrets;
  EgressConfig egress;
  std::map<std::string, SlotConfig> providers;  // by slot name; a slot not named has none
  std::vector<OverrideConfig> overrides;
  MessagingConfig messaging;
  ComplianceConfig compliance;
  McpConfig mcp;
  LimitsConfig limits;
  BillingConfig billing;
  VoiceConfig voice;
  RetentionConfig retention;
  ProvisioningConfig provisioning;
  FirstRunConfig first_run;
};

using LoadedConfig = tl::expected<Config, std::vector<ConfigFault>>;

/// Reads, checks and resolves a file; every fault it can find is in the answer, not only the
/// first. Blocks on files; never throws. An empty file is valid: everything has a default.
LoadedConfig load_config(const std::string& path);

/// The same for text at hand; `name` stands in the faults and relative paths start at `folder`.
LoadedConfig parse_config(std::string_view yaml, const std::string& name,
                          const std::string& folder);

/// Reads one secret as a `secret:NAME` reference does: the file `dir`/NAME first (a last line break
/// is cut), then the variable COMMSD_SECRET_<NAME in capitals>. not_found when neither exists,
/// permission_denied when the file could be read by others; the message says which chmod helps.
Result<Secret> read_secret(const SecretsConfig& secrets, std::string_view name);

/// The settings as JSON for people: secrets are "[secret]".
std::string to_display_json(const Config& config);

/// The documented sample with every key and its default, as installed to /etc/commsd.
std::string_view sample_config();

}  // namespace commsd::config
