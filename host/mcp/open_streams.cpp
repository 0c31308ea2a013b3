#include "mcp/open_streams.h"

#include <algorithm>
#include <utility>

#include "net/event_stream.h"

namespace commsd::mcp {

void OpenStreams::add(const std::shared_ptr<net::EventStream>& stream, std::string token) {
  const std::lock_guard lock(mutex_);
  streams_.push_back({stream, std::move(token)});
}

std::vector<OpenStreams::Open> OpenStreams::open() {
  const std::lock_guard lock(mutex_);
  std::erase_if(streams_, [](const Open& one) {
    const auto stream = one.stream.lock();
    return !stream || stream->closed();
  });
  return streams_;
}

Task<std::size_t> OpenStreams::check(const Authenticator& authenticator) {
  std::vector<Open> all = open();
  // One question for all the streams of a token.
  std::sort(all.begin(), all.end(), [](const Open& a, const Open& b) { return a.token < b.token; });
  std::size_t closed = 0;
  for (std::size_t i = 0; i < all.size();) {
    Task<Result<identity::Principal>> asking = authenticator(all[i].token);
    const Result<identity::Principal> principal = co_await std::move(asking);
    const bool bad = !principal && (principal.error().code == ErrorCode::unauthenticated ||
                                    principal.error().code == ErrorCode::permission_denied);
    const std::string& token = all[i].token;
    for (; i < all.size() && all[i].token == token; ++i) {
      const auto stream = bad ? all[i].stream.lock() : nullptr;
      if (!stream || stream->closed()) continue;
      stream->close();
      ++closed;
    }
  }
  co_return closed;
}

}  // namespace commsd::mcp
