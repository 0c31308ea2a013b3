#include "application_parts.h"

#include "base/block_on.h"
#include "base/json_writer.h"
#include "fetch_document.h"
#include "identity/server_keys.h"
#include "mcp/prompt_methods.h"
#include "mcp/resource_methods.h"
#include "media_http.h"
#include "ops/plugin_commands.h"
#include "plugin/host_factory.h"
#include "post_callback.h"
#include "settings.h"
#include "telemetry/log.h"
#include "tools/resources.h"
#include "version.h"

namespace commsd {

namespace {

using std::chrono::seconds;

std::string active_providers(const plugin::ProviderManager& manager) {
  JsonWriter out;
  out.begin_object();
  for (const plugin::ProviderState& state : manager.states()) {
    if (state.role == "use" && !state.slot.empty()) out.field(state.slot, state.name);
  }
  return out.end_object().take();
}

}  // namespace

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
  options.state_dir = config.data_dir;
  options.safe_mode = safe_mode;
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
  auto files = commsd::media_limits(config.messaging);
  if (!files) return fail(files.error());
  media_limits.emplace(std::move(*files));
  dnc_lists.emplace(*store);
  return block_on(loops.at(0), dnc_lists->refresh());
}

std::vector<policy::StaleFile> Application::Parts::stale_rules() const {
  return policy::stale_files(*countries, policy::PhoneNumbers::standard(),
                             age_limits(config.compliance), clock.now());
}

void Application::Parts::warn_of_stale_rules() const {
  for (const policy::StaleFile& one : stale_rules()) {
    log::warn("rules_stale", {{"file", one.file}, {"days", one.days}, {"most", one.most}});
  }
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
  refusals.emplace(*store, *audit, clock, config.server.limits.audited_refusals);
  if (auto built = build_content(); !built) return built;
  if (auto read = build_limits(); !read) return read;
  tokens.emplace(*store, clock, random, ids);
  tokens->write_refusals_to(*refusals);
  tokens->on_revoked([this] { tokens_ended = true; });
  agent_tokens.emplace(*store, *tokens, *audit, clock);
  unsubscribe_links.emplace(*contact_key, config.server.public_url);
  contacts.emplace(*store, *audit, clock, ids, *contact_key);
  dnc_import.emplace(*store, *audit, clock, *contact_key);
  if (auto read = read_rules(); !read) return read;
  policy_gate.emplace(*store, policy::GateRules{*modes, *countries, *content_filter, *dnc_lists},
                      clock, gate_settings(config.compliance, *contact_key));
  if (auto built = build_messaging(*contact_key); !built) return built;
  auto call_key = block_on(loops.at(0), identity::server_key(*store, "call_key", clock, random));
  if (!call_key) return fail(call_key.error());
  const auto storage = [this](const plugin::Scope& scope) { return providers->storage(scope); };
  if (auto built = build_erasure(*contact_key, *call_key); !built) return built;
  calls.emplace(CallParts::Base{config, *content, *gate, *providers, storage, *policy_gate, *spend,
                                *outbound, *inbox, *breaker, clock, random, ids, *contact_key,
                                std::move(*call_key), *bodies});
  history.emplace(*content);
  threads.emplace(*content, messaging::ContactIds(*contact_key));
  contact_links.emplace(*store, *audit, clock, ids);
  if (auto built = build_tenancy(); !built) return built;

  auto confirm_key =
      block_on(loops.at(0), identity::server_key(*store, "confirm_key", clock, random));
  if (!confirm_key) return fail(confirm_key.error());
  confirmation.emplace(*store, clock, random, std::move(*confirm_key), config.mcp.confirm);
  services.emplace(tools::Services{*outbound,
                                   *scheduled,
                                   *inbox,
                                   *history,
                                   *threads,
                                   *callback_endpoints,
                                   *provisioning,
                                   *agent_tokens,
                                   *contacts,
                                   *confirmation,
                                   *limits,
                                   *usage,
                                   prices->currency(),
                                   "commsd",
                                   COMMSD_VERSION,
                                   [this] { return active_providers(*providers); },
                                   calls->calls,
                                   calls->bridges,
                                   calls->history,
                                   calls->codes,
                                   calls->spoken_audio,
                                   call_texts(config.voice)});
  services->media = &*media;
  services->contact_links = &*contact_links;
  services->organizations = &*tenants;
  services->registry = &*registered;
  services->bodies = &*bodies;
  services->erasure = &*erasure;
  services->routes = &*routes;
  services->plugins = &*providers;
  services->enable_plugin = [this](std::string token_id, std::string name) {
    return ops::enable_plugin({*store, *providers, *audit, reload_soon}, std::move(token_id),
                              std::move(name));
  };
  if (auto filled = fill_registries(); !filled) return filled;
  mcp_sessions.emplace(*store, clock);
  mcp::McpOptions settings = mcp_options(config.server, std::move(*session_key));
  settings.session_store = &*mcp_sessions;
  mcp.emplace(
      registry, [this](std::string_view token) { return authenticate(token); }, clock, random,
      std::move(settings));
  tasks.emplace(*store, mcp->hub(), clock, random, task_options(config));
  tasks->attach(mcp->dispatcher());
  mcp->dispatcher().write_refusals_to(*refusals);
  mcp::add_resource_methods(mcp->dispatcher(), resource_registry);
  resource_watch.emplace(mcp->hub(), resource_registry);
  mcp->serve_resource_subscriptions([this](identity::Principal principal, std::string uri) {
    return resource_watch->begin(std::move(principal), std::move(uri));
  });
  mcp::add_prompt_methods(mcp->dispatcher(), prompt_registry);
  mcp::add_completion_method(mcp->dispatcher(), prompt_registry, resource_registry);
  publish_changes();
  rest.emplace(mcp->dispatcher().tool_caller(), mcp->access(), clock,
               api::RestOptions{config.server.public_url, COMMSD_VERSION,
                                static_cast<std::size_t>(config.server.limits.body_bytes)});
  plugin_upload.emplace(
      api::PluginUpload::Parts{
          mcp->access(), plugin::PluginInstaller({config.data_dir, COMMSD_VERSION, "", {"/"}}),
          upload_codes, *store, *audit},
      config.plugins);
  webhooks.emplace(*inbound, calls->events,
                   static_cast<std::size_t>(config.server.limits.mail_webhook_bytes), aside);
  unsubscribe.emplace(*unsubscribe_links, *contacts);
  inbound_media.emplace(*media);
  build_oauth();
  return {};
}

Result<void> Application::Parts::build_messaging(const std::string& contact_key) {
  breaker.emplace(clock, breaker_settings(config.messaging.breaker));
  messaging::DeliverySettings delivering = delivery_settings(config, contact_key);
  delivering.bodies = &*bodies;
  delivery.emplace(*content, *gate, *policy_gate, *breaker, in_flight, clock, ids,
                   std::move(delivering));
  messaging::OutboundSettings outbound_settings;
  outbound_settings.dedupe_window = seconds(config.messaging.dedupe_window_seconds);
  outbound_settings.limits.attachments_bytes =
      static_cast<std::size_t>(config.messaging.max_media_bytes);
  // RFC 8058 wants an https address; mailbox providers ignore any other.
  if (config.server.public_url.starts_with("https://")) {
    outbound_settings.unsubscribe = &*unsubscribe_links;
  }
  outbound_settings.media = &*media_limits;
  outbound_settings.contact_key = contact_key;
  outbound_settings.schedule_horizon =
      std::chrono::hours(24 * config.messaging.schedule_horizon_days);
  outbound_settings.whatsapp_window = std::chrono::hours(config.messaging.whatsapp_window_hours);
  inbox.emplace(*content, clock);
  delivery->set_inbox(&*inbox);
  if (auto built = build_callbacks(contact_key); !built) return built;
  limit_news.emplace(*content, *inbox, clock, ids, contact_key);
  limit_news->set_callbacks(&*callbacks);
  alerts->set_audience(&*limit_news);
  media_links.emplace(contact_key, config.server.public_url, *inbound_gate);
  media.emplace(
      *content, *inbound_gate,
      [this](const plugin::Scope& scope) { return providers->storage(scope); }, *media_links,
      *audit, clock, media_settings(config.messaging));
  media->set_fetch_open([this](std::string url, std::size_t most) {
    return fetch_file(*http_client, std::move(url), most);
  });
  callback_post->set_media(&*media_links);
  agent_post.emplace(*content, *inbox, clock, ids, contact_key, &*bodies);
  agent_post->set_callbacks(&*callbacks);
  outbound.emplace(*content, *policy_gate, *spend, *delivery, in_flight, clock, ids,
                   std::move(outbound_settings));
  outbound->set_agent_post(&*agent_post);
  templates.emplace(*gate, clock);
  outbound->set_templates(&*templates);
  outbound->set_look_at_file(
      [this](std::string url) { return look_at_file(*http_client, std::move(url)); });
  scheduled.emplace(
      *content, *outbound, *spend, *delivery, *agent_post, clock, ids,
      messaging::ScheduledSends::Settings{callback_settings(config).worker, &*bodies});
  messaging::InboundSettings receiving = inbound_settings(config, contact_key, intent);
  receiving.bodies = &*bodies;
  inbound.emplace(*content, *inbound_gate, *outbound, *inbox, keywords, clock, ids,
                  std::move(receiving));
  inbound->set_callbacks(&*callbacks);
  return {};
}

Result<void> Application::Parts::build_callbacks(const std::string& contact_key) {
  auto key = block_on(loops.at(0), identity::server_key(*store, "callback_key", clock, random));
  if (!key) return fail(key.error());
  messaging::CallbackEndpoints::Settings settings;
  settings.key = std::move(*key);
  settings.secret_overlap = std::chrono::hours(config.messaging.callbacks.secret_overlap_hours);
  callback_endpoints.emplace(
      *store, *audit, clock, random,
      [this](const std::string& url) { return check_callback(*http_client, url); },
      std::move(settings));
  callback_post.emplace(
      *content,
      [this](messaging::CallbackRequest request) {
        return post_callback(*http_client, std::move(request));
      },
      messaging::ContactIds(contact_key), clock, callback_settings(config));
  callbacks.emplace(*store, *callback_endpoints, *callback_post, clock);
  callback_copies.emplace(*store, *callback_endpoints, *callback_post, clock);
  routes.emplace(*store, *audit, *callback_endpoints, clock);
  return {};
}

Result<void> Application::Parts::build_content() {
  Result<std::string> secret = credentials_key(config, random);
  if (!secret) return fail(secret.error());
  credentials_secret = std::move(*secret);
  Result<std::string> before = credentials_key_before(config);
  if (!before) return fail(before.error());
  secret_before = std::move(*before);
  data_keys.emplace(*store, *audit, clock, random, ids, credentials_secret, secret_before);
  if (auto same = block_on(loops.at(0), data_keys->check()); !same) return same;
  auto columns = identity::SealedColumns::embedded();
  if (!columns) return fail(columns.error());
  sealed_columns.emplace(std::move(*columns));
  content.emplace(*store, *data_keys, *sealed_columns, random);
  bodies.emplace(*content, *audit, clock, body_storage_settings(config));
  return block_on(loops.at(0), bodies->refresh());
}

Result<void> Application::Parts::build_erasure(const std::string& contact_key,
                                               const std::string& code_key) {
  auto erasing = messaging::ContactErasure::standard_rules();
  if (!erasing) return fail(erasing.error());
  messaging::ContactErasure::Settings settings;
  settings.contact_key = contact_key;
  settings.code_key = code_key;
  settings.keys = sealing_keys(credentials_secret, secret_before);
  settings.worker = callback_settings(config).worker;
  erasure.emplace(*store, *scheduled, *audit, clock, random, ids, std::move(*erasing),
                  std::move(settings));
  if (auto same = block_on(loops.at(0), erasure->check()); !same) return same;
  auto purging = ops::Retention::standard_rules();
  if (!purging) return fail(purging.error());
  retention.emplace(*store, *audit, clock, std::move(*purging), retention_settings(config));
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
  registered.emplace(*store, *providers, *audit, clock, random,
                     sealing_keys(credentials_secret, secret_before), config);
  if (auto same = block_on(loops.at(0), registered->check()); !same) return same;
  provisioning.emplace(*store, *inbound_gate, *tokens, *audit, clock, ids,
                       provisioning_settings(config));
  provisioning->use_registry(*registered);
  provisioning->requirements().use(
      [this](std::string country, std::vector<plugin::ChannelKind> channels) {
        std::vector<provisioning::CountryRequirement> all;
        for (policy::Requirement& one :
             countries->provisioning_requirements(country, channels, clock.now())) {
          all.push_back({std::move(one.id), std::move(one.text), one.blocking});
        }
        return all;
      });
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
  scheduled->set_listener(&*publisher);
  callbacks->set_listener(&*publisher);
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
    Task<void> writing = refusals->write({principal->org_id, principal->token_id, "", "suspended"});
    co_await std::move(writing);
    co_return fail(ErrorCode::permission_denied, std::string(identity::suspended_organization));
  }
  co_return principal;
}

}  // namespace commsd
