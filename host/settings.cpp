#include "settings.h"

#include <array>
#include <chrono>
#include <fcntl.h>
#include <fstream>
#include <string>
#include <string_view>
#include <unistd.h>

#include "base/digest.h"
#include "identity/scopes.h"
#include "policy/money.h"
#include "version.h"

namespace commsd {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Both are enough for what most clients connect for; more is asked for when a tool needs it.
constexpr std::string_view usual_scopes = "comms:read comms:send";

/// Names this process among all on one database, and its successor at the same address alike, until
/// the machine or the container starts anew. The host's name is not enough: machines and containers
/// made from one image may share it, and each would end the other's tasks. So where the address
/// counts is part of the name: the kernel's boot id (random(4)) and the network namespace
/// (namespaces(7)). Port 0 is another port for each process.
std::string worker_name(const std::string& listen) {
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  std::string boot;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
  char network[64] = "";
  if (readlink("/proc/self/ns/net", network, sizeof network - 1) < 0) network[0] = '\0';
  std::string name = std::string(host) + '/' + listen + '/' + boot + '/' + network;
  if (listen.ends_with(":0")) name += '/' + std::to_string(getpid());
  return name;
}

Result<std::string> read_file(const std::string& key, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file && text.empty()) {
    return fail(ErrorCode::invalid_argument, key + ": '" + path + "' cannot be read");
  }
  return text;
}

}  // namespace

Result<std::shared_ptr<const net::EgressPolicy>> egress_policy(const config::Config& config) {
  net::EgressPolicy::Rules rules;
  rules.exceptions = config.egress.allow;
  auto policy = net::EgressPolicy::make(rules);
  if (!policy) return fail(ErrorCode::invalid_argument, "egress.allow: " + policy.error());
  return std::make_shared<const net::EgressPolicy>(std::move(*policy));
}

net::ServerOptions server_options(const config::ServerConfig& server) {
  net::ServerOptions options;
  const std::size_t colon = server.listen.rfind(':');
  net::ListenAddress address;
  address.host = server.listen.substr(0, colon);
  if (address.host.starts_with('[')) address.host = address.host.substr(1, address.host.size() - 2);
  address.port = static_cast<std::uint16_t>(std::stoi(server.listen.substr(colon + 1)));
  address.tls = server.tls.enabled();
  options.addresses = {address};
  options.tls_certificate = server.tls.certificate;
  options.tls_key = server.tls.key;
  options.public_base_url = server.public_url;
  options.trusted_proxies = server.trusted_proxies;
  const config::ServerLimits& limits = server.limits;
  options.max_head = static_cast<std::size_t>(limits.header_bytes);
  options.max_fields = static_cast<std::size_t>(limits.header_fields);
  options.max_target = static_cast<std::size_t>(limits.url_bytes);
  options.max_body = static_cast<std::size_t>(limits.body_bytes);
  options.max_large_bodies = static_cast<std::size_t>(limits.large_bodies);
  options.max_connections = static_cast<std::size_t>(limits.connections);
  options.max_connections_per_address = static_cast<std::size_t>(limits.connections_per_address);
  options.head_deadline = seconds(limits.header_timeout_seconds);
  options.body_deadline = seconds(limits.body_timeout_seconds);
  options.idle_deadline = seconds(limits.idle_timeout_seconds);
  options.max_stream_queued = static_cast<std::size_t>(limits.stream_buffer_bytes);
  return options;
}

messaging::DeliverySettings delivery_settings(const config::Config& config,
                                              std::string contact_key) {
  const config::MessagingConfig& messaging = config.messaging;
  messaging::DeliverySettings settings;
  settings.public_url = config.server.public_url;
  settings.vendor_limit = seconds(messaging.send_deadline_seconds);
  settings.most_attempts = messaging.max_attempts;
  settings.retry_first = seconds(messaging.retry_first_seconds);
  settings.retry_longest = seconds(messaging.retry_longest_seconds);
  settings.vendor_blocks = policy::VendorBlocks::standard();
  settings.contact_key = std::move(contact_key);
  settings.worker = worker_name(config.server.listen);
  const auto add = [&](const std::string& choice, plugin::ChannelKind channel) {
    if (choice == "resend") settings.resend_ambiguous.push_back(channel);
  };
  add(messaging.ambiguous.sms, plugin::ChannelKind::sms);
  add(messaging.ambiguous.email, plugin::ChannelKind::email);
  add(messaging.ambiguous.whatsapp, plugin::ChannelKind::whatsapp);
  return settings;
}

messaging::MediaSettings media_settings(const config::MessagingConfig& messaging) {
  messaging::MediaSettings settings;
  settings.most_bytes = messaging.max_media_bytes;
  settings.quota_bytes = messaging.media.quota_bytes;
  settings.retention_days = messaging.media.retention_days;
  settings.link_lifetime = std::chrono::minutes(messaging.media.link_minutes);
  for (const int wait : {5, 30, 120, 600, 3'600, 6 * 3'600}) {
    settings.waits.emplace_back(seconds(wait));
  }
  return settings;
}

messaging::CallbackSettings callback_settings(const config::Config& config) {
  const config::CallbacksConfig& callbacks = config.messaging.callbacks;
  messaging::CallbackSettings settings;
  for (const std::int64_t wait : callbacks.retry_seconds) {
    settings.waits.emplace_back(seconds(wait));
  }
  settings.most_attempts = config.messaging.max_inbound_attempts;
  settings.limit = seconds(callbacks.timeout_seconds);
  settings.lease = settings.limit + seconds(60);
  settings.disable_after = std::chrono::hours(24 * callbacks.disable_after_days);
  settings.worker = worker_name(config.server.listen);
  return settings;
}

messaging::InboundSettings inbound_settings(const config::Config& config, std::string contact_key,
                                            const policy::OptOutIntent& intent) {
  return {std::move(contact_key),
          config.compliance.implied_consent_days,
          policy::VendorBlocks::standard(),
          &intent,
          nullptr,
          {config.messaging.media.retention_days, config.messaging.max_media_bytes}};
}

Result<policy::RulePack> rule_pack(const config::ComplianceConfig& compliance) {
  if (compliance.rules_dir.empty()) return policy::RulePack::standard();
  policy::LoadedRulePack pack = policy::RulePack::load(compliance.rules_dir);
  if (pack) return std::move(*pack);
  std::string all;
  for (const config::ConfigFault& fault : pack.error()) all += "\n  " + fault.to_string();
  return fail(ErrorCode::invalid_argument, "compliance.rules_dir: faults in the rules:" + all);
}

Result<policy::ContentFilter> content_rules(const config::ComplianceConfig& compliance) {
  Result<policy::ContentFilter> filter = compliance.content_dir.empty()
                                             ? policy::ContentFilter::standard()
                                             : policy::ContentFilter::load(compliance.content_dir);
  if (!filter) return filter;
  for (const std::string& category : compliance.content_off) {
    if (auto off = filter->enable(category, false); !off) {
      return fail(off.error().code, "compliance.content_off: " + off.error().message);
    }
  }
  return filter;
}

Result<policy::MediaLimits> media_limits(const config::MessagingConfig& messaging) {
  if (messaging.media_limits.empty()) return policy::MediaLimits::standard();
  auto text = read_file("messaging.media_limits", messaging.media_limits);
  if (!text) return fail(text.error());
  auto limits = policy::MediaLimits::parse(*text, messaging.media_limits);
  if (!limits) {
    return fail(ErrorCode::invalid_argument, "messaging.media_limits: " + limits.error().message);
  }
  return limits;
}

policy::AgeLimits age_limits(const config::ComplianceConfig& compliance) {
  return {compliance.rules_max_age_days, compliance.numbers_max_age_days};
}

policy::GateSettings gate_settings(const config::ComplianceConfig& compliance,
                                   std::string contact_key) {
  using Enforce = policy::GateSettings::Enforce;
  policy::GateSettings settings;
  settings.contact_key = std::move(contact_key);
  settings.marketing_per_day = compliance.marketing_per_day;
  if (compliance.enforce == "always") settings.enforce = Enforce::everybody;
  if (compliance.enforce == "never") settings.enforce = Enforce::nobody;
  return settings;
}

voice::DiallerSettings dialler_settings(const config::Config& config) {
  voice::DiallerSettings settings;
  settings.public_url = config.server.public_url;
  settings.vendor_limit = seconds(config.messaging.send_deadline_seconds);
  settings.longest_call = std::chrono::minutes(config.voice.max_call_minutes);
  settings.worker = worker_name(config.server.listen);
  return settings;
}

voice::CallEventsSettings call_events_settings(const config::Config& config,
                                               std::string contact_key) {
  voice::CallEventsSettings settings;
  settings.public_url = config.server.public_url;
  settings.answers = config.voice.inbound == "greet";
  settings.greeting = config.voice.greeting;
  if (config.voice.ai_disclosure) settings.disclosure = config.voice.ai_disclosure_text;
  settings.language = config.voice.language;
  settings.contact_key = std::move(contact_key);
  return settings;
}

tools::CallTexts call_texts(const config::VoiceConfig& voice) {
  tools::CallTexts texts;
  texts.greeting = voice.greeting;
  if (voice.ai_disclosure) texts.disclosure = voice.ai_disclosure_text;
  texts.language = voice.language;
  return texts;
}

messaging::BreakerSettings breaker_settings(const config::BreakerConfig& breaker) {
  return {breaker.failures, seconds(breaker.window_seconds), seconds(breaker.first_probe_seconds),
          seconds(breaker.longest_pause_seconds)};
}

Result<policy::Limits> default_limits(const config::LimitsConfig& limits) {
  policy::Limits defaults;
  defaults.per_minute = limits.actions_per_minute;
  defaults.per_hour = limits.actions_per_hour;
  defaults.per_day = limits.actions_per_day;
  defaults.same_number_per_day = limits.calls_per_day_same_number;
  const auto per_day = policy::to_micros(limits.spend_per_day);
  const auto per_month = policy::to_micros(limits.spend_per_month);
  if (!per_day || !per_month) {
    return fail(ErrorCode::invalid_argument,
                "limits.spend_per_day, limits.spend_per_month: at most six decimals");
  }
  defaults.spend_per_day = *per_day;
  defaults.spend_per_month = *per_month;
  return defaults;
}

Result<policy::PriceTable> price_table_of(const config::BillingConfig& billing) {
  if (billing.prices.empty()) return policy::PriceTable::standard();
  auto text = read_file("billing.prices", billing.prices);
  if (!text) return fail(text.error());
  auto table = policy::PriceTable::parse(*text);
  if (!table) return fail(ErrorCode::invalid_argument, "billing.prices: " + table.error().message);
  return table;
}

Result<policy::TierTable> tier_table_of(const config::BillingConfig& billing) {
  if (billing.tiers.empty()) return policy::TierTable::standard();
  auto text = read_file("billing.tiers", billing.tiers);
  if (!text) return fail(text.error());
  auto table = policy::TierTable::parse(*text);
  if (!table) return fail(ErrorCode::invalid_argument, "billing.tiers: " + table.error().message);
  return table;
}

Result<std::int64_t> markup_ppm(const config::BillingConfig& billing) {
  const auto micros = policy::to_micros(billing.markup_percent);
  if (!micros || *micros % 100 != 0) {
    return fail(ErrorCode::invalid_argument, "billing.markup_percent: at most four decimals");
  }
  return *micros / 100;
}

std::vector<std::string> resources(const std::string& public_url) {
  return {public_url, public_url + "/mcp", public_url + "/sse"};
}

identity::ClientRules client_rules(const config::AuthorizationServerConfig& server) {
  return {server.dynamic_registration, server.client_metadata_documents, server.redirect_schemes};
}

identity::JwtRules jwt_rules(const config::ServerConfig& server) {
  identity::JwtRules rules;
  rules.issuer = server.oauth.issuer;
  rules.audiences = resources(server.public_url);
  rules.any_type = server.oauth.token_type == "any";
  rules.organization_claim = server.oauth.organization_claim;
  rules.agent_claim = server.oauth.agent_claim;
  return rules;
}

identity::AuthorizationRules authorization_rules(const config::ServerConfig& server) {
  identity::AuthorizationRules rules;
  rules.issuer = server.public_url;
  rules.resources = resources(server.public_url);
  rules.default_scopes = identity::split_words(usual_scopes);
  const config::AuthorizationServerConfig& own = server.oauth.authorization_server;
  rules.access_lifetime = milliseconds(std::chrono::minutes(own.access_token_minutes)).count();
  rules.refresh_lifetime = milliseconds(std::chrono::hours(24 * own.refresh_token_days)).count();
  return rules;
}

mcp::McpOptions mcp_options(const config::ServerConfig& server, std::string session_key) {
  mcp::McpOptions options;
  options.info.version = COMMSD_VERSION;
  options.guard.public_url = server.public_url;
  options.guard.allowed_origins = server.allowed_origins;
  options.guard.allowed_hosts = server.allowed_hosts;
  options.guard.loopback = server.listen.starts_with("127.") || server.listen.starts_with("[::1]");
  options.session_key = std::move(session_key);
  const std::size_t authority = server.public_url.find("://");
  const std::size_t path = server.public_url.find('/', authority + 3);
  if (path != std::string::npos) options.public_base_path = server.public_url.substr(path);
  options.max_body = static_cast<std::size_t>(server.limits.body_bytes);
  options.query_token = server.legacy_query_token;
  if (server.oauth.enabled()) {
    // Below the base path: what reaches /mcp through a proxy reaches this too.
    options.resource_metadata_url = server.public_url + "/.well-known/oauth-protected-resource";
    options.default_scope = usual_scopes;
  }
  return options;
}

api::OauthOptions oauth_options(const config::ServerConfig& server) {
  api::OauthOptions options;
  options.public_url = server.public_url;
  if (server.oauth.authorization_server.enabled) {
    options.authorization_servers.push_back(server.public_url);
  }
  if (!server.oauth.issuer.empty()) options.authorization_servers.push_back(server.oauth.issuer);
  options.guard = mcp_options(server, {}).guard;
  return options;
}

mcp::TaskOptions task_options(const config::Config& config) {
  mcp::TaskOptions options;
  options.ledger.worker = worker_name(config.server.listen);
  options.ledger.lifetime = std::chrono::hours(config.mcp.task_ttl_hours);
  options.ledger.look_up_hint =
      "See what is there with comms_get_channel_status, or ask your operator, before you call the "
      "tool again.";
  return options;
}

provisioning::ProvisioningSettings provisioning_settings(const config::Config& config) {
  provisioning::ProvisioningSettings settings;
  settings.public_url = config.server.public_url;
  settings.agent_slots = config.provisioning.agent_slots;
  settings.worker = worker_name(config.server.listen);
  settings.identity = config.provisioning.identity;
  settings.isolation = config.provisioning.isolation;
  settings.whatsapp_senders = config.provisioning.whatsapp_senders;
  settings.purchase_grace = seconds(config.provisioning.purchase_grace_seconds);
  settings.purchase_retry = seconds(config.provisioning.purchase_retry_seconds);
  settings.own_ids_only = config.edition != "community";
  return settings;
}

messaging::BodyStorage::Settings body_storage_settings(const config::Config& config) {
  messaging::BodyStorage::Settings settings;
  settings.by_default = config.messaging.store_bodies;
  settings.default_days = config.retention.bodies_days;
  return settings;
}

ops::Retention::Settings retention_settings(const config::Config& config) {
  const config::RetentionConfig& retention = config.retention;
  ops::Retention::Settings settings;
  settings.enabled = retention.enabled;
  settings.hour = retention.hour;
  settings.days = {{"messages_days", retention.messages_days},
                   {"usage_days", retention.usage_days},
                   {"calls_days", retention.calls_days},
                   {"dead_letter_days", retention.dead_letter_days},
                   {"otp_days", retention.otp_days},
                   {"revoked_consent_days", retention.revoked_consent_days},
                   {"inbox_days", config.messaging.inbox_retention_days},
                   {"callback_days", config.messaging.callbacks.history_days}};
  settings.body_days = config.messaging.store_bodies ? retention.bodies_days : 0;
  settings.worker = worker_name(config.server.listen);
  return settings;
}

Result<std::string> credentials_key(const config::Config& config, Random& random) {
  constexpr std::size_t key_characters = 64;
  auto secret = config::read_secret(config.secrets, "credentials_key");
  if (secret) return secret->reveal();
  if (secret.error().code != ErrorCode::not_found) return fail(secret.error());
  const std::string path = config.data_dir + "/credentials.key";
  const auto read = [&] {
    std::string text;
    std::ifstream(path) >> text;
    return text;
  };
  std::array<std::uint8_t, key_characters / 2> noise{};
  random.fill(noise);
  const std::string made =
      to_hex(std::string_view(reinterpret_cast<const char*>(noise.data()), noise.size()));
  // Of two processes that start at the same time one makes it.
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file >= 0) {
    const bool written =
        ::write(file, made.data(), made.size()) == static_cast<ssize_t>(made.size()) &&
        ::fsync(file) == 0;
    ::close(file);
    if (written) return made;
    ::unlink(path.c_str());
  }
  std::string text = read();
  if (text.size() == key_characters) return text;
  return fail(ErrorCode::unavailable,
              "the key for credentials, " + path +
                  ", can be neither read nor made; the server's user must be able to write there, "
                  "or give the secret credentials_key");
}

Result<std::string> credentials_key_before(const config::Config& config) {
  auto secret = config::read_secret(config.secrets, "credentials_key_before");
  if (secret) return secret->reveal();
  if (secret.error().code != ErrorCode::not_found) return fail(secret.error());
  return std::string();
}

}  // namespace commsd
