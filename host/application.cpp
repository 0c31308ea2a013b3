#include "application.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <sys/resource.h>
#include <unistd.h>

#include "api/oauth_routes.h"
#include "api/rest_api.h"
#include "api/unsubscribe.h"
#include "api/webhooks.h"
#include "base/block_on.h"
#include "base/gate.h"
#include "base/json_writer.h"
#include "call_parts.h"
#include "config/restart.h"
#include "fetch_document.h"
#include "identity/agent_tokens.h"
#include "identity/authorization_service.h"
#include "identity/issuer_keys.h"
#include "identity/jwt_verifier.h"
#include "identity/organization_modes.h"
#include "identity/server_keys.h"
#include "identity/token_service.h"
#include "mcp/mcp_server.h"
#include "mcp/prompt_methods.h"
#include "mcp/resource_methods.h"
#include "mcp/stored_sessions.h"
#include "mcp/task_service.h"
#include "messaging/inbound_pipeline.h"
#include "messaging/message_history.h"
#include "net/event_loops.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "net/ws_client.h"
#include "ops/admin_commands.h"
#include "ops/contact_commands.h"
#include "ops/control_server.h"
#include "ops/health_routes.h"
#include "ops/oauth_commands.h"
#include "ops/process_metrics.h"
#include "ops/scheduler.h"
#include "ops/tenancy_commands.h"
#include "plugin/host_factory.h"
#include "plugin/provider_manager.h"
#include "policy/contact_preferences.h"
#include "policy/dnc_import.h"
#include "policy/limit_service.h"
#include "policy/policy_gate.h"
#include "policy/sandbox_gate.h"
#include "policy/spend_guard.h"
#include "policy/unsubscribe_links.h"
#include "policy/usage_report.h"
#include "provisioning/pools.h"
#include "provisioning/provider_registry.h"
#include "settings.h"
#include "store/acquisition_repository.h"
#include "store/consent_repository.h"
#include "store/contact_hours_repository.h"
#include "store/database_store.h"
#include "store/idempotency_repository.h"
#include "store/inbound_event_repository.h"
#include "store/inbox_repository.h"
#include "store/mcp_session_repository.h"
#include "store/organization_repository.h"
#include "store/usage_repository.h"
#include "telemetry/log.h"
#include "tools/change_publisher.h"
#include "tools/resources.h"
#include "tools/tools.h"
#include "version.h"

namespace commsd {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Event streams are file descriptors: what the kernel allows is how many agents can listen.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

std::string active_providers(const plugin::ProviderManager& manager) {
  JsonWriter out;
  out.begin_object();
  for (const plugin::ProviderState& state : manager.states()) {
    if (state.role == "use" && !state.slot.empty()) out.field(state.slot, state.name);
  }
  return out.end_object().take();
}

}  // namespace

/// In order of construction; destruction runs backwards.
struct Application::Parts {
  explicit Parts(config::Config from) : config(std::move(from)), loops(config_loops()) {}

  std::size_t config_loops() const { return static_cast<std::size_t>(config.server.loops); }

  Result<void> open_store();
  Result<void> read_rules();
  Result<void> build();
  Result<void> build_limits();
  Result<void> build_tenancy();
  Result<void> fill_registries();
  void publish_changes();
  void add_health();
  void build_oauth();
  Task<Result<identity::Principal>> authenticate(std::string_view token);
  void add_commands();
  void add_jobs();
  struct Interrupted {  // by the last stop: messages, and behind them calls
    std::vector<store::Attempt> attempts;
    std::vector<store::CallAttempt> calls;
    std::atomic<std::size_t> next{0};
    std::size_t size() const { return attempts.size() + calls.size(); }
  };
  Task<void> recover(Gate::Pass pass, std::shared_ptr<Interrupted> interrupted);

  config::Config config;
  SystemClock clock;
  SystemRandom random;
  Ids ids{clock, random};
  net::EventLoops loops;
  std::shared_ptr<net::Resolver> resolver = std::make_shared<net::Resolver>();
  std::optional<net::HttpClient> http_client;
  std::optional<net::WsClient> ws_client;
  plugin::ProviderCaches caches;
  std::optional<plugin::ProviderManager> providers;
  std::unique_ptr<store::DatabaseStore> store;
  std::optional<identity::OrganizationModes> modes;
  std::optional<policy::SandboxGate> gate;          // what mission code knows as the providers
  std::optional<policy::SandboxGate> inbound_gate;  // the same, open to suspended organizations
  std::optional<policy::ComplianceEngine> countries;
  std::optional<policy::ContentFilter> content_filter;
  std::optional<policy::DncLists> dnc_lists;
  policy::OptOutIntent intent = policy::OptOutIntent::standard();
  std::optional<policy::PolicyGate> policy_gate;
  std::optional<policy::UnsubscribeLinks> unsubscribe_links;
  std::optional<policy::ContactPreferences> contacts;
  std::optional<policy::DncImport> dnc_import;
  std::optional<store::AuditLog> audit;
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
  std::optional<messaging::OutboundPipeline> outbound;
  std::optional<messaging::Inbox> inbox;
  std::optional<messaging::InboundPipeline> inbound;
  std::optional<CallParts> calls;
  std::optional<messaging::MessageHistory> history;
  std::optional<messaging::Threads> threads;
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
  std::optional<mcp::TaskService> tasks;
  std::optional<api::RestApi> rest;
  std::optional<api::Webhooks> webhooks;
  std::optional<api::Unsubscribe> unsubscribe;
  ops::Health health{clock};
  ops::ProcessMetrics process_metrics{telemetry::metrics()};
  ops::ControlRegistry commands;
  std::optional<ops::ControlServer> control;
  std::optional<ops::Scheduler> scheduler;
  net::Router router;
  std::optional<net::HttpServer> server;
  Gate recovery;
  std::atomic<bool> stopping{false};
  std::optional<provisioning::Welcome> welcome;
};

Result<void> Application::Parts::open_store() {
  auto policy = egress_policy(config);
  if (!policy) return fail(policy.error());
  net::HttpClient::Options client_options;
  client_options.ca_file = config.egress.ca_file;
  http_client.emplace(std::move(client_options), resolver, *policy);
  ws_client.emplace(net::WsClient::Options(), resolver, *policy);

  plugin::ProviderManager::Options options;
  options.make_host = plugin::service_hosts(
      {&*http_client, &*ws_client, clock, random, caches, telemetry::metrics()});
  options.host_version = COMMSD_VERSION;
  providers.emplace(std::move(options));
  if (auto started = providers->start(config); !started) return started;
  const auto database = providers->database();
  if (!database) {
    if (!config.providers.contains("database")) {
      return fail(ErrorCode::invalid_argument,
                  "providers.database: no database is configured; for one server on its own: "
                  "database: { use: sqlite, config: { path: commsd.db } }");
    }
    std::string reason = "its provider is not loaded";
    for (const plugin::ProviderState& state : providers->states()) {
      if (state.slot == "database" && !state.reason.empty()) reason = state.reason;
    }
    return fail(ErrorCode::unavailable, "the database cannot be used: " + reason);
  }
  auto opened = store::DatabaseStore::open(*database, clock);
  if (!opened) return fail(opened.error());
  store = std::move(*opened);
  return {};
}

Result<void> Application::Parts::read_rules() {
  auto pack = rule_pack(config.compliance);
  if (!pack) return fail(pack.error());
  countries.emplace(std::move(*pack), policy::PhoneNumbers::standard());
  auto filter = content_rules(config.compliance);
  if (!filter) return fail(filter.error());
  content_filter.emplace(std::move(*filter));
  dnc_lists.emplace(*store);
  return block_on(loops.at(0), dnc_lists->refresh());
}

Result<void> Application::Parts::build() {
  auto session_key =
      block_on(loops.at(0), identity::server_key(*store, "session_key", clock, random));
  if (!session_key) return fail(session_key.error());
  auto contact_key =
      block_on(loops.at(0), identity::server_key(*store, "contact_key", clock, random));
  if (!contact_key) return fail(contact_key.error());

  modes.emplace(*store);
  if (auto read = block_on(loops.at(0), modes->refresh()); !read) return read;
  gate.emplace(*providers, *modes);
  inbound_gate.emplace(*providers, *modes, policy::SandboxGate::Suspended::open_to_suspended);
  audit.emplace(*store, clock, ids);
  if (auto read = build_limits(); !read) return read;
  tokens.emplace(*store, clock, random, ids);
  agent_tokens.emplace(*store, *tokens, *audit, clock);
  unsubscribe_links.emplace(*contact_key, config.server.public_url);
  contacts.emplace(*store, *audit, clock, ids, *contact_key);
  dnc_import.emplace(*store, *audit, clock, *contact_key);
  if (auto read = read_rules(); !read) return read;
  policy_gate.emplace(*store, policy::GateRules{*modes, *countries, *content_filter, *dnc_lists},
                      clock, gate_settings(config.compliance, *contact_key));
  breaker.emplace(clock, breaker_settings(config.messaging.breaker));
  delivery.emplace(*store, *gate, *policy_gate, *breaker, in_flight, clock, ids,
                   delivery_settings(config, *contact_key));
  messaging::OutboundSettings outbound_settings;
  outbound_settings.dedupe_window = seconds(config.messaging.dedupe_window_seconds);
  outbound_settings.limits.attachments_bytes =
      static_cast<std::size_t>(config.messaging.max_media_bytes);
  // RFC 8058 wants an https address; mailbox providers ignore any other.
  if (config.server.public_url.starts_with("https://")) {
    outbound_settings.unsubscribe = &*unsubscribe_links;
  }
  outbound_settings.contact_key = *contact_key;
  outbound.emplace(*store, *policy_gate, *spend, *delivery, in_flight, clock, ids,
                   std::move(outbound_settings));
  inbox.emplace(*store, clock);
  inbound.emplace(*store, *inbound_gate, *outbound, *inbox, keywords, clock, ids,
                  inbound_settings(config.compliance, *contact_key, intent));
  auto call_key = block_on(loops.at(0), identity::server_key(*store, "call_key", clock, random));
  if (!call_key) return fail(call_key.error());
  const auto storage = [this](const plugin::Scope& scope) { return providers->storage(scope); };
  calls.emplace(CallParts::Base{config, *store, *gate, storage, *policy_gate, *spend, *outbound,
                                *inbox, *breaker, clock, random, ids, *contact_key,
                                std::move(*call_key)});
  history.emplace(*store);
  threads.emplace(*store, messaging::ContactIds(*contact_key));
  if (auto built = build_tenancy(); !built) return built;

  auto confirm_key =
      block_on(loops.at(0), identity::server_key(*store, "confirm_key", clock, random));
  if (!confirm_key) return fail(confirm_key.error());
  confirmation.emplace(*store, clock, random, std::move(*confirm_key), config.mcp.confirm);
  services.emplace(tools::Services{*outbound, *inbox, *history, *threads, *provisioning,
                                   *agent_tokens, *contacts, *confirmation, *limits, *usage, prices->currency(), "commsd",
                                   COMMSD_VERSION, [this] { return active_providers(*providers); },
                                   calls->calls, calls->bridges, calls->history, calls->codes,
                                   calls->spoken_audio, call_texts(config.voice)});
  services->organizations = &*tenants;
  services->registry = &*registered;
  if (auto filled = fill_registries(); !filled) return filled;
  mcp_sessions.emplace(*store, clock);
  mcp::McpOptions settings = mcp_options(config.server, std::move(*session_key));
  settings.session_store = &*mcp_sessions;
  mcp.emplace(
      registry, [this](std::string_view token) { return authenticate(token); }, clock, random,
      std::move(settings));
  tasks.emplace(*store, mcp->hub(), clock, random, task_options(config));
  tasks->attach(mcp->dispatcher());
  mcp::add_resource_methods(mcp->dispatcher(), resource_registry);
  mcp->serve_resource_subscriptions([this](identity::Principal principal, std::string uri) {
    return resource_registry.readable(std::move(principal), std::move(uri));
  });
  mcp::add_prompt_methods(mcp->dispatcher(), prompt_registry);
  mcp::add_completion_method(mcp->dispatcher(), prompt_registry, resource_registry);
  publish_changes();
  rest.emplace(mcp->dispatcher().tool_caller(), mcp->access(), clock,
               api::RestOptions{config.server.public_url, COMMSD_VERSION,
                                static_cast<std::size_t>(config.server.limits.body_bytes)});
  webhooks.emplace(*inbound, calls->events);
  unsubscribe.emplace(*unsubscribe_links, *contacts);
  build_oauth();
  return {};
}

Result<void> Application::Parts::build_limits() {
  auto price_table = price_table_of(config.billing);
  if (!price_table) return fail(price_table.error());
  auto tier_table = tier_table_of(config.billing);
  if (!tier_table) return fail(tier_table.error());
  auto markup = markup_ppm(config.billing);
  if (!markup) return fail(markup.error());
  auto defaults = default_limits(config.limits);
  if (!defaults) return fail(defaults.error());
  prices = std::move(*price_table);
  tiers = std::move(*tier_table);
  alerts.emplace(*store, *audit, clock);
  spend.emplace(*store, *prices, *tiers, *alerts, clock, *defaults);
  limits.emplace(*store, *audit, *tiers, clock, *defaults, *markup);
  usage.emplace(*store, clock, *markup);
  return {};
}

Result<void> Application::Parts::build_tenancy() {
  tenants.emplace(*store, *tokens, *modes, *audit, clock, ids);
  Result<std::string> secret = credentials_key(config, random);
  if (!secret) return fail(secret.error());
  registered.emplace(*store, *providers, *audit, clock, random, sha256(*secret), config);
  provisioning.emplace(*store, *inbound_gate, *tokens, *audit, clock, ids,
                       provisioning_settings(config));
  provisioning->use_registry(*registered);
  pools.emplace(*store, *gate, *provisioning, *audit, clock);
  return block_on(loops.at(0), registered->refresh());
}

Result<void> Application::Parts::fill_registries() {
  registry.use_edition(config.edition);
  if (auto defined = registry.define_embedded(); !defined) return defined;
  tools::register_tools(registry, *services);
  if (auto sealed = registry.seal(); !sealed) return sealed;
  if (auto defined = resource_registry.define_embedded(); !defined) return defined;
  tools::register_resources(resource_registry, *services);
  if (auto sealed = resource_registry.seal(); !sealed) return sealed;
  if (auto defined = prompt_registry.define_embedded(); !defined) return defined;
  tools::register_prompts(prompt_registry, *services);
  return prompt_registry.seal();
}

void Application::Parts::publish_changes() {
  publisher.emplace(mcp->hub(), *threads);
  inbox->set_listener(&*publisher);
  inbound->set_listener(&*publisher);
  delivery->set_listener(&*publisher);
  calls->dialler.on_change([this](const store::Call& call) { publisher->call_changed(call); });
  provisioning->on_change([this](const std::string& org_id, const std::string& agent_id) {
    publisher->agent_changed(org_id, agent_id);
  });
  using Serves = mcp::Dispatcher::Serves;
  mcp->dispatcher().add_capability("tools", Serves::both, R"({"listChanged":true})");
}

void Application::Parts::build_oauth() {
  const config::OauthConfig& oauth = config.server.oauth;
  tokens->accept_audiences(resources(config.server.public_url));
  const identity::Fetch fetch = [this](std::string url) {
    return fetch_document(*http_client, std::move(url));
  };
  if (!oauth.issuer.empty()) {
    issuer_keys.emplace(oauth.issuer, oauth.jwks_url, fetch, clock);
    jwt_verifier.emplace(*store, clock, *issuer_keys, jwt_rules(config.server));
  }
  if (oauth.authorization_server.enabled) {
    oauth_clients.emplace(*store, fetch, clock, ids, client_rules(oauth.authorization_server));
    authorization.emplace(*store, *tokens, *oauth_clients, *audit, clock, random, ids,
                          authorization_rules(config.server));
  }
  if (!oauth.enabled()) return;
  oauth_routes.emplace(authorization ? &*authorization : nullptr,
                       oauth_clients ? &*oauth_clients : nullptr, clock,
                       oauth_options(config.server));
}

Task<Result<identity::Principal>> Application::Parts::authenticate(std::string_view token) {
  if (!jwt_verifier || !identity::looks_like_jwt(token)) {
    Task<Result<identity::Principal>> verifying = tokens->verify(token);
    co_return co_await std::move(verifying);
  }
  Task<Result<identity::Principal>> verifying = jwt_verifier->verify(token);
  Result<identity::Principal> principal = co_await std::move(verifying);
  if (principal && modes->is_suspended(principal->org_id)) {
    co_return fail(ErrorCode::permission_denied, std::string(identity::suspended_organization));
  }
  co_return principal;
}

void Application::Parts::add_health() {
  health.add("database", true, [this]() -> Task<Result<void>> {
    if (auto damage = store->damage()) co_return fail(std::move(*damage));
    const store::OrganizationRepository organizations(*store);
    auto found = co_await organizations.find("none");
    if (!found) co_return fail(found.error());
    co_return Result<void>();
  });
  for (const char* slot : {"telephony", "email", "whatsapp", "tts", "stt", "voice", "storage"}) {
    ops::Health::Probe probe;
    if (config.providers.contains(slot)) probe = [this, slot] { return providers->check(slot); };
    health.add(slot, false, std::move(probe));
  }
}

void Application::Parts::add_commands() {
  ops::add_admin_commands(commands, {*store, *tokens, *provisioning, *outbound, *history,
                                     *providers, *modes, *audit, clock, ids});
  ops::add_oauth_commands(commands,
                          {*store, *tokens, *provisioning, *audit, clock,
                           authorization ? &*authorization : nullptr, config.server.oauth.issuer});
  ops::add_contact_commands(commands, {*store, *contacts, *dnc_import, clock});
  ops::add_tenancy_commands(commands, {*store, *tenants, *provisioning, *pools});
  commands.add("status", "Show whether the server can do its work",
               [this](JsonValue) -> Task<Result<std::string>> {
                 const ops::HealthReport report = co_await health.report();
                 const net::ServerStats stats = server->stats();
                 JsonWriter out;
                 out.begin_object().field("version", COMMSD_VERSION);
                 out.field("listen", config.server.listen).raw_field("health", report.to_json());
                 out.field("connections", stats.connections_open);
                 out.field("requests", stats.requests).field("streams", stats.streams_open);
                 out.field("inFlight", in_flight.size()).key("circuits").begin_array();
                 for (const auto& circuit : breaker->states()) {
                   out.begin_object().field("provider", circuit.provider);
                   out.field("channel", circuit.channel).field("state", circuit.state);
                   out.end_object();
                 }
                 co_return out.end_array().end_object().take();
               });
  commands.add("routes.list", "List the paths that the server answers",
               [this](JsonValue) -> Task<Result<std::string>> {
                 JsonWriter out;
                 out.begin_object().key("routes").begin_array();
                 for (const net::Router::Route* route : router.routes()) {
                   out.begin_object().field("method", route->method);
                   out.field("path", route->pattern).end_object();
                 }
                 co_return out.end_array().end_object().take();
               });
  commands.add("reload", "Read the configuration again (the same as SIGHUP)",
               [](JsonValue) -> Task<Result<std::string>> {
                 kill(getpid(), SIGHUP);
                 co_return std::string("{\"reloading\":true}");
               });
}

void Application::Parts::add_jobs() {
  scheduler->every(seconds(1), "retry_messages", [this]() -> Task<Result<void>> {
    constexpr std::int64_t most = 100;
    // What gathered while a vendor was down must drain faster than it comes. Not without end: what
    // cannot be saved now stays due. And no more at once than a vendor that is slow may pile up.
    constexpr int most_rounds = 10;
    constexpr std::size_t most_in_flight = 1'000;
    for (int round = 0; round < most_rounds; ++round) {
      auto due = co_await delivery->run_due(most);
      if (!due) co_return fail(due.error());
      const bool all = *due < static_cast<std::size_t>(most);
      if (all || stopping || in_flight.size() >= most_in_flight) break;
    }
    co_return Result<void>();
  });
  scheduler->every(seconds(30), "forgotten_attempts", [this]() -> Task<Result<void>> {
    constexpr std::int64_t most = 100;
    auto forgotten = co_await delivery->forgotten(most);
    if (!forgotten) co_return fail(forgotten.error());
    for (store::Attempt& attempt : *forgotten) {
      if (stopping) break;
      co_await delivery->recover(std::move(attempt));
    }
    co_return Result<void>();
  });
  calls->add_jobs(*scheduler, stopping);
  if (authorization) {
    scheduler->every(std::chrono::hours(1), "oauth_purge",
                     [this] { return authorization->purge(); });
  }
  scheduler->every(seconds(10), "purchases", [this]() -> Task<Result<void>> {
    constexpr std::int64_t most = 100;
    auto found = co_await provisioning->purchases().recover(most);
    if (!found) co_return fail(found.error());
    co_return Result<void>();
  });
  // Another worker may have registered one.
  scheduler->every(seconds(5), "registered_providers", [this] { return registered->refresh(); });
  // Another worker may have approved an organization.
  scheduler->every(seconds(5), "organization_modes", [this] { return modes->refresh(); });
  scheduler->every(seconds(30), "dnc_lists", [this] { return dnc_lists->refresh(); });
  scheduler->every(seconds(30), "stream_tokens", [this]() -> Task<Result<void>> {
    co_await mcp->check_streams();
    co_return Result<void>();
  });
  scheduler->every(seconds(10), "process_metrics", [this]() -> Task<Result<void>> {
    process_metrics.update();
    co_return Result<void>();
  });
  scheduler->every(seconds(15), "task_leases", [this] { return tasks->keep_leases(); });
  scheduler->every(seconds(2), "task_cancellations",
                   [this] { return tasks->take_cancellations(); });
  scheduler->every(std::chrono::hours(1), "expired_tasks", [this] { return tasks->purge(); });
  scheduler->every(std::chrono::hours(1), "retention", [this]() -> Task<Result<void>> {
    constexpr std::int64_t most = 10'000;
    const UnixMillis now = clock.now();
    const config::MessagingConfig& messaging = config.messaging;
    store::UnitOfWork unit;
    store::InboxRepository::add_purge(unit, now - messaging.inbox_retention_days * 86'400'000,
                                      most);
    store::IdempotencyRepository::add_purge(unit, now - messaging.idempotency_hours * 3'600'000,
                                            most);
    // Far beyond the days for which vendors repeat a call.
    store::InboundEventRepository::add_purge(unit, now - 30 * std::int64_t{86'400'000}, most);
    store::McpSessionRepository::add_purge(unit, now, most);
    calls->add_purge(unit, now, most);
    store::AcquisitionRepository::add_purge(unit, now - 365 * std::int64_t{86'400'000}, most);
    auto purged = co_await store->commit(std::move(unit));
    if (!purged) co_return fail(purged.error());
    co_return Result<void>();
  });
}

Task<void> Application::Parts::recover(Gate::Pass pass, std::shared_ptr<Interrupted> interrupted) {
  const Gate::Pass inside = std::move(pass);
  while (!stopping) {  // what is left then stays open for the next start
    const std::size_t index = interrupted->next++;
    if (index >= interrupted->size()) co_return;
    const std::size_t messages = interrupted->attempts.size();
    if (index < messages) {
      co_await delivery->recover(std::move(interrupted->attempts[index]));
    } else {
      co_await calls->dialler.recover(std::move(interrupted->calls[index - messages]));
    }
  }
}

Application::Application(config::Config config)
    : parts_(std::make_unique<Parts>(std::move(config))) {}

Application::~Application() {
  parts_->loops.stop();
}

const std::optional<provisioning::Welcome>& Application::welcome() const {
  return parts_->welcome;
}

Result<void> Application::start() {
  Parts& p = *parts_;
  raise_descriptor_limit();
  if (auto opened = p.open_store(); !opened) return opened;
  if (auto built = p.build(); !built) return built;

  // Before anything new is sent: attempts that are open now were cut short by the last stop.
  auto interrupted = block_on(p.loops.at(0), p.delivery->interrupted());
  if (!interrupted) return fail(interrupted.error());
  auto interrupted_calls = block_on(p.loops.at(0), p.calls->dialler.interrupted());
  if (!interrupted_calls) return fail(interrupted_calls.error());
  if (p.config.first_run.sandbox) {
    auto made = block_on(p.loops.at(0), provisioning::first_run(*p.store, *p.gate, *p.provisioning,
                                                                *p.audit, p.clock, p.ids));
    if (!made) return fail(made.error());
    p.welcome = std::move(*made);
  }

  p.add_health();
  p.mcp->mount(p.router);
  if (p.oauth_routes) p.oauth_routes->mount(p.router);
  p.rest->mount(p.router);
  p.webhooks->mount(p.router);
  p.calls->spoken_media.mount(p.router);
  p.unsubscribe->mount(p.router);
  ops::add_health_routes(p.router, p.health, telemetry::metrics(), COMMSD_VERSION);
  p.server.emplace(p.loops, server_options(p.config.server), p.router);
  if (auto listening = p.server->start(); !listening) {
    p.server.reset();
    return listening;
  }
  // Not before it is sure that no other process listens here: its tasks are not ours to end.
  if (auto recovered = block_on(p.loops.at(0), p.tasks->recover()); !recovered) return recovered;
  p.add_commands();
  p.control.emplace(p.loops.at(0), p.commands, p.config.server.control_socket);
  if (auto listening = p.control->start(); !listening) return listening;
  p.scheduler.emplace(p.loops.at(0), p.random);
  p.add_jobs();
  p.scheduler->start();
  const auto shared = std::make_shared<Parts::Interrupted>();
  shared->attempts = std::move(*interrupted);
  shared->calls = std::move(*interrupted_calls);
  if (shared->size() > 0) {
    log::warn("recovering_attempts", {{"count", shared->size()}});
    // Side by side: a vendor is given seconds to show each one, and after a crash under load there
    // are many.
    constexpr std::size_t most_lanes = 32;
    const std::size_t lanes = std::min(most_lanes, shared->size());
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      std::optional<Gate::Pass> pass = p.recovery.enter();
      if (!pass) break;
      spawn(p.loops.next(), p.recover(std::move(*pass), shared));
    }
  }
  return {};
}

Result<void> Application::reload(const config::Config& config) {
  Parts& p = *parts_;
  auto policy = egress_policy(config);
  if (!policy) return fail(policy.error());
  const auto apply = [&p](const std::shared_ptr<const net::EgressPolicy>& rules) {
    p.http_client->set_policy(rules);
    p.ws_client->set_policy(rules);
  };
  // Before the providers: a new one may need the new exceptions for its first health check.
  apply(*policy);
  if (auto reloaded = p.registered->rebase(config); !reloaded) {
    if (const auto before = egress_policy(p.config)) apply(*before);
    return reloaded;
  }
  p.publisher->providers_changed();
  p.config.egress = config.egress;  // what the next refused reload goes back to
  for (const std::string& key : config::keys_for_restart(p.config, config)) {
    log::warn("restart_needed", {{"key", key}});
  }
  return {};
}

void Application::stop(milliseconds limit) {
  Parts& p = *parts_;
  net::EventLoop& loop = p.loops.at(0);
  p.stopping = true;
  const auto deadline = std::chrono::steady_clock::now() + limit;
  if (p.tasks) p.tasks->stop_accepting();
  const auto left = [deadline] {
    const auto rest = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    return std::max(rest, milliseconds(0));
  };
  // Not all of it: the listening socket is open until the server drains.
  if (p.mcp && p.server) block_on(loop, p.mcp->drain(limit / 2));
  if (p.server) block_on(loop, p.server->drain(left()));
  if (p.tasks) block_on(loop, p.tasks->drain(left()));
  if (p.control) block_on(loop, p.control->stop());
  if (p.scheduler) block_on(loop, p.scheduler->stop());
  block_on(loop, p.recovery.close());
  if (p.inbound) block_on(loop, p.inbound->close());
  if (p.delivery) block_on(loop, p.delivery->close());
  if (p.calls) block_on(loop, p.calls->dialler.close());
  block_on(loop, p.health.stop());
  p.loops.stop();
}

}  // namespace commsd
