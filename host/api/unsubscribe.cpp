#include "api/unsubscribe.h"

#include "api/http_error.h"
#include "embedded/unsubscribe_pages.h"

namespace commsd::api {

namespace {

constexpr std::size_t most_body = 4 * 1024;  // "List-Unsubscribe=One-Click", also as multipart

void page(net::HttpExchange& exchange, int status, std::string_view html) {
  exchange.respond(status, "text/html; charset=utf-8", html,
                   {{"Content-Security-Policy",
                     "default-src 'none'; form-action 'self'; base-uri 'none'; "
                     "frame-ancestors 'none'"},
                    {"X-Frame-Options", "DENY"},
                    {"X-Content-Type-Options", "nosniff"},
                    {"Referrer-Policy", "no-referrer"},
                    {"Cache-Control", "no-store"}});
}

void unknown(net::HttpExchange& exchange) {
  page(exchange, 404, embedded::unsubscribe_pages::unknown_html());
}

}  // namespace

void Unsubscribe::mount(net::Router& router) {
  router.add("GET", "/unsubscribe/:token",
             [this](net::HttpExchange& exchange) { return show(exchange); },
             {most_body, net::Lane::request});
  router.add("POST", "/unsubscribe/:token",
             [this](net::HttpExchange& exchange) { return act(exchange); },
             {most_body, net::Lane::request});
}

Task<void> Unsubscribe::show(net::HttpExchange& exchange) const {
  if (!links_.open(exchange.param("token"))) {
    unknown(exchange);
    co_return;
  }
  page(exchange, 200, embedded::unsubscribe_pages::ask_html());
}

Task<void> Unsubscribe::act(net::HttpExchange& exchange) {
  std::optional<policy::UnsubscribeLinks::Target> target = links_.open(exchange.param("token"));
  if (!target) {
    unknown(exchange);
    co_return;
  }
  std::string source = "unsubscribe";
  std::string actor = "webhook";
  Result<void> done = co_await contacts_.opt_out(
      std::move(target->org_id), std::move(target->channel), std::move(target->contact_hash),
      std::move(source), std::move(actor));
  if (!done) {
    exchange.respond_json(http_status(done.error().code), error_body(done.error()),
                          {{"Retry-After", "5"}});
    co_return;
  }
  page(exchange, 200, embedded::unsubscribe_pages::done_html());
}

}  // namespace commsd::api
