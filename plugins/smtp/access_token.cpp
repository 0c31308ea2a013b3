#include "access_token.h"

#include <algorithm>

namespace smtp {

namespace {

constexpr std::string_view cache_key = "access_token";

}  // namespace

std::string access_token(const comms::Host& host, const Settings& settings) {
  if (auto known = host.cached(cache_key)) return *known;
  comms::Form form;
  form.add("grant_type", "refresh_token").add("refresh_token", settings.refresh_token);
  form.add("client_id", settings.client_id);
  form.add_nonempty("client_secret", settings.client_secret);
  form.add_nonempty("scope", settings.scope);
  std::string token;
  std::int64_t seconds = 0;
  comms::post(settings.token_url)
      .form(form)
      .idempotent()
      .perform(host, [&](const comms::HttpResponse& response) {
        if (!response.ok()) {
          comms::Error error = response.error("/error");
          if (error.vendor_code == "invalid_grant" || error.vendor_code == "invalid_client") {
            error.status = COMMS_UNAUTHENTICATED;
            error.remedy = "sign in again and set oauth_refresh_token; check the OAuth client";
          }
          throw error;
        }
        const comms::Json answer = response.json();
        token = answer["access_token"].text();
        seconds = answer["expires_in"].integer(300);
      });
  if (token.empty()) {
    throw comms::Error(COMMS_UNAVAILABLE, "the OAuth server's answer names no access token", {},
                       "check oauth_token_url");
  }
  // A minute before it ends, so that none ends on its way.
  const std::int64_t kept = std::clamp<std::int64_t>(seconds - 60, 1, 86'400);
  host.remember(cache_key, token, static_cast<std::uint32_t>(kept * 1000));
  return token;
}

void forget_access_token(const comms::Host& host) {
  host.cache().remove(host.raw(), comms::str(cache_key));
}

}  // namespace smtp
