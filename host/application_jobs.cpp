#include <csignal>
#include <unistd.h>

#include "application_parts.h"
#include "base/json_writer.h"
#include "ops/admin_commands.h"
#include "ops/callback_commands.h"
#include "ops/contact_commands.h"
#include "ops/database_commands.h"
#include "ops/oauth_commands.h"
#include "ops/plugin_commands.h"
#include "ops/privacy_commands.h"
#include "ops/template_commands.h"
#include "ops/tenancy_commands.h"
#include "settings.h"
#include "store/acquisition_repository.h"
#include "store/consent_repository.h"
#include "store/idempotency_repository.h"
#include "store/inbound_event_repository.h"
#include "store/mcp_session_repository.h"
#include "store/organization_repository.h"
#include "store/usage_repository.h"
#include "telemetry/log.h"
#include "version.h"

namespace commsd {

namespace {

using std::chrono::seconds;

}  // namespace

void reload_soon() {
  kill(getpid(), SIGHUP);
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
  health.add("plugins", false, [this]() -> Task<Result<void>> {
    const plugin::PluginsSummary plugins = providers->summary();
    if (plugins.restart_advised.empty()) co_return Result<void>();
    co_return fail(ErrorCode::unavailable, "a restart is advised: " + plugins.restart_advised[0]);
  });
}

void Application::Parts::add_commands() {
  ops::add_admin_commands(
      commands, {*store, *tokens, *provisioning, *outbound, *history, *modes, *audit, clock, ids});
  ops::add_plugin_commands(commands, {*store, *providers, *audit, reload_soon}, upload_codes);
  ops::add_oauth_commands(commands,
                          {*store, *tokens, *provisioning, *audit, clock,
                           authorization ? &*authorization : nullptr, config.server.oauth.issuer});
  ops::add_callback_commands(commands, {*callback_endpoints, *scheduled, *provisioning});
  ops::add_contact_commands(commands, {*store, *contacts, *dnc_import, clock});
  ops::add_privacy_commands(commands, {*store, *tenants, *erasure, *bodies, *data_keys, *registered,
                                       *retention, *audit, clock});
  ops::add_database_commands(commands, *store);
  ops::add_tenancy_commands(commands, {*store, *tenants, *provisioning, *pools});
  ops::add_template_commands(commands, {*store, *templates, *audit});
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
                 out.end_array().key("rules").begin_object();
                 out.field("version", countries->version()).key("stale").begin_array();
                 for (const policy::StaleFile& one : stale_rules()) {
                   out.begin_object().field("file", one.file).field("days", one.days);
                   out.field("most", one.most).end_object();
                 }
                 co_return out.end_array().end_object().end_object().take();
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
                 reload_soon();
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
  scheduler->every(seconds(1), "scheduled_messages", [this]() -> Task<Result<void>> {
    constexpr std::int64_t most = 100;
    auto due = co_await scheduled->run_due(most);
    if (!due) co_return fail(due.error());
    co_return Result<void>();
  });
  scheduler->every(seconds(1), "callbacks", [this]() -> Task<Result<void>> {
    auto started = co_await callbacks->run_due();
    if (!started) co_return fail(started.error());
    co_return Result<void>();
  });
  scheduler->every(seconds(1), "media", [this]() -> Task<Result<void>> {
    auto tried = co_await media->run_due();
    if (!tried) co_return fail(tried.error());
    co_return Result<void>();
  });
  // Soon after the purge of the inbox, and after an erasure.
  scheduler->every(seconds(60), "media_removal", [this] { return media->sweep(100); });
  scheduler->every(seconds(1), "copies", [this]() -> Task<Result<void>> {
    constexpr std::int64_t most = 100;
    auto sent = co_await scheduled->run_due_copies(most);
    if (!sent) co_return fail(sent.error());
    auto told = co_await callback_copies->run_due();
    if (!told) co_return fail(told.error());
    co_return Result<void>();
  });
  scheduler->every(seconds(30), "callback_lanes", [this] { return callbacks->sweep(); });
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
  // Not later than the first retry is due, where that is set short.
  const auto look = std::min(seconds(10), seconds(config.provisioning.purchase_retry_seconds));
  scheduler->every(look, "purchases", [this]() -> Task<Result<void>> {
    constexpr std::int64_t most = 100;
    auto found = co_await provisioning->purchases().recover(most);
    if (!found) co_return fail(found.error());
    co_return Result<void>();
  });
  scheduler->every(std::chrono::minutes(10), "whatsapp_senders",
                   [this] { return pools->check_all_senders(); });
  // Another worker may have registered one.
  scheduler->every(seconds(5), "registered_providers", [this] { return registered->refresh(); });
  // Another worker may have approved an organization.
  scheduler->every(seconds(5), "organization_modes", [this] { return modes->refresh(); });
  scheduler->every(seconds(30), "dnc_lists", [this] { return dnc_lists->refresh(); });
  scheduler->every(std::chrono::hours(24), "rule_age", [this]() -> Task<Result<void>> {
    warn_of_stale_rules();
    co_return Result<void>();
  });
  // What was revoked here, many at a time as one; other workers' revocations are found by the next.
  scheduler->every(seconds(1), "ended_tokens", [this]() -> Task<Result<void>> {
    if (tokens_ended.exchange(false)) co_await mcp->check_streams();
    co_return Result<void>();
  });
  // What another worker did.
  if (store->is_shared()) {
    scheduler->every(seconds(2), "watched_resources", [this]() -> Task<Result<void>> {
      Task<void> looking = resource_watch->look(mcp->watched_resources());
      co_await std::move(looking);
      co_return Result<void>();
    });
  }
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
  // What is deleted by age is deleted once a day; this looks whether that is due.
  scheduler->every(std::chrono::minutes(1), "daily_purge",
                   [this] { return retention->tick([this] { return stopping.load(); }); });
  scheduler->every(std::chrono::minutes(1), "erasures", [this] { return erasure->resume(); });
  // Another worker may have changed or destroyed them.
  scheduler->every(seconds(5), "body_storage", [this] { return bodies->refresh(); });
  scheduler->every(seconds(30), "data_keys", [this] { return data_keys->refresh(); });
  scheduler->every(seconds(2), "destroyed_data_keys",
                   [this] { return data_keys->hear_of_destroyed(); });
  scheduler->every(std::chrono::hours(1), "expired_records", [this]() -> Task<Result<void>> {
    constexpr std::int64_t most = 10'000;
    const UnixMillis now = clock.now();
    const config::MessagingConfig& messaging = config.messaging;
    store::UnitOfWork unit;
    store::IdempotencyRepository::add_purge(unit, now - messaging.idempotency_hours * 3'600'000,
                                            most);
    // Far beyond the days for which vendors repeat a call.
    store::InboundEventRepository::add_purge(unit, now - 30 * std::int64_t{86'400'000}, most);
    store::McpSessionRepository::add_purge(unit, now, most);
    store::AcquisitionRepository::add_purge(unit, now - 365 * std::int64_t{86'400'000}, most);
    auto purged = co_await store->commit(std::move(unit));
    if (!purged) co_return fail(purged.error());
    co_return Result<void>();
  });
}

}  // namespace commsd
