#include "identity/issuer_keys.h"

#include <utility>
#include <vector>

#include "base/json.h"
#include "telemetry/log.h"

namespace commsd::identity {

namespace {

/// Where an issuer's metadata may stand: RFC 8414, section 3.1 puts the well-known part between
/// host and path, OpenID Connect Discovery, section 4 behind the path.
std::vector<std::string> metadata_urls(const std::string& issuer) {
  const std::size_t path = issuer.find('/', issuer.find("://") + 3);
  const std::string origin = issuer.substr(0, path);
  std::string tail = path == std::string::npos ? "" : issuer.substr(path);
  if (tail.ends_with('/')) tail.pop_back();
  return {origin + "/.well-known/oauth-authorization-server" + tail,
          origin + tail + "/.well-known/openid-configuration"};
}

}  // namespace

Task<Result<std::shared_ptr<const JwkSet>>> IssuerKeys::keys_for(std::string key_id) {
  std::shared_ptr<const JwkSet> known;
  {
    const UnixMillis now = clock_.now();
    const std::lock_guard lock(mutex_);
    if (keys_ && now < fetched_at_ + lifetime + most_stale) known = keys_;
    const bool wanted = !known || now >= fetched_at_ + lifetime || !known->knows(key_id);
    if (!wanted || now < next_fetch_at_) {
      if (known) co_return known;
      co_return fail(ErrorCode::unavailable, "the issuer's keys cannot be had now");
    }
    next_fetch_at_ = now + retry_pause;
  }
  Task<Result<JwkSet>> download_task = download();
  Result<JwkSet> fresh = co_await std::move(download_task);
  if (!fresh) {
    log::warn("issuer_keys_failed",
              {{"error", fresh.error().message}, {"cause", fresh.error().cause}});
    if (known) co_return known;
    co_return fail(ErrorCode::unavailable, "the issuer's keys cannot be had now",
                   fresh.error().message);
  }
  const auto set = std::make_shared<const JwkSet>(std::move(*fresh));
  const std::lock_guard lock(mutex_);
  keys_ = set;
  fetched_at_ = clock_.now();
  co_return set;
}

Task<Result<JwkSet>> IssuerKeys::download() {
  std::string url = jwks_url_;
  if (url.empty()) {
    Task<Result<std::string>> discovery = discover();
    Result<std::string> found = co_await std::move(discovery);
    if (!found) co_return fail(found.error());
    url = std::move(*found);
  }
  Task<Result<FetchedDocument>> fetching = fetch_(url);
  Result<FetchedDocument> document = co_await std::move(fetching);
  if (!document) co_return fail(document.error());
  co_return JwkSet::parse(document->body);
}

Task<Result<std::string>> IssuerKeys::discover() {
  Error last = fail(ErrorCode::unavailable, "the issuer has no metadata").value();
  for (std::string& url : metadata_urls(issuer_)) {
    Task<Result<FetchedDocument>> fetching = fetch_(std::move(url));
    Result<FetchedDocument> document = co_await std::move(fetching);
    if (!document) {
      last = document.error();
      continue;
    }
    const auto json = JsonDocument::parse(document->body);
    const auto keys = json ? json->root().string("jwks_uri") : std::nullopt;
    // RFC 8414, section 3.3: another issuer's document must not be used.
    if (keys && json->root().string("issuer") == issuer_) co_return std::string(*keys);
    last.message = "the issuer's metadata names another issuer or no jwks_uri";
  }
  co_return fail(last);
}

}  // namespace commsd::identity
