#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "api/inbound_media.h"
#include "api/oauth_routes.h"
#include "api/plugin_upload.h"
#include "api/rest_api.h"
#include "api/unsubscribe.h"
#include "api/webhooks.h"
#include "application.h"
#include "base/gate.h"
#include "call_parts.h"
#include "identity/agent_tokens.h"
#include "identity/authorization_service.h"
#include "identity/data_keys.h"
#include "identity/issuer_keys.h"
#include "identity/jwt_verifier.h"
#include "identity/organization_modes.h"
#include "identity/refusal_log.h"
#include "identity/sealed_columns.h"
#include "identity/sealing_store.h"
#include "identity/token_service.h"
#include "interrupted_work.h"
#include "mcp/mcp_server.h"
#include "mcp/prompt_registry.h"
#include "mcp/resource_registry.h"
#include "mcp/stored_sessions.h"
#include "mcp/task_service.h"
#include "messaging/body_storage.h"
#include "messaging/callback_copies.h"
#include "messaging/callback_sender.h"
#include "messaging/contact_erasure.h"
#include "messaging/inbound_pipeline.h"
#include "messaging/limit_news.h"
#include "messaging/message_history.h"
#include "messaging/routes.h"
#include "messaging/scheduled_sends.h"
#include "net/event_loops.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "net/ws_client.h"
#include "ops/control_server.h"
#include "ops/health.h"
#include "ops/process_metrics.h"
#include "ops/retention.h"
#include "ops/scheduler.h"
#include "plugin/provider_manager.h"
#include "plugin/upload_codes.h"
#include "policy/contact_preferences.h"
#include "policy/dnc_import.h"
#include "policy/limit_service.h"
#include "policy/media_rules.h"
#include "policy/policy_gate.h"
#include "policy/rule_age.h"
#include "policy/sandbox_gate.h"
#include "policy/spend_guard.h"
#include "policy/unsubscribe_links.h"
#include "policy/usage_report.h"
#include "provisioning/pools.h"
#include "provisioning/provider_registry.h"
#include "store/database_store.h"
#include "tools/change_publisher.h"
#include "tools/tools.h"

namespace commsd {

/// In order of construction; destruction runs backwards.
struct Application::Parts {
  Parts(config::Config from, bool alone) : config(std::move(from)), safe_mode(alone) {}

  Result<void> open_store();
  Result<void> read_rules();
  /// What of the rules is older than it should be; a line in the log for each file.
  std::vector<policy::StaleFile> stale_rules() const;
  void warn_of_stale_rules() const;
  Result<void> build();
  Result<void> build_content();
  Result<void> build_erasure(const std::string& contact_key, const std::string& code_key);
  Result<void> build_limits();
  Result<void> build_messaging(const std::string& contact_key);
  Result<void> build_callbacks(const std::string& contact_key);
  Result<void> build_tenancy();
  Result<void> fill_registries();
  void publish_changes();
  void add_health();
  void build_oauth();
  Task<Result<identity::Principal>> authenticate(std::string_view token);
  void add_commands();
  void add_jobs();
  Task<void> recover(Gate::Pass pass, std::shared_ptr<InterruptedWork> interrupted);

  config::Config config;
  const bool safe_mode;
  SystemClock clock;
  SystemRandom random;
  Ids ids{clock, random};
  net::EventLoops loops{static_cast<std::size_t>(config.server.loops)};
  plugin::ThreadExecutor aside;  // for what would keep a loop from its connections
  std::shared_ptr<net::Resolver> resolver = std::make_shared<net::Resolver>();
  std::optional<net::HttpClient> http_client;
  std::optional<net::WsClient> ws_client;
  plugin::ProviderCaches caches;
  plugin::UploadCodes upload_codes{clock, random};
  std::optional<plugin::ProviderManager> providers;
  std::unique_ptr<store::DatabaseStore> store;
  std::optional<identity::OrganizationModes> modes;
  std::optional<policy::SandboxGate> gate;          // what mission code knows as the providers
  std::optional<policy::SandboxGate> inbound_gate;  // the same, open to suspended organizations
  std::optional<policy::ComplianceEngine> countries;
  std::optional<policy::ContentRules> content_filter;
  std::optional<policy::DncLists> dnc_lists;
  std::optional<policy::MediaRules> media_limits;
  policy::OptOutIntent intent = policy::OptOutIntent::standard();
  std::optional<policy::PolicyGate> policy_gate;
  std::optional<policy::UnsubscribeLinks> unsubscribe_links;
  std::optional<policy::ContactPreferences> contacts;
  std::optional<policy::DncImport> dnc_import;
  std::optional<store::AuditLog> audit;
  std::optional<identity::RefusalLog> refusals;
  std::string credentials_secret;
  std::string secret_before;  // credentials_key_before
  std::optional<identity::DataKeys> data_keys;
  std::optional<identity::SealedColumns> sealed_columns;
  std::optional<identity::SealingStore> content;  // the store, for whoever works with content
  std::optional<messaging::BodyStorage> bodies;
  std::optional<policy::PriceTable> prices;
  std::optional<policy::TierTable> tiers;
  std::optional<policy::LimitAlerts> alerts;
  std::optional<policy::SpendGuard> spend;
  std::optional<policy::LimitService> limits;
  std::optional<policy::UsageReport> usage;
  std::optional<identity::TokenService> tokens;
  std::optional<identity::AgentTokens> agent_tokens;
  std::optional<identity::IssuerKeys> issuer_keys;
  std::optional<identity::JwtVerifier> jwt_verifier;
  std::optional<identity::OauthClients> oauth_clients;
  std::optional<identity::AuthorizationService> authorization;
  std::optional<api::OauthRoutes> oauth_routes;
  policy::OptOutKeywords keywords = policy::OptOutKeywords::standard();
  std::optional<messaging::CircuitBreaker> breaker;
  messaging::InFlight in_flight;
  std::optional<messaging::Delivery> delivery;
  std::optional<messaging::Inbox> inbox;
  std::optional<messaging::CallbackEndpoints> callback_endpoints;
  std::optional<messaging::CallbackPost> callback_post;
  std::optional<messaging::CallbackSender> callbacks;
  std::optional<messaging::LimitNews> limit_news;
  std::optional<messaging::CallbackCopies> callback_copies;
  std::optional<messaging::Routes> routes;
  std::optional<messaging::AgentPost> agent_post;
  std::optional<messaging::MediaLinks> media_links;
  std::optional<messaging::InboundMedia> media;
  std::optional<messaging::WhatsappTemplates> templates;
  std::optional<messaging::OutboundPipeline> outbound;
  std::optional<messaging::ScheduledSends> scheduled;
  std::optional<messaging::ContactErasure> erasure;
  std::optional<messaging::InboundPipeline> inbound;
  std::optional<CallParts> calls;
  std::optional<messaging::MessageHistory> history;
  std::optional<messaging::Threads> threads;
  std::optional<messaging::ContactLinks> contact_links;
  std::optional<identity::OrganizationService> tenants;
  std::optional<provisioning::ProviderRegistry> registered;
  std::optional<provisioning::ProvisioningService> provisioning;
  std::optional<provisioning::Pools> pools;
  std::optional<tools::Confirmation> confirmation;
  std::optional<tools::Services> services;
  mcp::ToolRegistry registry;
  mcp::ResourceRegistry resource_registry;
  mcp::PromptRegistry prompt_registry;
  std::optional<mcp::StoredSessions> mcp_sessions;
  std::optional<mcp::McpServer> mcp;
  std::optional<tools::ChangePublisher> publisher;
  std::optional<mcp::ResourceWatch> resource_watch;
  std::optional<mcp::TaskService> tasks;
  std::optional<api::RestApi> rest;
  std::optional<api::PluginUpload> plugin_upload;
  std::optional<api::Webhooks> webhooks;
  std::optional<api::Unsubscribe> unsubscribe;
  std::optional<api::InboundMedia> inbound_media;
  ops::Health health{clock};
  ops::ProcessMetrics process_metrics{telemetry::metrics()};
  ops::ControlRegistry commands;
  std::optional<ops::ControlServer> control;
  std::optional<ops::Retention> retention;
  std::optional<ops::Scheduler> scheduler;
  net::Router router;
  std::optional<net::HttpServer> server;
  Gate recovery;
  std::atomic<bool> stopping{false};
  std::atomic<bool> tokens_ended{false};  // since the open streams were last asked about theirs
  std::optional<provisioning::Welcome> welcome;
};

}  // namespace commsd
