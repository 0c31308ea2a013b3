#include "net/http_exchange.h"

#include <algorithm>

#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>

#include "net/http_connection.h"
#include "net/http_target.h"
#include "net/websocket_handshake.h"
#include "telemetry/log.h"

namespace commsd::net {

HttpExchange::HttpExchange(HttpConnection& connection) : connection_(connection) {}
HttpExchange::~HttpExchange() = default;

const Poco::Net::HTTPRequest& HttpExchange::request() const {
  if (!request_) {
    request_ = std::make_unique<Poco::Net::HTTPRequest>();
    request_->setMethod(std::string(head().method));
    request_->setURI(std::string(head().target));
    request_->setVersion(head().version_minor == 1 ? Poco::Net::HTTPMessage::HTTP_1_1
                                                   : Poco::Net::HTTPMessage::HTTP_1_0);
    for (const HttpRequestHead::Field& field : head().fields)
      request_->add(std::string(field.name), std::string(field.value));
  }
  return *request_;
}

const HttpRequestHead& HttpExchange::head() const {
  return connection_.parser().head();
}
std::string_view HttpExchange::method() const {
  return head().method;
}
std::string_view HttpExchange::path() const {
  return path_;
}
std::string_view HttpExchange::query_string() const {
  return split_target(head().target).query;
}

std::optional<std::string> HttpExchange::query(std::string_view name) const {
  return find_query(query_string(), name);
}

std::string_view HttpExchange::param(std::string_view name) const {
  return match_.parameters.get(name).value_or(std::string_view());
}

std::optional<std::string_view> HttpExchange::header(std::string_view name) const {
  return head().find(name);
}

std::string_view HttpExchange::body() const {
  return connection_.parser().body();
}

std::string HttpExchange::take_body() {
  return connection_.take_body();
}

std::string_view HttpExchange::route() const {
  return match_.route != nullptr ? std::string_view(match_.route->pattern) : std::string_view();
}

std::string HttpExchange::client_address() const {
  return connection_.core().proxies.client_address(connection_.peer_address(), head());
}

bool HttpExchange::over_tls() const {
  return connection_.over_tls();
}

std::string HttpExchange::external_url() const {
  std::string url = connection_.core().options.public_base_url;
  url.append(head().target);
  return url;
}

void HttpExchange::respond(int status, std::string_view content_type, std::string_view body,
                           const Headers& headers) {
  connection_.respond(status, content_type, body, headers);
}

void HttpExchange::respond(const Poco::Net::HTTPResponse& response, std::string_view body) {
  Headers headers;
  for (const auto& [name, value] : response) {
    const bool own = equal_ignoring_case(name, "Content-Length") ||
                     equal_ignoring_case(name, "Transfer-Encoding") ||
                     equal_ignoring_case(name, "Connection") || equal_ignoring_case(name, "Date");
    if (!own) headers.push_back({name, value});
  }
  connection_.respond(response.getStatus(), {}, body, headers);
}

bool HttpExchange::responded() const {
  return connection_.responded();
}
Task<bool> HttpExchange::written() {
  return connection_.written();
}

void HttpExchange::close_after_response() {
  connection_.close_after_response();
}

std::shared_ptr<EventStream> HttpExchange::start_event_stream(const Headers& headers) {
  return connection_.start_event_stream(headers);
}

std::shared_ptr<WebSocket> HttpExchange::upgrade_websocket(std::string_view subprotocol,
                                                           const Headers& headers) {
  const WebSocketHandshake handshake = check_websocket_handshake(head());
  if (handshake.status != 101) {
    const Headers upgrade{{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}};
    respond_json(handshake.status,
                 R"({"error":{"code":"invalid_argument","message":"this resource speaks )"
                 R"(WebSocket version 13; the handshake is missing or malformed"}})",
                 upgrade);
    return nullptr;
  }
  const std::vector<std::string_view> offered = offered_subprotocols();
  if (!subprotocol.empty() &&
      std::find(offered.begin(), offered.end(), subprotocol) == offered.end()) {
    log::error("subprotocol_not_offered", {{"route", route()}});
    subprotocol = {};
  }
  const bool voice = match_.route != nullptr && match_.route->options.lane == Lane::voice;
  return connection_.upgrade(handshake.accept, subprotocol, headers, voice);
}

std::vector<std::string_view> HttpExchange::offered_subprotocols() const {
  return websocket_subprotocols(head());
}

std::stop_token HttpExchange::disconnected() const {
  return connection_.disconnected();
}
std::stop_token HttpExchange::draining() const {
  return connection_.core().draining.get_token();
}
EventLoop& HttpExchange::loop() const {
  return connection_.loop();
}

}  // namespace commsd::net
