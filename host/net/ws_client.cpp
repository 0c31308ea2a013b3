#include "net/ws_client.h"

#include <algorithm>
#include <arpa/inet.h>
#include <mutex>
#include <poll.h>
#include <thread>

#include "net/ws_client_connection.h"

namespace commsd::net {

namespace {

using SteadyClock = std::chrono::steady_clock;

}  // namespace

class WsClient::Loop : public std::enable_shared_from_this<Loop> {
 public:
  Loop(Options options, std::shared_ptr<Resolver> resolver,
       std::shared_ptr<const EgressPolicy> policy)
      : options_(std::move(options)), resolver_(std::move(resolver)), policy_(std::move(policy)) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    multi_ = curl_multi_init();
    // The pool must never close a connection that one of our sockets is.
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(options_.max_sockets + 64));
  }

  ~Loop() { curl_multi_cleanup(multi_); }

  void start() {
    thread_ = std::thread([this] { run(); });
  }

  void stop() {
    post([this] { stopping_ = true; });
    thread_.join();
  }

  void set_policy(std::shared_ptr<const EgressPolicy> policy) {
    const std::lock_guard lock(mutex_);
    policy_ = std::move(policy);
  }

  std::shared_ptr<const EgressPolicy> policy() const {
    const std::lock_guard lock(mutex_);
    return policy_;
  }

  std::shared_ptr<WsSocket> connect(WsRequest request, WsCallbacks callbacks, Executor& executor) {
    const auto connection = std::make_shared<WsConnection>(std::move(request), std::move(callbacks),
                                                           executor, [weak = weak_from_this()] {
                                                             if (const auto loop = weak.lock())
                                                               loop->wake();
                                                           });
    const bool posted = post([this, connection, policy = policy()] { admit(connection, *policy); });
    if (!posted) connection->fail(WsEnd::Kind::unavailable, "shutting down");
    return connection;
  }

 private:
  using Connection = std::shared_ptr<WsConnection>;

  void wake() {
    const std::lock_guard lock(mutex_);
    if (!closed_) curl_multi_wakeup(multi_);
  }

  bool post(std::function<void()> job) {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    jobs_.push_back(std::move(job));
    curl_multi_wakeup(multi_);
    return true;
  }

  void run() {
    std::vector<curl_waitfd> watched;
    for (;;) {
      watched.clear();
      for (const Connection& connection : connections_) {
        if (connection->socket() == CURL_SOCKET_BAD) continue;
        const short events = connection->wanted_events();
        if (events == 0) continue;  // a hang-up would be reported all the same, again and again
        watched.push_back({connection->socket(), 0, 0});
        if (events & POLLIN) watched.back().events |= CURL_WAIT_POLLIN;
        if (events & POLLOUT) watched.back().events |= CURL_WAIT_POLLOUT;
      }
      curl_multi_poll(multi_, watched.data(), static_cast<unsigned>(watched.size()),
                      until_next_deadline(), nullptr);
      run_jobs();
      if (stopping_) break;
      int running = 0;
      curl_multi_perform(multi_, &running);
      reap();
      const auto now = SteadyClock::now();
      for (const Connection& connection : connections_) {
        if (!connection->ended()) connection->run(now, options_.ping_interval);
      }
      drop_ended();
    }
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    run_jobs();
    for (const Connection& connection : connections_) {
      connection->abort();
      connection->run(SteadyClock::now(), options_.ping_interval);
    }
    drop_ended();
  }

  void run_jobs() {
    std::vector<std::function<void()>> jobs;
    {
      const std::lock_guard lock(mutex_);
      jobs.swap(jobs_);
    }
    for (const auto& job : jobs) job();
  }

  void admit(const Connection& connection, const EgressPolicy& policy) {
    if (connections_.size() >= options_.max_sockets) {
      connection->fail(WsEnd::Kind::unavailable, "too many outbound WebSockets");
      return;
    }
    const auto target = policy.check(connection->request().url, connection->request().egress.get());
    if (!target) {
      connection->fail(WsEnd::Kind::refused_by_egress, target.error());
      return;
    }
    connection->set_target(*target);
    connections_.push_back(connection);
    if (target->literal) {
      begin(connection, {});
      return;
    }
    resolver_->resolve(target->host, [weak = weak_from_this(), connection](const Addresses& found) {
      const auto loop = weak.lock();
      if (!loop) return;
      loop->post([loop = loop.get(), connection, found] { loop->resolved(connection, found); });
    });
  }

  void resolved(const Connection& connection, const Addresses& found) {
    if (connection->ended()) return;
    if (!found) {
      connection->fail(WsEnd::Kind::unavailable, "the host name was not resolved");
      return;
    }
    std::vector<std::string> allowed = *found;
    if (!connection->target().exempt) {
      std::erase_if(allowed,
                    [](const std::string& address) { return !EgressPolicy::is_public(address); });
    }
    if (allowed.empty()) {
      connection->fail(WsEnd::Kind::refused_by_egress, "the host name has no public address");
      return;
    }
    begin(connection, allowed);
  }

  void begin(const Connection& connection, const std::vector<std::string>& addresses) {
    if (const auto refused = connection->prepare(addresses, options_)) {
      connection->fail(WsEnd::Kind::refused_by_egress, *refused);
    } else if (curl_multi_add_handle(multi_, connection->easy()) != CURLM_OK) {
      connection->fail(WsEnd::Kind::unavailable, "out of memory");
    }
  }

  void reap() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      void* owner = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
      auto* connection = static_cast<WsConnection*>(owner);
      if (connection->ended()) continue;
      if (code == CURLE_OK) {
        connection->connected();
      } else {
        connection->connect_failed(code);
      }
    }
  }

  void drop_ended() {
    std::erase_if(connections_, [this](const Connection& connection) {
      if (!connection->ended()) return false;
      // Removing a connect-only handle closes its connection.
      if (connection->easy()) curl_multi_remove_handle(multi_, connection->easy());
      return true;
    });
  }

  int until_next_deadline() const {
    auto next = SteadyClock::now() + std::chrono::seconds(60);
    for (const Connection& connection : connections_) {
      next = std::min(next, connection->next_deadline());
    }
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(next - SteadyClock::now());
    return static_cast<int>(std::max<std::int64_t>(wait.count(), 0));
  }

  const Options options_;
  const std::shared_ptr<Resolver> resolver_;
  CURLM* multi_ = nullptr;
  std::vector<Connection> connections_;
  bool stopping_ = false;
  std::thread thread_;

  mutable std::mutex mutex_;
  std::shared_ptr<const EgressPolicy> policy_;
  std::vector<std::function<void()>> jobs_;
  bool closed_ = false;
};

WsClient::WsClient(Options options, std::shared_ptr<Resolver> resolver,
                   std::shared_ptr<const EgressPolicy> policy)
    : loop_(std::make_shared<Loop>(std::move(options), std::move(resolver), std::move(policy))) {
  loop_->start();
}

WsClient::~WsClient() {
  loop_->stop();
}

void WsClient::set_policy(std::shared_ptr<const EgressPolicy> policy) {
  loop_->set_policy(std::move(policy));
}

tl::expected<EgressTarget, std::string> WsClient::check(std::string_view url,
                                                        const EgressList* allowed) const {
  return loop_->policy()->check(url, allowed);
}

std::shared_ptr<WsSocket> WsClient::connect(WsRequest request, WsCallbacks callbacks,
                                            Executor& executor) {
  return loop_->connect(std::move(request), std::move(callbacks), executor);
}

}  // namespace commsd::net
