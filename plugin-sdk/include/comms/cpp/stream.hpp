#pragma once

#include <comms/cpp/call.hpp>

namespace comms {

/// Request::download(): hands each piece on as it comes. A bad answer is collected and mapped.
class DownloadPending final : public Pending<Blob> {
 public:
  DownloadPending(Request request, std::string content_type, std::uint32_t sample_rate)
      : request_(std::move(request)),
        content_type_(std::move(content_type)),
        sample_rate_(sample_rate) {}

  Status start(const Host& host, comms_op* op, std::unique_ptr<Pending<Blob>> self) override {
    host_ = &host;
    const comms_svc_http& http = host.http();
    Status status = request_.pass(COMMS_HTTP_STREAM, [&](const comms_http_request& request) {
      (void)self.release();  // from here on the host releases it, whatever send returns
      return http.send(host.raw(), op, &request, &arrived, this, &release);
    });
    if (status == COMMS_PENDING) return status;
    return fail(host, op, Error(status, "the host did not send the request"));
  }

 private:
  static constexpr std::size_t max_error_bytes = 65536;

  static Status arrived(void* user, comms_op* op, const comms_http_response* response) {
    auto* self = static_cast<DownloadPending*>(user);
    return guard(*self->host_, op, COMMS_INTERNAL, [&] { return self->take(op, *response); });
  }

  Status take(comms_op* op, const comms_http_response& response) {
    HttpResponse answer(*host_, response, request_.is_idempotent());
    if (!answer.ok()) {
      std::string_view more = answer.body();
      error_body_ +=
          more.substr(0, max_error_bytes - std::min(max_error_bytes, error_body_.size()));
      if (!response.last) return COMMS_PENDING;
      comms_http_response whole = response;
      whole.body = bytes(error_body_);
      return fail(*host_, op, HttpResponse(*host_, whole, request_.is_idempotent()).error());
    }
    if (!began_) describe(op, answer);
    began_ = true;
    Status status = response.body.len ? host_->result().chunk(op, response.body) : Status{COMMS_OK};
    if (status == COMMS_CANCELLED) return status;
    if (response.last) return COMMS_OK;
    return status == COMMS_BACKPRESSURE ? status : Status{COMMS_PENDING};
  }

  void describe(comms_op* op, const HttpResponse& answer) {
    std::string type =
        content_type_.empty() ? std::string(answer.header("content-type")) : content_type_;
    Fields fields{{"content_type", type}};
    std::string_view length = answer.header("content-length");
    if (!length.empty()) fields.emplace_back("byte_count", length);
    if (sample_rate_) fields.emplace_back("sample_rate", std::to_string(sample_rate_));
    deliver(*host_, op, fields);
  }

  static void release(void* user) { delete static_cast<DownloadPending*>(user); }

  Request request_;
  std::string content_type_;
  std::uint32_t sample_rate_;
  std::string error_body_;
  bool began_ = false;
  const Host* host_ = nullptr;
};

inline Outcome<Blob> Request::download(std::string content_type, std::uint32_t sample_rate) {
  return Outcome<Blob>(
      std::make_unique<DownloadPending>(*this, std::move(content_type), sample_rate));
}

template <class T, class Next>
class DelayPending final : public Pending<T> {
 public:
  DelayPending(std::uint32_t ms, Next next) : delay_ms_(ms), next_(std::move(next)) {}

  Status start(const Host& host, comms_op* op, std::unique_ptr<Pending<T>> self) override {
    host_ = &host;
    const comms_svc_clock& clock = host.clock();
    (void)self.release();
    Status status = clock.delay(host.raw(), op, delay_ms_, &over, this, &release);
    if (status == COMMS_PENDING) return status;
    return fail(host, op, Error(status, "the deadline would pass while waiting for the vendor"));
  }

 private:
  static Status over(void* user, comms_op* op) {
    auto* self = static_cast<DelayPending*>(user);
    return guard(*self->host_, op, COMMS_INTERNAL,
                 [&] { return settle(*self->host_, op, self->next_()); });
  }
  static void release(void* user) { delete static_cast<DelayPending*>(user); }

  std::uint32_t delay_ms_;
  Next next_;
  const Host* host_ = nullptr;
};

/// Goes on after a while (polling an order): return comms::after(1000, [=] { return ask_again();
/// });
template <class Next>
auto after(std::uint32_t ms, Next next) -> std::invoke_result_t<Next> {
  using Result = std::invoke_result_t<Next>;
  return Result(std::make_unique<DelayPending<typename Result::Value, Next>>(ms, std::move(next)));
}

}  // namespace comms
