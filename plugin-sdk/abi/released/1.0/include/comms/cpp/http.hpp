#pragma once

#include <charconv>
#include <memory>

#include <comms/cpp/form.hpp>
#include <comms/cpp/http_error.hpp>
#include <comms/cpp/json.hpp>

namespace comms {

/// An HTTP answer, lent for the call of a continuation.
class HttpResponse {
 public:
  HttpResponse(const Host& host, const comms_http_response& response, bool idempotent)
      : host_(&host), response_(&response), idempotent_(idempotent) {}

  int status() const { return response_->status; }
  bool ok() const { return response_->transport == COMMS_OK && status() >= 200 && status() < 300; }
  std::string_view body() const { return view(response_->body); }
  std::string_view header(std::string_view name) const {
    for (Pair h : Pairs(response_->headers, response_->header_count)) {
      if (same_text(h.key, name)) return h.value;
    }
    return {};
  }
  Json json() const { return Json(*host_, body()); }

  /// What went wrong, in the classes of comms.h. The pointers say where the vendor's JSON has its
  /// own code and message ("/code", "/message"); the message is added to ours.
  Error error(std::string_view code_pointer = {}, std::string_view message_pointer = {}) const {
    Error error = http_error(failure());
    if (code_pointer.empty() && message_pointer.empty()) return error;
    Json answer = json();
    if (!code_pointer.empty()) error.vendor_code = answer.at(code_pointer).text();
    std::string said = message_pointer.empty() ? "" : answer.at(message_pointer).text();
    if (!said.empty()) error.message += ": " + said;
    return error;
  }

 private:
  HttpFailure failure() const {
    HttpFailure f;
    f.status = response_->status;
    f.transport = response_->transport;
    f.idempotent = idempotent_;
    f.retry_after = header("retry-after");
    f.retry_after_ms = header("retry-after-ms");
    if (!f.retry_after.empty()) f.now_ms = host_->now_ms();
    return f;
  }

  const Host* host_;
  const comms_http_response* response_;
  bool idempotent_;
};

template <class T>
class Outcome;

/// A request to describe: comms::post(url).bearer(key).json(body).then(...). Owns its parts.
/// GET, HEAD, PUT and DELETE count as idempotent, POST and PATCH do not until told so.
class Request {
 public:
  Request(std::string method, std::string url) : method_(std::move(method)), url_(std::move(url)) {
    idempotent_ = method_ != "POST" && method_ != "PATCH";
  }

  Request& header(std::string name, std::string value) {
    headers_.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  Request& bearer(std::string_view token) {
    return header("Authorization", "Bearer " + std::string(token));
  }
  Request& basic(const Host& host, std::string_view user, std::string_view password);
  Request& json(const JsonObject& object) { return body("application/json", object.text()); }
  Request& json(const JsonArray& array) { return body("application/json", array.text()); }
  Request& form(const Form& form) { return body("application/x-www-form-urlencoded", form.text()); }
  Request& body(std::string content_type, std::string content) {
    body_ = std::move(content);
    return header("Content-Type", std::move(content_type));
  }
  /// The vendor drops repetitions with this key, so the host may repeat the request. Empty: no-op.
  Request& idempotency_key(std::string_view key, std::string name = "Idempotency-Key") {
    if (key.empty()) return *this;
    idempotent_ = true;
    return header(std::move(name), std::string(key));
  }
  Request& idempotent(bool yes = true) {
    idempotent_ = yes;
    return *this;
  }
  Request& timeout_ms(std::uint32_t ms) {
    timeout_ms_ = ms;
    return *this;
  }
  /// Follow redirects within the egress policy (media URLs of Twilio point elsewhere).
  Request& follow() {
    flags_ |= COMMS_HTTP_FOLLOW;
    return *this;
  }
  Request& max_response_bytes(std::uint32_t bytes) {
    max_response_bytes_ = bytes;
    return *this;
  }

  bool is_idempotent() const { return idempotent_; }
  const std::string& method() const { return method_; }
  const std::string& url() const { return url_; }

  /// `next(const HttpResponse&)` returns an Outcome<T>, which may be another request. It runs when
  /// the answer is there, after the op's arguments are gone: capture copies.
  template <class Next>
  auto then(Next next) -> std::invoke_result_t<Next, const HttpResponse&>;

  /// Streams a 2xx body to the host as it arrives (fields content_type and byte_count first).
  /// `audio` adds what the headers do not tell.
  Outcome<Blob> download(std::string content_type = {}, std::uint32_t sample_rate = 0);

  /// [block] slots only: executes and waits. `use(const HttpResponse&)` gets the answer, also a bad
  /// one; throws Error when the host would not even begin.
  template <class Use>
  void perform(const Host& host, Use&& use) const;

  /// Calls send(const comms_http_request&); the C form dies with the call.
  template <class Send>
  Status pass(std::uint32_t more_flags, Send&& send) const {
    std::vector<comms_kv> headers;
    for (const auto& [name, value] : headers_) headers.push_back({str(name), str(value)});
    comms_http_request c{sizeof(comms_http_request),
                         timeout_ms_,
                         str(method_),
                         str(url_),
                         headers.data(),
                         headers.size(),
                         bytes(body_),
                         0,
                         max_response_bytes_};
    c.flags = flags_ | more_flags;
    if (idempotent_) c.flags |= COMMS_HTTP_IDEMPOTENT;
    return send(c);
  }

 private:
  std::string method_, url_, body_;
  Fields headers_;
  bool idempotent_;
  std::uint32_t timeout_ms_ = 0;
  std::uint32_t max_response_bytes_ = 0;
  std::uint32_t flags_ = 0;
};

inline Request get(std::string url) {
  return Request("GET", std::move(url));
}
inline Request post(std::string url) {
  return Request("POST", std::move(url));
}
inline Request put(std::string url) {
  return Request("PUT", std::move(url));
}
inline Request patch(std::string url) {
  return Request("PATCH", std::move(url));
}
inline Request del(std::string url) {
  return Request("DELETE", std::move(url));
}

template <class Use>
void Request::perform(const Host& host, Use&& use) const {
  struct Context {
    const Host& host;
    bool idempotent;
    Use& use;
    std::exception_ptr thrown;
  } context{host, idempotent_, use, nullptr};
  Status status = pass(0, [&](const comms_http_request& request) {
    return host.http().perform(
        host.raw(), &request,
        [](void* user, comms_op*, const comms_http_response* response) -> Status {
          auto& c = *static_cast<Context*>(user);
          try {
            c.use(HttpResponse(c.host, *response, c.idempotent));
          } catch (...) {
            c.thrown = std::current_exception();
          }
          return COMMS_OK;
        },
        &context);
  });
  if (context.thrown) std::rethrow_exception(context.thrown);
  if (status != COMMS_OK) throw Error(status, "the host did not send the request to " + url_);
}

}  // namespace comms
