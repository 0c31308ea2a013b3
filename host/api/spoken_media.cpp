#include "api/spoken_media.h"

#include "api/http_error.h"

namespace commsd::api {

void SpokenMedia::mount(net::Router& router) {
  for (const char* method : {"GET", "HEAD"}) {
    router.add(method, "/media/spoken/:token",
               [this](net::HttpExchange& exchange) { return handle(exchange); },
               {1024, net::Lane::request});
  }
}

Task<void> SpokenMedia::handle(net::HttpExchange& exchange) {
  Task<Result<plugin::StoredObject>> opening = audio_.open(std::string(exchange.param("token")));
  Result<plugin::StoredObject> object = co_await std::move(opening);
  if (!object) {
    exchange.respond_json(http_status(object.error().code), error_body(object.error()));
    co_return;
  }
  exchange.respond(200, object->content_type, object->bytes,
                   {{"Cache-Control", "private, no-store"}});
}

}  // namespace commsd::api
