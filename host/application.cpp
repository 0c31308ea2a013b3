#include "application.h"

#include <algorithm>
#include <sys/resource.h>

#include "application_parts.h"
#include "base/block_on.h"
#include "base/resident_memory.h"
#include "config/restart.h"
#include "ops/health_routes.h"
#include "settings.h"
#include "telemetry/log.h"
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

}  // namespace

Task<void> Application::Parts::recover(Gate::Pass pass,
                                       std::shared_ptr<InterruptedWork> interrupted) {
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

Application::Application(config::Config config, bool safe_mode)
    : parts_(std::make_unique<Parts>(std::move(config), safe_mode)) {}

Application::~Application() {
  parts_->loops.stop();
  parts_->aside.stop();
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

  p.warn_of_stale_rules();
  p.add_health();
  p.mcp->mount(p.router);
  if (p.oauth_routes) p.oauth_routes->mount(p.router);
  p.rest->mount(p.router);
  p.plugin_upload->mount(p.router);
  p.webhooks->mount(p.router);
  p.calls->spoken_media.mount(p.router);
  p.unsubscribe->mount(p.router);
  p.inbound_media->mount(p.router);
  ops::add_health_routes(p.router, p.health, telemetry::metrics(), COMMSD_VERSION);
  p.server.emplace(p.loops, server_options(p.config.server), p.router);
  if (auto listening = p.server->start(); !listening) {
    p.server.reset();
    return listening;
  }
  // Not before it is sure that no other process listens here: its tasks are not ours to end.
  if (auto recovered = block_on(p.loops.at(0), p.tasks->recover()); !recovered) return recovered;
  if (auto due = block_on(p.loops.at(0), p.callbacks->recover()); !due) return due;
  p.add_commands();
  p.control.emplace(p.loops.at(0), p.commands, p.config.server.control_socket);
  if (auto listening = p.control->start(); !listening) return listening;
  p.scheduler.emplace(p.loops.at(0), p.random);
  p.add_jobs();
  p.scheduler->start();
  const auto shared = std::make_shared<InterruptedWork>();
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
  return_freed_memory();
  unmap_program_pages();
  return {};
}

Result<void> Application::reload(const config::Config& config) {
  Parts& p = *parts_;
  auto policy = egress_policy(config);
  if (!policy) return fail(policy.error());
  // Read whole before anything is taken over. Those that ship with the server do not change.
  const config::ComplianceConfig& before = p.config.compliance;
  const config::ComplianceConfig& now = config.compliance;
  std::optional<policy::RulePack> pack;
  if (!before.rules_dir.empty() || !now.rules_dir.empty()) {
    auto read = rule_pack(now);
    if (!read) return fail(read.error());
    pack = std::move(*read);
  }
  std::optional<policy::ContentFilter> content;
  if (!before.content_dir.empty() || !now.content_dir.empty() ||
      before.content_off != now.content_off) {
    auto read = content_rules(now);
    if (!read) return fail(read.error());
    content = std::move(*read);
  }
  auto files = media_limits(config.messaging);
  if (!files) return fail(files.error());
  const auto apply = [&p](const std::shared_ptr<const net::EgressPolicy>& rules) {
    p.http_client->set_policy(rules);
    p.ws_client->set_policy(rules);
  };
  // Before the providers: a new one may need the new exceptions for its first health check.
  apply(*policy);
  if (auto reloaded = p.registered->rebase(config); !reloaded) {
    if (const auto old = egress_policy(p.config)) apply(*old);
    return reloaded;
  }
  p.publisher->providers_changed();
  if (pack) p.countries->replace(std::move(*pack));
  if (content) p.content_filter->replace(std::move(*content));
  p.plugin_upload->use(config.plugins);
  p.media_limits->replace(std::move(*files));
  p.config.egress = config.egress;  // what the next refused reload goes back to
  p.config.compliance.rules_dir = now.rules_dir;
  p.config.compliance.content_dir = now.content_dir;
  p.config.compliance.content_off = now.content_off;
  p.config.messaging.media_limits = config.messaging.media_limits;
  log::info("rules", {{"version", p.countries->version()}});
  p.warn_of_stale_rules();
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
  if (p.callbacks) block_on(loop, p.callbacks->close());
  if (p.callback_copies) block_on(loop, p.callback_copies->close());
  if (p.inbound) block_on(loop, p.inbound->close());
  if (p.delivery) block_on(loop, p.delivery->close());
  if (p.calls) block_on(loop, p.calls->dialler.close());
  if (p.publisher) block_on(loop, p.publisher->close());
  block_on(loop, p.health.stop());
  p.loops.stop();
}

}  // namespace commsd
