#include "api/rest_api.h"

#include <array>
#include <utility>

#include "api/openapi_document.h"
#include "base/json_writer.h"
#include "embedded/rest_pages.h"
#include "mcp/http_rules.h"

namespace commsd::api {

namespace {

constexpr std::array<const char*, 7> methods = {"GET",   "HEAD",   "POST",   "PUT",
                                                "PATCH", "DELETE", "OPTIONS"};
const std::string base_path = "/api/v1";

std::string with_url(std::string_view text, const std::string& url) {
  constexpr std::string_view mark = "{public_url}";
  std::string out(text);
  for (std::size_t at = 0; (at = out.find(mark, at)) != std::string::npos; at += url.size()) {
    out.replace(at, mark.size(), url);
  }
  return out;
}

}  // namespace

RestApi::RestApi(const mcp::ToolCaller& tools, mcp::AccessCheck& access, const Clock& clock,
                 RestOptions options)
    : tools_(tools),
      access_(access),
      clock_(clock),
      started_(clock.now()),
      options_(std::move(options)),
      openapi_{"application/json",
               openapi_document(tools.registry(), options_.public_url, options_.version)},
      guide_{"text/markdown; charset=utf-8",
             with_url(embedded::rest_pages::integration_guide_md(), options_.public_url)} {
  for (const auto& entry : tools.registry().entries()) {
    const mcp::ToolDefinition& definition = entry->definition;
    if (!definition.rest) continue;
    const mcp::RestRoute& route = *definition.rest;
    const auto listing = JsonDocument::parse(definition.listing);
    Operation operation{entry.get(),
                        RestArguments(*listing->root().get("inputSchema"), definition.read_only),
                        route.path_arguments(),
                        "Example: " + route.method + ' ' + base_path + route.path + " with " +
                            example_arguments(definition) +
                            (route.method == "GET" ? " in the query" : " as the JSON body")};
    paths_[route.path].emplace(route.method, std::move(operation));
  }
}

void RestApi::mount(net::Router& router) {
  const net::RouteOptions options{options_.max_body, net::Lane::request};
  const auto add = [&](const std::string& path, const net::Handler& handler) {
    for (const char* method : methods) router.add(method, base_path + path, handler, options);
  };
  for (const auto& [path, operations] : paths_) {
    add(path, [this, known = &operations](net::HttpExchange& exchange) {
      return serve(exchange, *known);
    });
  }
  add("/health", [this](net::HttpExchange& exchange) { return show(exchange, nullptr); });
  add("/openapi.json", [this](net::HttpExchange& exchange) { return show(exchange, &openapi_); });
  add("/integration-guide",
      [this](net::HttpExchange& exchange) { return show(exchange, &guide_); });
  add("/*", [this](net::HttpExchange& exchange) -> Task<void> {
    if (access_.admit_anybody(exchange, rest_error_body)) {
      answer(exchange, rest_error(make_error(ErrorCode::not_found, "there is nothing at this path",
                                             "GET /api/v1/openapi.json lists what there is.")));
    }
    co_return;
  });
}

Task<void> RestApi::show(net::HttpExchange& exchange, const Page* page) const {
  if (!access_.admit_anybody(exchange, rest_error_body)) co_return;
  if (exchange.method() != "GET" && exchange.method() != "HEAD") {
    refuse_method(exchange, "GET, HEAD");
    co_return;
  }
  net::Headers headers = access_.cors_headers(exchange);
  headers.push_back({"Cache-Control", page ? "no-cache" : "no-store"});
  if (page) {
    exchange.respond(200, page->content_type, page->text, headers);
  } else {
    exchange.respond_json(200, health(), headers);
  }
}

std::string RestApi::health() const {
  JsonWriter out;
  out.begin_object().field("status", "ok").field("uptime", (clock_.now() - started_) / 1000);
  return out.field("version", options_.version).field("mode", "live").end_object().take();
}

void RestApi::refuse_method(net::HttpExchange& exchange, std::string allowed) const {
  const Error error = make_error(ErrorCode::invalid_argument, "this path does not take that method",
                                 "Use " + allowed + ".");
  access_.respond(exchange, 405, rest_error_body(error), {{"Allow", allowed + ", OPTIONS"}});
}

void RestApi::answer(net::HttpExchange& exchange, const RestAnswer& answer) const {
  net::Headers extra{{"Cache-Control", "no-store"}};
  if (answer.retry_after_seconds > 0) {
    extra.push_back({"Retry-After", std::to_string(answer.retry_after_seconds)});
  }
  access_.respond(exchange, answer.status, answer.body, std::move(extra));
}

Task<void> RestApi::serve(net::HttpExchange& exchange, const Operations& operations) {
  if (!access_.admit_anybody(exchange, rest_error_body)) co_return;
  const auto found = operations.find(exchange.method());
  if (found == operations.end()) {
    std::string allowed;
    for (const auto& known : operations) allowed += (allowed.empty() ? "" : ", ") + known.first;
    refuse_method(exchange, std::move(allowed));
    co_return;
  }
  Task<mcp::AccessCheck::Caller> admission = access_.admit(exchange, rest_error_body);
  const mcp::AccessCheck::Caller caller = co_await std::move(admission);
  if (!caller.accepted) co_return;
  const Operation& operation = found->second;
  if (!mcp::ToolRegistry::permits(caller.principal, *operation.entry)) {
    const Error error =
        make_error(ErrorCode::permission_denied, "a token of this role may not use this operation",
                   "Use a token of a role that openapi.json names for it.");
    Task<void> writing = refused(operation, caller.principal, error);
    co_await std::move(writing);
    answer(exchange, rest_error(error));
    co_return;
  }
  if (const auto scope = mcp::ToolCaller::missing_scope(*operation.entry, caller.principal);
      !scope.empty()) {
    const Error error =
        make_error(ErrorCode::permission_denied, "The token lacks the scope " + std::string(scope),
                   "Use a token that has it.");
    Task<void> writing = refused(operation, caller.principal, error);
    co_await std::move(writing);
    access_.refuse_scope(exchange, caller.principal, scope, rest_error_body(error));
    co_return;
  }
  Task<void> calling = call(exchange, operation, caller.principal);
  co_await std::move(calling);
}

Task<void> RestApi::refused(const Operation& operation, const identity::Principal& principal,
                            const Error& error) const {
  Task<void> writing = tools_.refused(principal, operation.entry->definition.name, error);
  co_await std::move(writing);
}

Task<void> RestApi::call(net::HttpExchange& exchange, const Operation& operation,
                         const identity::Principal& principal) {
  RestRequest request;
  request.query = exchange.query_string();
  request.body = exchange.body();
  request.body_carries = exchange.method() == "POST";
  request.idempotency_key = exchange.header("Idempotency-Key");
  for (const std::string& name : operation.in_path) {
    request.path.emplace_back(name, exchange.param(name));
  }
  if (request.body_carries && !request.body.empty() &&
      !mcp::is_json_type(exchange.header("Content-Type"))) {
    const Error error = make_error(ErrorCode::invalid_argument, "the body is of an unknown type",
                                   "Send JSON, with 'Content-Type: application/json'.");
    access_.respond(exchange, 415, rest_error_body(error));
    co_return;
  }
  const Result<JsonDocument> arguments = operation.arguments.read(request);
  if (!arguments) {
    Task<void> writing = refused(operation, principal, arguments.error());
    co_await std::move(writing);
    answer(exchange, rest_error(mcp::with_remedy(arguments.error()), operation.hint));
    co_return;
  }
  mcp::ToolContext context{principal, exchange.disconnected(), exchange.draining(),
                           [](double, double, std::string_view) {}};
  mcp::ToolCaller::Manner manner;
  Task<mcp::ToolOutcome> calling =
      tools_.call(*operation.entry, arguments->root(), context, std::move(manner));
  const mcp::ToolOutcome outcome = co_await std::move(calling);
  answer(exchange, rest_answer(outcome, operation.hint));
  if (!outcome.result.on_written) co_return;
  Task<bool> writing = exchange.written();
  const bool delivered = co_await std::move(writing);
  outcome.result.on_written(delivered);
}

}  // namespace commsd::api
