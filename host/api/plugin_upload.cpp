#include "api/plugin_upload.h"

#include <utility>

#include "api/rest_answer.h"
#include "base/completion.h"
#include "base/json_writer.h"

namespace commsd::api {

namespace {

using Outcome = Result<plugin::InstalledPlugin>;

constexpr std::string_view scope = "comms:admin";

Error refused(std::string message, std::string remedy) {
  return make_error(ErrorCode::permission_denied, std::move(message), std::move(remedy));
}

std::string to_json(const plugin::InstalledPlugin& installed) {
  JsonWriter out;
  out.begin_object().field("file", installed.file).field("sha256", installed.sha256);
  out.field("trust", plugin::to_string(installed.trust)).field("signer", installed.signer);
  out.field("id", installed.id).field("provider", installed.provider);
  out.field("version", installed.version);
  out.field("next", "name it in the configuration, or reload it if it is there: commsctl reload");
  return out.end_object().take();
}

}  // namespace

PluginUpload::PluginUpload(Parts parts, config::PluginsConfig config)
    : parts_(std::move(parts)),
      config_(std::make_shared<const config::PluginsConfig>(std::move(config))) {}

void PluginUpload::use(const config::PluginsConfig& config) {
  auto taken = std::make_shared<const config::PluginsConfig>(config);
  const std::lock_guard lock(mutex_);
  config_.swap(taken);
}

std::shared_ptr<const config::PluginsConfig> PluginUpload::config() const {
  const std::lock_guard lock(mutex_);
  return config_;
}

void PluginUpload::mount(net::Router& router) {
  net::RouteOptions options;
  // Bodies are read before the token is looked at, so large ones only where they are wanted.
  if (config()->upload) options.max_body = static_cast<std::size_t>(config()->upload_max_bytes);
  router.add(
      "POST", "/api/v1/admin/plugins/upload",
      [this](net::HttpExchange& exchange) { return serve(exchange); }, options);
}

Task<void> PluginUpload::serve(net::HttpExchange& exchange) {
  if (!parts_.access.admit_anybody(exchange, rest_error_body)) co_return;
  Task<mcp::AccessCheck::Caller> admission = parts_.access.admit(exchange, rest_error_body);
  const mcp::AccessCheck::Caller caller = co_await std::move(admission);
  if (!caller.accepted) co_return;
  Task<Outcome> installing = install(caller.principal, exchange);
  Outcome outcome = co_await std::move(installing);
  Task<Result<void>> writing = write_down(caller.principal, outcome);
  if (const Result<void> written = co_await std::move(writing); !written && outcome) {
    outcome = fail(written.error());
  }
  const net::Headers headers{{"Cache-Control", "no-store"}};
  if (outcome) {
    parts_.access.respond(exchange, 200, to_json(*outcome), headers);
    co_return;
  }
  const RestAnswer answer = rest_error(outcome.error());
  parts_.access.respond(exchange, answer.status, answer.body, headers);
}

Task<Outcome> PluginUpload::install(const identity::Principal& principal,
                                    net::HttpExchange& exchange) {
  if (principal.role != identity::Role::orchestrator || !principal.may(scope)) {
    co_return fail(refused("only an orchestrator with the scope comms:admin may upload plugins",
                           "Use a token of that role."));
  }
  const std::shared_ptr<const config::PluginsConfig> config = this->config();
  if (!config->upload) co_return fail(plugin::uploads_are_off());
  if (!parts_.codes.take(exchange.header("Commsd-Upload-Code").value_or(""))) {
    co_return fail(refused("the header Commsd-Upload-Code has no code that is good now",
                           "Have one made on the server's machine: commsctl plugins upload-code. "
                           "It is good for five minutes and one upload."));
  }
  const Completion<Outcome> done;
  const auto bytes = std::make_shared<const std::string>(exchange.body());
  thread_.post([this, done, config, bytes, name = exchange.query("name").value_or("")] {
    done.complete(parts_.installer.install(*config, name, *bytes));
  });
  Outcome outcome = co_await done;
  co_return outcome;
}

Task<Result<void>> PluginUpload::write_down(const identity::Principal& principal,
                                            const Outcome& outcome) {
  JsonWriter details;
  details.begin_object();
  std::string target;
  if (outcome) {
    target = outcome->id;
    details.field("version", outcome->version).field("sha256", outcome->sha256);
    details.field("trust", plugin::to_string(outcome->trust)).field("signer", outcome->signer);
  } else {
    details.field("code", to_string(outcome.error().code));
  }
  const std::string text = details.end_object().take();
  store::UnitOfWork unit;
  parts_.audit.add_entry(unit,
                         {principal.org_id, principal.token_id,
                          outcome ? "plugin_uploaded" : "plugin_upload_refused", target, text});
  auto saved = co_await parts_.store.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  co_return Result<void>();
}

}  // namespace commsd::api
