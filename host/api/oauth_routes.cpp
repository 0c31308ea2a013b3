#include "api/oauth_routes.h"

#include <set>
#include <utility>

#include "base/json_writer.h"
#include "base/text.h"
#include "identity/redirect_uri.h"
#include "identity/scopes.h"

namespace commsd::api {

namespace {

using identity::AuthorizationService;
using identity::OauthError;

constexpr net::RouteOptions small{64 * 1024, net::Lane::request};

net::Headers open_headers(bool store = false) {
  net::Headers headers{{"Access-Control-Allow-Origin", "*"}, {"X-Content-Type-Options", "nosniff"}};
  // RFC 6749, section 5.1.
  if (!store) headers.push_back({"Cache-Control", "no-store"});
  return headers;
}

Task<void> preflight(net::HttpExchange& exchange) {
  exchange.respond(
      204, {}, {},
      {{"Access-Control-Allow-Origin", "*"},
       {"Access-Control-Allow-Methods", "GET, POST, OPTIONS"},
       {"Access-Control-Allow-Headers", "content-type, authorization, mcp-protocol-version"},
       {"Access-Control-Max-Age", "86400"}});
  co_return;
}

Task<void> answer_not_found(net::HttpExchange& exchange) {
  exchange.respond(404, "text/plain; charset=utf-8", "Not Found\n");
  co_return;
}

void answer_error(net::HttpExchange& exchange, const OauthError& error) {
  const bool later = error.code == "temporarily_unavailable";
  JsonWriter out;
  out.begin_object().field("error", error.code).field("error_description", error.description);
  net::Headers headers = open_headers();
  if (later) headers.push_back({"Retry-After", "5"});
  exchange.respond_json(later ? 503 : 400, out.end_object().take(), headers);
}

void write_list(JsonWriter& out, std::string_view name, const std::vector<std::string>& list) {
  out.key(name).begin_array();
  for (const std::string& one : list) out.value(one);
  out.end_array();
}

std::vector<std::string> scope_names() {
  std::vector<std::string> names;
  for (const identity::Scope& scope : identity::known_scopes()) names.push_back(scope.name);
  return names;
}

std::string path_of(const std::string& url) {
  const std::size_t path = url.find('/', url.find("://") + 3);
  return path == std::string::npos ? std::string() : url.substr(path);
}

}  // namespace

OauthRoutes::OauthRoutes(AuthorizationService* service, identity::OauthClients* clients,
                         const Clock& clock, OauthOptions options)
    : service_(service),
      clients_(clients),
      options_(std::move(options)),
      base_path_(path_of(options_.public_url)),
      guard_(options_.guard),
      page_(base_path_),
      consents_(clock),
      lookups_(clock),
      exchanges_(clock),
      registrations_(clock) {}

void OauthRoutes::mount(net::Router& router) {
  // A proxy in front may take the base path away or leave it: both forms are served.
  std::vector<std::string> resources{"", "/mcp", "/sse"};
  std::vector<std::string> issuers{""};
  if (!base_path_.empty()) {
    for (const char* tail : {"", "/mcp", "/sse"}) resources.push_back(base_path_ + tail);
    issuers.push_back(base_path_);
  }
  add_discovery(router, "oauth-protected-resource", resources,
                [this](net::HttpExchange& exchange) { return resource_metadata(exchange); });
  net::Handler server_documents = answer_not_found;
  if (service_) {
    server_documents = [this](net::HttpExchange& exchange) { return server_metadata(exchange); };
  }
  add_discovery(router, "oauth-authorization-server", issuers, server_documents);
  add_discovery(router, "openid-configuration", {}, answer_not_found);
  if (!service_) return;

  router.add(
      "GET", "/oauth/authorize",
      [this](net::HttpExchange& exchange) { return authorize(exchange); }, small);
  router.add(
      "POST", "/oauth/authorize",
      [this](net::HttpExchange& exchange) { return authorize(exchange); }, small);
  router.add("GET", "/oauth/style.css", [this](net::HttpExchange& exchange) -> Task<void> {
    page_.style(exchange);
    co_return;
  });
  const auto add_post = [&](const char* path, net::Handler handler) {
    router.add("POST", path, std::move(handler), small);
    router.add("OPTIONS", path, preflight);
  };
  add_post("/oauth/token", [this](net::HttpExchange& exchange) { return token(exchange); });
  add_post("/oauth/revoke", [this](net::HttpExchange& exchange) { return revoke(exchange); });
  if (!clients_->rules().registration) return;
  add_post("/oauth/register",
           [this](net::HttpExchange& exchange) { return register_client(exchange); });
}

void OauthRoutes::add_discovery(net::Router& router, const std::string& document,
                                const std::vector<std::string>& paths,
                                const net::Handler& handler) {
  const std::string well_known = "/.well-known/" + document;
  std::set<std::string> added;  // a base path may be "/mcp" itself
  for (const std::string& path : paths) {
    if (!added.insert(path).second) continue;
    router.add("GET", well_known + path, handler);
    router.add("OPTIONS", well_known + path, preflight);
  }
  if (paths.empty()) router.add("GET", well_known, answer_not_found);
  router.add("GET", well_known + "/*", answer_not_found);
  router.add("GET", "/mcp" + well_known, answer_not_found);
}

Task<void> OauthRoutes::resource_metadata(net::HttpExchange& exchange) {
  // The resource is the address that the client derived this path from (RFC 9728, section 3.3).
  std::string_view tail = exchange.path();
  tail.remove_prefix(std::string_view("/.well-known/oauth-protected-resource").size());
  if (!base_path_.empty() && tail.starts_with(base_path_)) tail.remove_prefix(base_path_.size());
  JsonWriter out;
  out.begin_object().field("resource", options_.public_url + std::string(tail));
  write_list(out, "authorization_servers", options_.authorization_servers);
  write_list(out, "scopes_supported", scope_names());
  write_list(out, "bearer_methods_supported", {"header"});
  out.field("resource_name", "commsd").end_object();
  exchange.respond_json(200, out.text(), open_headers(true));
  co_return;
}

Task<void> OauthRoutes::server_metadata(net::HttpExchange& exchange) {
  const std::string& issuer = service_->rules().issuer;
  JsonWriter out;
  out.begin_object().field("issuer", issuer);
  out.field("authorization_endpoint", issuer + "/oauth/authorize");
  out.field("token_endpoint", issuer + "/oauth/token");
  out.field("revocation_endpoint", issuer + "/oauth/revoke");
  if (clients_->rules().registration) {
    out.field("registration_endpoint", issuer + "/oauth/register");
  }
  write_list(out, "scopes_supported", scope_names());
  write_list(out, "response_types_supported", {"code"});
  write_list(out, "response_modes_supported", {"query"});
  write_list(out, "grant_types_supported", {"authorization_code", "refresh_token"});
  write_list(out, "token_endpoint_auth_methods_supported", {"none"});
  write_list(out, "revocation_endpoint_auth_methods_supported", {"none"});
  write_list(out, "code_challenge_methods_supported", {"S256"});
  out.field("authorization_response_iss_parameter_supported", true);
  out.field("client_id_metadata_document_supported", clients_->rules().documents);
  out.end_object();
  exchange.respond_json(200, out.text(), open_headers(true));
  co_return;
}

bool OauthRoutes::limited(net::HttpExchange& exchange, mcp::FailedAttempts& attempts) const {
  const auto wait = attempts.blocked_for(exchange.client_address());
  if (wait.count() == 0) return false;
  net::Headers headers = open_headers();
  headers.push_back({"Retry-After", std::to_string(wait.count())});
  exchange.respond_json(429,
                        R"({"error":"temporarily_unavailable",)"
                        R"("error_description":"too many tries from this address; wait"})",
                        headers);
  return true;
}

bool OauthRoutes::admit_form(net::HttpExchange& exchange, FormFields& fields) const {
  const std::string type = to_lower_ascii(exchange.header("Content-Type").value_or(""));
  const bool form =
      trim(std::string_view(type).substr(0, type.find(';'))) == "application/x-www-form-urlencoded";
  auto read = form ? read_form(exchange.body()) : std::nullopt;
  if (!read) {
    answer_error(exchange, {"invalid_request",
                            "the body must be application/x-www-form-urlencoded, with each "
                            "parameter once"});
    return false;
  }
  fields = std::move(*read);
  return true;
}

Task<void> OauthRoutes::authorize(net::HttpExchange& exchange) {
  const bool post = exchange.method() == "POST";
  if (!guard_.host_allowed(exchange.header("Host").value_or(""))) {
    page_.refuse(exchange, 403, "This host name may not be used; see server.allowed_hosts.");
    co_return;
  }
  if (post) {
    // The form can only come from our own page. Without Origin it comes from no browser.
    const auto site = exchange.header("Sec-Fetch-Site");
    if (!guard_.origin_allowed(exchange.header("Origin")) || (site && *site != "same-origin")) {
      page_.refuse(exchange, 403, "The form was sent by a page of another site.");
      co_return;
    }
  }
  const std::string address = exchange.client_address();
  if (lookups_.blocked_for(address).count() > 0) {
    page_.refuse(exchange, 429, "Too many requests of unknown clients from here. Wait a while.");
    co_return;
  }
  const std::string_view text = post ? exchange.body() : exchange.query_string();
  std::optional<FormFields> fields = read_form(text);
  if (!fields) {
    page_.refuse(exchange, 400, "A parameter is malformed or comes twice.");
    co_return;
  }
  identity::OauthParameters parameters(fields->begin(), fields->end());
  auto checking = service_->check(std::move(parameters));
  auto request = co_await std::move(checking);
  if (!request) {
    const AuthorizationService::Refusal& refusal = request.error();
    if (refusal.error.code == "invalid_client") lookups_.failed(address);
    identity::RedirectUri target;
    // Anybody may register an address. Sending people there without their doing would lend our name
    // to it (OAuth 2.1, section 7.12.2); an address on their own device gains nothing by that.
    const bool own_device =
        identity::read_redirect_uri(refusal.redirect_uri, {}, &target) && target.loopback();
    if (!own_device) {
      page_.refuse(exchange, refusal.error.code == "temporarily_unavailable" ? 503 : 400,
                   refusal.error.description);
      co_return;
    }
    redirect(exchange, refusal.redirect_uri,
             {{"error", refusal.error.code},
              {"error_description", refusal.error.description},
              {"state", refusal.state}});
    co_return;
  }
  if (!post) {
    page_.show(exchange, 200, *request, *fields, {});
    co_return;
  }
  Task<void> decision = decide(exchange, std::move(*fields), std::move(*request));
  co_await std::move(decision);
}

Task<void> OauthRoutes::decide(net::HttpExchange& exchange, FormFields fields,
                               AuthorizationService::Request request) {
  if (fields["decision"] != "allow") {
    redirect(exchange, request.redirect_uri,
             {{"error", "access_denied"}, {"state", request.state}});
    co_return;
  }
  const std::string address = exchange.client_address();
  if (consents_.blocked_for(address).count() > 0) {
    page_.show(exchange, 429, request, fields, "Too many wrong tokens from here. Wait a while.");
    co_return;
  }
  auto consenting = service_->consent(request, fields["credential"]);
  const identity::OauthResult<std::string> code = co_await std::move(consenting);
  if (code) {
    consents_.succeeded(address);
    redirect(exchange, request.redirect_uri, {{"code", *code}, {"state", request.state}});
    co_return;
  }
  if (code.error().code == "access_denied") {
    consents_.failed(address);
    page_.show(exchange, 403, request, fields,
               "That token or code is wrong, used, expired or revoked. Orchestrator tokens are not "
               "taken.");
  } else if (code.error().code == "temporarily_unavailable") {
    page_.show(exchange, 503, request, fields, "The server cannot do this now. Try again.");
  } else {
    redirect(exchange, request.redirect_uri,
             {{"error", code.error().code},
              {"error_description", code.error().description},
              {"state", request.state}});
  }
}

void OauthRoutes::redirect(net::HttpExchange& exchange, const std::string& uri,
                           std::vector<std::pair<std::string, std::string>> parameters) const {
  parameters.emplace_back("iss", service_->rules().issuer);  // RFC 9207
  exchange.respond(303, {}, {},
                   {{"Location", identity::with_parameters(uri, parameters)},
                    {"Cache-Control", "no-store"},
                    {"Referrer-Policy", "no-referrer"}});
}

Task<void> OauthRoutes::token(net::HttpExchange& exchange) {
  if (limited(exchange, exchanges_)) co_return;
  FormFields fields;
  if (!admit_form(exchange, fields)) co_return;
  const std::string address = exchange.client_address();
  identity::OauthParameters parameters(fields.begin(), fields.end());
  auto issuing = service_->token(std::move(parameters));
  const identity::OauthResult<AuthorizationService::Tokens> tokens = co_await std::move(issuing);
  if (!tokens) {
    if (tokens.error().code == "invalid_grant") exchanges_.failed(address);
    answer_error(exchange, tokens.error());
    co_return;
  }
  exchanges_.succeeded(address);
  JsonWriter out;
  out.begin_object().field("access_token", tokens->access_token).field("token_type", "Bearer");
  out.field("expires_in", tokens->expires_in).field("refresh_token", tokens->refresh_token);
  out.field("scope", tokens->scope).end_object();
  exchange.respond_json(200, out.text(), open_headers());
}

Task<void> OauthRoutes::register_client(net::HttpExchange& exchange) {
  if (limited(exchange, registrations_)) co_return;
  const std::string address = exchange.client_address();
  auto enrolling = clients_->enroll(std::string(exchange.body()));
  const identity::OauthResult<identity::OauthClientInfo> client = co_await std::move(enrolling);
  registrations_.failed(address);
  if (!client) {
    answer_error(exchange, client.error());
    co_return;
  }
  JsonWriter out;
  out.begin_object().field("client_id", client->id);
  if (!client->name.empty()) out.field("client_name", client->name);
  write_list(out, "redirect_uris", client->redirect_uris);
  write_list(out, "grant_types", {"authorization_code", "refresh_token"});
  write_list(out, "response_types", {"code"});
  out.field("token_endpoint_auth_method", "none").end_object();
  exchange.respond_json(201, out.text(), open_headers());
}

Task<void> OauthRoutes::revoke(net::HttpExchange& exchange) {
  if (limited(exchange, exchanges_)) co_return;
  FormFields fields;
  if (!admit_form(exchange, fields)) co_return;
  identity::OauthParameters parameters(fields.begin(), fields.end());
  auto revoking = service_->revoke(std::move(parameters));
  const identity::OauthResult<void> revoked = co_await std::move(revoking);
  if (!revoked) {
    answer_error(exchange, revoked.error());
    co_return;
  }
  exchange.respond(200, {}, {}, open_headers());
}

}  // namespace commsd::api
