#include "net/resolver.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <netdb.h>
#include <thread>
#include <unordered_map>

#include "base/text.h"

namespace commsd::net {

namespace {

using SteadyClock = std::chrono::steady_clock;

Addresses system_lookup(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (error != 0) return tl::unexpected(std::string(gai_strerror(error)));
  std::vector<std::string> addresses;
  for (const addrinfo* item = list; item && addresses.size() < 16; item = item->ai_next) {
    char text[NI_MAXHOST];
    if (getnameinfo(item->ai_addr, item->ai_addrlen, text, sizeof text, nullptr, 0,
                    NI_NUMERICHOST) == 0) {
      addresses.emplace_back(text);
    }
  }
  freeaddrinfo(list);
  if (addresses.empty()) return tl::unexpected(std::string("no address"));
  return addresses;
}

}  // namespace

class Resolver::Pool {
 public:
  explicit Pool(Options options) : options_(std::move(options)) {
    if (!options_.lookup) options_.lookup = system_lookup;
    for (std::size_t i = 0; i < std::max<std::size_t>(options_.threads, 1); ++i) {
      threads_.emplace_back([this] { work(); });
    }
  }

  void resolve(std::string_view name, Callback done) {
    const std::string host = to_lower_ascii(name);
    std::unique_lock lock(mutex_);
    if (const auto found = cache_.find(host); found != cache_.end()) {
      if (found->second.expires > SteadyClock::now()) {
        const Addresses answer = found->second.answer;
        lock.unlock();
        done(answer);
        return;
      }
      cache_.erase(found);
    }
    if (stopping_ || (waiting_.size() >= options_.max_queued && !waiting_.contains(host))) {
      const bool stopping = stopping_;
      lock.unlock();
      done(tl::unexpected(std::string(stopping ? "shutting down" : "too many lookups waiting")));
      return;
    }
    std::vector<Callback>& callers = waiting_[host];
    callers.push_back(std::move(done));
    if (callers.size() > 1) return;  // the lookup of the first caller answers this one too
    queue_.push_back(host);
    lock.unlock();
    ready_.notify_one();
  }

  void stop() {
    std::unordered_map<std::string, std::vector<Callback>> unanswered;
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      for (const std::string& host : queue_) {
        auto node = waiting_.extract(host);
        if (!node.empty()) unanswered.insert(std::move(node));
      }
      queue_.clear();
    }
    ready_.notify_all();
    for (const auto& [host, callers] : unanswered) {
      for (const Callback& done : callers) done(tl::unexpected(std::string("shutting down")));
    }
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  struct Cached {
    Addresses answer;
    SteadyClock::time_point expires;
  };

  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      ready_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      const std::string host = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      const Addresses answer = options_.lookup(host);
      lock.lock();
      remember(host, answer);
      auto node = waiting_.extract(host);
      lock.unlock();
      if (!node.empty()) {
        for (const Callback& done : node.mapped()) done(answer);
      }
      lock.lock();
    }
  }

  void remember(const std::string& host, const Addresses& answer) {
    const auto now = SteadyClock::now();
    if (cache_.size() >= options_.max_cached) {
      std::erase_if(cache_, [now](const auto& entry) { return entry.second.expires <= now; });
      if (cache_.size() >= options_.max_cached) cache_.clear();
    }
    cache_[host] = {answer, now + (answer ? options_.ttl : options_.failure_ttl)};
  }

  Options options_;
  std::mutex mutex_;
  std::condition_variable ready_;
  bool stopping_ = false;
  std::deque<std::string> queue_;
  std::unordered_map<std::string, std::vector<Callback>> waiting_;
  std::unordered_map<std::string, Cached> cache_;
  std::vector<std::thread> threads_;
};

Resolver::Resolver(Options options) : pool_(std::make_unique<Pool>(std::move(options))) {}

Resolver::~Resolver() {
  pool_->stop();
}

void Resolver::resolve(std::string_view host, Callback done) {
  pool_->resolve(host, std::move(done));
}

}  // namespace commsd::net
