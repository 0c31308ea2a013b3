#include "plugin/services/http_request.h"

#include <algorithm>
#include <memory>

#include <curl/curl.h>

#include "base/text.h"
#include "plugin/services/service_host.h"
#include "plugin/services/views.h"

namespace commsd::plugin {

namespace {

constexpr std::chrono::milliseconds kDefaultTimeout{30000};

/// `location` against `base` (RFC 3986 section 5); empty when it is no URL.
std::string resolve_url(const std::string& base, const std::string& location) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), curl_url_cleanup);
  char* text = nullptr;
  if (!url || curl_url_set(url.get(), CURLUPART_URL, base.c_str(), 0) != CURLUE_OK ||
      curl_url_set(url.get(), CURLUPART_URL, location.c_str(), 0) != CURLUE_OK ||
      curl_url_get(url.get(), CURLUPART_URL, &text, 0) != CURLUE_OK) {
    return {};
  }
  std::string resolved(text);
  curl_free(text);
  return resolved;
}

std::string origin_of(const std::string& url) {
  const std::size_t host = url.find("://");
  return host == std::string::npos
             ? url
             : to_lower_ascii(url.substr(0, url.find_first_of("/?#", host + 3)));
}

bool is_credential(std::string_view lower_name) {
  return lower_name == "authorization" || lower_name == "cookie" || lower_name.ends_with("-key") ||
         lower_name.ends_with("-token");
}

}  // namespace

comms_status HttpServiceRequest::make(ServiceHost& host, const comms_http_request& request,
                                      std::chrono::milliseconds limit, HttpServiceRequest& made) {
  if (!COMMS_HAS(comms_http_request, &request, max_response_bytes)) return COMMS_INVALID;
  if (request.method.len == 0 || request.url.len == 0) return COMMS_INVALID;
  if (request.header_count > 200 || (request.header_count > 0 && !request.headers)) {
    return COMMS_INVALID;
  }
  net::HttpClient* client = host.parts().http;
  if (!client) return COMMS_UNAVAILABLE;

  net::HttpRequestOut& out = made.out;
  out.method = copy(request.method);
  out.url = copy(request.url);
  out.body = view(request.body);
  for (std::size_t i = 0; i < request.header_count; ++i) {
    const std::string name = copy(request.headers[i].key);
    const std::string lower = to_lower_ascii(name);
    // The host's business by the ABI; that some authors set them anyway does no harm.
    if (lower == "host" || lower == "content-length" || lower == "user-agent") continue;
    out.headers.emplace_back(name, copy(request.headers[i].value));
  }
  const auto wanted =
      request.timeout_ms > 0 ? std::chrono::milliseconds(request.timeout_ms) : kDefaultTimeout;
  out.total_timeout = std::min(wanted, limit);
  out.idempotent = (request.flags & COMMS_HTTP_IDEMPOTENT) != 0;
  out.stream = (request.flags & COMMS_HTTP_STREAM) != 0;
  if (request.max_response_bytes > 0) out.max_response = request.max_response_bytes;
  out.egress = host.identity().egress;
  made.follow = (request.flags & COMMS_HTTP_FOLLOW) != 0;
  return client->check(out.url, out.egress.get()) ? COMMS_OK : COMMS_DENIED;
}

bool HttpServiceRequest::is_redirect(int status) const {
  return follow && redirects_left > 0 &&
         (status == 301 || status == 302 || status == 303 || status == 307 || status == 308);
}

std::optional<net::HttpRequestOut> HttpServiceRequest::redirected(
    const net::HttpResponseIn& response) const {
  if (!is_redirect(response.status)) return std::nullopt;
  const std::string location(response.header("Location"));
  net::HttpRequestOut next = out;
  next.url = location.empty() ? std::string() : resolve_url(out.url, location);
  if (next.url.empty()) return std::nullopt;

  const bool becomes_get =
      response.status == 303 || (response.status <= 302 && out.method == "POST");
  if (becomes_get && out.method != "HEAD") {
    next.method = "GET";
    next.body.clear();
    next.idempotent = true;
    std::erase_if(next.headers, [](const auto& header) {
      return to_lower_ascii(header.first).starts_with("content-");
    });
  }
  if (origin_of(next.url) != origin_of(out.url)) {
    std::erase_if(next.headers,
                  [](const auto& header) { return is_credential(to_lower_ascii(header.first)); });
  }
  return next;
}

comms_status to_transport(const net::TransportFailure& failure) {
  using Kind = net::TransportFailure::Kind;
  switch (failure.kind) {
    case Kind::refused_by_egress:
      return COMMS_DENIED;
    case Kind::timeout_not_sent:
      return COMMS_TIMEOUT;
    default:
      return failure.may_have_reached_peer ? COMMS_AMBIGUOUS : COMMS_UNAVAILABLE;
  }
}

HttpResponseView::HttpResponseView(int status, const net::HttpHeaders& headers,
                                   std::string_view body, bool last) {
  headers_.reserve(headers.size());
  for (const auto& [name, value] : headers) headers_.push_back({to_str(name), to_str(value)});
  response_.size = sizeof response_;
  response_.status = status;
  response_.transport = COMMS_OK;
  response_.last = last ? 1 : 0;
  response_.headers = headers_.data();
  response_.header_count = headers_.size();
  response_.body = to_bytes(body);
}

HttpResponseView::HttpResponseView(const net::TransportFailure& failure) {
  response_.size = sizeof response_;
  response_.transport = to_transport(failure);
  response_.last = 1;
}

}  // namespace commsd::plugin
