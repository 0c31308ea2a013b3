#include <condition_variable>
#include <deque>
#include <mutex>

#include "plugin/services/http_call.h"
#include "plugin/services/service_host.h"
#include "plugin/services/tables.h"

namespace commsd::plugin {

namespace {

constexpr std::chrono::milliseconds kBlockingLimit{120000};
constexpr std::size_t kWindow = 256 * 1024;

comms_status send(const comms_host* table, comms_op* handle, const comms_http_request* request,
                  comms_http_cb callback, void* user, void (*release)(void* user)) {
  ServiceHost& host = ServiceHost::from(table);
  Op* op = handle ? Op::from(handle) : nullptr;
  HttpServiceRequest made;
  comms_status status = COMMS_INVALID;
  if (op && op->executor() && request && callback) {
    status = op->done() ? COMMS_CANCELLED
                        : HttpServiceRequest::make(host, *request, op->remaining(), made);
  }
  if (status == COMMS_OK && !host.breaker().admits(made.out.url)) status = COMMS_UNAVAILABLE;
  if (status == COMMS_OK && !host.acquire_request()) status = COMMS_UNAVAILABLE;
  if (status != COMMS_OK) {
    if (release) release(user);
    return status;
  }
  if (!op->traceparent().empty()) made.out.headers.emplace_back("traceparent", op->traceparent());
  const auto call = std::make_shared<HttpCall>(host, op->shared_from_this(), std::move(made),
                                               callback, user, release);
  op->part_began(call);
  call->start();
  return COMMS_PENDING;
}

/// One blocking exchange: the client's thread fills it, the caller's empties it.
struct Exchange {
  std::mutex mutex;
  std::condition_variable changed;
  int status = 0;
  net::HttpHeaders headers;
  std::deque<std::string> chunks;
  std::size_t waiting = 0;
  bool paused = false;
  std::optional<net::HttpOutcome> outcome;
};

comms_status exchange(ServiceHost& host, const HttpServiceRequest& request, comms_http_cb callback,
                      void* user, std::optional<net::HttpRequestOut>& redirect) {
  net::HttpClient& client = *host.parts().http;
  const auto shared = std::make_shared<Exchange>();
  net::HttpCallbacks callbacks;
  callbacks.on_head = [shared](int status, const net::HttpHeaders& headers) {
    const std::lock_guard lock(shared->mutex);
    shared->status = status;
    shared->headers = headers;
  };
  callbacks.on_chunk = [shared](std::string_view chunk) {
    const std::lock_guard lock(shared->mutex);
    shared->chunks.emplace_back(chunk);
    shared->waiting += chunk.size();
    shared->paused = shared->waiting >= kWindow;
    shared->changed.notify_one();
    return !shared->paused;
  };
  callbacks.on_done = [shared](net::HttpOutcome outcome) {
    const std::lock_guard lock(shared->mutex);
    shared->outcome.emplace(std::move(outcome));
    shared->changed.notify_one();
  };
  const net::HttpClient::RequestId id = client.start(request.out, std::move(callbacks));

  comms_status status = COMMS_PENDING;
  std::unique_lock lock(shared->mutex);
  for (;;) {
    shared->changed.wait(lock, [&] { return shared->outcome || !shared->chunks.empty(); });
    if (shared->chunks.empty()) break;
    const std::string chunk = std::move(shared->chunks.front());
    shared->chunks.pop_front();
    shared->waiting -= chunk.size();
    const bool resume = shared->paused && shared->waiting < kWindow / 2;
    if (resume) shared->paused = false;
    const bool wanted = status == COMMS_PENDING && !request.is_redirect(shared->status);
    lock.unlock();
    if (resume) client.resume(id);
    if (wanted) {
      const HttpResponseView response(shared->status, shared->headers, chunk, false);
      status = callback(user, nullptr, response.get());
      if (status != COMMS_PENDING) client.cancel(id);
    }
    lock.lock();
  }
  const net::HttpOutcome outcome = std::move(*shared->outcome);
  lock.unlock();
  host.breaker().note(request.out.url, outcome);
  if (status != COMMS_PENDING) return status;  // the plugin had heard enough
  if (!outcome) {
    const HttpResponseView response(outcome.error());
    return callback(user, nullptr, response.get());
  }
  redirect = request.redirected(*outcome);
  if (redirect) return COMMS_PENDING;
  const HttpResponseView response(outcome->status, outcome->headers, outcome->body, true);
  return callback(user, nullptr, response.get());
}

comms_status perform(const comms_host* table, const comms_http_request* request,
                     comms_http_cb callback, void* user) {
  if (!request || !callback) return COMMS_INVALID;
  ServiceHost& host = ServiceHost::from(table);
  HttpServiceRequest made;
  const comms_status refused = HttpServiceRequest::make(host, *request, kBlockingLimit, made);
  if (refused != COMMS_OK) return refused;
  if (!host.breaker().admits(made.out.url)) return COMMS_UNAVAILABLE;
  if (!host.acquire_request()) return COMMS_UNAVAILABLE;

  comms_status status = COMMS_INTERNAL;
  std::optional<net::HttpRequestOut> redirect;
  do {
    if (redirect) {
      made.out = std::move(*redirect);
      --made.redirects_left;
    }
    redirect.reset();
    status = exchange(host, made, callback, user, redirect);
  } while (redirect);
  host.release_request();
  return status;
}

}  // namespace

const comms_svc_http kHttpService = {sizeof(comms_svc_http), 0, send, perform};

}  // namespace commsd::plugin
