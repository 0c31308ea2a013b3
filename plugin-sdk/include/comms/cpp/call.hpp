#pragma once

#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <variant>

#include <comms/cpp/crypto.hpp>
#include <comms/cpp/http.hpp>

namespace comms {

/// Work that goes on after the slot function returned.
template <class T>
class Pending {
 public:
  virtual ~Pending() = default;
  /// Begins; takes care of its own life. COMMS_PENDING, or how the op ended.
  virtual Status start(const Host& host, comms_op* op, std::unique_ptr<Pending> self) = 0;
};

/// What an op returns: a value, an Error, or work under way (made by Request::then, download,
/// after).
template <class T>
class Outcome {
 public:
  using Value = T;
  Outcome(T value) : state_(std::move(value)) {}
  Outcome(Error error) : state_(std::move(error)) {}
  explicit Outcome(std::unique_ptr<Pending<T>> pending) : state_(std::move(pending)) {}

  std::variant<T, Error, std::unique_ptr<Pending<T>>>& state() { return state_; }

 private:
  std::variant<T, Error, std::unique_ptr<Pending<T>>> state_;
};

inline Status fail(const Host& host, comms_op* op, const Error& error) {
  comms_error c = error.c();
  host.result().fail(op, &c);
  return error.status;
}

/// The firewall: no exception leaves a plugin. `unknown` is the class of an exception that is no
/// Error, which is a defect of the plugin.
template <class Run>
Status guard(const Host& host, comms_op* op, Status unknown, Run&& run) noexcept {
  try {
    return run();
  } catch (const Error& error) {
    return fail(host, op, error);
  } catch (const std::bad_alloc&) {
    return fail(host, op, Error(unknown, "out of memory"));  // short enough to need none
  } catch (const std::exception& error) {
    return fail(host, op, Error(unknown, std::string("the plugin failed: ") + error.what()));
  } catch (...) {
    return fail(host, op, Error(unknown, "the plugin failed"));
  }
}

inline void deliver(const Host&, comms_op*, const Done&) {}
inline void deliver(const Host& host, comms_op* op, const Fields& fields) {
  for (const auto& [key, value] : fields) host.result().field(op, str(key), str(value));
}
inline void deliver(const Host& host, comms_op* op, const Receipt& r) {
  host.result().message(op, str(r.vendor_id), str(r.status), r.cost_micros, str(r.currency));
  deliver(host, op, r.fields);
}
inline void deliver(const Host& host, comms_op* op, const Events& events) {
  for (const Event& event : events) {
    event.pass([&](const comms_event* c) { host.result().event(op, c); });
  }
}
inline void deliver(const Host& host, comms_op* op, const Blob& blob) {
  const std::uint64_t whole = blob.byte_count ? blob.byte_count : blob.data.size();
  Fields fields{{"content_type", blob.content_type}, {"byte_count", std::to_string(whole)}};
  if (blob.sample_rate) fields.emplace_back("sample_rate", std::to_string(blob.sample_rate));
  deliver(host, op, fields);
  host.result().chunk(op, bytes(blob.data));
}

/// Ends the op, or lets it go on.
template <class T>
Status settle(const Host& host, comms_op* op, Outcome<T> outcome) {
  auto& state = outcome.state();
  if (auto* error = std::get_if<Error>(&state)) return fail(host, op, *error);
  if (auto* value = std::get_if<T>(&state)) {
    deliver(host, op, *value);
    return COMMS_OK;
  }
  auto pending = std::move(std::get<2>(state));
  Pending<T>* work = pending.get();
  return work->start(host, op, std::move(pending));
}

template <class T, class Next>
class HttpPending final : public Pending<T> {
 public:
  HttpPending(Request request, Next next) : request_(std::move(request)), next_(std::move(next)) {}

  Status start(const Host& host, comms_op* op, std::unique_ptr<Pending<T>> self) override {
    host_ = &host;
    const comms_svc_http& http = host.http();
    Status status = request_.pass(0, [&](const comms_http_request& request) {
      (void)self.release();  // from here on the host releases it, whatever send returns
      return http.send(host.raw(), op, &request, &answered, this, &release);
    });
    if (status == COMMS_PENDING) return status;
    return fail(host, op, Error(status, "the host did not send the request"));
  }

 private:
  static Status answered(void* user, comms_op* op, const comms_http_response* response) {
    auto* self = static_cast<HttpPending*>(user);
    bool safe = self->request_.is_idempotent();
    // A defect after the vendor got a send must not make the host send again.
    return guard(*self->host_, op, safe ? COMMS_INTERNAL : COMMS_AMBIGUOUS, [&] {
      return settle(*self->host_, op, self->next_(HttpResponse(*self->host_, *response, safe)));
    });
  }
  static void release(void* user) { delete static_cast<HttpPending*>(user); }

  Request request_;
  Next next_;
  const Host* host_ = nullptr;
};

template <class Next>
auto Request::then(Next next) -> std::invoke_result_t<Next, const HttpResponse&> {
  using Result = std::invoke_result_t<Next, const HttpResponse&>;
  using T = typename Result::Value;
  return Result(std::make_unique<HttpPending<T, Next>>(*this, std::move(next)));
}

inline Request& Request::basic(const Host& host, std::string_view user, std::string_view password) {
  std::string pair(user);
  pair += ':';
  pair += password;
  return header("Authorization", "Basic " + Crypto(host).base64(pair));
}

}  // namespace comms
