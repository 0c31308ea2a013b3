#include "net/http_client.h"

#include <arpa/inet.h>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>

#include <curl/curl.h>

#include "base/completion.h"
#include "base/text.h"
#include "net/http_client_transfer.h"

namespace commsd::net {

namespace {

using SteadyClock = std::chrono::steady_clock;

void initialise_curl() {
  static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(once);
}

}  // namespace

std::string_view HttpResponseIn::header(std::string_view name) const {
  const std::string wanted = to_lower_ascii(name);
  for (const auto& [key, value] : headers) {
    if (key.size() == wanted.size() && to_lower_ascii(key) == wanted) return value;
  }
  return {};
}

class HttpClient::Loop {
 public:
  Loop(Options options, std::shared_ptr<Resolver> resolver,
       std::shared_ptr<const EgressPolicy> policy)
      : options_(std::move(options)), resolver_(std::move(resolver)), policy_(std::move(policy)) {
    initialise_curl();
    multi_ = curl_multi_init();
    inbox_->multi = multi_;
    curl_multi_setopt(multi_, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX));
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS,
                      static_cast<long>(options_.max_host_connections));
    curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS,
                      static_cast<long>(options_.max_connections));
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(options_.max_connections));
    thread_ = std::thread([this] { run(); });
  }

  ~Loop() {
    inbox_->post([this] { stopping_ = true; });
    thread_.join();
    curl_multi_cleanup(multi_);
  }

  RequestId start(HttpRequestOut request, HttpCallbacks callbacks) {
    const RequestId id = ++last_id_;
    const std::size_t now_in_flight = ++in_flight_;
    auto transfer = std::make_shared<HttpTransfer>(id, std::move(request), std::move(callbacks));
    const bool full = now_in_flight > options_.max_in_flight;
    std::shared_ptr<const EgressPolicy> policy;
    {
      const std::lock_guard lock(policy_mutex_);
      policy = policy_;
    }
    const bool posted = inbox_->post(
        [this, transfer, policy = std::move(policy), full] { admit(transfer, *policy, full); });
    if (!posted) end(*transfer, tl::unexpected(transfer->cancelled()));
    return id;
  }

  void cancel(RequestId id) {
    inbox_->post([this, id] {
      if (const auto found = transfers_.find(id); found != transfers_.end()) {
        conclude(found->second, tl::unexpected(found->second->cancelled()));
      }
    });
  }

  void resume(RequestId id) {
    inbox_->post([this, id] {
      if (const auto found = transfers_.find(id); found != transfers_.end()) {
        found->second->resume();
      }
    });
  }

  void set_policy(std::shared_ptr<const EgressPolicy> policy) {
    const std::lock_guard lock(policy_mutex_);
    policy_ = std::move(policy);
  }

  std::shared_ptr<const EgressPolicy> policy() const {
    const std::lock_guard lock(policy_mutex_);
    return policy_;
  }

  std::size_t in_flight() const { return in_flight_; }

 private:
  using Transfer = std::shared_ptr<HttpTransfer>;

  /// Work for the thread. Outlives the loop, because a name lookup may answer after it has gone.
  struct Inbox {
    std::mutex mutex;
    std::vector<std::function<void()>> jobs;
    CURLM* multi = nullptr;
    bool closed = false;

    bool post(std::function<void()> job) {
      const std::lock_guard lock(mutex);
      if (closed) return false;
      jobs.push_back(std::move(job));
      if (jobs.size() == 1) curl_multi_wakeup(multi);
      return true;
    }
  };

  void run() {
    for (;;) {
      curl_multi_poll(multi_, nullptr, 0, until_next_deadline(), nullptr);
      run_jobs();
      if (stopping_) break;
      int running = 0;
      curl_multi_perform(multi_, &running);
      reap();
      expire();
    }
    {
      const std::lock_guard lock(inbox_->mutex);
      inbox_->closed = true;
    }
    run_jobs();  // requests that came meanwhile end below like the others
    while (!transfers_.empty()) {
      const Transfer transfer = transfers_.begin()->second;
      conclude(transfer, tl::unexpected(transfer->cancelled()));
    }
  }

  void run_jobs() {
    std::vector<std::function<void()>> jobs;
    {
      const std::lock_guard lock(inbox_->mutex);
      jobs.swap(inbox_->jobs);
    }
    for (const auto& job : jobs) job();
  }

  void admit(const Transfer& transfer, const EgressPolicy& policy, bool full) {
    using Kind = TransportFailure::Kind;
    transfer->deadline =
        deadlines_.emplace(SteadyClock::now() + transfer->request().total_timeout, transfer->id());
    transfers_.emplace(transfer->id(), transfer);
    if (full) {
      conclude(transfer, tl::unexpected(transfer->failure(Kind::not_sent,
                                                          "too many outbound requests under way")));
      return;
    }
    const auto target = policy.check(transfer->request().url, transfer->request().egress.get());
    if (!target) {
      conclude(transfer,
               tl::unexpected(transfer->failure(Kind::refused_by_egress, target.error())));
      return;
    }
    transfer->set_target(*target);
    if (target->literal) {
      begin(transfer, {});
      return;
    }
    resolver_->resolve(target->host, [this, inbox = inbox_, transfer](const Addresses& found) {
      inbox->post([this, transfer, found] { resolved(transfer, found); });
    });
  }

  void resolved(const Transfer& transfer, const Addresses& found) {
    using Kind = TransportFailure::Kind;
    if (!transfers_.contains(transfer->id())) return;  // timed out or cancelled meanwhile
    if (!found) {
      conclude(transfer, tl::unexpected(transfer->failure(
                             Kind::not_sent, "the host name was not resolved: " + found.error())));
      return;
    }
    std::vector<std::string> allowed = *found;
    if (!transfer->target().exempt) {
      std::erase_if(allowed,
                    [](const std::string& address) { return !EgressPolicy::is_public(address); });
    }
    if (allowed.empty()) {
      conclude(transfer, tl::unexpected(transfer->failure(Kind::refused_by_egress,
                                                          "the host name has no public address")));
      return;
    }
    begin(transfer, allowed);
  }

  void begin(const Transfer& transfer, const std::vector<std::string>& addresses) {
    using Kind = TransportFailure::Kind;
    if (const auto refused = transfer->prepare(addresses, options_)) {
      conclude(transfer, tl::unexpected(transfer->failure(Kind::refused_by_egress, *refused)));
      return;
    }
    if (curl_multi_add_handle(multi_, transfer->easy()) != CURLM_OK) {
      conclude(transfer, tl::unexpected(transfer->failure(Kind::not_sent, "out of memory")));
      return;
    }
    transfer->in_multi = true;
  }

  void reap() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      void* owner = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
      const auto found = transfers_.find(static_cast<HttpTransfer*>(owner)->id());
      if (found == transfers_.end()) continue;
      const Transfer transfer = found->second;
      conclude(transfer, transfer->outcome(code));
    }
  }

  /// Total deadlines are ours, not libcurl's, because they also run while a name is looked up,
  /// while a transfer waits for a connection, and while it is paused.
  void expire() {
    const auto now = SteadyClock::now();
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
      const Transfer transfer = transfers_.at(deadlines_.begin()->second);
      conclude(transfer, tl::unexpected(transfer->timed_out()));
    }
  }

  int until_next_deadline() const {
    if (deadlines_.empty()) return 60000;
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(deadlines_.begin()->first -
                                                                   SteadyClock::now());
    return static_cast<int>(std::clamp<std::int64_t>(wait.count(), 0, 60000));
  }

  /// By value: what is erased here may be what the caller refers to.
  // NOLINTNEXTLINE(performance-unnecessary-value-param)
  void conclude(Transfer transfer, HttpOutcome outcome) {
    if (transfer->in_multi) {
      curl_multi_remove_handle(multi_, transfer->easy());
      transfer->in_multi = false;
    }
    deadlines_.erase(transfer->deadline);
    transfers_.erase(transfer->id());
    end(*transfer, std::move(outcome));
  }

  void end(HttpTransfer& transfer, HttpOutcome outcome) {
    --in_flight_;
    transfer.finish(std::move(outcome));
  }

  const Options options_;
  const std::shared_ptr<Resolver> resolver_;
  mutable std::mutex policy_mutex_;
  std::shared_ptr<const EgressPolicy> policy_;
  std::atomic<RequestId> last_id_{0};
  std::atomic<std::size_t> in_flight_{0};
  const std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();
  CURLM* multi_ = nullptr;
  std::unordered_map<RequestId, Transfer> transfers_;
  std::multimap<SteadyClock::time_point, RequestId> deadlines_;
  bool stopping_ = false;
  std::thread thread_;
};

HttpClient::HttpClient(Options options, std::shared_ptr<Resolver> resolver,
                       std::shared_ptr<const EgressPolicy> policy)
    : loop_(std::make_unique<Loop>(std::move(options), std::move(resolver), std::move(policy))) {}

HttpClient::~HttpClient() = default;

void HttpClient::set_policy(std::shared_ptr<const EgressPolicy> policy) {
  loop_->set_policy(std::move(policy));
}

tl::expected<EgressTarget, std::string> HttpClient::check(std::string_view url,
                                                          const EgressList* allowed) const {
  return loop_->policy()->check(url, allowed);
}

Task<HttpOutcome> HttpClient::send(HttpRequestOut request, std::stop_token stop) {
  Completion<HttpOutcome> done;
  HttpCallbacks callbacks;
  callbacks.on_done = [done](HttpOutcome outcome) { done.complete(std::move(outcome)); };
  const RequestId id = start(std::move(request), std::move(callbacks));
  const std::stop_callback cancel_on_stop(stop, [this, id] { cancel(id); });
  HttpOutcome outcome = co_await done;
  co_return outcome;
}

HttpClient::RequestId HttpClient::start(HttpRequestOut request, HttpCallbacks callbacks) {
  return loop_->start(std::move(request), std::move(callbacks));
}

void HttpClient::cancel(RequestId id) {
  loop_->cancel(id);
}

void HttpClient::resume(RequestId id) {
  loop_->resume(id);
}

std::size_t HttpClient::in_flight() const {
  return loop_->in_flight();
}

}  // namespace commsd::net
