#include "api/spoken_media.h"

#include "api/http_error.h"
#include "api/media_answer.h"

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
  respond_media(exchange, object->content_type, "", object->bytes);
}

}  // namespace commsd::api
