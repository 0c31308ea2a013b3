#pragma once

#include <memory>
#include <string>
#include <vector>

#include "api/oauth_routes.h"
#include "base/random.h"
#include "base/result.h"
#include "config/config.h"
#include "identity/authorization_service.h"
#include "identity/jwt_verifier.h"
#include "identity/oauth_clients.h"
#include "mcp/mcp_server.h"
#include "mcp/task_service.h"
#include "messaging/body_storage.h"
#include "messaging/callback_sender.h"
#include "messaging/circuit_breaker.h"
#include "messaging/delivery.h"
#include "messaging/inbound_pipeline.h"
#include "net/egress.h"
#include "net/server_options.h"
#include "ops/retention.h"
#include "policy/limits.h"
#include "policy/media_limits.h"
#include "policy/policy_gate.h"
#include "policy/price_table.h"
#include "policy/rule_age.h"
#include "provisioning/provisioning_types.h"
#include "tools/tools.h"
#include "voice/call_events.h"
#include "voice/dialler.h"

// What each part of the server is told of the configuration. The rooms do not know the
// configuration's shape; here, and nowhere else, the two meet.
namespace commsd {

/// invalid_argument when an exception under egress.allow cannot be read.
Result<std::shared_ptr<const net::EgressPolicy>> egress_policy(const config::Config& config);
net::ServerOptions server_options(const config::ServerConfig& server);
messaging::DeliverySettings delivery_settings(const config::Config& config,
                                              std::string contact_key);
messaging::MediaSettings media_settings(const config::MessagingConfig& messaging);
messaging::CallbackSettings callback_settings(const config::Config& config);
/// `intent` outlives the pipeline.
messaging::InboundSettings inbound_settings(const config::Config& config, std::string contact_key,
                                            const policy::OptOutIntent& intent);
/// Those of the folder in the configuration, or what ships with the server. invalid_argument names
/// the file, the line and what is wrong.
Result<policy::RulePack> rule_pack(const config::ComplianceConfig& compliance);
Result<policy::ContentFilter> content_rules(const config::ComplianceConfig& compliance);
Result<policy::MediaLimits> media_limits(const config::MessagingConfig& messaging);
policy::AgeLimits age_limits(const config::ComplianceConfig& compliance);
policy::GateSettings gate_settings(const config::ComplianceConfig& compliance,
                                   std::string contact_key);
voice::DiallerSettings dialler_settings(const config::Config& config);
voice::CallEventsSettings call_events_settings(const config::Config& config,
                                               std::string contact_key);
tools::CallTexts call_texts(const config::VoiceConfig& voice);
messaging::BreakerSettings breaker_settings(const config::BreakerConfig& breaker);

/// invalid_argument: more than six decimals.
Result<policy::Limits> default_limits(const config::LimitsConfig& limits);
/// Prices and tiers: those that ship, or of the file named. invalid_argument names the key.
Result<policy::PriceTable> price_table_of(const config::BillingConfig& billing);
Result<policy::TierTable> tier_table_of(const config::BillingConfig& billing);
/// The server's markup in millionths of the cost. invalid_argument: more than four decimals.
Result<std::int64_t> markup_ppm(const config::BillingConfig& billing);

/// The addresses by which clients know this server as an OAuth resource (RFC 8707).
std::vector<std::string> resources(const std::string& public_url);
identity::ClientRules client_rules(const config::AuthorizationServerConfig& server);
identity::JwtRules jwt_rules(const config::ServerConfig& server);
identity::AuthorizationRules authorization_rules(const config::ServerConfig& server);
api::OauthOptions oauth_options(const config::ServerConfig& server);

mcp::McpOptions mcp_options(const config::ServerConfig& server, std::string session_key);
mcp::TaskOptions task_options(const config::Config& config);
provisioning::ProvisioningSettings provisioning_settings(const config::Config& config);

messaging::BodyStorage::Settings body_storage_settings(const config::Config& config);
ops::Retention::Settings retention_settings(const config::Config& config);

/// What credentials in the database are encrypted with: the secret `credentials_key`, which several
/// servers on one database must share, else the file credentials.key in data_dir, which is made
/// (mode 0600) when there is none. [blocks on files] unavailable: it can be neither read nor made.
Result<std::string> credentials_key(const config::Config& config, Random& random);
/// The one before, while there may be texts of its: the secret `credentials_key_before`; "" = none.
Result<std::string> credentials_key_before(const config::Config& config);

}  // namespace commsd
