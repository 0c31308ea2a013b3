#include "api/inbound_media.h"

#include <algorithm>

#include "api/http_error.h"
#include "base/text.h"

namespace commsd::api {

namespace {

/// A media type as RFC 9110 writes it, or what says nothing: it comes from outside.
std::string safe_type(const std::string& type) {
  const bool good = !type.empty() && type.size() <= 100 && type.find('/') != std::string::npos &&
                    std::all_of(type.begin(), type.end(), [](char c) {
                      return c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != ',';
                    });
  return good ? type : "application/octet-stream";
}

/// RFC 6266 with the name in the encoding of RFC 8187.
std::string disposition(const std::string& filename) {
  if (filename.empty() || filename.size() > 255) return "attachment";
  return "attachment; filename*=UTF-8''" + percent_encode(filename);
}

}  // namespace

void InboundMedia::mount(net::Router& router) {
  for (const char* method : {"GET", "HEAD"}) {
    router.add(method, "/media/inbound/:token",
               [this](net::HttpExchange& exchange) { return handle(exchange); },
               {1024, net::Lane::request});
  }
}

Task<void> InboundMedia::handle(net::HttpExchange& exchange) {
  Task<Result<messaging::InboundMedia::File>> opening =
      media_.open(std::string(exchange.param("token")));
  Result<messaging::InboundMedia::File> file = co_await std::move(opening);
  if (!file) {
    net::Headers headers;
    if (file.error().code == ErrorCode::unavailable) headers.push_back({"Retry-After", "5"});
    exchange.respond_json(http_status(file.error().code), error_body(file.error()), headers);
    co_return;
  }
  exchange.respond(200, safe_type(file->content_type), file->bytes,
                   {{"Cache-Control", "private, no-store"},
                    {"Content-Disposition", disposition(file->filename)},
                    {"Content-Security-Policy", "default-src 'none'; sandbox"},
                    {"X-Content-Type-Options", "nosniff"},
                    {"Referrer-Policy", "no-referrer"}});
}

}  // namespace commsd::api
