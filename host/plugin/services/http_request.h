#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <comms/svc/http.h>

#include "net/http_client.h"

namespace commsd::plugin {

class ServiceHost;

/// A plugin's request in the client's terms, and the rules of comms.http/1 both ways. Free of
/// threads; used by the async and the blocking form of the service.
struct HttpServiceRequest {
  net::HttpRequestOut out;
  bool follow = false;
  int redirects_left = 3;

  /// COMMS_OK, COMMS_INVALID (malformed), COMMS_DENIED (outside the egress list) or
  /// COMMS_UNAVAILABLE (no network here). `limit` is the longest the exchange may take.
  static comms_status make(ServiceHost& host, const comms_http_request& request,
                           std::chrono::milliseconds limit, HttpServiceRequest& made);

  /// True when `status` is a redirect that is to be followed, whose own body is not wanted.
  bool is_redirect(int status) const;
  /// The request for the redirect's target (RFC 9110 section 15.4): empty when there is none, and
  /// the response is then the answer. Authorization stays behind when the origin changes.
  std::optional<net::HttpRequestOut> redirected(const net::HttpResponseIn& response) const;
};

/// What happened below HTTP, in the ABI's classes.
comms_status to_transport(const net::TransportFailure& failure);

/// A response as the ABI shows it; refers to what it was made from.
class HttpResponseView {
 public:
  HttpResponseView(int status, const net::HttpHeaders& headers, std::string_view body, bool last);
  HttpResponseView(const net::TransportFailure& failure);
  HttpResponseView(const HttpResponseView&) = delete;
  HttpResponseView& operator=(const HttpResponseView&) = delete;

  const comms_http_response* get() const { return &response_; }

 private:
  std::vector<comms_kv> headers_;
  comms_http_response response_{};
};

}  // namespace commsd::plugin
