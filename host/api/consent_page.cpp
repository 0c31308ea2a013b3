#include "api/consent_page.h"

#include <array>

#include "base/text.h"
#include "embedded/oauth_pages.h"
#include "identity/redirect_uri.h"
#include "identity/scopes.h"

namespace commsd::api {

namespace {

using Values = std::map<std::string_view, std::string>;

/// The template with each {{name}} replaced by its value, which is HTML already. In one pass, so
/// that a value that looks like a placeholder stays what it is.
std::string fill(std::string_view page, const Values& values) {
  std::string out;
  while (!page.empty()) {
    const std::size_t open = page.find("{{");
    out += page.substr(0, open);
    if (open == std::string_view::npos) break;
    const std::size_t close = page.find("}}", open);
    const auto value = values.find(page.substr(open + 2, close - open - 2));
    if (value != values.end()) out += value->second;
    page.remove_prefix(close + 2);
  }
  return out;
}

std::string scope_items(const std::vector<std::string>& scopes) {
  std::string items;
  for (const identity::Scope& known : identity::known_scopes()) {
    for (const std::string& one : scopes) {
      if (one == known.name) items += "<li>" + escape_html(known.title) + "</li>";
    }
  }
  return items;
}

std::string hidden_fields(const FormFields& fields) {
  std::string html;
  for (const char* name : {"response_type", "client_id", "redirect_uri", "scope", "state",
                           "code_challenge", "code_challenge_method", "resource"}) {
    const auto found = fields.find(name);
    if (found == fields.end()) continue;
    html += "<input type=\"hidden\" name=\"" + std::string(name) + "\" value=\"" +
            escape_html(found->second) + "\">\n";
  }
  return html;
}

}  // namespace

void ConsentPage::show(net::HttpExchange& exchange, int status,
                       const identity::AuthorizationService::Request& request,
                       const FormFields& fields, std::string_view problem) const {
  identity::RedirectUri redirect;
  std::vector<std::string> schemes{request.redirect_uri.substr(0, request.redirect_uri.find(':'))};
  identity::read_redirect_uri(request.redirect_uri, schemes, &redirect);
  Values values;
  values["style"] = escape_html(base_path_ + "/oauth/style.css");
  values["action"] = escape_html(base_path_ + "/oauth/authorize");
  values["client"] = escape_html(request.client.name.empty() ? "(no name)" : request.client.name);
  values["client_id"] = escape_html(request.client.id);
  values["redirect"] = escape_html(redirect.origin());
  values["scopes"] = scope_items(request.scopes);
  values["fields"] = hidden_fields(fields);
  if (redirect.loopback() || redirect.host.empty()) {
    values["warning"] =
        "<p class=\"note\">It runs on the device of this browser. Any program there could give "
        "itself this name.</p>";
  }
  if (!problem.empty()) {
    values["problem"] = "<p class=\"note\" role=\"alert\">" + escape_html(problem) + "</p>";
  }
  send(exchange, status, fill(embedded::oauth_pages::consent_html(), values));
}

void ConsentPage::refuse(net::HttpExchange& exchange, int status, std::string_view problem) const {
  Values values;
  values["style"] = escape_html(base_path_ + "/oauth/style.css");
  values["problem"] = escape_html(problem);
  send(exchange, status, fill(embedded::oauth_pages::refused_html(), values));
}

void ConsentPage::style(net::HttpExchange& exchange) const {
  exchange.respond(
      200, "text/css; charset=utf-8", embedded::oauth_pages::style_css(),
      {{"Cache-Control", "public, max-age=3600"}, {"X-Content-Type-Options", "nosniff"}});
}

void ConsentPage::send(net::HttpExchange& exchange, int status, const std::string& html) const {
  // Without form-action: Chromium and WebKit hold every redirect after the form to it, also those
  // that the client's site makes after ours (https://claude.ai/... goes on to claude://...), which
  // nobody here can name (w3c/webappsec-csp, issue 8). The one form has a fixed action, and no
  // markup of others gets into the page.
  std::string policy =
      "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'";
  // Not no-referrer: the form's own Origin would then be "null" (Fetch, section 3.2). And no
  // Cross-Origin-Opener-Policy: clients that are web pages open this one in a window and wait for
  // word from it after the redirect, which the policy would cut off.
  exchange.respond(status, "text/html; charset=utf-8", html,
                   {{"Content-Security-Policy", std::move(policy)},
                    {"X-Frame-Options", "DENY"},
                    {"X-Content-Type-Options", "nosniff"},
                    {"Referrer-Policy", "same-origin"},
                    {"Cache-Control", "no-store"}});
}

}  // namespace commsd::api
