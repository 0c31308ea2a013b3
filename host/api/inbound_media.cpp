#include "api/inbound_media.h"

#include "api/http_error.h"
#include "api/media_answer.h"

namespace commsd::api {

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
  respond_media(exchange, file->content_type, file->filename, file->bytes);
}

}  // namespace commsd::api
